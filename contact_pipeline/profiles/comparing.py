"""Whether two writings mean the same: legal forms, case, accents, punctuation and word order do not count.

For comparison only; what is stored is always as it was given. Legal forms: cleanco (98 countries). Likeness: rapidfuzz.
"""

import re
import unicodedata
from functools import lru_cache

from cleanco import basename
from rapidfuzz import fuzz

# Likeness from 0 to 100. Names: "Jane Doe" and "Doe, Jane A." are one person, "Jane Doe" and "John Doe" are not (75).
ENOUGH = {"name": 86, "company": 90, "title": 85, "location": 90}

_PUNCTUATION = re.compile(r"[^\w\s]+")
_AS_IT_IS = frozenset({"email", "linkedin_url", "company_domain", "country"})


@lru_cache(maxsize=100_000)
def comparable(field: str, value: str) -> str:
    """The writing by which two values of a field are compared."""
    if field in _AS_IT_IS:
        return value.strip().casefold().rstrip("/")
    if field == "phone":
        return re.sub(r"\D", "", value)
    if field == "company":
        value = basename(basename(value)) or value  # twice: "GmbH & Co. KG" has two
    plain = "".join(c for c in unicodedata.normalize("NFKD", value) if not unicodedata.combining(c))
    return " ".join(_PUNCTUATION.sub(" ", plain.replace("\u2019", "").replace("'", "")).casefold().split())


def is_same(field: str, one: str, other: str) -> bool:
    """Whether two values of a field mean the same."""
    a, b = comparable(field, one), comparable(field, other)
    if a == b:
        return True
    if field not in ENOUGH or not a or not b:
        return False
    if field in ("title", "company"):  # "engineer" is not "chief engineer"
        return fuzz.token_sort_ratio(a, b) >= ENOUGH[field]
    if field == "name" and _initials_fit(a.split(), b.split()):
        return True
    return fuzz.token_set_ratio(a, b) >= ENOUGH[field]


def _initials_fit(a: list[str], b: list[str]) -> bool:
    """`j doe` and `jane doe`: the same last word, and one first word is the initial of the other."""
    if len(a) < 2 or len(b) < 2 or a[-1] != b[-1]:
        return False
    short, long = sorted((a[0], b[0]), key=len)
    return len(short) == 1 and long.startswith(short)
