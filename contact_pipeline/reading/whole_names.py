"""`Last, First` in one column → both names and the name as it is spoken."""

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import RowNotes, rows_where

_LAST_FIRST = r"^(?P<family>[^,]{2,80}?)\s*,\s*(?P<given>[^,]{2,80})$"
_NO_GIVEN = r"(?i)^(jr|sr|ii|iii|iv|phd|md|inc|ltd|llc|gmbh|ag|kg|co|corp|esq|mba|msc|bsc)\.?$"


def last_first(names: pa.Array, notes: RowNotes) -> dict[str, pa.Array]:
    """name, given_name and family_name; a cell of another form stays the whole name."""
    found = pc.extract_regex(names, _LAST_FIRST)
    given, family = pc.struct_field(found, "given"), pc.struct_field(found, "family")
    is_both = pc.and_(given.is_valid(), pc.invert(pc.fill_null(pc.match_substring_regex(given, _NO_GIVEN), False)))
    is_both = pc.fill_null(is_both, False)
    none = pa.scalar(None, pa.string())
    given, family = pc.if_else(is_both, given, none), pc.if_else(is_both, family, none)
    notes.repair(rows_where(is_both), "name:last_first")
    spoken = pc.binary_join_element_wise(given, family, " ")
    return {"name": pc.coalesce(spoken, names), "given_name": given, "family_name": family}
