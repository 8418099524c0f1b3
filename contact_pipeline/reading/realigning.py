"""Rows whose cells stand beside their columns, by a delimiter too many or too few: put right where exactly one reading
fits what the columns hold, else left broken."""

import re
from collections.abc import Iterator, Sequence

from contact_pipeline.reading.content import Column
from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.reading.permission_cells import Said, said_in

_ADDRESS = re.compile(r"^\s*<?[^\s@<>,;|]+@[^\s@<>,;|]+\.[^\s@<>,;|]+>?\s*$")
_NUMBER = re.compile(r"^\s*\+?[\d ()./-]{6,24}\s*$")
_LINK = re.compile(r"^\s*(?:https?://|www\.|[\w.]*linkedin\.com/)", re.IGNORECASE)
_HALF, _NEARLY_ALL = 0.5, 0.9
_MOST_TOO_MANY = 3


class Realigner:
    """Knows what stands in the columns of one file."""

    def __init__(self, columns: Sequence[ColumnMap], seen: Sequence[Column], delimiter: str) -> None:
        self._width = len(columns)
        self._joint = f"{delimiter} " if delimiter in ",;" else " "
        self._kinds = dict(_kinds(columns, seen))
        self._names = {c.position for c in columns if c.target == "name"}
        self.addresses = next((place for place, kind in self._kinds.items() if kind is _ADDRESS), None)

    def mended(self, record: Sequence[str]) -> list[str] | None:
        """The row as wide as the header, when exactly one reading fits; None otherwise."""
        if not self._kinds:
            return None
        cells = list(record)
        while cells and not cells[-1].strip():
            cells.pop()
        found: list[list[str]] = []
        for reading in self._readings(cells):
            padded = reading + [""] * (self._width - len(reading))
            if self._fits(padded) and padded not in found:
                found.append(padded)
        return found[0] if len(found) == 1 else None

    def is_shifted(self, record: Sequence[str]) -> bool:
        """A row of the right width whose address stands in another column than everybody's."""
        place = self.addresses
        if place is None or not record[place].strip() or "@" in record[place]:
            return False
        return any("@" in cell and _ADDRESS.match(cell) for other, cell in enumerate(record) if other != place)

    def _readings(self, cells: list[str]) -> Iterator[list[str]]:
        """One value was cut into several, or a cell was left out. cells: without the empty ones at the end."""
        extra = len(cells) - self._width
        for many in (extra,) if extra > 0 else range(1, min(-extra, _MOST_TOO_MANY) + 1):
            for start in range(len(cells) - many):
                parts = [cell.strip() for cell in cells[start : start + many + 1]]
                if not any(_ADDRESS.match(part) or _is_number(part) for part in parts):
                    yield [*cells[:start], self._joined(parts, start), *cells[start + many + 1 :]]
        for start in range(len(cells) + 1) if extra < 0 else ():
            yield [*cells[:start], "", *cells[start:]]

    def _joined(self, parts: Sequence[str], start: int) -> str:
        """A name cut by its comma is `Last, First`."""
        if len(parts) == 2 and start in self._names and self._joint == ", ":
            return f"{parts[1]} {parts[0]}"
        return self._joint.join(parts)

    def _fits(self, cells: Sequence[str]) -> bool:
        if len(cells) != self._width:
            return False
        kept = 0
        for place, cell in enumerate(cells):
            kind = self._kinds.get(place)
            if not cell.strip():
                continue
            if kind is None:
                if _ADDRESS.match(cell):
                    return False
            elif kind == "permission":
                if said_in(cell.strip()) is Said.UNREADABLE:
                    return False
                kept += 1
            elif isinstance(kind, re.Pattern):
                if not kind.match(cell):
                    return False
                kept += 1
        return kept > 0


def _is_number(part: str) -> bool:
    return _NUMBER.match(part) is not None and sum(map(str.isdigit, part)) >= 6


def _kinds(columns: Sequence[ColumnMap], seen: Sequence[Column]) -> Iterator[tuple[int, re.Pattern[str] | str]]:
    """By position: what (nearly) all cells of a column are, with its header or without."""
    for column in columns:
        here = seen[column.position]
        if not here.filled:
            continue
        if here.addresses >= (_HALF if column.target == "email" else _NEARLY_ALL):
            yield column.position, _ADDRESS
        elif here.numbers >= (_HALF if column.target == "phone" else _NEARLY_ALL):
            yield column.position, _NUMBER
        elif here.profiles >= _HALF:
            yield column.position, _LINK
        elif column.is_permission:
            yield column.position, "permission"
