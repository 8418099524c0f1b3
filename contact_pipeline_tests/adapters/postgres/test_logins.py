"""Logins are made with a password that is shown once, and lose what they were given. Tried by logging in."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from contact_pipeline.adapters.postgres.engine import connect
from contact_pipeline.adapters.postgres.logins import grant_role, list_logins, revoke_role
from contact_pipeline.adapters.postgres.migrate import ROLES
from contact_pipeline.core.errors import UsageError
from contact_pipeline_tests.logins import new_login, url_of


@pytest.fixture
def owner(guarded_url: str) -> Iterator[psycopg.Connection]:
    with connect(guarded_url) as connection:
        yield connection


@pytest.fixture
def login(guarded_url: str) -> Iterator[str]:
    """A name that nobody has; whoever has it afterwards goes."""
    name = f"ana.{uuid.uuid4().hex[:8]}@office"
    yield name
    with psycopg.connect(guarded_url, autocommit=True) as admin:
        if admin.execute("select from pg_roles where rolname = %s", (name,)).fetchone():
            admin.execute(sql.SQL("drop owned by {0}").format(sql.Identifier(name)))
            admin.execute(sql.SQL("drop role {0}").format(sql.Identifier(name)))


def roles_of(owner: psycopg.Connection, login: str) -> list[str] | None:
    return {row["login"]: row["roles"] for row in list_logins(owner)}.get(login)


def test_a_login_is_made_once_and_its_password_shown_once(
    guarded_url: str, owner: psycopg.Connection, login: str
) -> None:
    password = grant_role(owner, login, "analyst")
    assert password is not None and len(password) >= 32
    with psycopg.connect(url_of(guarded_url, login, password)) as connection:
        assert connection.execute("select count(*) from curated.contacts").fetchone() == (1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from core.contacts")
    assert grant_role(owner, login, "pii_reader") is None
    assert grant_role(owner, login, "pii_reader") is None  # again: nothing to do
    with psycopg.connect(url_of(guarded_url, login, password)) as connection:
        (name,) = connection.execute("select name from curated.contacts").fetchone() or ("",)
        assert name == "Ada Zanzibar"
    assert roles_of(owner, login) == ["analyst", "pii_reader"]
    (kept,) = owner.execute("select rolpassword from pg_authid where rolname = %s", (login,)).fetchone() or ("",)
    assert kept.startswith("SCRAM-SHA-256$") and password not in kept
    assert password not in repr(list_logins(owner))


def test_with_its_last_role_a_login_goes_and_so_do_its_sessions(
    guarded_url: str, owner: psycopg.Connection, login: str
) -> None:
    password = grant_role(owner, login, "analyst")
    grant_role(owner, login, "steward")
    assert password is not None
    connection = psycopg.connect(url_of(guarded_url, login, password))
    assert revoke_role(owner, login, "steward") == "kept"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):  # in the session that is open
        connection.execute("select curated.decide_review(1, 'rejected', 'x')")
    connection.rollback()
    assert revoke_role(owner, login, "analyst") == "dropped"
    with pytest.raises(psycopg.OperationalError):
        connection.execute("select 1")
    connection.close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url_of(guarded_url, login, password))
    assert roles_of(owner, login) is None
    with pytest.raises(UsageError, match="has not got the role"):
        revoke_role(owner, login, "analyst")


def test_a_login_that_something_hangs_on_is_closed_and_opens_with_a_new_password(
    guarded_url: str, owner: psycopg.Connection, login: str
) -> None:
    old = grant_role(owner, login, "analyst")
    assert old is not None
    owner.execute(sql.SQL("grant connect on database {} to {}").format(
        sql.Identifier(owner.info.dbname), sql.Identifier(login)
    ))  # fmt: skip
    assert revoke_role(owner, login, "analyst") == "closed"
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url_of(guarded_url, login, old))
    new = grant_role(owner, login, "analyst")
    assert new is not None and new != old
    psycopg.connect(url_of(guarded_url, login, new)).close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url_of(guarded_url, login, old))


def test_a_login_of_the_administrators_keeps_its_password_and_stays(
    guarded_url: str, owner: psycopg.Connection
) -> None:
    with new_login(guarded_url) as (name, own_url):
        assert grant_role(owner, name, "compliance") is None
        psycopg.connect(own_url).close()
        assert revoke_role(owner, name, "compliance") == "kept"
        psycopg.connect(own_url).close()


@pytest.mark.parametrize(
    ("name", "role"),
    [
        *((name, "analyst") for name in ("postgres", "pg_monitor", "pg_x", "definer", "public", "contact_pipeline")),
        *((name, "analyst") for name in ("", "Ana", "1ana", "ana;drop", 'ana"', "ana ben", "a" * 64, "ana\n", "änne")),
        *((name, "writer") for name in ROLES),
        *(("ana_x", role) for role in ("pg_read_all_data", "definer", "superuser", "", "postgres")),
    ],
)
def test_names_and_roles_that_cannot_be_meant_are_refused(owner: psycopg.Connection, name: str, role: str) -> None:
    for change in (grant_role, revoke_role):
        with pytest.raises(UsageError):
            change(owner, name, role)


def test_who_owns_the_server_is_given_nothing(guarded_url: str, owner: psycopg.Connection) -> None:
    with (
        new_login(guarded_url, options="superuser") as (name, _),
        pytest.raises(UsageError, match="owns the database"),
    ):
        grant_role(owner, name, "analyst")


def test_no_statement_holds_the_password(
    owner: psycopg.Connection, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    execute = psycopg.Connection.execute

    def heard(self: psycopg.Connection, query: object, *rest: object, **more: object) -> object:
        said.append(query.as_string(self) if isinstance(query, sql.Composable) else str(query))
        return execute(self, query, *rest, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(psycopg.Connection, "execute", heard)
    password = grant_role(owner, login, "analyst")
    assert password is not None
    assert "SCRAM-SHA-256$" in repr(said) and password not in repr(said)
