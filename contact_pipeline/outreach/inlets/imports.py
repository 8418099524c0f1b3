"""What we have read ourselves, in our own words: returned mails, lists of bounces, lists that senders keep.

One form for all of them. Two are one event by what they say: the same mail in two folders, the same list read again.
"""

from collections.abc import Mapping, Sequence
from typing import Any, get_args

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
from contact_pipeline.policy.esp import EspName

RETURNED_MAIL, BOUNCE_LIST, OUTREACH_LIST = "returned_mail", "bounce_list", "outreach_list"
TEXTS = ("message_id", "campaign", "status", "reason", "purpose", "channel", "direction")
# Lists that a sender keeps (esp). They repeat what its messages brought, so nothing of them is a touch.
KEPT_THERE = {name: f"{name}_pull" for name in get_args(EspName)}


def received(said: Said) -> Received:
    """As it is stored."""
    at = said.at.isoformat() if said.at else ""
    event: dict[str, Any] = {"who": said.who, "kind": said.kind.value}
    further = {"occurred_at": at} | {name: getattr(said, name) for name in TEXTS}
    event |= {name: value for name, value in further.items() if value}
    content = (said.who.lower(), said.kind.value, at, said.channel, said.message_id, said.purpose)
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


_PROVIDERS = (RETURNED_MAIL, BOUNCE_LIST, OUTREACH_LIST, *KEPT_THERE.values())
IMPORTS = tuple(Inlet(name, _split, _read) for name in _PROVIDERS)
