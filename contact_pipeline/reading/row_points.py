"""A row's addresses, numbers and country, out of all columns that have one. Judges nothing.

Columns are mixed up by people: an address among the numbers and a number among the addresses go where they belong.
"""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.calling_codes import (
    calling_code,
    calling_code_of_country,
    code_column_for,
    country_beside_code,
    with_code,
)
from contact_pipeline.reading.cells import (
    RowNotes,
    any_true,
    clean,
    emptied,
    joined,
    map_distinct,
    meaningful,
    refuse_where,
    rows_where,
    strings,
)
from contact_pipeline.reading.contact_points import (
    PointColumn,
    combine,
    email_identity,
    phone_identity,
    read_emails,
    read_phones,
    strays_of,
)
from contact_pipeline.reading.headers import ColumnMap, HeaderMap
from contact_pipeline.schemas.landed import LONGEST_EMAIL, LONGEST_TEXT
from contact_pipeline.wording.places import country_code

# Whose country nobody could read: no region of ours may read its number (phones/store.sql looks for the rule).
COUNTRY_UNCERTAIN = "country:uncertain"


class RowPoints:
    """Reads the columns of one chunk. raw: a column's cells as they are."""

    def __init__(self, header_map: HeaderMap, notes: RowNotes, raw: Callable[[ColumnMap], pa.Array]) -> None:
        self._map = header_map
        self._notes = notes
        self._raw = raw

    def place(self, columns: dict[str, pa.Array]) -> None:
        """Sets location and country; `_calling_code`, where a code stands in the country's place."""
        rows = self._notes.rows
        given = columns["country"]
        columns["_calling_code"] = pa.nulls(rows, pa.string())
        codes = given
        if given.null_count < rows:
            key = self._map.of("country")[0].key
            codes = map_distinct(given, country_code, pa.string())
            unread = pc.and_(given.is_valid(), codes.is_null())
            if any_true(unread):
                calling = map_distinct(emptied(given, pc.invert(unread)), calling_code_of_country, pa.string())
                columns["_calling_code"] = calling
                given = refuse_where(given, calling.is_valid(), "country:calling_code", key, self._notes)
                unread = pc.and_(unread, calling.is_null())
                codes = pc.coalesce(
                    codes, map_distinct(emptied(given, pc.invert(unread)), country_beside_code, pa.string())
                )
            refuse_where(given, pc.and_(unread, codes.is_null()), COUNTRY_UNCERTAIN, key, self._notes)
        parts = [columns["city"], columns["region"], given]
        if any(part.null_count < rows for part in parts):
            columns["location"] = pc.coalesce(columns["location"], joined(parts, ", "))
        columns["country"] = codes

    def read(self, columns: dict[str, pa.Array]) -> dict[str, dict[int, list[str]]]:
        """Sets email and phone; the further ones of each row are given back."""
        rows = self._notes.rows
        emails = [read_emails(self._cells(c, "email"), c.key, self._notes) for c in self._map.of("email")]
        phones = [self._phones(column, columns) for column in self._map.of("phone", "sms_phone")]
        further = strays_of(phones, rows)
        phones += strays_of(emails, rows)
        emails += further
        if columns["_address"].null_count < rows:
            emails.append(PointColumn(columns["_address"], {}))
        columns["email"], more_emails = combine(emails, rows, email_identity)
        columns["phone"], more_phones = combine(phones, rows, phone_identity)
        for more, longest in ((more_emails, LONGEST_EMAIL), (more_phones, LONGEST_TEXT)):
            for row in [r for r, found in more.items() if any(len(v) > longest for v in found)]:
                more[row] = [v for v in more[row] if len(v) <= longest]
        return {"more_emails": more_emails, "more_phones": more_phones}

    def _cells(self, column: ColumnMap, field: str) -> pa.Array:
        values = clean(self._raw(column), field, self._notes, key=column.key, single_line=False)
        return meaningful(values, field, column.key, self._notes)

    def _phones(self, column: ColumnMap, columns: dict[str, pa.Array]) -> PointColumn:
        read = read_phones(self._cells(column, "phone"), column.key, self._notes, add_plus=column.target == "sms_phone")
        codes = columns["_calling_code"]
        beside = code_column_for(column, self._map.of("calling_code"))
        if beside is not None:
            codes = pc.coalesce(self._calling_codes(beside, read.single.is_valid()), codes)
        return self._whole(read, codes) if codes.null_count < self._notes.rows else read

    def _calling_codes(self, column: ColumnMap, has_number: pa.Array) -> pa.Array:
        given = self._cells(column, "country")
        codes = map_distinct(given, calling_code, pa.string())
        unread = pc.and_(pc.and_(given.is_valid(), codes.is_null()), has_number)
        refuse_where(given, unread, COUNTRY_UNCERTAIN, column.key, self._notes)
        return codes

    def _whole(self, read: PointColumn, codes: pa.Array) -> PointColumn:
        """Numbers of a column with the calling codes that belong to them."""
        listed, code_of = read.single.to_pylist(), codes.to_pylist()
        several = dict(read.several)
        for row in rows_where(pc.and_(codes.is_valid(), read.single.is_valid())):
            found = [with_code(number, code_of[row]) for number in several.get(row, [listed[row]])]
            if None in found:
                self._notes.repair([row], COUNTRY_UNCERTAIN)
                continue
            listed[row] = found[0]
            if row in several:
                several[row] = [number for number in found if number is not None]
        return PointColumn(strings(listed), several, read.strays)
