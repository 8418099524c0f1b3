"""The golden export of every known product, grown to a list of several invented people, and what is true of each."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from contact_pipeline.reading.layout import Layout
from contact_pipeline_tests.door.holding import reads_as
from contact_pipeline_tests.door.truth import Person
from contact_pipeline_tests.reading.rows import read

FOLDER = Path(__file__).parents[1] / "golden" / "drops"
FILES = {path.name: path for path in sorted(FOLDER.glob("*.csv"))}
GROWN = 4  # people for each line of the golden file
_SYLLABLES = ("a", "bo", "ka", "li", "mu", "ne", "po", "ri", "su", "ta")
_EMAIL = re.compile(r"@(?=[\w.-]+\.\w)")
_NUMBER = re.compile(r"(?<![\w+])(?:\+|00)?\(?\d[\d ()./-]{5,}\d")
_PHONES = ("phone", "sms_phone")
_NAMES = ("name", "given_name", "family_name")


@dataclass(frozen=True)
class Export:
    """One product's file as a table. targets: what each column is. before: lines above the header, as they are.
    people: who is in it. is_list_of_opt_outs: it creates no contact."""

    name: str
    header: Sequence[str]
    targets: Sequence[str]
    rows: Sequence[Sequence[str]]
    people: Sequence[Person]
    delimiter: str = ","
    before: str = ""
    is_list_of_opt_outs: bool = False

    def written(self, rows: Sequence[Sequence[str]] | None = None) -> bytes:
        """In UTF-8."""
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=self.delimiter, lineterminator="\n").writerows([self.header, *(rows or self.rows)])
        return (self.before + out.getvalue()).encode()


@cache
def export(name: str) -> Export:
    """The product's file, with as many people as tests need, and what the reading of the golden file says of them."""
    content = FILES[name].read_bytes()
    drop, _ = read(content, name)
    layout = drop.layout
    table, before = _table(content.decode(drop.encoding.codec), layout)
    targets = [column.target for column in drop.header_map.columns]
    whole = [row for row in table if len(row) == len(targets) and sum(map(bool, row)) > 1]
    rows = [[_grown(cell, target, at + len(whole) * k) for cell, target in zip(row, targets, strict=True)]
            for k in range(GROWN) for at, row in enumerate(whole)]  # fmt: skip
    found = Export(name, layout.header, targets, rows, (), layout.delimiter, before)
    grown, known = read(found.written(), name)
    is_list = grown.header_map.kind == "suppressions"
    return replace(found, people=_everybody(known), is_list_of_opt_outs=is_list)


def _table(text: str, layout: Layout) -> tuple[list[list[str]], str]:
    """Rows below the header, and the lines above it."""
    records = list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.delimiter))
    filled = [record for record in records if record]
    place = next(at for at, record in enumerate(filled) if [c.strip() for c in record] == list(layout.header))
    lines = text.splitlines(keepends=True)
    start = next(at for at, line in enumerate(lines) if layout.header[0] in line and layout.header[-1] in line)
    return filled[place + 1 :], "".join(lines[:start])


def _grown(cell: str, target: str, nth: int) -> str:
    """The cell as it stands with the nth person: nobody's address, number, name or id is another's."""
    if not cell.strip():
        return cell
    if target in _PHONES:
        return _NUMBER.sub(lambda found: _renumbered(found[0], nth), cell)
    if _EMAIL.search(cell):
        return _EMAIL.sub(f"{nth}@", cell)
    if target in _NAMES:
        return re.sub(r"(?<=[^\W\d_])(?![\w.])", _SYLLABLES[nth // 10] + _SYLLABLES[nth % 10], cell)
    if target == "linkedin_url":
        return re.sub(r"(?<=/in/)(?=[\w-])|(?<=/lead/)(?=[\w-])|(?<=/people/)(?=[\w-])", f"n{nth}-", cell)
    return f"{cell}{nth}" if target == "record_id" else cell


def _renumbered(number: str, nth: int) -> str:
    """Its last two digits count the people; the first of them keeps apart who has two numbers."""
    left, right = number[:-2], number[-2:]
    return f"{left}{(int(right) + 2 * nth) % 100:02d}" if right.isdigit() else number


def _everybody(rows: Sequence[dict[str, Any]]) -> list[Person]:
    """Each person once, whatever any of the rows says against being contacted."""
    people: dict[str, Person] = {}
    for row in rows:
        person = _person(row)
        key = person.email or "".join(person.more) or person.name
        if key and "reasons" not in row:
            known = people.get(key, person)
            people[key] = replace(known, closed=known.closed | person.closed)
    return list(people.values())


def _person(row: dict[str, Any]) -> Person:
    closed = {r.partition(":")[0] for r in row.get("restrictions", ())}
    points = [phone for phone in (row.get("phone"), *row.get("more_phones", ())) if phone]
    read_as = [number for point in points if (number := reads_as(point, row))]
    return Person(
        row.get("given_name", ""),
        row.get("family_name", ""),
        row.get("email", ""),
        phone="",
        company=row.get("company", ""),
        closed=frozenset(closed),
        whole=row.get("name", ""),
        more=(*row.get("more_emails", ()), *points, *read_as, *filter(None, (row.get("linkedin_url"),))),
    )
