"""What every channel is: a name, and a way to send one message."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from contact_pipeline.alerting.channels.message import Message


class Outcome(StrEnum):
    """SENT: it was taken. LATER: tried again by itself. BROKEN: a person has to mend the channel; tried again, seldom.
    REFUSED: this message will never be taken."""

    SENT = "sent"
    LATER = "later"
    BROKEN = "broken"
    REFUSED = "refused"


@dataclass(frozen=True)
class Sent:
    """What became of a try. fault: in a few words, without address or secret. retry_after_s: as they asked."""

    outcome: Outcome
    fault: str = ""
    retry_after_s: float | None = None


class Channel(Protocol):
    """Sends; knows no table. key: the same in every try of one message. thread: the same for all about one alert."""

    @property
    def name(self) -> str:
        """As the policy writes it."""
        ...

    def send(self, message: Message, *, key: str, thread: str, is_escalated: bool = False) -> Sent:
        """Raises nothing that a network or the other side may cause."""
        ...
