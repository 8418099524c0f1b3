"""What an event from outside says, in our words, whoever sent it. Pure.

An inlet (inlets/) splits a verified body into events as they are stored, and later reads each one; working_off.py does
what follows.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from contact_pipeline.core.errors import PermanentError

MOST_DEPTH = 16
LONGEST_ID, LONGEST_WORDS = 200, 120
EARLIEST_YEAR = 1995  # before that nobody sent anybody an event


class Kind(StrEnum):
    """What happened to a message, or what its reader did."""

    SENT = "sent"
    DELIVERED = "delivered"
    MACHINE_OPENED = "machine_opened"
    OPENED = "opened"
    CLICKED = "clicked"
    REPLIED = "replied"
    SOFT = "soft"
    HARD = "hard"
    ABOUT_US = "about_us"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    CLOSED_THERE = "closed_there"  # the sender has it on a list of its own, and no longer says since when or why
    ANSWER_READY = "answer_ready"  # a vendor of facts has an answer that was not ready when it was asked
    NOTED = "noted"  # known, and of no effect here


class BrokenBody(PermanentError):  # noqa: N818 - it is the body that is broken
    """What was sent is not what this address takes; the text says why and quotes nothing."""


class UnreadableEvent(PermanentError):  # noqa: N818
    """A stored event lacks what it needs to say anything of anybody."""


class UnknownKind(PermanentError):  # noqa: N818
    """A stored event is of a kind that nobody has told us of."""


@dataclass(frozen=True, slots=True)
class Received:
    """One event as it is stored. event_id: the sender's number; empty: it gave none. content: what makes two deliveries
    the same event where the number does not; None: the number alone does. body: JSON text."""

    event_id: str
    content: str | None
    body: str


@dataclass(frozen=True, slots=True)
class Said:
    """What one event says of one person. who: an address, or a number with its country code. at: when it happened;
    None: when it was received. reason: a word. purpose: the one list that is left; empty: all of them. channel and
    direction: of the touch."""

    kind: Kind
    who: str
    at: datetime | None = None
    message_id: str = ""
    campaign: str = ""
    status: str = ""
    reason: str = ""
    purpose: str = ""
    channel: str = "email"
    direction: str = "outbound"


def parsed(body: bytes) -> Any:
    """JSON in UTF-8. Raises BrokenBody for what is none, or is nested deeper than MOST_DEPTH."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BrokenBody("The body is not JSON in UTF-8.") from None
    if _depth(found, MOST_DEPTH) > MOST_DEPTH:
        raise BrokenBody(f"The body is nested deeper than {MOST_DEPTH} levels.")
    return found


def _depth(value: Any, most: int) -> int:
    """How deep it is nested; looks no further than `most`."""
    level, depth = [value], 0
    while level and depth <= most:
        children: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                children += [child for child in one.values() if isinstance(child, dict | list)]
            elif isinstance(one, list):
                children += [child for child in one if isinstance(child, dict | list)]
        level, depth = children, depth + 1
    return depth


def as_text(event: Any) -> str:
    """JSON in one line, letters as they are, so that an erasure finds what it looks for."""
    return orjson.dumps(event).decode()


def objects_of(found: Any) -> list[dict[str, Any]]:
    """One event, or an array of them. Raises BrokenBody for anything else."""
    events = found if isinstance(found, list) else [found]
    for place, event in enumerate(events, 1):
        if not isinstance(event, dict):
            raise BrokenBody(f"Event {place} is no JSON object.")
    return events


def text_of(event: Mapping[str, Any], name: str, longest: int = LONGEST_WORDS) -> str:
    """A text of the event, on one line and of bounded length; empty where there is none, or something else."""
    value = event.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        return ""
    return " ".join(value.replace("\x00", " ").split())[:longest]


def moment_of(value: object) -> datetime | None:
    """Seconds since 1970, or ISO 8601 (without a zone: UTC). None: not said, or nobody's time."""
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            found = datetime.fromisoformat(value.strip())
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        elif isinstance(value, int | float | str) and not isinstance(value, bool):
            found = datetime.fromtimestamp(float(value), UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year >= EARLIEST_YEAR else None


Read = Callable[[Mapping[str, Any]], Said]


@dataclass(frozen=True)
class Inlet:
    """One sender's form. provider: as in ops.inbound_events. split: raw body → events; raises BrokenBody. read: one
    stored event → what it says; raises UnreadableEvent or UnknownKind."""

    provider: str
    split: Callable[[bytes, Mapping[str, str]], Sequence[Received]]
    read: Read


def read_all(inlet_of: Mapping[str, Inlet], rows: Sequence[tuple[int, str, str]]) -> Iterator[tuple[int, Said | str]]:
    """Of stored rows (id, provider, body): what each says, or the outcome of one that says nothing."""
    for number, provider, body in rows:
        try:
            yield number, inlet_of[provider].read(orjson.loads(body or ""))
        except UnknownKind:
            yield number, "unknown_kind"
        except (UnreadableEvent, orjson.JSONDecodeError, KeyError, TypeError):
            yield number, "unreadable"
