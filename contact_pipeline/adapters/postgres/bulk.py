"""Tables in and out by COPY, as data frames. Columns of kind text[] hold Python lists, everything else scalars.

COPY through pyarrow's CSV writer and reader, both in C++: the row loop of a driver costs about 1 us a cell, which is
a quarter of the whole budget at a million rows.
"""

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv
from psycopg import sql


def copy_frame(connection: psycopg.Connection, table: str, frame: pd.DataFrame) -> int:
    """Append the frame's columns to the table's columns of the same names. Missing values become NULL."""
    if frame.empty:
        return 0
    columns = sql.SQL(", ").join(map(sql.Identifier, map(str, frame.columns)))
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(sql.Identifier(*table.split(".")), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(_to_csv(frame))
    return len(frame)


def read_frame(
    connection: psycopg.Connection, query: str, parameters: Any = None, *, kinds: dict[str, Any]
) -> pd.DataFrame:
    """Result of a query as a frame with exactly the columns of `kinds` (name: pyarrow type), in that order."""
    statement = f"copy ({query}) to stdout (format csv)"
    buffer = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(statement, parameters) as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        empty: pd.DataFrame = pa.table({name: pa.array([], kind) for name, kind in kinds.items()}).to_pandas()
        return empty
    buffer.seek(0)
    frame: pd.DataFrame = pacsv.read_csv(
        buffer,
        read_options=pacsv.ReadOptions(column_names=list(kinds), block_size=max(buffer.getbuffer().nbytes, 1)),
        parse_options=PARSE,
        convert_options=as_written_by_copy(kinds),
    ).to_pandas()
    return frame


PARSE = pacsv.ParseOptions(newlines_in_values=True)


def as_written_by_copy(kinds: dict[str, Any]) -> pacsv.ConvertOptions:
    """How COPY writes CSV: NULL is empty without quotes, an empty text has them; booleans are t and f."""
    return pacsv.ConvertOptions(
        column_types=kinds,
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        null_values=[""],
        true_values=["t"],
        false_values=["f"],
    )


def bytea(digests: Iterable[object]) -> list[Any]:  # str or None; pandas' stubs know no column of both
    """Keys in the spelling PostgreSQL reads from CSV; anything but bytes (a missing value) is NULL."""
    return ["\\x" + digest.hex() if isinstance(digest, bytes) else None for digest in digests]


def _to_csv(frame: pd.DataFrame) -> bytes:
    arrays = [_to_arrow(frame[name]) for name in frame.columns]
    sink = io.BytesIO()
    pacsv.write_csv(
        pa.Table.from_arrays(arrays, names=[str(name) for name in frame.columns]),
        sink,
        pacsv.WriteOptions(include_header=False, quoting_style="needed"),
    )
    return sink.getvalue()


def _to_arrow(column: "pd.Series[Any]") -> pa.Array:
    if column.dtype == object:  # mostly empty, so only what is there is touched
        places = np.flatnonzero(column.notna().to_numpy())
        present = column.to_numpy()[places]
        texts = pa.array([_text(value) for value in present], pa.string())
        if len(places) == len(column):
            return texts
        taken = np.zeros(len(column), dtype=np.int64)
        taken[places] = np.arange(len(places))
        is_empty = np.ones(len(column), dtype=bool)
        is_empty[places] = False
        return texts.take(pa.array(taken, mask=is_empty))
    array = pa.array(column, from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _text(value: Any) -> str | None:
    if isinstance(value, list):
        return _array_literal(value) if value else None
    return str(value)


def _array_literal(values: Sequence[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
