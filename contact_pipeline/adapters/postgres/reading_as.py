"""Reading with the rights of one of our roles and no others: in a transaction that can write nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.adapters.postgres.logins import AdministratorNeeded

PATIENCE_S = 20  # for one statement: who waits longer has left


@contextmanager
def reading_as(connection: Connection, role: str) -> Iterator[Connection]:
    """The connection, where current_user is that role until the block ends: PostgreSQL masks what the role may not see.

    Raises AdministratorNeeded where the program's login is no member of it.
    """
    with connection.transaction():
        connection.execute("set transaction read only")
        try:
            connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
            raise AdministratorNeeded(
                f"The program's login may not read as {role}. `contact-pipeline db migrate` makes the role, and"
                " `contact-pipeline users add` the program's login a member of it, or says what an administrator has to"
                " run."
            ) from None
        connection.execute(sql.SQL("set local statement_timeout = {}").format(sql.Literal(f"{PATIENCE_S}s")))
        yield connection


def join_roles(connection: Connection, roles: tuple[str, ...]) -> None:
    """Make this login a member of the roles, as far as it is none yet: it may then read with their rights.

    Raises AdministratorNeeded, which has the statement.
    """
    missing = []
    for role in roles:
        try:
            with connection.transaction(force_rollback=True):
                connection.execute(sql.SQL("set local role {}").format(sql.Identifier(role)))
        except (psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue):
            missing.append(role)
    if not missing:
        return
    names = sql.SQL(", ").join(map(sql.Identifier, missing))
    (me,) = connection.execute("select current_user").fetchone() or ("",)
    statement = sql.SQL("grant {} to {}").format(names, sql.Identifier(me))
    try:
        with connection.transaction():
            connection.execute(statement)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject):
        raise AdministratorNeeded(
            "The pages read with the rights of the role of whoever looks, and the program's login may not take them on."
            f" Ask an administrator to run:\n  {statement.as_string(connection)};"
        ) from None
