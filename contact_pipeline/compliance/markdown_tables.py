"""Tables in Markdown, written and read back: every fact of a drafted document stands in one. Pure.

What only the controller knows has a mark in its place; a person fills it in, and anything may stand there then.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

MARK = re.compile(r"\*\*\[controller: .*?\]\*\*")
NO_ROW = "none"


class Fact(NamedTuple):
    """Where a fact stands: the table by its first header, the row by its first cell, the column by its header."""

    table: str
    row: str
    column: str


def mark(what: str) -> str:
    """In the place of what only the controller knows."""
    return f"**[controller: {what}]**"


def agrees(cell: str, expected: str) -> bool:
    """Whether a cell is the expected one, with anything at all in the place of a mark."""
    fixed = MARK.split(expected)
    return re.fullmatch(".+".join(map(re.escape, fixed)), cell) is not None


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first header names the table, the first cell the row. No row: a line that says so."""
    lines = [list(row) for row in rows] or [[NO_ROW, *("-" for _ in headers[1:])]]
    written = [headers, ["---"] * len(headers), *lines]
    return "\n".join("| " + " | ".join(map(_cell, row)) + " |" for row in written) + "\n"


def facts(text: str, tables: Iterable[str] | None = None) -> dict[Fact, str]:
    """Every cell of the tables (of these first headers only) of a document, the first column's excepted."""
    wanted = None if tables is None else set(tables)
    return {
        Fact(headers[0], row[0], column): cell
        for headers, row in _rows(text)
        if wanted is None or headers[0] in wanted
        for column, cell in zip(headers[1:], row[1:], strict=False)
    }


def rows_of(found: Mapping[Fact, str]) -> set[tuple[str, str]]:
    """(table, row) of all facts."""
    return {(fact.table, fact.row) for fact in found if fact.row != NO_ROW}


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _rows(text: str) -> Iterator[tuple[list[str], list[str]]]:
    headers: list[str] | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            headers = None
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if headers is None:
            headers = cells
        elif not all(re.fullmatch(":?-{3,}:?", cell) for cell in cells):
            yield headers, cells
