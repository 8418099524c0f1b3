"""Rows whose cells stand beside their columns, by a delimiter too many or too few: put right where exactly one reading
fits what the columns hold, else left broken."""

import re
from collections.abc import Iterator, Sequence

from contact_pipeline.reading.cells import NOTHING
from contact_pipeline.reading.content import Column
from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.reading.restrictions import closed_by
from contact_pipeline.wording.permission_cells import CLOSING, Said, said_in

_ADDRESS = re.compile(r"^\s*<?[^\s@<>,;|]+@[^\s@<>,;|]+\.[^\s@<>,;|]+>?\s*$")
_NUMBER = re.compile(r"^\s*\+?[\d ()./-]{6,24}\s*$")
_LINK = re.compile(r"^\s*(?:https?://|www\.|[\w.]*linkedin\.com/)", re.IGNORECASE)
_REACHED = re.compile(r"[<(]?[^\s@<>,;|()]{1,64}@[^\s@<>,;|()]{1,255}[>)]?")
_PERMISSION = re.compile("")
_NO_LETTERS = re.compile(r"^[\W\d_]+$")
_WHOLE = re.compile(r"^\s*[-+]?(?:\d{1,3}(?:[. '\u2019]\d{3})+|\d+)$")
_CENTS = re.compile(r"^\d{1,2}\s?(?:%|€|\$|£|[A-Z]{3})?\s*$")
_PAIRS = {
    "'": "'",
    "`": "`",
    '"': '"',
    "\u201c": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab",
}
_HALF, _NEARLY_ALL = 0.5, 0.9
_MOST_TOO_MANY = 3
ERASURE = "claim:deletion_completed"
_FEW_WORDS = 40  # characters
_OF_PERSON = frozenset({"name", "given_name", "family_name", "company", "title", "city", "region", "country"})
_FEW = 3  # cells of a column prove nothing against its header


class Realigner:
    """Knows what stands in the columns of one file."""

    def __init__(self, columns: Sequence[ColumnMap], seen: Sequence[Column], delimiter: str) -> None:
        self._columns = columns
        self._width = len(columns)
        self._delimiter = delimiter
        self._joint = f"{delimiter} " if delimiter in ",;" else " "
        self._kinds = dict(_kinds(columns, seen))
        self._names = {c.position for c in columns if c.target == "name"}
        self._of_names = {c.position for c in columns if c.target in ("name", "given_name", "family_name")}
        permissions = {c.position for c in columns if c.is_permission}
        most = max((here.filled for here in seen), default=0)
        self._never_empty = {place for place in permissions if most >= _FEW and seen[place].filled == most}
        # In which no number stands, and where a file has permissions, no word of these.
        self._of_person = {c.position for c in columns if c.target in _OF_PERSON}
        self._has_permissions = bool(permissions)
        self._abroad = {c.position for c in columns if c.target in ("country", "calling_code")}
        self._amounts = {c.position for c, here in zip(columns, seen, strict=True) if here.bare_numbers > _HALF}
        self._is_proved = any(
            c.target == "email" and here.addresses >= _HALF for c, here in zip(columns, seen, strict=True)
        )
        self.addresses = next((place for place, kind in self._kinds.items() if kind is _ADDRESS), None)

    def agreed(self, record: Sequence[str]) -> list[str] | None:
        """A row with one cell too few or too many (an empty one at its end does not count) where every other row is as
        wide as the header: what all readings that fit have in common; of a column of permission, whatever closes. None
        where nobody can be sure whom it reaches."""
        found: list[list[str]] = []
        for reading in self._off_by_one(list(record)):
            if reading not in found and self.fits(reading):
                found.append(reading)
        if not found:
            return None
        cells = [self._common(place, set(there)) for place, there in enumerate(zip(*found, strict=True))]
        if any(len({reading[place] for reading in found}) > 1 for place in self._abroad):
            # Without its country a national number would be somebody else's.
            cells = [c if self._kinds.get(n) is not _NUMBER or "+" in c else "" for n, c in enumerate(cells)]
        reaching = (_holds(cells[place]) for place, kind in self._kinds.items() if kind in (_ADDRESS, _NUMBER))
        return cells if any(reaching) else None

    def _off_by_one(self, cells: list[str]) -> Iterator[list[str]]:
        if len(cells) < self._width:
            for place in range(len(cells) + 1):
                yield [*cells[:place], "", *cells[place:]]
            return
        for place, (cell, behind) in enumerate(zip(cells, [*cells[1:], ""], strict=True)):
            if not cell.strip():
                yield [*cells[:place], *cells[place + 1 :]]
            elif behind.strip() and not _is_point(cell) and not _is_point(behind):
                yield [*cells[:place], self._joined([cell, behind], place), *cells[place + 2 :]]

    def _common(self, place: int, cells: set[str]) -> str:
        """Of what may stand in a column."""
        if len(cells) == 1:
            return next(iter(cells))
        target = self._columns[place].target
        if target == ERASURE:
            return next((cell for cell in sorted(cells) if said_in(cell.strip()) in (Said.YES, Said.A_DAY)), "")
        return next((cell for cell in sorted(cells) if closed_by(cell.strip(), target)), "")

    def mended(self, record: Sequence[str]) -> list[str] | None:
        """The row as wide as the header, when exactly one reading fits; None otherwise."""
        cells = list(record)
        while cells and not cells[-1].strip():
            cells.pop()
        if len(cells) > self._width and (quoted := self._requoted(cells)) is not None and self.fits(quoted, least=0):
            return quoted
        if not self._kinds:
            return None
        found: list[list[str]] = []
        marked: list[list[str]] = []
        for reading, has_mark in self._readings(cells):
            padded = reading + [""] * (self._width - len(reading))
            if padded not in found and self.fits(padded):
                found.append(padded)
                if has_mark:
                    marked.append(padded)
        # Or a cell more at the end than the header has names for.
        if len(found) == 1 and not self.fits(cells[: self._width] if len(cells) > self._width else []):
            return found[0]
        return marked[0] if len(marked) == 1 else None

    def is_shifted(self, record: Sequence[str]) -> bool:
        """A row of the right width whose address stands in another column than everybody's."""
        place = self.addresses
        if place is None or not _holds(record[place]) or "@" in record[place]:
            return False
        return any("@" in cell and _ADDRESS.match(cell) for other, cell in enumerate(record) if other != place)

    def is_torn(self, record: Sequence[str]) -> bool:
        """A shifted row in which words stand for the address, and the address where numbers or names do. Where the two
        have only changed places, nothing is lost."""
        place = self.addresses
        if place is None or not self._is_proved or _is_number(record[place]):
            return False
        others = (cell for other, cell in enumerate(record) if self._kinds.get(other) in (_NUMBER, _PERMISSION))
        return any("@" in cell for cell in others)

    def is_doubtful(self, record: Sequence[str]) -> bool:
        """A row with too few cells in which one cannot belong to its column, so that the one left out was no last
        one."""
        reached = any("@" in cell or _is_number(cell) for cell in record)
        for place, cell in enumerate(record):
            kind = self._kinds.get(place)
            if not _holds(cell):
                continue
            if kind is _ADDRESS and "@" not in cell and (_is_number(cell) or not reached):
                return True
            if kind is _NUMBER and ("@" in cell or not any(map(str.isdigit, cell))):
                return True
            if self._has_permissions and place in self._of_person and _closes(cell):
                return True
            if (
                kind is None
                and place in self._of_names
                and "@" in cell
                and not _ADDRESS.match(cell)
                and "<" not in cell
            ):
                return True
        return False

    def _readings(self, cells: list[str]) -> Iterator[tuple[list[str], bool]]:
        """One value was cut into several, or a cell was left out. cells: without the empty ones at the end. With each,
        whether the cut shows: a space behind the comma as in prose, two digits behind a whole number."""
        extra = len(cells) - self._width
        spaced = {place for place, cell in enumerate(cells) if cell[:1] == " " and place > 0}
        for many in (extra,) if extra > 0 else range(1, min(-extra, _MOST_TOO_MANY) + 1):
            for start in range(len(cells) - many):
                parts = cells[start : start + many + 1]
                before, after = cells[:start], cells[start + many + 1 :]
                if many == 1 and self._is_amount(parts, start):
                    yield [*before, f"{parts[0].strip()},{parts[1].strip()}", *after], True
                elif not any(map(_is_point, parts)):
                    is_marked = spaced == set(range(start + 1, start + many + 1))
                    yield [*before, self._joined([part.strip() for part in parts], start), *after], is_marked
        for start in range(len(cells) + 1) if extra < 0 else ():
            yield [*cells[:start], "", *cells[start:]], False

    def _is_amount(self, parts: Sequence[str], start: int) -> bool:
        """1.200,50 in a file with commas."""
        is_one = self._delimiter == "," and _WHOLE.match(parts[0]) and _CENTS.match(parts[1])
        return bool(is_one) and (not self._amounts or start in self._amounts)

    def _requoted(self, cells: Sequence[str]) -> list[str] | None:
        """Cells that were cut between quotes of another kind, or behind a backslash, put together again."""
        whole: list[str] = []
        closing, is_open = "", False
        for cell in cells:
            if is_open:
                whole[-1] += self._delimiter + cell
                is_open = not (cell.rstrip()[-1:] in closing if closing else not cell.endswith("\\"))
            else:
                whole.append(cell)
                text = cell.strip()
                closing = _PAIRS.get(text[:1], "")
                is_open = bool(closing) and (len(text) < 2 or text[-1] not in closing)
            if not closing and cell.endswith("\\"):
                whole[-1], is_open = whole[-1][:-1], True
            elif not is_open and closing:
                whole[-1] = whole[-1].strip()[1:-1]
                closing = ""
        return whole if not is_open and len(whole) == self._width else None

    def _joined(self, parts: Sequence[str], start: int) -> str:
        """A name cut by its comma is `Last, First`."""
        if len(parts) == 2 and start in self._names and self._joint == ", ":
            return f"{parts[1]} {parts[0]}"
        return self._joint.join(parts)

    def fits(self, cells: Sequence[str], least: int = 1) -> bool:
        """Whether each cell may stand in its column, and so many prove that it does."""
        if len(cells) != self._width:
            return False
        kept = 0
        for place, cell in enumerate(cells):
            kind = self._kinds.get(place)
            if not _holds(cell):
                if place in self._never_empty:
                    return False
                continue
            if kind is None:
                if _ADDRESS.match(cell) or (place in self._of_names and "@" in cell):
                    return False
                if place in self._of_person and (_is_number(cell) or (self._has_permissions and _closes(cell))):
                    return False
            elif kind is _PERMISSION:
                if said_in(cell.strip()) is Said.UNREADABLE:
                    return False
                kept += 1
            elif not kind.match(cell):
                return False
            else:
                kept += 1
        return kept >= least


def is_crowded(cell: str) -> bool:
    """An address among more than a name: a whole line."""
    rest = _REACHED.sub(" ", cell)
    return rest != cell and (
        sum(map(str.isdigit, rest)) >= 6 or re.search(r"\w\s{2,}\S|[,;\t|]", rest.strip()) is not None
    )


def _holds(cell: str) -> bool:
    """More than a placeholder."""
    text = cell.strip()
    return bool(text) and text.casefold() not in NOTHING


def _closes(cell: str) -> bool:
    """Says that somebody must not be contacted, in few words."""
    return len(cell) < _FEW_WORDS and said_in(cell.strip()) in CLOSING


def _is_point(part: str) -> bool:
    """An address or a number, which is no piece of a value."""
    return _ADDRESS.match(part) is not None or _is_number(part)


def _is_number(part: str) -> bool:
    return _NUMBER.match(part) is not None and sum(map(str.isdigit, part)) >= 6


def _kinds(columns: Sequence[ColumnMap], seen: Sequence[Column]) -> Iterator[tuple[int, re.Pattern[str]]]:
    """By position: what (nearly) all cells of a column are, with its header or without."""
    for column in columns:
        here = seen[column.position]
        is_open = here.filled < _FEW
        if (column.target == "email" and is_open) or here.addresses >= (
            _HALF if column.target == "email" else _NEARLY_ALL
        ):
            yield column.position, _ADDRESS
        elif (column.target == "phone" and is_open) or here.numbers >= (
            _HALF if column.target == "phone" else _NEARLY_ALL
        ):
            yield column.position, _NUMBER
        elif here.profiles >= _HALF:
            yield column.position, _LINK
        elif column.is_permission:
            yield column.position, _PERMISSION
        elif here.filled >= _FEW and here.bare_numbers >= _NEARLY_ALL:
            yield column.position, _NO_LETTERS
