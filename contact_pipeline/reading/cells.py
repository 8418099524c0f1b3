"""Cells of one column, cleaned: control characters, spaces, placeholders, spreadsheet damage. Column-wise; refuses
nothing.

What a rule takes out of a field is handed to the chunk's notes,
so that the cell stays whole in `extra` and is counted.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.decoding.mended import ASCII_MEANT_OTHERWISE, MAY_BE_MEANT_OTHERWISE, as_meant

LONGEST_REFUSED = 2_000

# C0 and C1 controls, zero-width and bidirectional marks (Unicode TR36: they make one text look like another).
# ZWJ and ZWNJ stay: names in Persian and emoji need them.
INVISIBLE = (
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\x{ad}\x{34f}\x{61c}\x{115f}\x{1160}\x{180b}-\x{180e}\x{200b}\x{200e}"
    r"\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{206f}\x{3164}\x{fe00}-\x{fe0f}\x{feff}\x{ffa0}\x{fff9}-\x{fffb}"
    r"\x{e0000}-\x{e007f}]"
)
# Beside letters of Latin they join nothing.
_JOINERS = r"([\x00-\x{24f}]|^)[\x{200c}\x{200d}]+", r"[\x{200c}\x{200d}]+([\x00-\x{24f}]|$)"
_SPACES = r"[\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}]"
_LINE_SPACE = r"[\t\r\n\x{85}\x{2028}\x{2029}]"
_LINE_ENDS = r"\r\n?|[\x{85}\x{2028}\x{2029}]"
# Written with marks of their own after the letter, as files of a Mac are; syllables of Korean fall apart into jamo.
_DECOMPOSED = r"[\p{M}\x{1100}-\x{11ff}]"

_MARKS = (
    "-", "--", "---", "----", "\u2013", "\u2014", ".", "..", "...", "?", "??", "_", "/", "n/a", "n.a.",
    "n.a", "n / a",
    "#n/a", "#na", "undefined", "\\n", "(null)", "[null]", "<null>", "(none)", "(blank)", "[blank]", "blank",
    "not available",
    "not provided", "not applicable", "unknown", "(unknown)", "n/d", "''", '""',
)  # fmt: skip
# Null, None, Nan and Na are people's names; only what no parent would choose counts there.
NOTHING_FOR_NAMES = frozenset((*_MARKS, "no name"))
NOTHING = frozenset((
    *_MARKS, "na", "null", "none", "nil", "nan", "k.a.", "s/n", "s/d", "{}", "[]",
    "00/00/0000", "0/0/00", "0000-00-00", "0000-00-00 00:00:00",
))  # fmt: skip
SPREADSHEET_ERRORS = frozenset({
    "#ref!", "#name?", "#value!", "#div/0!", "#null!", "#num!", "#spill!", "#calc!", "#field!", "#error!",
    "#getting_data",
})  # fmt: skip


class RowNotes:
    """What happened to the rows of one chunk besides their columns: refused cells, repairs, restrictions."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.refused: dict[int, dict[str, str]] = {}
        self.repairs: dict[int, list[str]] = defaultdict(list)
        self.restrictions: dict[int, list[str]] = defaultdict(list)

    def repair(self, rows: Iterable[int], rule: str) -> None:
        """Counts a rule once for each row."""
        for row in rows:
            if rule not in self.repairs[row]:
                self.repairs[row].append(rule)

    def refuse(self, row: int, key: str, cell: str) -> None:
        """Keeps a cell whole in `extra` under its column's name."""
        self.refused.setdefault(row, {}).setdefault(key, cell[:LONGEST_REFUSED])

    def restrict(self, rows: Iterable[int], restrictions: Iterable[str]) -> None:
        """Adds opt-outs, each once, in the order they are found."""
        wanted = tuple(restrictions)
        for row in rows:
            held = self.restrictions[row]
            held.extend(r for r in wanted if r not in held)


def strings(values: Iterable[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


def joined(parts: Sequence[pa.Array], separator: str) -> pa.Array:
    """The parts that are there, joined; null where none is.

    An empty first part, cut off again: pyarrow 26 leaves out rows in which every part is skipped,
    and shifts all others.
    """
    start = pa.repeat(pa.scalar("", pa.string()), len(parts[0]))
    text = pc.binary_join_element_wise(start, *parts, separator, null_handling="skip")
    text = pc.utf8_slice_codeunits(text, len(separator))
    return emptied(text, pc.equal(text, ""))


def rows_where(mask: pa.Array) -> list[int]:
    """Row positions at which a mask is true (null is not)."""
    found: list[int] = np.flatnonzero(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)).tolist()
    return found


def any_true(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def one_of(values: pa.Array, words: frozenset[str]) -> pa.Array:
    """Membership; ASCII letters match in either case (a tenth of the cost of Unicode's)."""
    return pc.is_in(pc.ascii_lower(values), value_set=pa.array(sorted(words), pa.string()))


def emptied(values: pa.Array, mask: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(mask, False), pa.scalar(None, pa.string()), values)


def map_distinct(values: pa.Array, judge: Callable[[str], Any], kind: pa.DataType) -> pa.Array:
    """judge() once for each distinct value: dates, countries and flags repeat."""
    encoded = values.dictionary_encode()
    answers = pa.array([judge(v) for v in encoded.dictionary.to_pylist()], kind)
    return answers.take(encoded.indices)


def clean(
    values: pa.Array, field: str, notes: RowNotes, *, key: str | None = None, single_line: bool = True
) -> pa.Array:
    """Trimmed text without invisible characters, composed (NFC); empty cells are null. Line ends become a space, or
    \\n in long texts. key: of the column; with it, cells are read as they were meant (mended.py), and what was given
    is kept whole in `extra`."""
    line_end, instead = (_LINE_SPACE, " ") if single_line else (_LINE_ENDS, "\n")
    # One pass finds the columns with anything odd in them; most have nothing (100 ns a cell and pass, half of it where
    # all is ASCII, 2026-11).
    if any_true(pc.match_substring_regex(values, _odd(values, line_end, is_meant=key is not None))):
        if key is not None:
            values = _as_meant(values, field, key, notes)
        invisible = pc.match_substring_regex(values, f"{INVISIBLE}|{_JOINERS[0]}|{_JOINERS[1]}")
        if any_true(invisible):
            notes.repair(rows_where(invisible), f"{field}:invisible_characters")
            values = pc.replace_substring_regex(values, INVISIBLE, "")
            for joiner in _JOINERS:
                values = pc.replace_substring_regex(values, joiner, r"\1")
        values = pc.utf8_normalize(values, form="NFC")
        values = pc.replace_substring_regex(values, line_end, instead)
        values = pc.replace_substring_regex(values, _SPACES, " ")
    values = pc.utf8_trim_whitespace(values)
    return emptied(values, pc.equal(values, ""))


def _odd(values: pa.Array, line_end: str, *, is_meant: bool) -> str:
    """What must not be missed in these cells, as one pattern."""
    if pc.all(pc.string_is_ascii(values)).as_py():
        return rf"[\x00-\x1f\x7f]|{ASCII_MEANT_OTHERWISE}" if is_meant else r"[\x00-\x1f\x7f]"
    odd = f"{INVISIBLE}|{line_end}|{_SPACES}|{_DECOMPOSED}|{_JOINERS[0]}|{_JOINERS[1]}"
    return f"{odd}|{MAY_BE_MEANT_OTHERWISE}" if is_meant else odd


def _as_meant(values: pa.Array, field: str, key: str, notes: RowNotes) -> pa.Array:
    rows = rows_where(pc.match_substring_regex(values, MAY_BE_MEANT_OTHERWISE))
    listed = values.to_pylist() if rows else []
    has_changed = False
    for row in rows:
        meant, rules = as_meant(listed[row])
        for rule in rules:
            notes.repair([row], f"{field}:{rule}")
        if rules:
            notes.refuse(row, key, listed[row])
            listed[row] = meant
            has_changed = True
    return strings(listed) if has_changed else values


def meaningful(values: pa.Array, field: str, key: str, notes: RowNotes, nothing: frozenset[str] = NOTHING) -> pa.Array:
    """Placeholders are empty; `="text"` is unwrapped; a spreadsheet's error is empty, whole in `extra`, and counted."""
    values = unformula(values, field, notes)
    values = emptied(values, one_of(values, nothing))
    hashed = pc.starts_with(values, "#")
    if any_true(hashed):
        broken = pc.and_(hashed, one_of(values, SPREADSHEET_ERRORS))
        values = refuse_where(values, broken, f"{field}:spreadsheet_error", key, notes)
    return values


_FORMULA = re.compile(r'^="(.*)"$', re.DOTALL)


def unformula(values: pa.Array, field: str, notes: RowNotes) -> pa.Array:
    """`="0151 4960000"` is how people keep a spreadsheet from eating a leading zero."""
    wrapped = pc.starts_with(values, '="')
    if not any_true(wrapped):
        return values
    listed = values.to_pylist()
    for row in rows_where(wrapped):
        found = _FORMULA.match(listed[row])
        if found:
            listed[row] = found[1].replace('""', '"').strip() or None
            notes.repair([row], f"{field}:formula")
    return strings(listed)


def refuse_where(values: pa.Array, mask: pa.Array, rule: str, key: str, notes: RowNotes) -> pa.Array:
    """Empties the field, keeps the cell in `extra`, counts the rule."""
    rows = rows_where(mask)
    if not rows:
        return values
    notes.repair(rows, rule)
    for row in rows:
        notes.refuse(row, key, values[row].as_py())
    return emptied(values, mask)


def within(values: pa.Array, longest: int, field: str, key: str, notes: RowNotes) -> pa.Array:
    """A value longer than any real one is refused."""
    return refuse_where(values, pc.greater(pc.utf8_length(values), longest), f"{field}:too_long", key, notes)
