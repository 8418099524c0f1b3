"""An invented contact, and what is said of her."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from contact_pipeline.profiles.planning import FIELDS
from contact_pipeline.profiles.precedence import Candidate, Origin

NOW = datetime(2026, 9, 1, tzinfo=UTC)

ORIGINS = {
    "person:ann": Origin.PERSON,
    "crm": Origin.FIRST_PARTY,
    "fair": Origin.FIRST_PARTY,
    "list": Origin.BOUGHT,
    "provider:clearbit": Origin.BOUGHT,
    "provider:hunter": Origin.BOUGHT,
}


def contact(**known: Any) -> dict[str, Any]:
    """A row of core.contacts; nothing is known but this."""
    verdicts = {"email_status": "unknown", "phone_status": "unknown", "hard_bounce": False, "email_is_free": False}
    return dict.fromkeys((*FIELDS, "phone_e164")) | verdicts | known


def says(source: str, value: str, *, days: float = 0, confidence: float = 1.0, status: str | None = None) -> Candidate:
    """One claim, so many days old."""
    return Candidate(value, ORIGINS[source], source, confidence, NOW - timedelta(days=days), status)


def values(candidates: Sequence[Candidate]) -> list[str]:
    """Of each its value."""
    return [c.value for c in candidates]
