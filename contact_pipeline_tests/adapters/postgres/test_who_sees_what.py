"""Every view for every role, column by column, against what the owner sees: rows are the same, and what a role has no
right to is masked or empty. Read from the catalogue: a view that joins is held to it."""

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from contact_pipeline.adapters.postgres.migrate import ROLES
from contact_pipeline.schemas.curated import CURATED_VIEWS, MASKED
from contact_pipeline_tests.logins import logged_in

PERSONAL = {
    *(("contacts", column) for column in MASKED),
    ("bounces", "email"), ("reviews", "details"), ("reviews", "reason"),
}  # fmt: skip
WRITTEN = {("data_subject_requests", column) for column in ("extension_reason", "identity_check", "outcome")}
AUDIT = {
    ("audit_trail", "reason"), ("audit_trail", "old_value"), ("audit_trail", "new_value"), ("erasures", "certificate"),
    ("retractions", "because"),
}  # fmt: skip
HIDDEN_FROM = {
    "writer": PERSONAL | WRITTEN | AUDIT,
    "analyst": PERSONAL | WRITTEN | AUDIT,
    "steward": PERSONAL | WRITTEN | AUDIT,
    "pii_reader": AUDIT,
    "compliance": PERSONAL,
}
VIEWS = [table.name.partition(".")[2] for table in CURATED_VIEWS]

Seen = dict[str, list[dict[str, object]]]


def everything(connection: "psycopg.Connection[dict[str, object]]") -> Seen:
    """Rows of every view."""
    query = sql.SQL("select * from curated.{}")
    return {view: connection.execute(query.format(sql.Identifier(view))).fetchall() for view in VIEWS}


def test_every_role_is_looked_at() -> None:
    assert set(HIDDEN_FROM) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_sees_what_the_table_says(guarded_url: str, role: str) -> None:
    with (
        psycopg.connect(guarded_url, row_factory=dict_row) as owner,
        logged_in(guarded_url, role) as connection,
    ):
        owners, seen = everything(owner), everything(connection)
    hidden = set()
    for view, rows in seen.items():
        assert len(rows) == len(owners[view]), view
        for column in rows[0] if rows else ():
            theirs, ours = (sorted(repr(row[column]) for row in found) for found in (rows, owners[view]))
            if theirs != ours and column not in ("days_taken", "is_overdue"):  # the clock goes on
                hidden.add((view, column))
            if (view, column) in HIDDEN_FROM[role]:
                assert all(value in (None, "None") or "…" in str(value) for value in theirs), (view, column)
    assert hidden == HIDDEN_FROM[role]
