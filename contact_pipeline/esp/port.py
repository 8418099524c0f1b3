"""The words between us and an e-mail service provider. A provider is one file in senders/; what is sent to whom, what
is remembered of it and what follows from its lists is not its business.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from contact_pipeline.outreach.events import Said
from contact_pipeline.policy.esp import EspPolicy
from contact_pipeline.settings import Settings

T = TypeVar("T")


def some_at_once(things: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """In their order, at most so many of them in each."""
    for start in range(0, len(things), most):
        yield things[start : start + most]


class State(StrEnum):
    """How somebody stands there: ops.esp_bases.state."""

    SENDING = "sending"  # on its way, or nobody knows
    SENT = "sent"
    LEFT = "left"  # taken off by us
    REFUSED = "refused"  # what was sent does not suit; tried again when it has changed
    LATER = "later"  # not now: tried again in some days
    CLOSED = "closed"  # they may not be written to there, and we do not force it; never sent again
    FORGOTTEN = "forgotten"  # deleted there for good; never sent again


class Why(StrEnum):
    """Why somebody is taken off: a person's word is kept there too, where it cannot be sent over."""

    OPTED_OUT = "opted_out"  # no e-mail at all
    LEFT_LIST = "left_list"  # not this purpose
    NO_LONGER = "no_longer"  # may not be written to any more, and said nothing


@dataclass(frozen=True, slots=True)
class Person:
    """Whom it is about. fields: theirs → value. Never printed."""

    key: bytes
    email: str
    contact_id: str = ""
    fields: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"Person({self.contact_id})"


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one. reason: a word, never a value. taken_off: the list of theirs that now says so, if one does:
    a name of `Page.list`."""

    person: Person
    state: State
    reason: str = ""
    taken_off: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list of theirs. read_to: the newest of them, in their time. is_of_members: the rows are people
    whom they keep, and can delete; else they are suppressions, which keep mail from people."""

    list: str
    said: Sequence[Said]
    read_to: datetime | None
    is_of_members: bool = False


class Esp(Protocol):
    """One provider. Each call may raise ProviderUnavailable or ProviderRefused (core/providers.py), after it has told
    what it knows; what was not told is not known, and comes again."""

    @property
    def most(self) -> int:
        """People in one call of `send`."""

    def send(self, people: Sequence[Person]) -> Iterator[Told]:
        """Add or change. Nobody who has left there is brought back."""

    def take_off(self, people: Sequence[Person], why: Why) -> Iterator[Told]:
        """Nobody of them is written to there any more. Doing it again, or to somebody unknown there, is no error."""

    def erase(self, people: Sequence[Person]) -> str:
        """Delete them there for good, as they asked. Somebody unknown there is no error. Returns what the provider
        answered, for the certificate: a word, or the numbers of its jobs."""

    def closed(self, since: Mapping[str, datetime], until: datetime) -> Iterator[Page]:
        """Every list of theirs that stops somebody, from `since` (by list; missing: from the beginning) to `until`."""

    def members(self) -> Iterator[Sequence[str]]:
        """Addresses that are written to there."""


@dataclass(frozen=True)
class Maker:
    """What a provider's file declares. variables: without which it is not configured."""

    variables: tuple[str, ...]
    make: Callable[[Settings, EspPolicy], Esp]
