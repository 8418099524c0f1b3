"""The XML inside of a workbook, walked once before a library reads it: how much there is, how far its cells reach,
which sheets hold something, and the cells that say an error.

Why not the library alone (calamine, docs/decisions.md): it lays a sheet out as a rectangle, so two cells in far corners
end the process (tafia/calamine#693), and gives an error as an empty cell (dimastbk/python-calamine#105), while
nobody knows what an opt-out of `#REF!` is.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO
from xml.parsers import expat

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding.unpacking import BLOCK, Allowance

MAX_CELLS = 10_000_000  # of the rectangle: 0.3 GB and, as a sensor has 60 s, 40 s to read; more is better off as CSV
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # of Excel and LibreOffice
UNCOMPUTED = "#VALUE!"  # a formula that no program has worked out; #N/A would be read as nothing
Handlers = dict[str, Callable[[Mapping[str, str]], None]]
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


@dataclass
class Grid:
    """The cells of one sheet that hold something. errors: (row, column), from 0, to the text of an error."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    first_column: int = LAST_COLUMN
    last_column: int = -1
    last_row: int = -1

    @property
    def is_filled(self) -> bool:
        """Whether a cell holds something."""
        return self.last_row >= 0

    def see(self, row: int, column: int) -> None:
        """A cell that holds something. Raises UnreadableDrop(unpacks_too_large) when the rectangle grows too large."""
        if 0 <= row <= self.last_row and self.first_column <= column <= self.last_column:
            return
        if not (0 <= row < LAST_ROW and 0 <= column < LAST_COLUMN):
            raise damaged()
        self.last_row = max(row, self.last_row)
        self.last_column, self.first_column = max(column, self.last_column), min(column, self.first_column)
        # From the sheet's first row on, whichever is the table's.
        if (self.last_row + 1) * (self.last_column - self.first_column + 1) > MAX_CELLS:
            raise UnreadableDrop(
                "unpacks_too_large",
                f"A sheet of the workbook reaches over more than {MAX_CELLS:,} cells. Delete what stands far"
                " outside of the table, or export the sheet as CSV.",
            )


def damaged() -> UnreadableDrop:
    """For what is called a workbook and is none."""
    return UnreadableDrop(
        "damaged_file", "The workbook is damaged, or written by a program that does it differently. Open it, and save"
        " it again as .xlsx or CSV."
    )  # fmt: skip


def xlsx_grids(archive: zipfile.ZipFile, allowance: Allowance) -> dict[str, Grid]:
    """By name of the sheet. Every other part is walked, too, since the library reads what it likes."""
    parts = {name.lower(): name for name in archive.namelist()}
    if len(parts) != len(archive.namelist()):
        raise damaged()
    walkers: dict[str, _Sheet] = {}
    names, targets = _Names("sheet"), _Names("Relationship")
    workbook = next(n for low, n in parts.items() if low.startswith("xl/") and low.endswith("workbook.xml"))
    relations = f"xl/_rels/{posixpath.basename(workbook)}.rels".lower()
    for low, name in parts.items():
        with archive.open(name) as part:
            if not low.endswith((".xml", ".rels", ".vml")):
                while block := part.read(BLOCK):  # a picture
                    allowance.take(len(block))
            elif name == workbook:
                _walk(part, allowance, names)
            elif low == relations:
                _walk(part, allowance, targets)
            elif low.startswith("xl/worksheets/"):
                sheet = walkers[low] = _Sheet()
                _walk(part, allowance, sheet)
                sheet.finish()
            else:
                _walk(part, allowance, None)
    grids: dict[str, Grid] = {}
    paths = {_attribute(found, "Id"): _attribute(found, "Target") for found in targets.found}
    for found in names.found:
        target = paths.get(_attribute(found, "id"), "")
        path = (target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")).lower()
        if path in walkers:  # a sheet of nothing but a chart has another place
            grids[_attribute(found, "name")] = walkers[path].grid
    return grids


def ods_grids(archive: zipfile.ZipFile, allowance: Allowance) -> dict[str, Grid]:
    """By name of the sheet. Raises UnreadableDrop(password_protected) where the content is encrypted."""
    if len(set(archive.namelist())) != len(archive.namelist()):
        raise damaged()
    tables = _Tables()
    for name in archive.namelist():
        with archive.open(name) as part:
            if name == "META-INF/manifest.xml":
                manifest = part.read(1 << 22)
                allowance.take(len(manifest))
                if b"encryption-data" in manifest:
                    raise UnreadableDrop(
                        "password_protected",
                        "The workbook is protected with a password. Save it without one, or export the sheet as CSV.",
                    )
    for name in archive.namelist():
        with archive.open(name) as part:
            if name == "content.xml":
                _walk(part, allowance, tables)
            else:
                while block := part.read(BLOCK):
                    allowance.take(len(block))
    tables.finish()
    return tables.grids


class _Sheet:
    """Of an XLSX file: <row r><c r t><f/><v>. A cell is told to the grid when the next one begins."""

    def __init__(self) -> None:
        self.grid = Grid()
        self.text: list[str] | None = None
        self.handlers: Handlers = {
            "c": self._cell, "v": self._value, "is": self._value, "f": self._formula, "row": self._next_row,
        }  # fmt: skip
        self._columns: dict[str, int] = {}
        self._row = self._column = -1
        self._row_number = ""
        self._has_formula = self._has_value = False
        self._kind: str | None = None

    def _cell(self, attributes: Mapping[str, str]) -> None:
        if self._has_value or self._has_formula:
            self.finish()
        self._kind = attributes.get("t")
        place = attributes.get("r")
        if place is None:
            self._column += 1
            return
        letters = place.rstrip("0123456789")
        column = self._columns.get(letters)
        if column is None or place[len(letters) :] != self._row_number:
            found = _CELL.fullmatch(place)
            if not found:
                raise damaged()
            column = self._columns[letters] = _number_of(letters)
            self._row, self._row_number = int(found[2]) - 1, found[2]
        self._column = column

    def _value(self, _: Mapping[str, str]) -> None:
        self._has_value = True
        # What is text may be empty; a program that works out no formula leaves the rest so.
        self.text = [] if self._kind == "e" or (self._has_formula and self._kind != "str") else None

    def _formula(self, _: Mapping[str, str]) -> None:
        self._has_formula = True

    def _next_row(self, attributes: Mapping[str, str]) -> None:
        self.finish()
        number = attributes.get("r", "")
        self._row, self._column = int(number) - 1 if number.isdecimal() else self._row + 1, -1
        self._row_number = str(self._row + 1)

    def finish(self) -> None:
        """What is known of the cell before."""
        if self._has_value or self._has_formula:
            self.grid.see(self._row, self._column)
            said = "".join(self.text).strip() if self.text is not None else None
            if self._kind == "e" or not self._has_value or said == "":
                self.grid.errors[self._row, self._column] = said or UNCOMPUTED
        self._has_formula = self._has_value = False
        self._kind = self.text = None


class _Tables:
    """Of an ODS file: rows and cells say how often they are repeated."""

    def __init__(self) -> None:
        self.grids: dict[str, Grid] = {}
        self.text: list[str] | None = None
        self.handlers: Handlers = {
            "table": self._table, "table-row": self._table_row, "table-cell": self._cell,
            "covered-table-cell": self._cell,
        }  # fmt: skip
        self._grid: Grid | None = None
        self._row = self._next_row = self._column = 0
        self._cells: list[tuple[int, int, bool, list[str]]] = []

    def _table(self, attributes: Mapping[str, str]) -> None:
        if name := _attribute(attributes, "name"):
            self.finish()
            self._grid = self.grids.setdefault(name, Grid())
            self._row = self._next_row = 0

    def _table_row(self, attributes: Mapping[str, str]) -> None:
        self.finish()
        self._row = self._next_row
        self._next_row += _repeated(attributes, "number-rows-repeated", LAST_ROW)
        self._column = 0

    def _cell(self, attributes: Mapping[str, str]) -> None:
        self.text = None
        count = _repeated(attributes, "number-columns-repeated", LAST_COLUMN)
        if _attribute(attributes, "value-type"):
            is_error = attributes.get("calcext:value-type") == "error"
            texts: list[str] = []
            self._cells.append((self._column, count, is_error, texts))
            self.text = texts if is_error else None
        self._column += count

    def finish(self) -> None:
        """Tells the grid of the row before."""
        cells, self._cells, self.text = self._cells, [], None
        if self._grid is None:
            return
        for column, count, is_error, texts in cells:
            last_row, last_column = self._next_row - 1, column + count - 1
            self._grid.see(self._row, column)
            self._grid.see(last_row, last_column)
            if is_error:
                said = "".join(texts).strip() or UNCOMPUTED
                for row in range(self._row, last_row + 1):
                    self._grid.errors.update({(row, at): said for at in range(column, last_column + 1)})


class _Names:
    """Elements of one name with their attributes."""

    def __init__(self, name: str) -> None:
        self.found: list[Mapping[str, str]] = []
        self.text = None
        self.handlers: Handlers = {name: self._keep}

    def _keep(self, attributes: Mapping[str, str]) -> None:
        self.found.append(dict(attributes))


def _walk(part: IO[bytes], allowance: Allowance, walker: "_Sheet | _Tables | _Names | None") -> None:
    """Names come without prefix. A document type, from which entities could be made, is in no workbook's XML.

    walker: whose handlers are called, and whose text is added to while it is a list; None: only that it is XML counts.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    if walker is not None:
        parser.StartElementHandler = _dispatch(parser, walker)
    try:
        while block := part.read(BLOCK):
            allowance.take(len(block))
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError:
        raise damaged() from None


def _dispatch(
    parser: expat.XMLParserType, walker: "_Sheet | _Tables | _Names"
) -> Callable[[str, dict[str, str]], None]:
    """Called for each of millions of elements, most of which nobody wants."""
    wanted: dict[str, Callable[[Mapping[str, str]], None] | None] = {}
    heard: list[str] | None = None

    def element(name: str, attributes: dict[str, str]) -> None:
        nonlocal heard
        try:
            handler = wanted[name]
        except KeyError:
            handler = wanted[name] = walker.handlers.get(name.rpartition(":")[2])
        if handler is not None:
            handler(attributes)
            if walker.text is not heard:
                heard = walker.text
                parser.CharacterDataHandler = heard.append if heard is not None else None

    return element


def _refuse(*_: object) -> None:
    raise damaged()


def _attribute(attributes: Mapping[str, str], name: str) -> str:
    """Whatever the prefix."""
    return next((value for key, value in attributes.items() if key.rpartition(":")[2] == name), "")


def _repeated(attributes: Mapping[str, str], name: str, most: int) -> int:
    said = _attribute(attributes, name) or "1"
    if not said.isdecimal() or len(said) > 7 or not 1 <= int(said) <= most:
        raise damaged()
    return int(said)


def _number_of(letters: str) -> int:
    """`A` is 0, `XFD` 16,383."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
