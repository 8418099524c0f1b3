"""What a person looks up: how things stand, everything about one contact, rows that could not be used."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.ids import as_number, as_uuid
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


def newest_drops(session: Session, *, limit: int) -> Rows:
    """As many, the newest first."""
    with session.connection("status") as connection:
        return Script(connection, STEPS).rows("newest_drops", limit=limit)


def drop(session: Session, key: str) -> dict[str, Any] | None:
    """One drop with its layout, headers and counts; None: there is none. No file name: files are named after people."""
    with session.connection("status") as connection:
        found = Script(connection, STEPS).rows("drop", key=key)
        return found[0] if found else None


def stages(session: Session, key: str) -> Rows:
    """The stages of a drop that have run, in order, with what they counted."""
    with session.connection("status") as connection:
        return Script(connection, STEPS).rows("stages", key=key)


def explain(session: Session, who: str) -> list[dict[str, Any]]:
    """Everything that is known of who has the address or id, by section, beginning with `contact`. Personal values."""
    normalized = normalize_emails(pd.Series([who], dtype="str"))["email_normalized"].iloc[0]
    key = session.key.email(normalized if isinstance(normalized, str) else who)
    with session.connection("explain") as connection:
        read = Script(connection, STEPS)
        found = read.rows("find_contact", public_id=as_uuid(who), number=as_number(who), email_key=key)
        return [
            {"contact": contact} | {name: read.rows(f"contact_{name}", id=contact["id"]) for name in SECTIONS}
            for contact in found
        ]


def values(session: Session, contact_id: int) -> Rows:
    """What each row of a drop says of one contact, field by field, and whether that is in use. Personal values."""
    with session.connection("explain") as connection:
        return Script(connection, STEPS).rows("contact_values", id=contact_id)


def bill(session: Session, contact_id: int) -> Rows:
    """What asking about one contact has cost, by provider and layer."""
    with session.connection("explain") as connection:
        return Script(connection, STEPS).rows("contact_bill", id=contact_id)


def listed(session: Session, view: str, filters: Mapping[str, str], *, after: str, limit: int) -> list[str]:
    """Public ids of a list's next contacts, in the order of ids. view: contacts, mailable_ or callable_contacts.
    filters: data_source, email_status, phone_status, country and company; empty: any."""
    with session.connection("list") as connection:
        rows = Script(connection, STEPS).rows("listed", view=view, after=after, limit=limit, **filters)
    return [row["public_id"] for row in rows]


def holders(session: Session, key: bytes) -> list[str]:
    """Public ids of the contacts that have the address or number of that keyed hash."""
    with session.connection("find") as connection:
        return [row["public_id"] for row in Script(connection, STEPS).rows("holders", key=key)]


def quarantined(session: Session, drop_key: str | None, *, limit: int) -> Rows:
    """Rows that could not be used, with reasons. Raises UsageError where there is no drop of that key."""
    with session.connection("quarantine") as connection:
        if drop_key is not None:
            DropStore(connection).get(drop_key)
        return Script(connection, STEPS).rows("quarantine", drop_key=drop_key, limit=limit)
