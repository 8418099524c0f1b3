"""JSON objects for millions of rows, built column-wise: a missing value costs nothing, no row is visited in Python."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import joined

_NEEDS_ESCAPE = r'["\\\n\t]'


def member(key: str, values: pa.Array) -> pa.Array:
    """`"key":"value"` for each value; null stays null. Values hold no control characters but newline and tab."""
    if pc.any(pc.match_substring_regex(values, _NEEDS_ESCAPE)).as_py():
        for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\t", "\\t")):
            values = pc.replace_substring(values, character, escaped)
    return pc.binary_join_element_wise(f'{json.dumps(key, ensure_ascii=False)}:"', values, '"', "")


def member_text(key: str, value: object) -> str:
    """One member, for the few rows that have something special."""
    return f"{json.dumps(key, ensure_ascii=False)}:{json.dumps(value, ensure_ascii=False)}"


def objects(members: Sequence[pa.Array], rows: int) -> pa.Array:
    """One object for each row from arrays of members, null where a row has none."""
    members = [m for m in members if m.null_count < len(m)]
    if not members:
        return pa.nulls(rows, pa.string())
    return pc.binary_join_element_wise("{", joined(members, ","), "}", "")
