"""Our own two forms: bounces (`/webhooks/email-bounce`), and everything else by Standard Webhooks (`/events`).

The sender's event_id is stored as given. Without one the Standard Webhooks id stands for it; without both it is the
content that makes two calls one event, where it names a message or a moment, and else each call is an event.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contact_pipeline.outreach.bounce_classes import BounceClass, meaning_of
from contact_pipeline.outreach.events import (
    LONGEST_ID,
    BrokenBody,
    Inlet,
    Kind,
    Received,
    Said,
    UnknownKind,
    UnreadableEvent,
    as_text,
    moment_of,
    objects_of,
    parsed,
    text_of,
)
from contact_pipeline.wording.touches import CHANNELS

WEBHOOK_ID = "webhook-id"
_BOUNCES = {"hard": Kind.HARD, "soft": Kind.SOFT}
_TYPES = {
    "sent": Kind.SENT, "delivered": Kind.DELIVERED, "opened": Kind.OPENED, "machine_opened": Kind.MACHINE_OPENED,
    "clicked": Kind.CLICKED, "replied": Kind.REPLIED, "complained": Kind.COMPLAINED,
    "unsubscribed": Kind.UNSUBSCRIBED, "touched": Kind.SENT,
}  # fmt: skip


def _received(event: dict[str, Any], data: Mapping[str, Any], what: str, fallback: str) -> Received:
    given = text_of(event, "event_id", LONGEST_ID) or text_of(data, "event_id", LONGEST_ID) or fallback
    content = None
    if not given and (data.get("occurred_at") or data.get("message_id")):
        content = "\x1f".join(
            (
                text_of(data, "email").lower(),
                what,
                text_of(data, "occurred_at"),
                text_of(data, "message_id", LONGEST_ID),
            )
        )
    return Received(given, content, as_text(event))


def _split_bounces(body: bytes, headers: Mapping[str, str]) -> Sequence[Received]:
    events = objects_of(parsed(body))
    for place, event in enumerate(events, 1):
        for name in ("email", "bounce_type"):
            if not text_of(event, name):
                raise BrokenBody(f"Event {place} has no {name}.")
    stem = headers.get(WEBHOOK_ID, "")[:LONGEST_ID]
    return [
        _received(event, event, text_of(event, "bounce_type"), _numbered(stem, place, len(events)))
        for place, event in enumerate(events)
    ]


def _numbered(stem: str, place: int, count: int) -> str:
    return stem if not stem or count == 1 else f"{stem}/{place}"


def _read_bounce(event: Mapping[str, Any]) -> Said:
    """The sender has decided between hard and soft; what is plainly about us counts against nobody all the same."""
    kind = _BOUNCES.get(text_of(event, "bounce_type").lower())
    if kind is None:
        raise UnknownKind
    status, reason = text_of(event, "status"), text_of(event, "reason", 2000)
    meaning = meaning_of(status=status, text=reason)
    if meaning.bounce_class is BounceClass.OURS and (status or reason):
        kind = Kind.ABOUT_US
    elif kind is Kind.HARD and meaning.reason == "mailbox_full":
        kind = Kind.SOFT  # RFC 3463 X.2.2: the mailbox is there
    return Said(
        kind,
        text_of(event, "email", 320),
        moment_of(event.get("occurred_at")),
        text_of(event, "message_id", LONGEST_ID),
        text_of(event, "campaign"),
        status[:20],
        meaning.reason if status or reason else "",
    )


def _split_events(body: bytes, headers: Mapping[str, str]) -> Sequence[Received]:
    events = objects_of(parsed(body))
    stem = headers.get(WEBHOOK_ID, "")[:LONGEST_ID]
    for place, event in enumerate(events, 1):
        if not text_of(event, "type") or not isinstance(event.get("data"), dict):
            raise BrokenBody(f"Event {place} has no type, or no data.")
    return [
        _received(event, event["data"], text_of(event, "type"), _numbered(stem, place, len(events)))
        for place, event in enumerate(events)
    ]


def _read_event(event: Mapping[str, Any]) -> Said:
    data = event["data"]
    word = text_of(event, "type").rpartition(".")[2].lower()
    at = data.get("occurred_at") or event.get("timestamp")
    if word == "bounced":
        return _read_bounce({**data, "occurred_at": at})
    if word not in _TYPES:
        raise UnknownKind
    channel = text_of(data, "channel").lower() or "email"
    if channel not in CHANNELS:
        raise UnreadableEvent
    return Said(
        _TYPES[word],
        text_of(data, "email", 320),
        moment_of(at),
        text_of(data, "message_id", LONGEST_ID),
        text_of(data, "campaign"),
        purpose=text_of(data, "purpose") if word == "unsubscribed" else "",
        channel=channel,
    )


BOUNCE_FORM = Inlet("bounce", _split_bounces, _read_bounce)
EVENT_FORM = Inlet("event", _split_events, _read_event)
