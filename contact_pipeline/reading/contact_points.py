"""Columns of e-mails and phones → values in order, each row's once. Plain cells pass untouched, odd ones are read one
by one (addresses.py, numbers.py). Judges nothing.

A value that is merely wrong stays as given: the e-mail and phone rooms say why (a bad address is a verdict).
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.core.number_shapes import digits_of
from contact_pipeline.reading.cells import RowNotes, any_true, emptied, one_of, rows_where, strings
from contact_pipeline.wording.addresses import FAKE_EMAILS, NO_EMAIL_LOCAL, NOTHING_POINT, Reading, read_email_cell
from contact_pipeline.wording.numbers import NO_PHONE, read_phone_cell, shown_numbers
from contact_pipeline.wording.permission_cells import CLOSING, said_in

PLAIN_EMAIL = r"^[A-Za-z0-9._%+&-]+@[A-Za-z0-9.-]*[A-Za-z0-9]$"
PLAIN_PHONE = r"^\+?[0-9(][0-9 ().-]{4,24}[0-9)]$"
_LONGEST_OF_ONE = 18  # characters; longer cells may hold two numbers
_LONGEST_EMAILS, _LONGEST_PHONES = 4_000, 1_000  # a list of a hundred; what is longer is refused as too long, unread
_SEVERAL = r"^(?:[^0-9]*[0-9]){16}|[0-9] - "
_ONE_DIGIT = "|".join(rf"^\+?[{d}() .-]*$" for d in range(10))

_ADDRESS = re.compile(r"\S+@\S+")
_WORD = re.compile(r"[^\W\d_]+")
# "No phone" says that there is none; any other word of leaving beside a point, or in its place, is meant.
_ABSENT = re.compile(
    r"\W*(?:not?|without|kein\w*|ohne|hat kein\w*|sans|pas d[e']?|aucune?|sin|senza|sem|nessun\w*|geen|bez|brak|ingen"
    r"|inget|utan|uten|uden|ei|\u043d\u0435\u0442|\u0431\u0435\u0437)\W+(?:\w+\W+)?"
    r"(?:(?:e?-?\s?mail\w*|post\w*|addres\w*|adress\w*|courriel\w*|corr?e\w*|number\w*|num\w*|nr|telef\w*"
    r"|t[e\u00e9]l\w*|phone\w*|handy\w*|mobil\w*|cell\w*|fax\w*|\u043f\u043e\u0447\u0442\w*|\u0442\u0435\u043b\u0435\u0444\w*)\W*){1,3}",
    re.IGNORECASE,
)


class PointColumn:
    """One column of addresses or numbers: `single` has the plain cells; `several` the cells that gave two and more.

    strays: what the column has of the other kind, by row: a number among addresses, an address among numbers.
    """

    def __init__(
        self, single: pa.Array, several: dict[int, list[str]], strays: dict[int, list[str]] | None = None
    ) -> None:
        self.single = single
        self.several = several
        self.strays = strays or {}

    @classmethod
    def of_rows(cls, found: dict[int, list[str]], rows: int) -> "PointColumn":
        """Values by row, as a column."""
        first = [found[row][0] if row in found else None for row in range(rows)]
        return cls(strings(first), {row: values for row, values in found.items() if len(values) > 1})


def read_emails(values: pa.Array, key: str, notes: RowNotes) -> PointColumn:
    """Plain addresses pass as they are; every other cell is read by itself."""
    values = emptied(values, one_of(values, NOTHING_POINT))
    plain = pc.match_substring_regex(values, PLAIN_EMAIL)
    fake = pc.or_(one_of(values, FAKE_EMAILS), pc.match_substring_regex(values, NO_EMAIL_LOCAL))
    values = emptied(values, fake)
    return _read_odd(values, pc.and_(pc.invert(plain), pc.is_valid(values)), _email_cell, key, notes)


def read_phones(values: pa.Array, key: str, notes: RowNotes, *, add_plus: bool = False) -> PointColumn:
    """add_plus: the product stores international numbers without the plus (Brevo's SMS)."""
    values = emptied(values, one_of(values, NOTHING_POINT))
    plain = pc.and_(
        pc.match_substring_regex(values, PLAIN_PHONE),
        pc.invert(pc.or_(pc.match_substring_regex(values, NO_PHONE), _one_digit(values))),
    )
    long = pc.greater(pc.binary_length(values), _LONGEST_OF_ONE)
    if any_true(long):
        several = pc.match_substring_regex(emptied(values, pc.invert(long)), _SEVERAL)
        plain = pc.and_(plain, pc.invert(pc.fill_null(several, False)))
    column = _read_odd(values, pc.and_(pc.invert(plain), pc.is_valid(values)), _phone_cell, key, notes)
    if add_plus:
        bare = pc.match_substring_regex(column.single, r"^[1-9]\d{6,14}$")
        notes.repair(rows_where(bare), "phone:plus_added")
        plus = pc.binary_join_element_wise("+", column.single, "")
        column.single = pc.if_else(pc.fill_null(bare, False), plus, column.single)
    return column


def _email_cell(cell: str) -> tuple[Reading, list[str]]:
    if len(cell) > _LONGEST_EMAILS:
        return Reading([cell]), []
    reading = read_email_cell(cell)
    numbers = shown_numbers(reading.rest)
    if numbers:
        reading.note("phone:from_email_column")
        if "email:no_address" in reading.rules:
            reading.rules.remove("email:no_address")
            reading.refused = False
    return reading, numbers


def _phone_cell(cell: str) -> tuple[Reading, list[str]]:
    if len(cell) > _LONGEST_PHONES:
        return Reading([cell]), []
    found = read_email_cell(cell) if "@" in cell else Reading()
    if not (found.rest and found.values):
        return read_phone_cell(cell), []
    reading = read_phone_cell(found.rest.strip(" \n/,;|<>-")) if digits_of(found.rest) else Reading()
    reading.note("email:from_phone_column")
    return reading, found.values


@lru_cache(maxsize=4096)
def _closes(cell: str) -> bool:
    """Whether the words of a cell forbid what it is for: `0171 … (do not call)`, `unsubscribed` for an address."""
    if _WORD.search(cell) is None or _ABSENT.fullmatch(cell):
        return False
    return said_in(" ".join(_WORD.findall(_ADDRESS.sub(" ", cell)))) in CLOSING


def _one_digit(values: pa.Array) -> pa.Array:
    return pc.match_substring_regex(values, _ONE_DIGIT)


def _read_odd(
    values: pa.Array, odd: pa.Array, read: Callable[[str], tuple[Reading, list[str]]], key: str, notes: RowNotes
) -> PointColumn:
    if not any_true(odd):
        return PointColumn(values, {})
    channel = "email" if read is _email_cell else "phone"
    several: dict[int, list[str]] = {}
    strays: dict[int, list[str]] = {}
    listed: list[str | None] = values.to_pylist()
    for row in rows_where(odd):
        cell = listed[row] or ""
        reading, others = read(cell)
        for rule in reading.rules:
            notes.repair([row], rule)
        if reading.refused:
            notes.refuse(row, key, cell)
            if _closes(cell):
                notes.restrict([row], [f"{channel}:opt_out"])
        listed[row] = reading.values[0] if reading.values else None
        if len(reading.values) > 1:
            several[row] = reading.values
        if others:
            strays[row] = others
    return PointColumn(strings(listed), several, strays)


def strays_of(columns: Iterable[PointColumn], rows: int) -> list[PointColumn]:
    """What columns have of the other kind, as columns of that kind."""
    return [PointColumn.of_rows(column.strays, rows) for column in columns if column.strays]


def combine(
    columns: list[PointColumn], rows: int, identity: Callable[[str], str]
) -> tuple[pa.Array, dict[int, list[str]]]:
    """(first value of each row, further ones by row), each value once; identity() says which spellings are one."""
    if not columns:
        return pa.nulls(rows, pa.string()), {}
    first = columns[0].single if len(columns) == 1 else pc.coalesce(*(c.single for c in columns))
    crowded = {row for column in columns for row in column.several}
    if len(columns) > 1:
        filled = columns[0].single.is_valid().cast(pa.int8())
        for column in columns[1:]:
            filled = pc.add(filled, column.single.is_valid().cast(pa.int8()))
        crowded.update(rows_where(pc.greater(filled, 1)))
    more: dict[int, list[str]] = {}
    if crowded:
        order = sorted(crowded)
        taken = [column.single.take(pa.array(order)).to_pylist() for column in columns]
        for place, row in enumerate(order):
            seen: dict[str, str] = {}
            for column, singles in zip(columns, taken, strict=True):
                for value in column.several.get(row) or ([singles[place]] if singles[place] else []):
                    seen.setdefault(identity(value), value)
            if len(seen) > 1:
                more[row] = list(seen.values())[1:]
    return first, more


def email_identity(value: str) -> str:
    """Case tells no two mailboxes apart here; the e-mail room decides on what is stored."""
    return value.casefold()


def phone_identity(value: str) -> str:
    """Digits and the plus; letters stay (extensions, vanity numbers)."""
    return re.sub(r"[^\w+]", "", value).casefold()
