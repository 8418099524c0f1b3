"""XLSX and ODS to CSV text: the one sheet that holds something, or the one that the policy names.

Values come out as a person would write them down: whole numbers without `.0`, dates as ISO, TRUE and FALSE, errors as
their text. Empty rows stay, so that every row has the number it has in the sheet.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.core.faults import Fault
from contact_pipeline.decoding.file_kinds import ODS
from contact_pipeline.decoding.unpacking import Allowance, as_csv, is_of_the_file, size_of
from contact_pipeline.decoding.workbook_parts import Grid, damaged, ods_grids, xlsx_grids

MAX_PACKED_BYTES = 256 << 20  # the library holds all of it in memory; a full sheet has some 100 MB
# In place of a table, while nobody has said which sheet is meant: nobody's row is read from a guess.
UNDECIDED = "contact_pipeline:several_sheets"
_CHOOSE = 'Name the one that is meant in the policy, [sources.<name>] sheet = "…", or drop each sheet as a CSV file'
_PERSONAL = re.compile(r"@|(?:\d\W?){6,}|https?:", re.IGNORECASE)
_LONGEST_NAME, _MOST_NAMES = 40, 12


@dataclass(frozen=True)
class SheetText:
    """stream: CSV in UTF-8, for its reader to close. sheet: the name of the sheet that was read."""

    stream: BinaryIO
    sheet: str | None
    faults: tuple[Fault, ...] = ()


def sheet_as_csv(stream: BinaryIO, *, kind: str, sheet: str | None, max_bytes: int) -> SheetText:
    """Raises UnreadableDrop: damaged_file, password_protected, unpacks_too_large, empty_file."""
    packed = size_of(stream)
    if packed > MAX_PACKED_BYTES:
        raise UnreadableDrop("too_large", f"The workbook is over {MAX_PACKED_BYTES >> 20} MB. Export it as CSV.")
    allowance = Allowance(packed, max_bytes)
    try:
        with zipfile.ZipFile(stream) as archive:
            grids = ods_grids(archive, allowance) if kind == ODS else xlsx_grids(archive, allowance)
    except Exception as error:
        if is_of_the_file(error):
            raise damaged() from None
        raise
    stream.seek(0)
    with _opened(stream) as workbook:
        shown = {s.name for s in workbook.sheets_metadata if s.visible == SheetVisibleEnum.Visible}
        filled = [s.name for s in workbook.sheets_metadata if s.name in grids and grids[s.name].is_filled]
        chosen, faults = _choice(filled, [name for name in filled if name in shown], sheet)
        if chosen is None:
            return SheetText(as_csv([[UNDECIDED]], max_bytes=max_bytes), None, faults)
        return SheetText(as_csv(_rows(workbook, chosen, grids[chosen]), max_bytes=max_bytes), chosen)


def _choice(filled: list[str], visible: list[str], sheet: str | None) -> tuple[str | None, tuple[Fault, ...]]:
    if sheet in filled:
        return sheet, ()
    if not visible:
        raise UnreadableDrop("empty_file", "No sheet of the workbook that can be seen holds anything. Save it again.")
    names = ", ".join(_shown(name, place) for place, name in enumerate(visible[:_MOST_NAMES], 1))
    names += ", …" if len(visible) > _MOST_NAMES else ""
    if sheet is not None:
        return None, (
            Fault(
                "unknown_sheet",
                f"The workbook has no filled sheet of the name that the policy says; it has: {names}",
                _CHOOSE,
            ),
        )
    if len(visible) > 1:
        return None, (
            Fault("several_sheets", f"{len(visible)} sheets of the workbook hold something: {names}", _CHOOSE),
        )
    return visible[0], ()


def undecided(text: str) -> tuple[Fault, ...]:
    """For what is left of a workbook of several sheets from which a person was erased before one was chosen."""
    if text.strip() != UNDECIDED:
        return ()
    what = "Of this workbook with several sheets nothing is kept, since a person was erased while it waited"
    return (Fault("several_sheets", what, "Drop the sheet that is meant as a CSV file"),)


def _shown(name: str, place: int) -> str:
    """A sheet may be named after a person's address or number."""
    if _PERSONAL.search(name):
        return f"sheet {place}"
    plain = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    return f'"{plain[:_LONGEST_NAME]}{"…" if len(plain) > _LONGEST_NAME else ""}"'


def _opened(stream: BinaryIO) -> CalamineWorkbook:
    try:
        return CalamineWorkbook.from_filelike(stream)
    except CalamineError:
        raise damaged() from None


def _rows(workbook: CalamineWorkbook, name: str, grid: Grid) -> Iterator[list[str]]:
    """From the sheet's first row and the first column that holds something, whoever of the two readers saw it."""
    errors, first = _by_row(grid.errors), grid.first_column
    number = -1
    try:
        sheet = workbook.get_sheet_by_name(name)
        start = sheet.start[1] if sheet.start else first
        first, before = min(start, first), [""] * (start - first)
        for number, cells in enumerate(sheet.iter_rows()):
            row = [*before, *(cell if cell.__class__ is str else _text(cell) for cell in cells)]
            yield _with_errors(row, errors.pop(number), first) if number in errors else row
    except CalamineError:
        raise damaged() from None
    for missing in range(number + 1, max(errors, default=-1) + 1):
        yield _with_errors([], errors.get(missing, {}), first)


def _with_errors(row: list[str], errors: Mapping[int, str], first: int) -> list[str]:
    """The library leaves them empty, or out."""
    row += [""] * (max(errors, default=first) - first + 1 - len(row))
    for column, said in errors.items():
        row[column - first] = said
    return row


def _by_row(errors: Mapping[tuple[int, int], str]) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for (row, column), said in errors.items():
        found.setdefault(row, {})[column] = said
    return found


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e21 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return str(cell)
