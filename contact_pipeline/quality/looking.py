"""What a person looks up: how things stand, everything about one contact, rows that could not be used."""

from typing import Any

import pandas as pd

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.emails.syntax import normalize_emails
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

Rows = list[dict[str, Any]]

SECTIONS = ("permission", "origins", "points", "emails", "phones", "history", "changes", "claims", "identity",
            "consents", "suppressions")  # fmt: skip


def status(session: Session) -> dict[str, Any]:
    """drops, totals and open alerts: counts and names, nothing of a person."""
    with session.connection("status") as connection:
        read = Script(connection, STEPS)
        return {
            "drops": read.rows("status_drops"),
            "totals": read.one("status_totals"),
            "alerts": read.rows("status_alerts"),
        }


def explain(session: Session, who: str) -> list[dict[str, Any]]:
    """Everything that is known of who has the address or id, by section, beginning with `contact`. Personal values."""
    normalized = normalize_emails(pd.Series([who], dtype="str"))["email_normalized"].iloc[0]
    key = session.key.email(normalized if isinstance(normalized, str) else who)
    with session.connection("explain") as connection:
        read = Script(connection, STEPS)
        return [
            {"contact": contact} | {name: read.rows(f"contact_{name}", id=contact["id"]) for name in SECTIONS}
            for contact in read.rows("find_contact", text=who, email_key=key)
        ]


def quarantined(session: Session, drop_key: str | None, *, limit: int) -> Rows:
    """Rows that could not be used, with reasons. Raises UsageError where there is no drop of that key."""
    with session.connection("quarantine") as connection:
        if drop_key is not None:
            DropStore(connection).get(drop_key)
        return Script(connection, STEPS).rows("quarantine", drop_key=drop_key, limit=limit)
