"""Calling codes in columns of their own: what a cell means, and whose number it belongs to.

A code belongs to the number beside it, and makes it whole. Refuses a code that no country has, and a bare number that
may as well be a country's number in ISO 3166-1 (250 is France there, and Rwanda on the telephone).
"""

import difflib
import re
from collections.abc import Sequence
from functools import lru_cache

import phonenumbers
from babel.core import get_global

from contact_pipeline.core.number_shapes import is_something_else
from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.wording.places import country_code

_CODE = re.compile(r"(?P<sign>\+|00)?\s*(?P<code>\d{1,3})(?:[\s-]?(?P<area>\d{3}))?(?:\.0)?(?!\d)")
_LETTERS = re.compile(r"[^\W\d_]")
_INTERNATIONAL = re.compile(r"\s*(?:\+|\uff0b|00|011)")


@lru_cache(maxsize=4096)
def calling_code(text: str) -> str | None:
    """`+44`, `44`, `0044`, `GB (+44)`, `United Kingdom` → `+44`; `1-242` → `+1242`. A cell of a calling-code column."""
    found = _CODE.search(text)
    if found is not None:
        return _known(found)
    country = country_code(text)
    code = phonenumbers.country_code_for_region(country) if country else 0
    return f"+{code}" if code else None


@lru_cache(maxsize=4096)
def calling_code_of_country(text: str) -> str | None:
    """The calling code that stands where a country should: nothing but digits, and no country's number of ISO 3166."""
    if _LETTERS.search(text):
        return None
    found = _CODE.fullmatch(text.strip("() "))
    if found is None or (not found["sign"] and found["code"] in get_global("territory_aliases")):
        return None
    return _known(found)


@lru_cache(maxsize=4096)
def country_beside_code(text: str) -> str | None:
    """`Germany (+49)` → DE."""
    return country_code(_CODE.sub("", text)) if _LETTERS.search(text) else None


def _known(found: "re.Match[str]") -> str | None:
    code, area = int(found["code"]), found["area"]
    if code not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    if area and code != 1:
        return None
    return f"+{code}{area or ''}"


def code_column_for(phone: ColumnMap, codes: Sequence[ColumnMap]) -> ColumnMap | None:
    """The calling-code column that belongs to a phone column: the likest header, else the nearest."""
    if len(codes) < 2:
        return codes[0] if codes else None
    return max(codes, key=lambda code: (_likeness(phone.header, code.header), -abs(phone.position - code.position)))


def _likeness(one: str, other: str) -> int:
    """How many words the headers share, in order."""
    first, second = (re.findall(r"\w+", header.lower()) for header in (one, other))
    return sum(block.size for block in difflib.SequenceMatcher(None, first, second).get_matching_blocks())


def with_code(number: str, code: str) -> str | None:
    """The number with its calling code; as it is where it has one, or is no number. None: nobody knows whether it has.

    Some programs fill both columns and keep the code in the number too; the plans then decide, where they can.
    """
    if _INTERNATIONAL.match(number) or is_something_else(number) or _LETTERS.match(number):
        return number
    apart = f"{code} {number}"
    digits = re.sub(r"\D", "", number)
    if not digits.startswith(code[1:]) or number.lstrip().startswith("("):
        return apart
    whole = f"+{number}"
    if re.match(rf"{code[1:]}(?!\d)", number):  # `49 171 …`
        return whole if _is_valid(whole) else apart
    valid = [writing for writing in (apart, whole) if _is_valid(writing)]
    return apart if not valid else valid[0] if len(valid) == 1 else None


def _is_valid(writing: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(writing))
    except phonenumbers.NumberParseException:
        return False
