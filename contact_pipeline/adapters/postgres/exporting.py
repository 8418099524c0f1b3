"""Views out of the database, in a stream: memory does not grow with the view."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql

from contact_pipeline.adapters.postgres.bulk import PARSE, as_written_by_copy
from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.core.errors import UsageError

# Everything else, times and ids among it, is exported as PostgreSQL writes it.
KINDS = {"boolean": pa.bool_(), "bigint": pa.int64(), "double precision": pa.float64()}


def stream_view(connection: Connection, view: str) -> Iterator[pa.RecordBatch]:
    """Rows of curated.<view> in batches. Raises UsageError for an unknown view."""
    kinds = {
        name: KINDS.get(kind, pa.string())
        for name, kind in connection.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = 'curated' and table_name = %s order by ordinal_position",
            (view,),
        )
    }
    if not kinds:
        raise UsageError(f"There is no view {view!r} in curated. See docs/data-dictionary.md.")
    statement = sql.SQL("copy (select * from {}) to stdout (format csv, force_quote *)")
    read = pacsv.ReadOptions(column_names=list(kinds))
    with connection.cursor() as cursor, cursor.copy(statement.format(sql.Identifier("curated", view))) as copy:
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
