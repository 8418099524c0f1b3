"""Vendors of facts about people who answer late: their post says that an answer is ready, and it is asked for again at
once. What it says is not taken from the post: an answer has its price, its budget and its place in the waterfall where
it is asked for (profiles/enriching.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from contact_pipeline.outreach.events import (
    BrokenBody,
    Inlet,
    Kind,
    Received,
    Said,
    as_text,
    objects_of,
    parsed,
    text_of,
)


def _split(body: bytes, _headers: Mapping[str, str]) -> Sequence[Received]:
    found = parsed(body)
    if not isinstance(found, dict):
        raise BrokenBody("The body is no JSON object.")
    return [Received("", body.decode(), as_text(event)) for event in objects_of(found)]


def _read_clearbit(event: Mapping[str, Any]) -> Said:
    """`type`: person, company or person_company; only of a person there is an address."""
    body = _object(event, "body")
    person = _object(body, "person") or body
    return _ready(text_of(person, "email", 320) or text_of(body, "email", 320))


def _read_fullcontact(event: Mapping[str, Any]) -> Said:
    emails = _object(event, "details").get("emails")
    first = emails[0] if isinstance(emails, list) and emails and isinstance(emails[0], dict) else {}
    return _ready(text_of(first, "value", 320) or text_of(event, "email", 320))


def _object(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = event.get(name)
    return found if isinstance(found, dict) else {}


def _ready(email: str) -> Said:
    return Said(Kind.ANSWER_READY if email else Kind.NOTED, email)


CLEARBIT = Inlet("clearbit", _split, _read_clearbit)
FULLCONTACT = Inlet("fullcontact", _split, _read_fullcontact)
