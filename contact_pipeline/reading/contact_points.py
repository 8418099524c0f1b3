"""E-mail and phone cells → values in order. Splits, unwraps and repairs where that is certain; judges nothing.

A value that is merely wrong stays as given: the e-mail and phone rooms say why (a bad address is a verdict).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from contact_pipeline.reading.cells import RowNotes, any_true, emptied, one_of, rows_where, strings

PLAIN_EMAIL = r"^[A-Za-z0-9._%+&-]+@[A-Za-z0-9.-]+$"
PLAIN_PHONE = r"^\+?[0-9(][0-9 ().-]{4,24}[0-9)]$"
NO_PHONE = r"^\+?[0() .-]*$|^[+]?1?[() .-]*(1234567890|123[() .-]*456[() .-]*7890|0123456789)$|\.0$"
NOTHING_POINT = frozenset({"0", "00", "000", "no", "false", "x", "xx", "xxx", "tbd", "tba", "no email", "noemail",
"no e-mail", "no phone", "keine", "aucun", "ninguno"})  # fmt: skip
_WORDS = (
    "none", "no", "na", "null", "test", "noemail", "no-email", "nomail", "email", "a", "x", "xx", "xxx", "abc", "asdf",
    "123", "unknown", "nobody", "fake",
)  # fmt: skip
_NO_WORDS, _NO_DOMAINS = (
    ["none", "no", "na", "noemail", "no-email", "nobody"],
    ["none", "na", "noemail", "no-email", "nowhere", "email", "mail"],
)
_ENDS = ("com", "net", "org", "de", "co.uk", "fr")
FAKE_EMAILS = frozenset(
    f"{local}@{domain}.{end}"
    for local, domain in [*((w, w) for w in _WORDS), *((w, d) for w in _NO_WORDS for d in _NO_DOMAINS)]
    for end in _ENDS
)
_NO_EMAIL_LOCAL = r"(?i)^(no-?_?e-?mail|noemailaddress|no-?email-?provided|none-?provided)\d*@"
_ADDRESS = re.compile(r"[^\s@<>,;:\"]+@[^\s@<>,;:\"]+")
_WRAPPED = re.compile(r'^\s*(?:"[^"]*"|[^<>"@,;]*)\s*<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+?)\s*>$', re.IGNORECASE)
_DIRECTORY_NAME = re.compile(r"^(?:ex:|x500:)?/o=", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"^\+?(\d)(?:[.,](\d+))?e\+?(\d{1,2})$", re.IGNORECASE)


@dataclass
class Reading:
    """A cell read with care. refused: the cell goes whole to `extra`."""

    values: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    refused: bool = False


def read_email_cell(cell: str) -> Reading:
    """One cell. Rules: display names (RFC 5322 3.4), mailto: (RFC 6068), Exchange directory names, several
    addresses."""
    reading = Reading()
    if _DIRECTORY_NAME.match(cell):
        return Reading([], ["email:exchange_dn"], refused=True)
    text = cell
    if text.startswith("'") and "@" in text:
        text = text.strip("'").strip()
        reading.rules.append("email:apostrophe")
    for part in _split_addresses(text):
        value = part.strip().strip(";,").strip()
        wrapped = _WRAPPED.match(value)
        if wrapped:
            value = wrapped[1]
            reading.rules.append("email:unwrapped")
        elif value.lower().startswith("mailto:"):
            value = value[7:].partition("?")[0].strip()
            reading.rules.append("email:unwrapped")
        lowered = value.lower()
        if not value or lowered in NOTHING_POINT or lowered in FAKE_EMAILS or re.match(_NO_EMAIL_LOCAL, value):
            continue
        reading.values.append(" ".join(value.split()))
    return reading


def _split_addresses(text: str) -> list[str]:
    """Parts, when every one of them holds exactly one address or is a known nothing; else the cell as it is."""
    for separator in (r" ::: ", r"[;\n|]+", r",(?=(?:[^\"]*\"[^\"]*\")*[^\"]*$)", r"\s+(?:/|or|and|&)\s+", r"\s+"):
        parts = [p for p in re.split(separator, text) if p.strip()]
        if len(parts) > 1 and all(
            (p.count("@") == 1 and _ADDRESS.search(p)) or p.strip().lower() in ("n/a", "-", "none") for p in parts
        ):
            if separator == r"\s+" and not all(_ADDRESS.fullmatch(p.strip("<>,;")) for p in parts):
                continue
            return [deeper for p in parts for deeper in _split_addresses(p)]
    return [text]


def read_phone_cell(cell: str) -> Reading:
    """One cell. Lost digits are never invented: scientific notation is undone only when it carries every digit."""
    reading = Reading()
    for part in _split_numbers(cell):
        value, rule, is_lost = _repair_number(part.strip())
        if rule:
            reading.rules.append(rule)
        reading.refused = reading.refused or is_lost
        digits = re.sub(r"\D", "", value)
        if value and not is_lost and value.lower() not in NOTHING_POINT and not _is_no_number(value, digits):
            reading.values.append(" ".join(value.split()))
    return reading


def _split_numbers(text: str) -> list[str]:
    for separator in (r" ::: ", r"[;\n|]+", r",", r"\s+(?:/|or|and|&)\s+|\s/|/\s"):
        parts = [p for p in re.split(separator, text) if p.strip()]
        if len(parts) > 1 and all(len(re.sub(r"\D", "", p)) >= 7 for p in parts):
            return [deeper for p in parts for deeper in _split_numbers(p)]
    return [text]


def _repair_number(text: str) -> tuple[str, str | None, bool]:
    """(number, rule or None, were digits lost)."""
    rule = None
    if text[:1] in ("'", "`", "\u2018", "\u2019"):
        text, rule = text[1:].strip(), "phone:apostrophe"
    prefix = re.match(r"(?:p|t|m|tel|phone|mob|mobile|callto|sip)\s*:\s*(?=[+(\d])", text, re.IGNORECASE)
    if prefix:
        text, rule = text[prefix.end() :].strip(), "phone:prefix"
    scientific = _SCIENTIFIC.match(text)
    if scientific:
        digits = scientific[1] + (scientific[2] or "")
        if len(digits) == int(scientific[3]) + 1:
            return digits, "phone:scientific_repaired", False
        return "", "phone:scientific", True
    if re.fullmatch(r"\+?\d{6,}\.0+", text):
        return text.partition(".")[0], "phone:float", False
    return text, rule, False


def _is_no_number(text: str, digits: str) -> bool:
    if re.match(NO_PHONE, text) or (not digits and not re.search(r"[A-Za-z]", text)):
        return True
    return len(digits) >= 6 and len(set(digits)) == 1 and len(digits) == len(re.sub(r"[\s().+-]", "", text))


class PointColumn:
    """One column of addresses or numbers: `single` has the plain cells; `several` the cells that gave two and more."""

    def __init__(self, single: pa.Array, several: dict[int, list[str]]) -> None:
        self.single = single
        self.several = several


def read_emails(values: pa.Array, key: str, notes: RowNotes) -> PointColumn:
    """Plain addresses pass as they are; every other cell is read by itself."""
    values = emptied(values, one_of(values, NOTHING_POINT))
    plain = pc.match_substring_regex(values, PLAIN_EMAIL)
    fake = pc.or_(one_of(values, FAKE_EMAILS), pc.match_substring_regex(values, _NO_EMAIL_LOCAL))
    values = emptied(values, fake)
    return _read_odd(values, pc.and_(pc.invert(plain), pc.is_valid(values)), read_email_cell, "email", key, notes)


def read_phones(values: pa.Array, key: str, notes: RowNotes, *, add_plus: bool = False) -> PointColumn:
    """add_plus: the product stores international numbers without the plus (Brevo's SMS)."""
    values = emptied(values, one_of(values, NOTHING_POINT))
    plain = pc.and_(
        pc.match_substring_regex(values, PLAIN_PHONE),
        pc.invert(pc.or_(pc.match_substring_regex(values, NO_PHONE), _one_digit(values))),
    )
    column = _read_odd(values, pc.and_(pc.invert(plain), pc.is_valid(values)), read_phone_cell, "phone", key, notes)
    if add_plus:
        bare = pc.match_substring_regex(column.single, r"^[1-9]\d{6,14}$")
        notes.repair(rows_where(bare), "phone:plus_added")
        plus = pc.binary_join_element_wise("+", column.single, "")
        column.single = pc.if_else(pc.fill_null(bare, False), plus, column.single)
    return column


_ONE_DIGIT = "|".join(rf"^\+?[{d}() .-]*$" for d in range(10))


def _one_digit(values: pa.Array) -> pa.Array:
    return pc.match_substring_regex(values, _ONE_DIGIT)


def _read_odd(
    values: pa.Array, odd: pa.Array, read: Callable[[str], Reading], name: str, key: str, notes: RowNotes
) -> PointColumn:
    several: dict[int, list[str]] = {}
    if not any_true(odd):
        return PointColumn(values, several)
    listed: list[str | None] = values.to_pylist()
    for row in rows_where(odd):
        cell = listed[row] or ""
        reading = read(cell)
        for rule in reading.rules:
            notes.repair([row], rule)
        if reading.refused:
            notes.refuse(row, key, cell)
        listed[row] = reading.values[0] if reading.values else None
        if len(reading.values) > 1:
            several[row] = reading.values
    return PointColumn(strings(listed), several)


def combine(
    columns: list[PointColumn], rows: int, identity: Callable[[str], str]
) -> tuple[pa.Array, dict[int, list[str]]]:
    """(first value of each row, further ones by row), each value once; identity() says which spellings are one."""
    if not columns:
        return pa.nulls(rows, pa.string()), {}
    first = columns[0].single if len(columns) == 1 else pc.coalesce(*(c.single for c in columns))
    crowded = {row for column in columns for row in column.several}
    if len(columns) > 1:
        filled = columns[0].single.is_valid().cast(pa.int8())
        for column in columns[1:]:
            filled = pc.add(filled, column.single.is_valid().cast(pa.int8()))
        crowded.update(rows_where(pc.greater(filled, 1)))
    more: dict[int, list[str]] = {}
    if crowded:
        order = sorted(crowded)
        taken = [column.single.take(pa.array(order)).to_pylist() for column in columns]
        for place, row in enumerate(order):
            seen: dict[str, str] = {}
            for column, singles in zip(columns, taken, strict=True):
                for value in column.several.get(row) or ([singles[place]] if singles[place] else []):
                    seen.setdefault(identity(value), value)
            if len(seen) > 1:
                more[row] = list(seen.values())[1:]
    return first, more


def email_identity(value: str) -> str:
    """Case tells no two mailboxes apart here; the e-mail room decides on what is stored."""
    return value.casefold()


def phone_identity(value: str) -> str:
    """Digits and the plus; letters stay (extensions, vanity numbers)."""
    return re.sub(r"[^\w+]", "", value).casefold()
