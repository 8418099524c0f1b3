"""Logins for people and programs: made with a password that nobody stores, members of the roles of migrate.ROLES.

The server is given a SCRAM verifier (RFC 5802), made here: the password itself is in no statement, so in no log.
"""

import re
import secrets
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, sql
from contact_pipeline.adapters.postgres.migrate import ROLES
from contact_pipeline.core.errors import PermanentError, UsageError

STEPS = beside(__file__)

PASSWORD_BYTES = 24  # 192 bits: nobody guesses it from the verifier
MARK = "made by contact-pipeline roles"
# Small letters, as PostgreSQL folds what is not quoted; 63 bytes are the longest name it keeps.
NAME = re.compile(r"[a-z_][a-z0-9_.@-]{0,62}")
RESERVED = {*ROLES, "definer", "postgres", "public", "none", "contact_pipeline", "current_user", "session_user"}


class AdministratorNeeded(PermanentError):  # noqa: N818 - the tree says what it is
    """The program's login may not do that on this server; the text has the statements that an administrator runs."""


def list_logins(connection: Connection) -> list[dict[str, Any]]:
    """login, can_log_in and roles of everybody who has a role of ours."""
    return Script(connection, STEPS).rows("list", roles=list(ROLES))


def grant_role(connection: Connection, login: str, role: str) -> str | None:
    """Make the login where there is none, or where one of ours was closed, and give it the role. Returns its new
    password; None: it has one.

    Raises UsageError for a name or role that cannot be meant, AdministratorNeeded where this login may not do it.
    """
    found = _find(connection, login, role)
    password = None
    statements = [_filled("grant {} to {}", role, login)]
    if found is None or (found["is_ours"] and not found["can_log_in"]):
        password = secrets.token_urlsafe(PASSWORD_BYTES)
        verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
        made = "create role {} login password " if found is None else "alter role {} login password "
        comment = _filled("comment on role {} is ", login) + sql.Literal(MARK)
        statements = [_filled(made, login) + sql.Literal(verifier), comment, *statements]
    _carry_out(connection, statements, told=_told_with(password))
    return password


def revoke_role(connection: Connection, login: str, role: str) -> str:
    """Take the role away; returns what became of the login: `kept`, `dropped` or `closed`.

    A login that `grant_role` made goes with its last role, and its sessions end; where something in the server hangs on
    it, it is closed (nologin). One that somebody else made stays. Raises as `grant_role`.
    """
    found = _find(connection, login, role)
    if found is None or role not in found["roles"]:
        raise UsageError(f"{login} has not got the role {role}. `contact-pipeline roles list` shows who has which.")
    ends = found["is_ours"] and found["roles"] == [role]
    closing = [_filled("alter role {} nologin", login)] if ends else []
    _carry_out(connection, [_filled("revoke {} from {}", role, login), *closing])
    if not ends:
        return "kept"
    Script(connection, STEPS).run("end_sessions", login=login)
    try:
        with connection.transaction():
            connection.execute(_filled("drop role {}", login))
    except psycopg.Error:  # it owns something, here or in another database
        return "closed"
    return "dropped"


def _find(connection: Connection, login: str, role: str) -> dict[str, Any] | None:
    """What the server knows of the login; None: there is none."""
    if role not in ROLES:
        raise UsageError(f"There is no role {role!r}. There are {', '.join(ROLES)}.")
    if login.startswith("pg_") or login in RESERVED:
        raise UsageError(f"{login} is a name of the program's or PostgreSQL's own. Take another one.")
    if not NAME.fullmatch(login):
        raise UsageError("A login is 1 to 63 of a-z 0-9 _ . @ -, and begins with a letter or _.")
    rows = Script(connection, STEPS).rows("find", login=login, roles=list(ROLES), mark=MARK)
    if not rows:
        return None
    if rows[0]["is_superuser"] or rows[0]["is_owner"]:
        raise UsageError(f"{login} owns the database or the server: no role gives or takes anything there.")
    return rows[0]


def _carry_out(connection: Connection, statements: Sequence[sql.Composed], *, told: str = "") -> None:
    """All or none of them."""
    try:
        with connection.transaction():
            for statement in statements:
                connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        lines = "".join(f"\n  {statement.as_string(connection)};" for statement in statements)
        raise AdministratorNeeded(
            f"The program's login may not do that on this server. Ask an administrator to run:{lines}{told}"
        ) from None


def _told_with(password: str | None) -> str:
    return "" if password is None else f"\nIts password, said only here, is then: {password}"


def _filled(statement: LiteralString, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))
