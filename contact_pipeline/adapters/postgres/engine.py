"""Connections that say who works and why, and named statements in files. psycopg stays inside this package."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.rows import dict_row

from contact_pipeline.core.errors import ContactPipelineError, DatabaseUnavailable, PermanentError, TransientError

__all__ = [
    "ACTOR",
    "Connection",
    "DatabaseRefused",
    "DriverError",
    "Script",
    "ValueRefused",
    "beside",
    "bound_by_server",
    "connect",
    "count_rows",
    "dict_row",
    "sql",
    "statements",
    "translate",
]

ACTOR = "contact_pipeline"
DriverError = psycopg.Error  # whatever the driver raises; `connect` turns what leaves it into one of ours
ValueRefused = (psycopg.IntegrityError, psycopg.DataError)  # a value that no type or constraint of the table takes


class DatabaseRefused(PermanentError):  # noqa: N818 - the tree says what it is
    """PostgreSQL refused a statement; the text names the SQLSTATE and constraint, never the values."""


@contextmanager
def connect(
    url: str, *, actor: str = ACTOR, run_id: str | None = None, reason: str = ""
) -> Iterator[psycopg.Connection]:
    """A connection outside a transaction; open one with `connection.transaction()`.

    actor, run_id and reason reach audit.changes through audit.sessions, which no other login writes. Errors come
    out of our own tree and without the driver's text, which can quote personal values.
    """
    try:
        connection = psycopg.connect(url, autocommit=True, cursor_factory=psycopg.ClientCursor, application_name=ACTOR)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(no_answer(error)) from None
    try:
        with connection:
            # Stages name schemas and their own temporary tables; nothing else may be found in their place.
            connection.execute("set search_path = pg_catalog, pg_temp")
            connection.execute("select audit.set_session(%s, %s, %s)", (actor, run_id or "", reason))
            connection.execute("set timezone to 'UTC'")
            # The stages' temporary tables stay in memory up to here; 8 MB, the default, wrote and read each one twice.
            # Compiling a stage's wide statements takes 0.5-1 s each, for three contacts as for a million; the embedded
            # server has no compiler, and is what everything is measured on.
            connection.execute("set temp_buffers to '64MB'; set jit to off")
            yield connection
    except psycopg.Error as error:
        raise translate(error) from None


def bound_by_server(connection: psycopg.Connection) -> psycopg.Cursor[Any]:
    """A cursor whose parameters travel apart from the statement: for long arrays, which the client would have to write
    into its text (a third of the time for 2,000 events)."""
    return psycopg.Cursor(connection)


def see_that_it_answers(url: str) -> None:
    """Raises DatabaseUnavailable where it does not. Needs no table of ours."""
    try:
        psycopg.connect(url, application_name=ACTOR).close()
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(no_answer(error)) from None


def no_answer(error: BaseException | None) -> str:
    """Without the driver's text, which names login and address."""
    return (
        f"The database does not answer, or refuses the login or the name of the database ({type(error).__name__})."
        " See that its server is up and that CONTACT_PIPELINE_DATABASE_URL is right, then do the same again."
    )


def translate(error: psycopg.Error) -> ContactPipelineError:
    """A driver error as ours: transient when a retry may help (lost connection, deadlock, serialisation)."""
    state = error.sqlstate or "no SQLSTATE"
    what = f"PostgreSQL said {type(error).__name__} ({state}"
    what += f", {error.diag.constraint_name})" if error.diag.constraint_name else ")"
    if state in {"53100", "58030"}:
        return TransientError(f"{what}: the disk of the database is full, or fails. Make room, then do the same again.")
    if error.sqlstate is None or state[:2] in {"08", "40", "53", "57"}:
        return TransientError(f"{what}. It may pass: run the same command again.")
    if state[:2] == "42":  # about the statement's own text (names, types), so its message quotes no value
        what += f": {error.diag.message_primary}"
    return DatabaseRefused(f"{what}. This is a fault of the program or of a change made by hand; report it.")


def beside(module_file: str) -> Path:
    """The file of a module's statements: `STEPS = beside(__file__)`."""
    return Path(module_file).with_suffix(".sql")


@cache
def statements(steps: Path) -> Mapping[str, str]:
    """The statements of a file, by the name in the `-- step: name` line above each."""
    parts = re.split(r"^-- step: (\w+)$", steps.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


class Script:
    """The named statements beside a module, bound to a connection. Nobody runs another module's."""

    def __init__(self, connection: psycopg.Connection, steps: Path, **parameters: object) -> None:
        self._connection = connection
        self._statements = statements(steps)
        self._parameters = parameters

    def run(self, *steps: str, **parameters: object) -> int:
        """Run the steps in order; returns the row count of the last."""
        count = 0
        for step in steps:
            count = self._connection.execute(self._text(step), self._parameters | parameters).rowcount
        return count

    def rows(self, step: str, **parameters: object) -> list[dict[str, Any]]:
        """Result of a query, each row as a dictionary."""
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(self._text(step), self._parameters | parameters).fetchall()

    def one(self, step: str, **parameters: object) -> dict[str, Any]:
        """The only row of a query."""
        (row,) = self.rows(step, **parameters)
        return row

    def _text(self, step: str) -> Any:
        return self._statements[step]


def count_rows(connection: Connection, relation: str) -> int:
    """Rows of `schema.relation`."""
    name = sql.Identifier(*relation.split("."))
    row = connection.execute(sql.SQL("select count(*) from {}").format(name)).fetchone()
    return int(row[0]) if row else 0
