"""Views out of the database, in a stream: memory does not grow with the view."""

import io
from collections.abc import Generator, Iterator

import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql

from contact_pipeline.adapters.postgres.bulk import PARSE, as_written_by_copy
from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.core.errors import UsageError

# Everything else, times and ids among it, is exported as PostgreSQL writes it.
KINDS = {"boolean": pa.bool_(), "bigint": pa.int64(), "double precision": pa.float64()}


# Lists that are made to contact people by, and the function that gives those of one purpose (columns of contacts).
FOR_PURPOSE = {"mailable_contacts": "mailable_for", "callable_contacts": "callable_for"}


def stream_view(connection: Connection, view: str, *, purpose: str | None = None) -> Generator[pa.RecordBatch]:
    """Rows of curated.<view> in batches. purpose: only who may be contacted for it; columns of curated.contacts then.

    Raises UsageError for an unknown view, and for a purpose of a view that is no list.
    """
    if purpose is not None and view not in FOR_PURPOSE:
        raise UsageError(f"--purpose goes with {' and '.join(FOR_PURPOSE)}.")
    kinds = {
        name: KINDS.get(kind, pa.string())
        for name, kind in connection.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = 'curated' and table_name = %s order by ordinal_position",
            (view if purpose is None else "contacts",),
        )
    }
    if not kinds:
        raise UsageError(f"There is no view {view!r} in curated. See docs/data-dictionary.md.")
    rows: sql.Composable = sql.Identifier("curated", view)
    if purpose is not None:
        name = sql.Identifier("curated", FOR_PURPOSE[view])
        rows = sql.SQL("{}({})").format(name, sql.Literal(purpose))
    statement = sql.SQL("copy (select * from {}) to stdout (format csv, force_quote *)")
    read = pacsv.ReadOptions(column_names=list(kinds))
    with connection.cursor() as cursor, cursor.copy(statement.format(rows)) as copy:
        source = _Blocks(iter(copy))
        if not source.peek():
            yield pa.RecordBatch.from_pylist([], schema=pa.schema(list(kinds.items())))
            return
        yield from pacsv.open_csv(io.BufferedReader(source, 1 << 20), read, PARSE, as_written_by_copy(kinds))


class _Blocks(io.RawIOBase):
    """Blocks of COPY as a file that can be read."""

    def __init__(self, blocks: Iterator[bytes | bytearray | memoryview]) -> None:
        self._blocks = blocks
        self._rest = b""

    def peek(self) -> bool:
        """Whether there is anything at all."""
        self._rest = bytes(next(self._blocks, b""))
        return bool(self._rest)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = bytes(next(self._blocks, b""))
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
