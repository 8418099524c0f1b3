"""Whether two writings mean the same: legal forms, case, accents, punctuation and word order do not count.

For comparison only; what is stored is always as it was given. Legal forms: cleanco (98 countries). Likeness: rapidfuzz.
Word by word, since over whole texts a long word that both have hides the one that differs: Christopher Ng and
Christopher Wu, Deutsche Bank and Deutsche Bahn.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from cleanco import basename
from rapidfuzz import fuzz

# From which likeness (0 to 100) on two words are one: "Muller", "Mueller" are (92), "John", "Joan" are not (75).
ENOUGH = {"name": 86, "company": 90, "title": 85, "location": 90}
IN_FULL = frozenset({"company", "title"})  # a word more is another one: "Engineer", "Chief Engineer"

_PUNCTUATION = re.compile(r"[^\w\s]+")
_AS_IT_IS = frozenset({"email", "company_domain", "country"})
_LINKEDIN = re.compile(r"(?:https?:)?(?://)?(?:[a-z0-9-]+\.)*linkedin\.com/")
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc"))
# Letters that no normal form takes apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_HONORIFICS = frozenset({"dr", "prof", "mr", "mrs", "ms", "mx", "phd", "md", "mba"})


@lru_cache(maxsize=100_000)
def comparable(field: str, value: str) -> str:
    """The writing by which two values of a field are compared; never empty where the value is not."""
    lowered = value.strip().casefold()
    if field in _AS_IT_IS:
        return lowered
    if field == "linkedin_url":  # the page, however it is reached
        return _LINKEDIN.sub("", re.split(r"[?#]", lowered)[0], count=1).strip("/") or lowered
    if field == "phone":
        return re.sub(r"\D", "", value) or lowered
    if field == "company":
        value = basename(basename(value)) or value  # twice: "GmbH & Co. KG" has two
    text = unicodedata.normalize("NFKD", value.translate(_APOSTROPHES).replace("&", " and "))
    plain = "".join(c for c in text if not unicodedata.combining(c)).casefold().translate(_LETTERS)
    return " ".join(_PUNCTUATION.sub(" ", plain).split()) or lowered


def is_same(field: str, one: str, other: str) -> bool:
    """Whether two values of a field mean the same."""
    a, b = comparable(field, one), comparable(field, other)
    if a == b:
        return True
    if field not in ENOUGH or not a or not b:
        return False
    if a.replace(" ", "") == b.replace(" ", ""):
        return True
    few, many = sorted((_words(field, a), _words(field, b)), key=len)
    if field in IN_FULL and len(few) != len(many):
        return False
    if field == "name" and sorted(few) != sorted(many) and not any(_is_word(field, a, b) for a in few for b in many):
        return False  # initials alone are nobody
    return _all_found(field, few, many)


def _words(field: str, text: str) -> list[str]:
    words = text.split()
    return ([w for w in words if w not in _HONORIFICS] or words) if field == "name" else words


def _is_word(field: str, one: str, other: str) -> bool:
    """One word in two writings, and not just a letter."""
    return len(one) > 1 and (one == other or fuzz.ratio(one, other) >= ENOUGH[field])


def _fits(field: str, one: str, other: str) -> bool:
    if one == other or _is_word(field, one, other):
        return True
    short, long = sorted((one, other), key=len)
    return field == "name" and len(short) == 1 and long.startswith(short)


def _all_found(field: str, few: Sequence[str], many: Sequence[str]) -> bool:
    """Whether every word of `few` has a word of its own in `many`, in any order (augmenting paths)."""
    owner: dict[int, int] = {}

    def find(i: int, seen: set[int]) -> bool:
        for j, word in enumerate(many):
            if j not in seen and _fits(field, few[i], word):
                seen.add(j)
                if j not in owner or find(owner[j], seen):
                    owner[j] = i
                    return True
        return False

    return all(find(i, set()) for i in range(len(few)))
