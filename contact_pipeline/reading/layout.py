"""Where the table in a file begins and what separates its cells: delimiter, preamble, header."""

import io
import re
from collections import Counter
from dataclasses import dataclass
from typing import BinaryIO

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.reading.encoding import Encoding
from contact_pipeline.reading.formats import detect_format, is_known_header
from contact_pipeline.reading.records import ERASED_MARK, BrokenRecord, Meter, is_blank, read_records

DELIMITERS = ",;\t|"
SAMPLE_CHARS = 1 << 18
SAMPLE_RECORDS = 60
MAX_COLUMNS = 2_000  # the widest export in the wild has some 300; a spreadsheet ends at 16,384
_NO_TEXT = DELIMITERS + ' \r\n\0"\ufeff'
_SEPARATOR_LINE = re.compile(r'^\ufeff?"?sep=(?P<delimiter>.)"?\s*$', re.IGNORECASE)
_LOOKS_LIKE_DATA = re.compile(r"^[^\s@]+@[^\s@]+\.[^\s@]+$|^\+?[\d ().-]{7,}$|^https?://")


@dataclass(frozen=True)
class Layout:
    """How the file is written. `header` as in the file (column_N where there is none); `format` a key of formats.py.

    preamble_lines: records before the header that belong to no row; records_before_data: how many to skip when reading.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    preamble_lines: int
    format: str | None
    records_before_data: int
    has_header: bool = True


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
    best: tuple[tuple[int, int, int], str, int, list[str], list[list[str]]] | None = None
    for preference, delimiter in enumerate([named["delimiter"]] if named else DELIMITERS):
        records = _sample_records(sample, delimiter)
        start = 1 if named else 0
        at = _header_position(records, start)
        if at is None:
            continue
        header = records[at]
        score = (_known(header), min(_agreement(records[at:], len(header)), 1000), -preference)
        if best is None or score > best[0]:
            best = (score, delimiter, at, header, records)
    if best is None:
        # Not one whole record in the sample: the first line is the header of a file that has nothing to read.
        return Layout(encoding.name, ",", (first_line[:100],), 0, None, 1)
    (known, _, _), delimiter, at, header, records = best
    if len(header) > MAX_COLUMNS:
        raise _too_wide()
    before = records[:at]
    preamble = sum(1 for row in before if not is_blank(row))
    clean = tuple(cell.strip().strip("\ufeff").replace("\0", "") for cell in header)
    if known == 0 and (_was_erased(header) or any(_LOOKS_LIKE_DATA.match(cell) for cell in clean)):
        names = tuple(f"column_{n}" for n in range(1, len(clean) + 1))
        return Layout(encoding.name, delimiter, names, preamble, None, at, has_header=False)
    return Layout(encoding.name, delimiter, clean, preamble, detect_format(clean), at + 1)


def _too_wide() -> UnreadableDrop:
    return UnreadableDrop(
        "too_many_columns", f"The header has more than {MAX_COLUMNS} columns. Export only those that are needed."
    )


def _sample_records(sample: str, delimiter: str) -> list[list[str]]:
    lines = io.StringIO(sample, newline="")
    records: list[list[str]] = []
    for record in read_records(lines, delimiter, Counter(), Meter()):
        cells = (record.cells or [record.line]) if isinstance(record, BrokenRecord) else record
        # A line of delimiters is a hundred thousand cells: one more than is allowed tells as much.
        records.append(cells[: MAX_COLUMNS + 1])
        if len(records) == SAMPLE_RECORDS:
            break
    return records


def _known(row: list[str]) -> int:
    return sum(is_known_header(cell.strip("\ufeff")) for cell in row)


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
        if known >= 2 and known > best_known and _filled(records[i]) > widest_before:
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
