"""Writes a truth as people and products write lists: header styles, orders, delimiters, quotes, ends of lines,
encodings."""

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from contact_pipeline_tests.door.truth import Truth

FIELDS = ("given", "family", "email", "phone", "company", "title", "city")


@dataclass(frozen=True)
class Dialect:
    """How the table becomes bytes."""

    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    line_end: str = "\n"
    encoding: str = "utf-8"
    preamble: str = ""


# 8-bit and Asian encodings in which the words of a language can be written.
ENCODINGS = {
    **dict.fromkeys(("de", "fr", "es", "pt", "it", "nl", "sv", "da", "no"), ("cp1252", "iso8859-15")),
    "en": ("cp1252",), "pl": ("cp1250", "iso8859-2"), "cs": ("cp1250", "iso8859-2"), "ru": ("cp1251", "koi8-r"),
    "ja": ("cp932", "euc_jp"), "zh": ("gb18030",),
}  # fmt: skip
UNICODE = ("utf-8", "utf-8", "utf-8-sig", "utf-16")
STYLES: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "capitals": str.upper,
    "small": str.lower,
    "snake": lambda h: re.sub(r"[ -]+", "_", h),
    "colon": lambda h: h + ":",
    "star": lambda h: h + " *",
    "padded": lambda h: f"  {h} ",
    "no-break spaces": lambda h: h.replace(" ", "\xa0"),
}


def dialects(random: Random, code: str) -> Dialect:
    """One at random that the language can be written in."""
    return Dialect(
        delimiter=random.choice((",", ",", ";", "\t", "|")),
        quoting=random.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
        line_end=random.choice(("\n", "\r\n", "\r")),
        encoding=random.choice((*UNICODE, *ENCODINGS[code])),
    )


def table(truth: Truth, random: Random, *, style: str = "as it is", order: str = "as it is") -> list[list[str]]:
    """Header and rows. order: `any` turns the columns round."""
    language, person = truth.language, "person.{}".format
    fields = [f for f in FIELDS if any(getattr(p, f) for p in truth.people)]
    columns = [[random.choice(language[person(field)]), *(getattr(p, field) for p in truth.people)] for field in fields]
    if truth.permission is not None:
        columns.append([truth.permission.header, *truth.permission.cells])
    harmless = random.sample(language["harmless.headers"], random.randint(0, 2))
    columns += [[header, *(str(random.randint(0, 90)) for _ in truth.people)] for header in harmless]
    if order == "any":
        random.shuffle(columns)
    rows = [list(row) for row in zip(*columns, strict=True)]
    rows[0] = [STYLES[style](header) for header in rows[0]]
    return rows


def written(rows: Sequence[Sequence[str]], dialect: Dialect = Dialect()) -> bytes:
    """The table as bytes; what the encoding does not have is written in UTF-8 instead."""
    out = io.StringIO(newline="")
    # Python 3.11 leaves a line feed inside a cell unquoted where lines end otherwise.
    quoting = csv.QUOTE_ALL if any("\n" in cell for row in rows for cell in row) else dialect.quoting
    writer = csv.writer(out, delimiter=dialect.delimiter, quoting=quoting, lineterminator=dialect.line_end)  # type: ignore[arg-type]
    writer.writerows(rows)
    text = dialect.preamble + out.getvalue()
    try:
        return text.encode(dialect.encoding)
    except UnicodeEncodeError:
        return text.encode()
