"""Text → records: line ends, quoting, and what to do when quoting is broken. Knows nothing of columns.

An opening quote that is never closed must not swallow the file: a record is bounded, a broken one is handed on as such
and reading goes on with the line after the one it began on.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

MAX_LINE = 1 << 20
MAX_RECORD_LINES = 2_000  # csv's own field limit (131,072 characters) bounds the rest
BATCH = 1 << 18
# The first cell of a row that was erased from the file. No real list holds it.
ERASED_MARK = "contact_pipeline:erased"

_Line = tuple[str, int]  # as it is parsed, and how many characters of the file it stands for


CURLY_QUOTES = "\u201c\u201d\u201e\u201f\u00ab\u00bb"
_BEHIND_LINE = re.compile(r'"[,;\t|]+(?=[\r\n]*$)')  # empty cells beside the one that holds the row
_CURLY = str.maketrans(dict.fromkeys(CURLY_QUOTES, '"'))


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart. skips_space: a space may stand before a quote. is_curly: a word processor's quotes
    stand around cells. is_nested: each line is one quoted cell that holds the row (as spreadsheets save a file once
    more)."""

    delimiter: str
    quote: str = '"'
    skips_space: bool = False
    is_curly: bool = False
    is_nested: bool = False

    @property
    def sign(self) -> str:
        """Of what the delimiter and the quote do not tell."""
        return next((sign for sign, way in SIGNED.items() if getattr(self, way)), "")

    def read(self, lines: Iterable[str], *, strict: bool = True, **how: Any) -> Iterator[list[str]]:
        """The csv module's reader for it."""
        if self.is_curly:
            lines = (line.translate(_CURLY) for line in lines)
        if self.is_nested:
            lines = (_BEHIND_LINE.sub('"', line) for line in lines)
        rows: Iterator[list[str]] = csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            skipinitialspace=self.skips_space,
            strict=strict,
            **how,
        )
        return map(self._unpacked, rows) if self.is_nested else rows

    def _unpacked(self, row: list[str]) -> list[str]:
        if len(row) != 1 and any(row[1:]):
            return row
        try:
            return next(csv.reader(row[:1], delimiter=self.delimiter), [])
        except csv.Error:  # a line end inside the cell: then it holds no row
            return row


# How an erased row tells the dialect it was written in.
SIGNED = {":spaced": "skips_space", ":curly": "is_curly", ":nested": "is_nested"}
_ERASED = frozenset(ERASED_MARK + sign for sign in ("", *SIGNED))


@dataclass(frozen=True)
class BrokenRecord:
    """A line whose quoting cannot be right. `cells`: a reading of this line alone that may be right, if its width
    is."""

    line: str
    cells: list[str] | None


@dataclass(frozen=True)
class ErasedRecord:
    """A row that stands where an erased one stood, so that the rows after it keep their numbers."""

    cells: list[str]


@dataclass(frozen=True)
class StrayRecord:
    """A row under the header of another table."""

    cells: list[str]


class Meter:
    """How much text has gone by; the reader of records sets it back."""

    chars = 0


class Place:
    """Where the record handed on last stands: characters of the decoded text from its beginning, line end included."""

    start = 0
    end = 0

    def move(self, lines: list[_Line]) -> None:
        """Beyond these lines."""
        self.start, self.end = self.end, self.end + sum(taken for _, taken in lines)


class _UnboundedError(Exception):
    """The record in hand is longer than any real one."""


class Lines(Protocol):
    """What is read from: an open text stream with newline=""."""

    def readline(self, limit: int = ..., /) -> str: ...

    def readlines(self, hint: int = ..., /) -> list[str]: ...


def read_records(
    text: Lines,
    dialect: Dialect,
    repairs: Counter[str],
    meter: Meter,
    *,
    has_long_lines: bool = False,
    place: Place | None = None,
) -> Iterator[list[str] | BrokenRecord]:
    """Every record in order; a blank line is an empty list.

    Strict quoting first (RFC 4180): a closing quote followed by text means that an earlier quote was left open.
    Batches of whole lines are parsed at once (half the cost of line by line); one that does not parse, or ends within
    a record, is read with care. NUL characters are removed and counted. has_long_lines: never read an unbounded line.
    place: kept up to date, at the price of reading everything with care.

    Which way a batch is read must make no difference: batches fall elsewhere in a file of which a row was erased, and
    no other row may get another number by that.
    """

    def next_line() -> _Line:
        line = text.readline(MAX_LINE)
        meter.chars += len(line)
        taken = len(line)
        if taken == MAX_LINE and line[-1] not in "\r\n":
            taken += _rest_of_line(text)
        if "\0" in line:
            repairs["row:nul_removed"] += 1
            line = line.replace("\0", "") or "\n"
        return line, taken

    if has_long_lines:
        while (first := next_line())[1]:
            yield from _read_with_care(deque([first]), next_line, dialect, place)
        return
    while lines := text.readlines(BATCH):
        joined = "".join(lines)
        meter.chars += len(joined)
        parsed = lines
        if "\0" in joined:
            repairs["row:nul_removed"] += sum("\0" in line for line in lines)
            parsed = [line.replace("\0", "") or "\n" for line in lines]
        try:
            # A batch ends with the line that fills it, so no other line of it can be too long.
            if place is not None or len(lines[-1]) > MAX_LINE:
                raise csv.Error
            rows = list(dialect.read(parsed))
            if len(lines) - len(rows) >= MAX_RECORD_LINES:  # one of them may have too many lines
                raise csv.Error
        except csv.Error:
            pending = deque(zip(parsed, map(len, lines), strict=True))
            yield from _read_with_care(pending, next_line, dialect, place)
        else:
            yield from rows


def _read_with_care(
    pending: deque[_Line], next_line: Callable[[], _Line], dialect: Dialect, place: Place | None
) -> Iterator[list[str] | BrokenRecord]:
    """The pending lines, and of the text as much as the last record of them needs."""
    held: list[_Line] = []

    def feed() -> Iterator[str]:
        while pending or held:
            item = pending.popleft() if pending else next_line()
            line, taken = item
            if not taken:
                return
            held.append(item)
            if taken > MAX_LINE or len(held) > MAX_RECORD_LINES:
                raise _UnboundedError
            yield line

    while pending:
        try:
            for row in dialect.read(feed()):
                if place is not None:
                    place.move(held)
                held.clear()
                yield row
        except (csv.Error, _UnboundedError):
            first, *others = held
            pending.extendleft(reversed(others))
            held.clear()
            if place is not None:
                place.move([first])
            yield BrokenRecord(first[0], _read_alone(first, dialect))


def _rest_of_line(text: Lines) -> int:
    """Passes over it and tells its length."""
    passed = 0
    while more := text.readline(MAX_LINE):
        passed += len(more)
        if more[-1] in "\r\n":
            break
    return passed


def _read_alone(item: _Line, dialect: Dialect) -> list[str] | None:
    """The line by itself: backslash escapes (MySQL), then quotes that somebody forgot to double."""
    line, taken = item
    if line.count(dialect.quote) % 2 or taken >= MAX_LINE:
        return None
    if "\\" + dialect.quote in line:
        try:
            return next(dialect.read([line], escapechar="\\", doublequote=False))
        except (csv.Error, StopIteration):
            pass
    if not (dialect.is_curly or dialect.is_nested or dialect.skips_space):
        return _closed_at_delimiters(line.rstrip("\r\n"), dialect.delimiter, dialect.quote)
    try:
        return next(dialect.read([line], strict=False))
    except (csv.Error, StopIteration):
        return None


def _closed_at_delimiters(line: str, delimiter: str, quote: str) -> list[str] | None:
    """Cells of a line in which a quote closes a cell only before a delimiter or at the end."""
    cells, at = [], 0
    while True:
        if line.startswith(quote, at):
            end = line.find(quote + delimiter, at + 1)
            while end >= 0 and _is_doubled(line, at, end, quote):
                end = line.find(quote + delimiter, end + 1)
            if end < 0:
                if len(line) < at + 2 or not line.endswith(quote):
                    return None
                end = len(line) - 1
            cells.append(line[at + 1 : end].replace(quote * 2, quote))
            end += 1
        else:
            end = line.find(delimiter, at)
            end = len(line) if end < 0 else end
            cells.append(line[at:end])
        if end >= len(line):
            return None if max(map(len, cells)) > csv.field_size_limit() else cells
        at = end + 1


def _is_doubled(line: str, start: int, end: int, quote: str) -> bool:
    """Whether the quote at `end` is the second of a pair inside the cell that opened at `start`."""
    run = end
    while run > start + 1 and line[run - 1] == quote:
        run -= 1
    return (end - run) % 2 == 1


# The last lines of a Salesforce report, in any language of the report's name.
FOOTER = re.compile(
    r"^\s*(copyright\s*(\(c\)|©|\d{4})|©\s*\d{4}|confidential information\b|generated by\s*:"
    r"|grand totals?\b|record count\b)",
    re.IGNORECASE,
)
LONGEST_FOOTER = 12


def is_blank(row: list[str]) -> bool:
    """Nothing in it: an empty line, or only delimiters and spaces (what a spreadsheet leaves below its data)."""
    return not row or (not row[0].strip() and not "".join(row).strip())


def may_be_footer(row: list[str]) -> bool:
    """One cell of prose and nothing beside it."""
    return "@" not in row[0] and bool(row[0].strip()) and not any(row[1:])


def is_footer_mark(row: list[str]) -> bool:
    """A line that only a report's footer has."""
    return may_be_footer(row) and FOOTER.match(row[0]) is not None


def is_erased(row: list[str]) -> bool:
    """A row that erased_line() wrote."""
    return bool(row) and row[0].startswith(ERASED_MARK) and row[0] in _ERASED and not any(row[1:])


def erased_line(width: int, dialect: Dialect) -> str:
    """What is written where an erased row stood, without line end.

    The mark is quoted so that it ends every open quote before it as an error, as the row that stood there did: an
    earlier line with a quote never closed stays one broken line, whatever follows. It bears the sign of its dialect,
    which the row may have been the only one to show.
    """
    mark = ERASED_MARK + dialect.sign
    return dialect.quote + mark + dialect.quote + dialect.delimiter * (width - 1)
