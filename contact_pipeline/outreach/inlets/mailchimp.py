"""Mailchimp's webhooks: form posts without a number. Two are one by kind, member, list and the second of firing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

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

MOST_FIELDS = 1000
NOTED = ("subscribe", "profile", "upemail", "campaign")
_PART = re.compile(r"\[([^\[\]]*)\]")


def _split(body: bytes, _headers: Mapping[str, str]) -> Sequence[Received]:
    event = form(body)
    data = event.get("data")
    if not text_of(event, "type") or not isinstance(data, dict):
        raise BrokenBody("The form has no type, or no data.")
    content = "\x1f".join((
        text_of(event, "type"), text_of(data, "id") or text_of(data, "new_id"), text_of(data, "list_id"),
        text_of(data, "email", 320).lower(), text_of(data, "campaign_id"), text_of(event, "fired_at"),
    ))  # fmt: skip
    return [Received("", content, as_text(event))]


def form(body: bytes) -> dict[str, Any]:
    """`data[merges][EMAIL]=x` → {"data": {"merges": {"EMAIL": "x"}}}. Raises BrokenBody for what is no such form."""
    found: dict[str, Any] = {}
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BrokenBody("The body is no form in UTF-8.") from None
    for name, value in pairs:
        stem, *_ = name.partition("[")
        path = [stem, *_PART.findall(name)]
        place = found
        for part in path[:-1][:8]:
            inner = place.setdefault(part, {})
            place = inner if isinstance(inner, dict) else {}
        place[path[-1]] = value
    return found


def _read(event: Mapping[str, Any]) -> Said:
    data, word = event["data"], text_of(event, "type")
    said = Said(
        Kind.NOTED,
        text_of(data, "email", 320) or text_of(data, "new_email", 320),
        moment_of(text_of(event, "fired_at")),
        text_of(data, "campaign_id", LONGEST_ID),
        text_of(data, "campaign_id"),
    )
    is_abuse = text_of(data, "reason") == "abuse"
    if word == "unsubscribe":
        return replace(said, kind=Kind.COMPLAINED if is_abuse else Kind.UNSUBSCRIBED)
    if word == "cleaned":
        return replace(said, kind=Kind.COMPLAINED) if is_abuse else replace(said, kind=Kind.HARD, reason="cleaned")
    if word not in NOTED:
        raise UnknownKind
    return said


MAILCHIMP = Inlet("mailchimp", _split, _read)
