"""What we have read ourselves, in our own words: returned mails, lists of bounces. One form for all of them.

Two are one event by what they say: the same mail in two folders, the same list imported again.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contact_pipeline.outreach.events import (
    LONGEST_ID,
    BrokenBody,
    Inlet,
    Kind,
    Received,
    Said,
    UnknownKind,
    as_text,
    moment_of,
    text_of,
)

RETURNED_MAIL, BOUNCE_LIST, OUTREACH_LIST = "returned_mail", "bounce_list", "outreach_list"
TEXTS = ("message_id", "campaign", "status", "reason", "purpose", "channel", "direction")


def received(said: Said) -> Received:
    """As it is stored."""
    at = said.at.isoformat() if said.at else ""
    event: dict[str, Any] = {"who": said.who, "kind": said.kind.value}
    further = {"occurred_at": at} | {name: getattr(said, name) for name in TEXTS}
    event |= {name: value for name, value in further.items() if value}
    content = (said.who.lower(), said.kind.value, at, said.channel, said.message_id)
    return Received("", "\x1f".join(content), as_text(event))


def _split(_body: bytes, _headers: Mapping[str, str]) -> Sequence[Received]:
    raise BrokenBody("Nobody sends this form; it is read from files.")


def _read(event: Mapping[str, Any]) -> Said:
    try:
        kind = Kind(text_of(event, "kind"))
    except ValueError:
        raise UnknownKind from None
    texts = {name: text for name in TEXTS if (text := text_of(event, name, LONGEST_ID))}
    return Said(kind, text_of(event, "who", 320), moment_of(event.get("occurred_at")), **texts)


IMPORTS = tuple(Inlet(name, _split, _read) for name in (RETURNED_MAIL, BOUNCE_LIST, OUTREACH_LIST))
