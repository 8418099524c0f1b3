"""Which cells of a record id column can be one: not what a spreadsheet made of it, nor a word in its place."""

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import RowNotes, any_true, refuse_where

# Digits lost to scientific notation, nought, words (`new`, `TBD`, 新規). Ids of letters only are long and unbroken.
_NO_ID = (
    r"(?i)^(?:[+-]?[0-9]+(?:[.,][0-9]+)?e\+[0-9]+|[+-]?[0-9]+[.,][0-9]+e-?[0-9]+|[+-]?0+(?:[.,]0+)?|-1"
    r"|[^0-9]{1,11}|[^0-9]*\s[^0-9]*)$"
)


def record_ids(values: pa.Array, key: str, notes: RowNotes) -> pa.Array:
    """Without those that identify nobody; they stay in `extra` under key, counted as record_id:no_identity."""
    odd = pc.match_substring_regex(values, _NO_ID)
    return refuse_where(values, odd, "record_id:no_identity", key, notes) if any_true(odd) else values
