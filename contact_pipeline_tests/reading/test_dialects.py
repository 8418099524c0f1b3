"""Files as other programs and hands leave them: read right, or quarantined or held, never wrong in silence.

The kinds follow what a survey of public CSV files found to break loaders (HPI Pollock: delimiters, quotes, escapes,
record ends, headers, widths of rows, several tables), and what people reported of contact lists.
"""

import csv
import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline_tests.door.words import CODES, language
from contact_pipeline_tests.reading.rows import read
from contact_pipeline_tests.reading.test_rewriting import check

HEADER = ("Name", "Email", "Phone", "Company", "Title")
Person = tuple[str, str, str, str, str]
Table = Sequence[Sequence[str]]


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    given_names = draw(st.permutations(("Nele", "Otto", "Pia", "Quirin", "Rosa", "Sven", "Tilda", "Uwe")))
    families = draw(st.permutations(("Nuss", "Olm", "Pilz", "Quark", "Rabe", "Specht", "Tanne", "Ulme")))
    count = draw(st.integers(4, 8))
    titles = st.sampled_from(("Leitung Einkauf", "Chefin", "Bote", "Referentin"))
    return [
        (
            f"{given_names[n]} {families[n]}",
            f"{given_names[n]}.{families[n]}@korb.example".lower(),
            f"+49 30 2312{draw(st.integers(1000, 4999)) * 8 + n}",
            f"{families[n]} {draw(st.sampled_from(('KG', 'GmbH', 'eG')))}",
            draw(titles),
        )
        for n in range(count)
    ]


def joined(row: Sequence[str], delimiter: str = ",") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(row)
    return out.getvalue()


def around(quote: str, row: Sequence[str], delimiter: str = ",", closing: str = "") -> str:
    return delimiter.join(quote + cell + (closing or quote) for cell in row)


def lines(table: Table, write: Callable[[Sequence[str]], str] = joined) -> str:
    return "\n".join(map(write, table)) + "\n"


def cut_by(delimiter: str, table: Table) -> str:
    return lines(table, partial(joined, delimiter=delimiter))


def below_header(table: Table, write: Callable[[Sequence[str]], str]) -> str:
    return joined(table[0]) + "\n" + lines(table[1:], write)


def with_line(table: Table, write: Callable[[Sequence[str]], str]) -> str:
    """Only the second row is written so."""
    return "\n".join(write(row) if n == 2 else joined(row) for n, row in enumerate(table)) + "\n"


def with_comma(table: Table) -> list[Sequence[str]]:
    """The company of the second row has a comma in it."""
    return [(*row[:3], row[3].replace(" ", ", "), row[4]) if n == 2 else row for n, row in enumerate(table)]


def wrapped(row: Sequence[str]) -> str:
    return '"' + joined(row).replace('"', '""') + '"'


def cell_in(quote: str, closing: str) -> Callable[[Sequence[str]], str]:
    return lambda row: ",".join(quote + cell + closing if "," in cell else cell for cell in row)


SAME: dict[str, Callable[[Table], str]] = {
    **{f"delimiter {d!r}": partial(cut_by, d) for d in (*";\t|~^:#", "\u00a6", "\x1f")},
    "two delimiters": lambda t: lines(t, "||".join),
    "spaced delimiter": lambda t: lines(t, " ; ".join),
    **{f"header , rows {d!r}": partial(below_header, write=partial(joined, delimiter=d)) for d in ";\t|"},
    "header ; rows ,": lambda t: joined(t[0], ";") + "\n" + lines(t[1:]),
    "one row of another delimiter": lambda t: with_line(t, lambda row: joined(row, ";")),
    "one row of tabs": lambda t: with_line(t, "\t".join),
    "whole lines quoted": lambda t: lines(t, wrapped),
    "whole lines quoted, empty cells behind": lambda t: lines(t, lambda row: wrapped(row) + ";;"),
    "whole lines quoted below the header": lambda t: joined(t[0]) + "\n" + lines(t[1:], wrapped),
    "one whole line quoted": lambda t: with_line(t, wrapped),
    "single quotes": lambda t: lines(with_comma(t), lambda row: around("'", row)),
    "single quotes below the header": lambda t: below_header(with_comma(t), partial(around, "'")),
    "backticks": lambda t: lines(with_comma(t), lambda row: around("`", row)),
    "curly quotes": lambda t: lines(with_comma(t), lambda row: around("\u201c", row, closing="\u201d")),
    "German quotes": lambda t: lines(with_comma(t), lambda row: around("\u201e", row, closing="\u201c")),
    "one cell in single quotes": lambda t: lines(with_comma(t), cell_in("'", "'")),
    "one cell in curly quotes": lambda t: lines(with_comma(t), cell_in("\u201c", "\u201d")),
    "one cell in guillemets": lambda t: lines(with_comma(t), cell_in("\u00ab", "\u00bb")),
    "spaces before quotes": lambda t: lines(with_comma(t), lambda row: around('"', row, ", ")),
    "a space before one quote": lambda t: lines(with_comma(t), cell_in(' "', '"')),
    "a backslash before the comma": lambda t: lines(
        with_comma(t), lambda row: ",".join(cell.replace(",", "\\,") for cell in row)
    ),
    "a comma that nobody quoted": lambda t: lines(with_comma(t), ",".join),
    "quotes in quotes": lambda t: lines(
        [(row[0].replace(" ", ' "Max" '), *row[1:]) if n == 2 else row for n, row in enumerate(t)],
        lambda row: around('"', row),
    ),
    "CR": lambda t: lines(t).replace("\n", "\r"),
    "CR CR LF": lambda t: lines(t).replace("\n", "\r\r\n"),
    "mixed ends": lambda t: lines(t).replace("\n", "\r\n", 2).replace("\n", "\r", 1),
    "no end": lambda t: lines(t)[:-1],
    "a delimiter behind each row": lambda t: joined(t[0]) + "\n" + lines(t[1:], lambda row: joined(row) + ","),
    "empty columns in the header": lambda t: lines(t).replace("\n", ",,\n", 1),
    "an empty cell too many": lambda t: with_line(t, lambda row: joined((row[0], "", *row[1:]))),
    "an empty cell before": lambda t: with_line(t, lambda row: joined(("", *row))),
    "numbers without a header": lambda t: lines([t[0], *((str(n), *row) for n, row in enumerate(t[1:]))]),
    "zero bytes": lambda t: lines(t).replace("@", "\0@"),
    "a mark in the middle": lambda t: lines([*t[:3], t[0], *t[3:]]).replace(joined(t[0]), "\ufeff" + joined(t[0])),
    "sep twice": lambda t: "sep=,\nsep=,\n" + lines(t),
    "a wrong sep": lambda t: "sep=;\n" + lines(t),
    "sep of a tab, quoted": lambda t: '"sep=\t"\n' + lines(t, "\t".join),
    "psql": lambda t: "".join(
        (lines([t[0]], " | ".join), "------+-----+---\n", lines(t[1:], " | ".join), f"({len(t) - 1} rows)\n")
    ),
    "a box": lambda t: "+---+---+\n| " + lines(t, " | ".join).replace("\n", " |\n| ")[:-2] + "+---+---+\n",
    "Markdown": lambda t: lines([t[0], ["---"] * 5, *t[1:]], lambda row: "| " + " | ".join(row) + " |"),
    "two levels": lambda t: "Person,Contact,,Work,\n" + lines(t),
    "a comment mark before the header": lambda t: "#" + lines(t),
    "log fields": lambda t: "#Version: 1.0\n#Fields: " + lines(t),
    "preamble": lambda t: "Korbliste,,,,\nStand: 01.02.2024,,,,\n,,,,\n" + lines(t),
}  # fmt: skip
HELD: dict[str, tuple[str, Callable[[Table], str]]] = {
    "spaces": ("columns_not_separated", lambda t: lines(t, " ".join)),
    "fixed width": ("columns_not_separated", lambda t: lines(t, lambda row: "".join(cell.ljust(40) for cell in row))),
    "on its side": ("table_on_its_side", lambda t: lines(list(zip(*t, strict=True)))),
    "a block for each person": (
        "table_on_its_side",
        lambda t: "".join(f"{h}: {c}\n" for row in t[1:] for h, c in zip(t[0], row, strict=True)),
    ),
    "columns in another order below": (
        "second_table",
        lambda t: lines([*t[:3], *((row[1], row[0], *row[2:]) for row in (t[0], *t[3:]))]),
    ),
    "another table below": ("second_table", lambda t: lines(t) + "\nCity,Zip\nBonn,53111\nKiel,24103\n"),
    "another list of people below": (
        "second_table",
        lambda t: (
            lines(t) + "\nCompany,Contact person,Telephone,E-mail\nTal AG,Tom Tal,+49 30 23125007,tom.t@korb.example\n"
        ),
    ),
    "no header": ("no_header", lambda t: lines(t[1:])),
}
# A row that nobody can be sure of.
LOST: dict[str, Callable[[Sequence[str]], str]] = {
    "an open quote": lambda row: '"' + ",".join(row),
    "a cell too many at the end": lambda row: joined((*row, "surplus")),
    "two commas in one cell": lambda row: joined(row).replace(row[3], "Korb,Kern,und Sohn"),
    "a line of spaces": "  ".join,
    "all cells one to the right": lambda row: joined(("x", *row[:4])),
    "two rows in one": lambda row: joined((*row, *row)),
    "name and address in one": lambda row: joined((f"{row[0]} {row[1]}", *row[2:])),
}


def shown(rows: Sequence[dict[str, Any]]) -> list[tuple[Any, ...]]:
    fields = ("name", "email", "phone", "company", "title")
    return [tuple(row.get(field) for field in fields) for row in rows if "reasons" not in row]


def truth(persons: Sequence[Person], kind: str) -> list[tuple[str, ...]]:
    has_comma = (
        any(word in kind for word in ("quotes", "cell in", "backticks", "comma", "one quote"))
        and kind != "quotes in quotes"
    )
    table = with_comma([HEADER, *persons]) if has_comma else [HEADER, *persons]
    if kind == "quotes in quotes":
        table = [(row[0].replace(" ", ' "Max" '), *row[1:]) if n == 2 else row for n, row in enumerate(table)]
    return [tuple(row) for row in table[1:]]


@pytest.mark.parametrize("kind", SAME)
@settings(max_examples=8, deadline=None)
@given(people())
def test_is_read_as_it_was_meant(kind: str, persons: list[Person]) -> None:
    drop, rows = read(SAME[kind]([HEADER, *persons]))
    assert shown(rows) == truth(persons, kind)
    assert [row["row_number"] for row in rows] == list(range(1, len(persons) + 1))
    assert drop.faults() == ()


@pytest.mark.parametrize("kind", SAME)
@settings(max_examples=6, deadline=None)
@given(people(), st.data())
def test_a_row_can_be_erased(kind: str, persons: list[Person], data: Any) -> None:
    erased = data.draw(st.sets(st.integers(1, len(persons)), min_size=1))
    check(SAME[kind]([HEADER, *persons]).encode(), erased)


@pytest.mark.parametrize("kind", HELD)
@settings(max_examples=8, deadline=None)
@given(people())
def test_is_held_with_its_reason(kind: str, persons: list[Person]) -> None:
    rule, write = HELD[kind]
    drop, _ = read(write([HEADER, *persons]))
    assert rule in [fault.rule for fault in drop.faults()]


@settings(max_examples=10, deadline=None)
@given(people())
def test_rows_of_another_table_are_not_read_under_the_first_header(persons: list[Person]) -> None:
    _, rows = read(HELD["columns in another order below"][1]([HEADER, *persons]))
    assert [row.get("reasons") for row in rows] == [None] * 2 + [["other_table"]] * (len(persons) - 2)
    _, rows = read(HELD["columns in another order below"][1]([HEADER, *persons]) + lines([HEADER, persons[0]]))
    assert rows[-1]["email"] == persons[0][1]


@pytest.mark.parametrize("kind", LOST)
@settings(max_examples=8, deadline=None)
@given(people())
def test_what_nobody_can_be_sure_of_is_quarantined(kind: str, persons: list[Person]) -> None:
    _, rows = read(with_line([HEADER, *persons], LOST[kind]))
    assert shown(rows) == [person for n, person in enumerate(persons) if n != 1]
    assert [row["row_number"] for row in rows if "reasons" in row] == [2]


@settings(max_examples=60, deadline=None)
@given(people(), st.data())
def test_a_cell_left_out_or_too_many_never_shifts_a_row(persons: list[Person], data: Any) -> None:
    """Whatever is cut out of a row or put in between: the cells that are left stand in their columns, or none does."""
    row = list(data.draw(st.sampled_from(persons[1:])))
    place = persons.index(tuple(row))
    at = data.draw(st.integers(0, 4))
    if data.draw(st.booleans()):
        del row[at]
    else:
        row[at : at + 1] = [row[at].replace(" ", "", 1), "Zusatz"]
    _, rows = read(lines([HEADER, *persons[:place], row, *persons[place + 1 :]]))
    for field, cell in zip(("name", "email", "phone"), persons[place], strict=False):
        torn = cell.replace(" ", "", 1)
        assert rows[place].get(field) in (None, cell, torn, f"Zusatz {torn}", f"{torn}, Zusatz")


@settings(max_examples=30, deadline=None)
@given(people(), st.integers(1, 990), st.sampled_from(("Umsatz", "Kontostand", "Revenue")), st.integers(1, 5))
def test_decimal_commas_in_a_file_of_commas(persons: list[Person], amount: int, header: str, place: int) -> None:
    rows = [[*person[:place], f"{amount + n}.{n}00,5{n}", *person[place:]] for n, person in enumerate(persons)]
    _, found = read("\n".join([joined([*HEADER[:place], header, *HEADER[place:]]), *(",".join(row) for row in rows)]))
    assert shown(found) == persons
    assert [row["extra"][header] for row in found] == [row[place] for row in rows]


def test_swapped_cells_are_no_shift() -> None:
    _, rows = read(
        lines([HEADER[:3], ("Uta Ulme", "+49 30 23125001", "uta@korb.example"), ("Vera Voss", "v@korb.example", "")])
    )
    assert all("reasons" not in row for row in rows)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("way", ["open", "more"])
def test_an_opt_out_in_a_lost_row_closes_its_address(code: str, way: str) -> None:
    """The row cannot be split; what it says against being contacted is heard."""
    words = language(code)
    header = (words["person.name"][0], words["person.email"][0], words["closing.email"][0])
    good = [(f"Nele {n}", f"nele{n}@korb.example", words["no"][0]) for n in range(12)]
    lost = f'"Otto Olm,otto@korb.example,{words["yes"][0]}'
    if way == "more":
        lost = f'Otto,Olm,"otto, mail",otto@korb.example,+49 30 23125001,{words["yes"][0]},x,y'
    _, rows = read(lines([header, *good]) + lost + "\n")
    assert rows[-1]["reasons"] == ["unparsable" if way == "open" else "too_many_cells"]
    assert rows[-1]["email"] == "otto@korb.example"
    assert any(r.startswith("email:") for r in rows[-1]["restrictions"])
    assert not any("restrictions" in row for row in rows[:-1])


def test_a_lost_row_of_a_list_of_opt_outs_closes_its_addresses_and_numbers() -> None:
    content = 'Email,Phone\na@korb.example,+49 30 23125001\n"b@korb.example,+49 30 23125002\n'
    drop, rows = read(content, "unsubscribed_members_export.csv")
    assert drop.header_map.kind == "suppressions"
    assert (rows[1]["reasons"], rows[1]["email"], rows[1]["phone"]) == (
        ["unparsable"],
        "b@korb.example",
        "+49 30 23125002",
    )
    assert "email:unsubscribed" in rows[1]["restrictions"]


def test_a_lost_row_where_nobody_says_anything_closes_nothing() -> None:
    _, rows = read('Name,Email\nNele,n@korb.example\n"Otto,o@korb.example\n')
    assert "restrictions" not in rows[1]
    assert "email" not in rows[1]
