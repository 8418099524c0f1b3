"""What is audited stands in one list (functions/audited.sql), and every database follows it, from whatever revision."""

import re
from pathlib import Path

import psycopg
import pytest

from contact_pipeline.adapters.postgres import migrate as module
from contact_pipeline.adapters.postgres.migrate import migrate
from contact_pipeline.schemas.dictionary import ALL_TABLES
from contact_pipeline.schemas.unaudited import UNAUDITED
from contact_pipeline_tests.adapters.postgres.test_migrations import REVISIONS, upgrade

COVERED = """
select w.watched::text, unnest(audit.audited_columns(w.watched)) from audit.watched() w
union
select t.tgrelid::regclass::text, a.attname::text
from pg_trigger t cross join unnest(t.tgattr::int2[]) n join pg_attribute a on a.attrelid = t.tgrelid and a.attnum = n
where t.tgname = 'fact_stands'
"""
COLUMNS = """
select c.oid::regclass::text, a.attname::text
from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
where n.nspname in ('raw', 'core', 'audit', 'ops') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
"""


def watched(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("select watched::text from audit.watched()")]


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


def test_the_triggers_look_at_what_the_list_says(database_url: str) -> None:
    tables = watched(database_url)
    assert "core.contacts" in tables and len(tables) > 5
    for table in tables:
        looked_at, listed = audited(database_url, table)
        assert looked_at == listed and listed, table


def test_no_other_table_is_watched(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        found = connection.execute(
            "select tgrelid::regclass::text from pg_trigger where tgname in ('audit_update', 'audit_delete')"
        ).fetchall()
    assert sorted(name for (name,) in found) == sorted(watched(database_url) * 2)


def test_every_column_is_audited_or_append_only_or_exempted_in_writing(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        covered = set(connection.execute(COVERED).fetchall())
        columns = set(connection.execute(COLUMNS).fetchall())
    exempted: dict[tuple[str, str], str] = {}
    for reason, tables in UNAUDITED.items():
        for table, names in tables.items():
            wanted = {name for at, name in columns if at == table} if names == "*" else set(names.split())
            assert wanted, f"{table} is exempted and does not exist"
            for name in wanted:
                assert (table, name) not in exempted, f"{table}.{name} is exempted twice"
                exempted[table, name] = reason
    assert sorted(columns - covered - set(exempted)) == [], "neither audited nor exempted in schemas/unaudited.py"
    assert sorted(set(exempted) - (columns - covered)) == [], "exempted, and audited or gone"


def test_what_is_said_to_be_about_nobody_is_about_nobody() -> None:
    about_nobody = next(tables for reason, tables in UNAUDITED.items() if reason.startswith("Says nothing of a person"))
    for table in ALL_TABLES:
        names = about_nobody.get(table.name, "").split()
        for column in table.columns:
            assert not (column.personal and (names == ["*"] or column.name in names)), f"{table.name}.{column.name}"


def test_who_and_why_are_known_of_plain_sql_too(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into core.contacts (name) values ('Ada Orchid')")
        connection.execute("update core.contacts set title = 'CEO'")
        (change,) = connection.execute("select changed_by, login, reason from audit.changes").fetchall()
        login = connection.execute("select session_user::text").fetchone() or ("",)
        assert change == (*login, *login, "SQL, no reason given")


@pytest.mark.parametrize("column", ("changed_by", "reason"))
def test_no_change_without_who_and_why(database_url: str, column: str) -> None:
    values = {
        "table_name": "x",
        "field": "x",
        "changed_by": "x",
        "changed_at": "2027-01-01",
        "reason": "x",
        column: None,
    }
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.NotNullViolation):
        names = ", ".join(values)
        connection.execute(f"insert into audit.changes ({names}) values (%s, %s, %s, %s, %s)", [*values.values()])


def test_a_row_keeps_its_key(database_url: str) -> None:
    """Its changes are told by it."""
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into core.policy_values (name, value) values ('a', 1) on conflict do nothing")
        connection.execute("update core.policy_values set name = name, value = 2 where name = 'a'")
        change = connection.execute("select row_key, old_value, new_value, contact_id from audit.changes").fetchone()
        assert change == ("a", "1", "2", None)
        with pytest.raises(psycopg.errors.RestrictViolation):
            connection.execute("update core.policy_values set name = 'b' where name = 'a'")


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
