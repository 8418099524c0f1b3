"""What we have read ourselves, in our own words: returned mails, lists of bounces, lists that senders keep.

One form for all of them. Two are one event by what they say: the same mail in two folders, the same list read again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
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

RETURNED_MAIL, BOUNCE_LIST = "returned_mail", "bounce_list"
# Lists that a sender keeps (esp). They repeat what its messages brought, so nothing of them is a touch.
KEPT_THERE = {name: f"{name}_pull" for name in get_args(EspName)}


def received(said: Said) -> Received:
    """As it is stored."""
    at = said.at.isoformat() if said.at else ""
    event: dict[str, Any] = {"email": said.email, "kind": said.kind.value}
    further = {
        "occurred_at": at, "message_id": said.message_id, "status": said.status, "reason": said.reason,
        "purpose": said.purpose,
    }  # fmt: skip
    event |= {name: value for name, value in further.items() if value}
    content = (said.email.lower(), said.kind.value, at, said.message_id, *([said.purpose] if said.purpose else ()))
    return Received("", "\x1f".join(content), as_text(event))


def _split(_body: bytes, _headers: Mapping[str, str]) -> Sequence[Received]:
    raise BrokenBody("Nobody sends this form; it is read from files.")


def _read(event: Mapping[str, Any]) -> Said:
    try:
        kind = Kind(text_of(event, "kind"))
    except ValueError:
        raise UnknownKind from None
    at: datetime | None = moment_of(event.get("occurred_at"))
    return Said(
        kind,
        text_of(event, "email", 320),
        at,
        text_of(event, "message_id", LONGEST_ID),
        status=text_of(event, "status"),
        reason=text_of(event, "reason"),
        purpose=text_of(event, "purpose"),
    )


IMPORTS = tuple(Inlet(provider, _split, _read) for provider in (RETURNED_MAIL, BOUNCE_LIST, *KEPT_THERE.values()))
