"""Where the table in a file begins and what separates its cells: delimiter, preamble, header."""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, BinaryIO

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding.encoding import Encoding
from contact_pipeline.reading.records import (
    CURLY_QUOTES,
    ERASED_MARK,
    SIGNED,
    BrokenRecord,
    Dialect,
    Meter,
    is_blank,
    read_records,
)
from contact_pipeline.wording.field_headers import field_target
from contact_pipeline.wording.formats import detect_format, is_known_header

DELIMITERS = ",;\t|"
RARE_DELIMITERS = "~^\u00a6\x1f\x01:#"  # tried where none of the others cuts the header
SAMPLE_CHARS = 1 << 18
SAMPLE_RECORDS = 60
MAX_COLUMNS = 2_000  # the widest export in the wild has some 300; a spreadsheet ends at 16,384
_QUOTES = "\"'`" + CURLY_QUOTES
_NO_TEXT = DELIMITERS + ' \r\n\0"\ufeff'
_SEPARATOR_LINE = re.compile(r'^\ufeff?"?sep=(?P<delimiter>.)"?\s*$', re.IGNORECASE)
_LOOKS_LIKE_DATA = re.compile(r"^[^\s@]+@[^\s@]+\.[^\s@]+$|^\+?[\d ().-]{7,}$|^https?://")


@dataclass(frozen=True)
class Layout:
    """How the file is written. `header` as in the file (column_N where there is none); `format` a key of formats.py.

    preamble_lines: records before the header that belong to no row; records_before_data: how many to skip when reading.
    """

    encoding: str
    dialect: Dialect
    header: tuple[str, ...]
    preamble_lines: int
    format: str | None
    records_before_data: int
    has_header: bool = True

    @property
    def delimiter(self) -> str:
        """Between cells."""
        return self.dialect.delimiter


def detect_layout(stream: BinaryIO, encoding: Encoding) -> Layout:
    """Looks at the beginning of the file, however long its lines are.

    Raises UnreadableDrop: empty_file when nothing is written in it, too_many_columns beyond MAX_COLUMNS.
    """
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding.codec, errors=encoding.errors, newline="")
    try:
        sample = text.read(SAMPLE_CHARS)
    finally:
        text.detach()
    first_line = sample[: min(i for i in (sample.find("\n"), sample.find("\r"), len(sample)) if i >= 0)]
    named = _SEPARATOR_LINE.match(first_line)
    if not sample.replace("\0", "").replace("\ufeff", "").strip():
        raise UnreadableDrop("empty_file", "The file holds nothing but blank lines. Export it again.")
    if not sample.strip(_NO_TEXT) and max(map(first_line.count, DELIMITERS)) >= MAX_COLUMNS:
        raise _too_wide()  # the row is blank to the delimiter that it is made of, and one long word to all others
    start = 1 if named else 0
    best = _best(sample, named["delimiter"], start) if named else None
    if best is None or len(best.header) < 2:  # a spreadsheet's own line may be wrong
        best = _best(sample, DELIMITERS, start) or best
    if best is not None and len(best.header) < 2:
        rare = _best(sample, RARE_DELIMITERS, start)
        best = rare if rare and rare.known >= 2 and rare.agreement > 1 else best
    if best is None:
        # Not one whole record in the sample: the first line is the header of a file that has nothing to read.
        return Layout(encoding.name, Dialect(","), (first_line[:100],), 0, None, 1)
    found, known = best, best.known
    if len(found.header) > MAX_COLUMNS:
        raise _too_wide()
    dialect = found.dialect
    if found.agreement <= 1 and len(found.header) > 1:
        dialect = _dialect_of_rows(sample, found) or dialect
    before = found.records[: found.at]
    preamble = sum(1 for row in before if not is_blank(row))
    clean = tuple(cell.strip().strip("\ufeff").replace("\0", "") for cell in found.header)
    if known == 0 and (_was_erased(found.header) or any(_LOOKS_LIKE_DATA.match(cell) for cell in clean)):
        names = tuple(f"column_{n}" for n in range(1, len(clean) + 1))
        return Layout(encoding.name, dialect, names, preamble, None, found.at, has_header=False)
    above = before[-1] if before and not is_blank(before[-1]) else None
    if above is not None and (both := two_levels(above, clean)) is not None:
        clean, preamble = both, preamble - 1
    if _is_numbered(found):
        clean = ("", *clean)
    return Layout(encoding.name, dialect, clean, preamble, detect_format(clean), found.at + 1)


@dataclass(frozen=True)
class _Reading:
    """The sample as one dialect reads it; the header is the record `at`."""

    dialect: Dialect
    records: list[list[str]]
    at: int

    @property
    def header(self) -> list[str]:
        return self.records[self.at]

    @cached_property
    def known(self) -> int:
        """Headers that mean something to us."""
        return _known(self.header)

    @cached_property
    def agreement(self) -> int:
        """How well the dialect explains the sample."""
        return min(_agreement(self.records[self.at :], len(self.header)), 1000)


def _best(sample: str, delimiters: str, start: int) -> _Reading | None:
    """By how much of the header it knows, then by how well rows and header agree; the plainest of equals."""
    readings = [_read(sample, dialect, start) for dialect in _candidates(sample, delimiters)]
    return max((r for r in readings if r is not None), key=lambda r: (r.known, r.agreement), default=None)


def _is_numbered(found: _Reading) -> bool:
    """Each row begins with its number, which has no header (R's write.table)."""
    rows = [row for row in found.records[found.at + 1 :] if not is_blank(row)]
    return (
        len(found.header) > 1
        and bool(rows)
        and all(len(row) == len(found.header) + 1 and (row[0].strip().isdigit() or _was_erased(row)) for row in rows)
        and any(row[-1].strip() or _was_erased(row) for row in rows)
    )


_QUOTED_APART = re.compile(r"^(?P<quote>['`])[^'`\r\n]*(?P=quote)\s*[,;\t|]\s*(?P=quote)", re.MULTILINE)
_CURLY_QUOTED = re.compile(
    "(?:^|[,;\t|])[ ]*[\u201c\u201e\u00ab\u00bb][^\r\n]*?[\u201c\u201d\u00ab\u00bb][ ]*(?:$|[,;\t|\r])", re.MULTILINE
)
_ERASED = re.compile(rf"(?P<quote>[\"'`]){ERASED_MARK}(?P<sign>(?::\w+)?)(?P=quote)")
_SPACED_QUOTE = re.compile(r'[,;\t|] +"')
_QUOTED_LINE = re.compile(r'^"[^\r\n]*[,;\t|][^\r\n]*"[,;\t|]*\r?$', re.MULTILINE)


def _candidates(sample: str, delimiters: str) -> Iterator[Dialect]:
    """Ways to read the sample; the plain ones win where the others read no more, but for lines in other quotes. An
    erased row says which it was."""
    erased = _ERASED.search(sample)
    apart = erased if erased else _QUOTED_APART.search(sample)
    quote = apart["quote"] if apart else '"'
    if quote != '"':
        yield from (Dialect(d, quote=quote) for d in delimiters)
    if not erased or (quote == '"' and not erased["sign"]):
        yield from map(Dialect, delimiters)
    for sign, pattern in (":curly", _CURLY_QUOTED), (":spaced", _SPACED_QUOTE), (":nested", _QUOTED_LINE):
        if erased["sign"] == sign if erased else pattern.search(sample):
            way: dict[str, Any] = {SIGNED[sign]: True}
            yield from (Dialect(d, **way) for d in delimiters)


def _read(sample: str, dialect: Dialect, start: int) -> _Reading | None:
    records = _sample_records(sample, dialect)
    at = _header_position(records, start)
    return None if at is None else _Reading(dialect, records, at)


def _dialect_of_rows(sample: str, found: _Reading) -> Dialect | None:
    """A header with commas above rows with semicolons: the one that splits nearly all rows into as many cells."""
    for delimiter in DELIMITERS:
        dialect = replace(found.dialect, delimiter=delimiter)
        rows = [row for row in _sample_records(sample, dialect)[found.at + 1 :] if not is_blank(row)]
        if rows and sum(len(row) == len(found.header) for row in rows) >= 0.8 * len(rows):
            return dialect
    return None


def two_levels(above: Sequence[str], header: Sequence[str]) -> tuple[str, ...] | None:
    """The header under a row of group names with gaps (`Contact,,Phones,` above `First,Last,Work,Mobile`), each name
    behind its group; None where that tells no more."""
    groups, last = [], ""
    if len(above) > len(header) or _filled(list(above)) < 2 or any(_LOOKS_LIKE_DATA.match(c.strip()) for c in above):
        return None
    if _filled(list(above)) >= _filled(list(header)):
        return None
    for cell in [*above, *[""] * (len(header) - len(above))]:
        last = cell.strip() or last
        groups.append(last)
    both = tuple(f"{group} {name}".strip() for group, name in zip(groups, header, strict=True))
    return both if _understood(both) > _understood(header) else None


def _understood(header: Sequence[str]) -> int:
    return sum(1 for name in header if name and (is_known_header(name) or field_target(name) is not None))


def _too_wide() -> UnreadableDrop:
    return UnreadableDrop(
        "too_many_columns", f"The header has more than {MAX_COLUMNS} columns. Export only those that are needed."
    )


def _sample_records(sample: str, dialect: Dialect) -> list[list[str]]:
    lines = io.StringIO(sample, newline="")
    records: list[list[str]] = []
    for record in read_records(lines, dialect, Counter(), Meter()):
        cells = (record.cells or [record.line]) if isinstance(record, BrokenRecord) else record
        # A line of delimiters is a hundred thousand cells: one more than is allowed tells as much.
        records.append(cells[: MAX_COLUMNS + 1])
        if len(records) == SAMPLE_RECORDS:
            break
    return records


def _known(row: list[str]) -> int:
    """A cell that keeps its quotes was not read as it was meant."""
    return sum(is_known_header(name) for cell in row if (name := cell.strip("\ufeff ")) and name[0] not in _QUOTES)


def _header_position(records: list[list[str]], start: int) -> int | None:
    """The first record with text, unless a wider one after it knows at least two and more of our words: then
    preamble. Nothing below an erased row is a header: that row had one above it, or the file has none."""
    first = next((i for i in range(start, len(records)) if not is_blank(records[i])), None)
    if first is None:
        return None
    best, best_known = first, _known(records[first])
    widest_before = _filled(records[first])
    erased = next((i for i in range(first, len(records)) if _was_erased(records[i])), len(records))
    for i in range(first + 1, erased):
        known = _known(records[i])
        is_wider = _filled(records[i]) > widest_before
        # Technical names above the labels that people know.
        is_better = i == first + 1 and best_known == 0 and known * 2 > _filled(records[i]) == widest_before
        is_better = is_better and not any(_LOOKS_LIKE_DATA.match(cell) for cell in records[best])
        if known >= 2 and known > best_known and (is_wider or is_better):
            best, best_known = i, known
        widest_before = max(widest_before, _filled(records[i]))
    return best


def _was_erased(row: list[str]) -> bool:
    """Also where a wrong delimiter leaves the line in one piece."""
    return bool(row) and row[0].startswith(ERASED_MARK)


def _filled(row: list[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _agreement(records: list[list[str]], width: int) -> int:
    """How well a delimiter explains the sample: width of the header times the records that have it."""
    if width < 2:
        return 0
    same = sum(1 for row in records if len(row) == width)
    return width * same if same * 2 > len([row for row in records if not is_blank(row)]) else 1
