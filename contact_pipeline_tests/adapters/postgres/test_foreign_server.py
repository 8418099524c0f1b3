"""On somebody else's server, with a login that may do little: what is printed for the administrator can be run as it
stands, and then nothing more is asked."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg import sql

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.engine import connect
from contact_pipeline.adapters.postgres.logins import AdministratorNeeded, grant_role, list_logins, revoke_role
from contact_pipeline.adapters.postgres.migrate import ROLES, grant_roles, migrate
from contact_pipeline.settings import Settings
from contact_pipeline_tests.conftest import with_database
from contact_pipeline_tests.logins import logged_in, url_of


@dataclass(frozen=True)
class Foreign:
    """A server on which none of our roles exists, and a database on it."""

    admin_url: str
    url: str  # the program's login

    def run(self, *statements: str) -> None:
        """What an administrator does, in that database."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            for statement in statements:
                admin.execute(statement)


@pytest.fixture
def foreign(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Foreign]:
    """`request.param`: options of the login, and whether the database is its own."""
    options, is_owner = getattr(request, "param", ("nocreaterole", True))
    with server.database(settings) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(f"create role app login {options} password 'secret'")
            admin.execute(sql.SQL("create database foreign_one {}").format(sql.SQL("owner app" if is_owner else "")))
            if not is_owner:
                admin.execute("grant create on database foreign_one to app")
        admin_url = with_database(url, "foreign_one")
        yield Foreign(admin_url, url_of(admin_url, "app", "secret"))


def advice(text: str) -> list[str]:
    """The statements among the words."""
    return [line.strip() for line in text.splitlines() if line.startswith("  ") and line.endswith(";")]


@pytest.mark.parametrize(
    "foreign", [("nocreaterole", True), ("nocreaterole", False), ("createrole", True)], indirect=True
)
def test_the_advice_can_be_followed_once_and_then_all_is_silent(
    foreign: Foreign, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(foreign.url)
    first = advice(capsys.readouterr().err)
    assert first
    assert not grant_roles(foreign.url)
    assert advice(capsys.readouterr().err) == first  # as long as nobody has run it
    foreign.run(*first)
    assert grant_roles(foreign.url)
    assert capsys.readouterr().err == ""
    with psycopg.connect(foreign.admin_url) as admin:
        known = admin.execute("select rolname from pg_roles where rolname = any (%s)", (list(ROLES),)).fetchall()
        assert len(known) == len(ROLES)
    for role in ROLES:
        with logged_in(foreign.admin_url, role) as connection:
            connection.execute("select * from curated.contactability")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("create temporary table t (a int)")


def test_half_of_the_advice_leaves_the_other_half(foreign: Foreign, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(foreign.url)
    first = advice(capsys.readouterr().err)
    foreign.run("create role writer nologin")  # by hand, in other words
    assert not grant_roles(foreign.url)
    assert advice(capsys.readouterr().err) == [line for line in first if "writer" not in line]


def test_roles_that_are_there_work_while_another_waits_for_an_administrator(
    foreign: Foreign, capsys: pytest.CaptureFixture[str]
) -> None:
    """An upgrade that brings a role makes all views anew, and would take from everybody else what they read."""
    migrate(foreign.url)
    is_new = ("create role steward", "create role compliance")
    foreign.run(*(line for line in advice(capsys.readouterr().err) if not line.startswith(is_new)))
    assert not grant_roles(foreign.url)
    assert [line.split()[2] for line in advice(capsys.readouterr().err)] == ["compliance", "steward"]
    for role, statement in (("analyst", "select * from curated.contacts"), ("writer", "select * from core.contacts")):
        with logged_in(foreign.admin_url, role) as connection:
            connection.execute(statement)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("select curated.decide_review(1, 'rejected', 'x')")


def test_without_a_superuser_the_actor_is_kept_and_not_forged(
    foreign: Foreign, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(foreign.url)
    foreign.run(*advice(capsys.readouterr().err))
    assert grant_roles(foreign.url)
    with connect(foreign.url, actor="ana", run_id="run-1", reason="desk") as connection:
        connection.execute("create temporary table mine (a int)")
        connection.execute("insert into core.contacts (name) values ('Ada Example')")
        connection.execute("update core.contacts set title = 'Countess'")
    who = "select changed_by, login, reason, run_id from audit.changes order by id desc limit 1"
    with logged_in(foreign.admin_url, "writer") as writer:
        row = writer.execute(who).fetchone()
        assert row == {"changed_by": "ana", "login": "app", "reason": "desk", "run_id": "run-1"}
        writer.execute("set contact_pipeline.actor = 'ana'")
        writer.execute("update core.contacts set title = 'Duchess'")
        row = writer.execute(who).fetchone()
        assert row is not None
        assert row["changed_by"] == row["login"] == writer.info.user
        with pytest.raises(psycopg.errors.RestrictViolation):
            writer.execute("insert into core.suppressions values ('x', 'email', 'opt_out', 's')")
            writer.execute("delete from core.suppressions")


def test_a_brake_holds_every_login_but_the_programs(foreign: Foreign, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(foreign.url)
    foreign.run(*advice(capsys.readouterr().err))
    grant_roles(foreign.url)
    limits = "select current_setting('statement_timeout') as time, current_setting('temp_file_limit') as space"
    with logged_in(foreign.admin_url, "analyst") as analyst:
        assert analyst.execute(limits).fetchone() == {"time": "10min", "space": "10GB"}
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute("set temp_file_limit = -1")
    with psycopg.connect(foreign.url) as program:
        assert program.execute(limits).fetchone() == ("0", "-1")
    foreign.run("alter database foreign_one set statement_timeout = '1h'")  # the administrator's own choice stays
    assert grant_roles(foreign.url)
    with logged_in(foreign.admin_url, "analyst") as analyst:
        assert analyst.execute("show statement_timeout").fetchone() == {"statement_timeout": "1h"}


@pytest.mark.parametrize("foreign", [("createrole", True)], indirect=True)
def test_a_login_that_may_make_roles_makes_logins(foreign: Foreign, capsys: pytest.CaptureFixture[str]) -> None:
    migrate(foreign.url)
    foreign.run(*advice(capsys.readouterr().err))
    with connect(foreign.url) as connection:
        password = grant_role(connection, "ana", "analyst")
        assert password is not None
        assert list_logins(connection) == [{"login": "ana", "can_log_in": True, "roles": ["analyst"]}]
        with psycopg.connect(url_of(foreign.admin_url, "ana", password)) as ana:
            ana.execute("select * from curated.contacts")
        assert revoke_role(connection, "ana", "analyst") == "dropped"


def test_what_an_administrator_is_told_can_be_run_and_then_the_password_opens(
    foreign: Foreign, capsys: pytest.CaptureFixture[str]
) -> None:
    migrate(foreign.url)
    foreign.run(*advice(capsys.readouterr().err))
    grant_roles(foreign.url)
    with connect(foreign.url) as connection:
        with pytest.raises(AdministratorNeeded) as told:
            grant_role(connection, "ana", "analyst")
        text = str(told.value)
        password = text.rpartition(": ")[2]
        assert all(password not in statement for statement in advice(text))
        foreign.run(*advice(text))
        with psycopg.connect(url_of(foreign.admin_url, "ana", password)) as ana:
            ana.execute("select * from curated.contacts")
        with pytest.raises(AdministratorNeeded) as told:
            revoke_role(connection, "ana", "analyst")
        foreign.run(*advice(str(told.value)))
        assert list_logins(connection) == []
