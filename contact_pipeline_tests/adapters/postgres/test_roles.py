"""Who may read what, tried out by logging in."""

import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, ObjectNotInPrerequisiteState

from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.logins import logged_in

PERSONAL = {
    "name": "Ada Example",
    "given_name": "Ada",
    "family_name": "Example",
    "email": "ada@ok.test",
    "phone_e164": "+4915123456700",
    "linkedin_url": "https://www.linkedin.com/in/ada-example",
    "consent_ip": "192.0.2.7",
}
VIEWS = ("contacts", "mailable_contacts", "callable_contacts")


@pytest.fixture
def key(lab: Lab) -> str:
    """Ada, published, mailable and callable."""
    lab.with_source("newsletter", channels=("email", "phone"))
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown"]})
    header = "name,email,phone,LinkedIn URL,company,consent_ip,consent_date"
    row = "Ada Example,ada@ok.test,+49 1512 3456700,linkedin.com/in/ada-example,Engines,192.0.2.7,2026-01-05"
    return lab.drop("newsletter", csv(header, row))


def test_an_analyst_reads_masked_values_and_a_pii_reader_sees_them(lab: Lab, key: str) -> None:
    with (
        logged_in(lab.session.database_url, "analyst") as masked,
        logged_in(lab.session.database_url, "analyst", "pii_reader") as plain,
    ):
        for view in VIEWS:
            query = sql.SQL("select * from curated.{}").format(sql.Identifier(view))
            (seen,), (real,) = masked.execute(query).fetchall(), plain.execute(query).fetchall()
            assert list(seen) == list(real)  # the same columns in the same order
            assert {name: real[name] for name in PERSONAL} == PERSONAL
            for name, value in PERSONAL.items():
                assert seen[name] and "…" in seen[name] and value not in seen[name]
            assert {name for name in seen if seen[name] != real[name]} == set(PERSONAL)
        quality = masked.execute("select * from curated.data_quality").fetchall()
        assert "ada@" not in repr(quality).lower()


@pytest.mark.parametrize("role", ["analyst", "pii_reader"])
def test_readers_reach_nothing_but_curated(lab: Lab, key: str, role: str) -> None:
    tables = lab.rows(
        "select schemaname || '.' || relname from pg_stat_user_tables"
        " where schemaname in ('raw', 'core', 'audit', 'ops')"
        " union select schemaname || '.' || viewname from pg_views where schemaname = 'core'"
    )
    assert len(tables) > 20
    with logged_in(lab.session.database_url, role) as connection:
        for (table,) in tables:
            with pytest.raises(InsufficientPrivilege):
                connection.execute(f"select * from {table}")
        for statement in (
            "create table curated.mine (id int)",
            "select core.permission(true, true, 'valid', false, false, false, false, true, false)",
            "set role writer",
        ):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)
        for statement in ("update curated.contacts set company = 'x'", "delete from curated.contacts"):
            with pytest.raises((InsufficientPrivilege, ObjectNotInPrerequisiteState)):
                connection.execute(statement)


def test_an_analyst_cannot_look_behind_the_mask(lab: Lab, key: str) -> None:
    """A function of the reader's own in the condition would see plain values if it ran below the mask."""
    with logged_in(lab.session.database_url, "analyst") as connection:
        assert connection.execute("select 1 from curated.contacts where name = 'Ada Example'").fetchall() == []
        assert connection.execute("select 1 from curated.contacts where email like 'ada@%'").fetchall() == []


def test_the_writer_works_and_is_caught_by_the_audit(lab: Lab, key: str) -> None:
    with logged_in(lab.session.database_url, "writer") as connection:
        connection.execute("update core.contacts set company = 'Tools'")
        connection.execute("insert into core.contacts (name) values ('Bob Example')")
        name = connection.execute("select session_user::text as name").fetchone()
        assert name is not None
        changed = connection.execute("select changed_by from audit.changes where field = 'company'").fetchall()
        assert changed[-1]["changed_by"] == name["name"]
        for statement in ("delete from audit.changes", "update audit.changes set changed_by = 'nobody'"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)
