"""Tables of a page: the same rows as HTML and as CSV. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

# A spreadsheet runs a cell that begins like this (OWASP, CSV injection); a number in E.164 is none.
PHONE = re.compile(r"^\+[0-9]+$")
NUMERIC = frozenset({"number", "share", "money", "days", "ms", "by_unit"})


@dataclass(frozen=True)
class Column:
    """key: of the row. kind: text, words, number, share, money, days, ms, id (its beginning), by_unit. link: an address
    with {} for the value."""

    key: str
    title: str
    kind: str = "text"
    link: str = ""

    @property
    def is_numeric(self) -> bool:
        """Whether it stands to the right."""
        return self.kind in NUMERIC

    def text(self, row: Mapping[str, Any]) -> str:
        """The cell for the eyes. by_unit: the row says its kind, as `unit`."""
        return shown(row.get(self.key), row["unit"] if self.kind == "by_unit" else self.kind)

    def href(self, row: Mapping[str, Any]) -> str:
        """Where the cell leads; empty: nowhere."""
        value = row.get(self.key)
        return self.link.format(quote(str(value), safe="")) if self.link and value is not None else ""


@dataclass(frozen=True)
class Table:
    """name: of its CSV. empty: what is said where there are no rows. more: what is said below."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]
    empty: str = "None."
    more: str = ""
    has_csv: bool = True

    def csv(self) -> str:
        """All rows; figures as they are, cells that a spreadsheet would run made text."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow(column.key for column in self.columns)
        writer.writerows([written(row.get(column.key)) for column in self.columns] for row in self.rows)
        return out.getvalue()


def written(value: Any) -> str:
    """For a file."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    if isinstance(value, int | float | Decimal):
        return str(value)
    return defused(str(value))


def defused(text: str) -> str:
    """As `export` writes it."""
    return f"'{text}" if text[:1] in "=+-@\t\r" and text and not PHONE.match(text) else text


def shown(value: Any, kind: str = "text") -> str:
    """For the eyes: figures with separators, shares in per cent, moments to the minute (UTC)."""
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, list | tuple):
        return ", ".join(shown(one, kind) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    match kind:
        case "share":
            return f"{float(value):.1%}"
        case "money":
            return f"{float(value):,.2f}"
        case "days":
            return f"{float(value):,.1f} d"
        case "ms":
            return f"{float(value):,.0f} ms"
        case "id":
            return str(value)[:8]
        case "words":
            return str(value).replace("_", " ")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float | Decimal):
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.3f}"
    return str(value)


def facts(rows: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Label and text of what there is."""
    return [(label, shown(value)) for label, value in rows if value not in (None, "", [])]
