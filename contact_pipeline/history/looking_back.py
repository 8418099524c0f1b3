"""A contact as it was at an instant, and everything that has changed since.

The values of then are those of now with the later changes taken back, newest first (audit.changes). What is not audited
(verdicts, permissions) has histories of its own and is not told here. Deleted values are gone on purpose; that a row
was deleted stands among the changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.ids import as_number, as_uuid
from contact_pipeline.emails.normal_forms import identities
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
CONTACTS = "core.contacts"


@dataclass(frozen=True)
class LookedBack:
    """One contact. contact_id: as readers know it. at: the instant; None: now. existed: whether it was there by then.
    fields: audited columns of core.contacts → text as PostgreSQL writes it; empty ones are left out. changes: rows of
    audit.changes since then, oldest first, without `at` all. facts: consents and suppressions that came in that time.
    """

    contact_id: str
    at: datetime | None
    existed: bool
    fields: Mapping[str, str]
    changes: list[dict[str, Any]]
    facts: list[dict[str, Any]]


def look_back(session: Session, who: str, *, at: datetime | None = None) -> list[LookedBack]:
    """Everybody who has the address or the id now. Personal values.

    at: with a zone; one that lies ahead is now.
    """
    normal = identities({who}).get(who)
    with session.connection("history") as connection, connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        read = Script(connection, STEPS)
        found = read.rows(
            "find", public_id=as_uuid(who), number=as_number(who), email_key=session.key.email(normal or who)
        )
        return [_of_contact(read, contact, at) for contact in found]


def _of_contact(read: Script, contact: Mapping[str, Any], at: datetime | None) -> LookedBack:
    fields = {row["field"]: row["value"] for row in read.rows("fields", id=contact["id"])}
    changes = read.rows("changes", id=contact["id"], since=at)
    existed = at is None or contact["created_at"] <= at
    if at is not None:
        for change in reversed(changes):
            if change["table_name"] == CONTACTS and change["field"] in fields:
                fields[change["field"]] = change["old_value"]
    kept = {name: value for name, value in fields.items() if value is not None} if existed else {}
    facts = read.rows("facts", id=contact["id"], since=at)
    return LookedBack(str(contact["public_id"]), at, existed, kept, changes, facts)
