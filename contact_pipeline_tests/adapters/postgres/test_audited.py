"""What is audited stands in one list (functions/audited.sql), and every database follows it, from whatever revision."""

import re
from pathlib import Path

import psycopg
import pytest

from contact_pipeline.adapters.postgres import migrate as module
from contact_pipeline.adapters.postgres.migrate import migrate
from contact_pipeline_tests.adapters.postgres.test_migrations import REVISIONS, upgrade

WATCHED = ("core.consent_records", "core.contact_points", "core.contacts")
NOT_AUDITED = (
    "can_call", "can_email", "created_at", "created_by", "created_login", "id", "public_id", "updated_at", "updated_by",
    "updated_login", "version",
)  # fmt: skip


def audited(url: str, table: str) -> tuple[list[str], list[str]]:
    """(what the trigger of a table looks at, what the list says of it)."""
    with psycopg.connect(url) as connection:
        (text,) = connection.execute(
            "select pg_get_functiondef(tgfoid) from pg_trigger"
            " where tgname = 'audit_update' and tgrelid = %s::regclass",
            (table,),
        ).fetchone() or ("",)
        (listed,) = connection.execute("select audit.audited_columns(%s::regclass)", (table,)).fetchone() or ([],)
    return re.findall(r"then '(\w+)' end", text), listed


@pytest.mark.parametrize("table", WATCHED)
def test_the_triggers_look_at_what_the_list_says(database_url: str, table: str) -> None:
    looked_at, listed = audited(database_url, table)
    assert looked_at == listed
    assert listed


def test_no_other_table_is_watched(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select tgrelid::regclass::text from pg_trigger where tgname in ('audit_update', 'audit_delete')"
        ).fetchall()
    assert sorted(name for (name,) in found) == sorted(WATCHED * 2)


def test_what_is_left_out_is_bookkeeping_keys_and_what_has_a_history_of_its_own(database_url: str) -> None:
    _, listed = audited(database_url, "core.contacts")
    with psycopg.connect(database_url) as connection:
        columns = [
            name
            for (name,) in connection.execute(
                "select attname::text from pg_attribute where attrelid = 'core.contacts'::regclass and attnum > 0"
                " and not attisdropped"
            )
        ]
    left_out = set(columns) - set(listed)
    assert {name for name in left_out if not name.startswith(("email_", "phone_", "identity_", "profile_"))} == {
        *NOT_AUDITED
    }
    assert {"name", "email", "phone", "seniority", "suppress_email", "processing_restricted", "consent_ip"} <= {*listed}


@pytest.mark.parametrize("revision", (REVISIONS[0], REVISIONS[-2]))
def test_a_column_that_joins_is_audited_by_running_the_file(empty_database_url: str, revision: str) -> None:
    """One line of a migration; the last step of every upgrade does it, too."""
    upgrade(empty_database_url, revision)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("alter table core.contacts add column motto text")
        connection.execute("insert into core.contacts (name) values ('Ada Orchid')")
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("update core.contacts set motto = 'Onward'")
        found = connection.execute("select field, new_value from audit.changes").fetchall()
        assert ("motto", "Onward") in found


def test_no_migration_has_a_list_of_its_own() -> None:
    sql = sorted((Path(module.__file__).parent / "sql").rglob("*.sql"))
    callers = {path.stem for path in sql if re.search(r"(select|perform) audit\.watch\(", path.read_text("utf-8"))}
    assert callers == {"audited"}
