"""What happens to an export on its way: renamed, translated, reordered, cut, doubled, shifted, written anew.

A mutation changes how a list looks and never what is true of its people.
"""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random

from contact_pipeline_tests.door.exports import Export, export
from contact_pipeline_tests.door.holding import Outcome, outcome
from contact_pipeline_tests.door.truth import Person
from contact_pipeline_tests.door.words import CODES, language
from contact_pipeline_tests.door.writing import STYLES, Dialect, written

# What people call a column of this kind, by the start of its target.
TRANSLATED = {
    "name": "person.name", "given_name": "person.given", "family_name": "person.family", "email": "person.email",
    "phone": "person.phone", "company": "person.company", "title": "person.title", "city": "person.city",
    "country": "person.country", "flag:email": "closing.email", "flag:phone": "closing.phone",
    "moment:email": "closing.moment", "refusal:email": "allowing.email", "refusal:phone": "allowing.phone",
    "status:email": "status.headers",
}  # fmt: skip
_SAFE_TO_DROP = ("extra", "title", "company", "city", "region", "linkedin_url", "location", "record_id")


@dataclass(frozen=True)
class Mutant:
    """A file as it arrives, and who is in it."""

    name: str
    content: bytes
    people: Sequence[Person]
    mutations: tuple[str, ...]

    @property
    def keeps_its_format(self) -> bool:
        """Else a column means what it means anywhere, which may close more than with the product."""
        return not {"translate", "drop columns"} & set(self.mutations)


Change = Callable[[Export, Random], Export]


def _rename(export: Export, random: Random) -> Export:
    style = STYLES[random.choice([s for s in STYLES if s != "as it is"])]
    return replace(export, header=[style(h) if h else h for h in export.header])


def _translate(export: Export, random: Random) -> Export:
    words = language(random.choice(CODES))
    header, taken = list(export.header), set(export.header)
    for place, target in enumerate(export.targets):
        kind = next((k for t, k in TRANSLATED.items() if target == t or target.startswith(t + ":")), None)
        if target.startswith(("flag:", "refusal:", "moment:")) and "," in target:
            kind = "closing.both" if target.startswith("flag:") else None
        new = random.choice(words[kind]) if kind else None
        if new and new not in taken:
            header[place] = new
            taken.add(new)
    return replace(export, header=header)


def _ordered(export: Export, order: Sequence[int]) -> Export:
    return replace(
        export,
        header=[export.header[i] for i in order],
        targets=[export.targets[i] for i in order],
        rows=[[row[i] for i in order] for row in export.rows],
    )


def _reorder(export: Export, random: Random) -> Export:
    order = list(range(len(export.header)))
    random.shuffle(order)
    return _ordered(export, order)


def _drop_columns(export: Export, random: Random) -> Export:
    free = [i for i, target in enumerate(export.targets) if target in _SAFE_TO_DROP]
    gone = set(random.sample(free, min(len(free), random.randint(1, 3))))
    left = _ordered(export, [i for i in range(len(export.header)) if i not in gone])
    if "company" in left.targets:
        return left
    return replace(left, people=[replace(person, company="") for person in left.people])


def _double_column(export: Export, random: Random) -> Export:
    place = random.randrange(len(export.header))
    order = list(range(len(export.header)))
    order.insert(random.choice((place + 1, len(order))), place)
    return _ordered(export, order)


def _empty_column(export: Export, random: Random) -> Export:
    place = random.randint(0, len(export.header))

    def wider(row: Sequence[str], cell: str) -> list[str]:
        return [*row[:place], cell, *row[place:]]

    return replace(
        export,
        header=wider(export.header, random.choice(("", "Unnamed: 0"))),
        targets=wider(export.targets, "extra"),
        rows=[wider(row, "") for row in export.rows],
    )


def _shift(export: Export, random: Random) -> Export:
    """One row got a delimiter too many, or lost one."""
    rows = [list(row) for row in export.rows]
    row = rows[random.randrange(len(rows))]
    places = [i for i, cell in enumerate(row) if not cell]
    spaces = [i for i, cell in enumerate(row) if " " in cell and "@" not in cell]
    way = random.choice(("more", "less", "comma"))
    if way == "less" and places:
        del row[random.choice(places)]
    elif way == "comma" and spaces:
        place = random.choice(spaces)
        row[place : place + 1] = row[place].split(" ", 1)
    else:
        row.insert(random.randint(0, len(row)), "")
    return replace(export, rows=rows)


def _double_rows(export: Export, random: Random) -> Export:
    rows = list(export.rows)
    for row in random.sample(rows, min(3, len(rows))):
        rows.insert(random.randint(0, len(rows)), row)
    return replace(export, rows=rows)


def _put_in(export: Export, random: Random, line: Sequence[str]) -> Export:
    rows = list(export.rows)
    rows.insert(random.randint(0, len(rows)), line)
    return replace(export, rows=rows)


def _blank_line(export: Export, random: Random) -> Export:
    return _put_in(export, random, random.choice(([], [""] * len(export.header), ["  "])))


def _label_line(export: Export, random: Random) -> Export:
    return _put_in(export, random, export.header)


def _total_line(export: Export, random: Random) -> Export:
    line = [""] * len(export.header)
    line[0] = random.choice(language(random.choice(CODES))["lines.totals"])
    line[-1] = line[-1] or str(random.randint(2, 5000))
    return replace(export, rows=[*export.rows, line])


CHANGES: dict[str, Change] = {
    "rename": _rename, "translate": _translate, "reorder": _reorder, "drop columns": _drop_columns,
    "double a column": _double_column, "empty column": _empty_column, "shift a row": _shift,
    "double rows": _double_rows, "blank line": _blank_line, "header again": _label_line, "total line": _total_line,
}  # fmt: skip
WRITTEN_ANEW = "write anew"
NAMES = (*CHANGES, WRITTEN_ANEW)
_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "mac-roman")


def mutant(given: Export, random: Random, names: Sequence[str]) -> Mutant:
    """The export after these mutations, in order."""
    dialect = Dialect(delimiter=given.delimiter)
    before = given.before
    for name in names:
        if name == WRITTEN_ANEW:
            dialect = Dialect(
                delimiter=random.choice((",", ";", "\t", "|")),
                quoting=random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
                line_end=random.choice(("\n", "\r\n", "\r")),
                encoding=random.choice(_ENCODINGS),
            )
        else:
            given = CHANGES[name](given, random)
    content = written([given.header, *given.rows], replace(dialect, preamble=before))
    return Mutant(given.name, content, given.people, tuple(names))


def drawn(random: Random) -> list[str]:
    """One to three mutations, what changes the columns first."""
    names = random.sample(NAMES, random.choice((1, 1, 2, 3)))
    return sorted(names, key=NAMES.index)


def mutated_outcome(name: str, random: Random) -> tuple[tuple[str, ...], Outcome]:
    """A mutant of this export, read and judged; the mutations that made it."""
    made = mutant(export(name), random, drawn(random))
    found = outcome(made.content, made.name, made.people, has_left_open=made.keeps_its_format)
    return made.mutations, found
