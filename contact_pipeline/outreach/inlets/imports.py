"""What we have read ourselves, in our own words: returned mails, lists of bounces. One form for all of them.

Two are one event by what they say: the same mail in two folders, the same list imported again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
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

RETURNED_MAIL, BOUNCE_LIST = "returned_mail", "bounce_list"


def received(said: Said) -> Received:
    """As it is stored."""
    at = said.at.isoformat() if said.at else ""
    event: dict[str, Any] = {"email": said.email, "kind": said.kind.value}
    further = {
        "occurred_at": at, "message_id": said.message_id, "status": said.status, "reason": said.reason,
    }  # fmt: skip
    event |= {name: value for name, value in further.items() if value}
    return Received("", "\x1f".join((said.email.lower(), said.kind.value, at, said.message_id)), as_text(event))


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
    )


IMPORTS = (Inlet(RETURNED_MAIL, _split, _read), Inlet(BOUNCE_LIST, _split, _read))
