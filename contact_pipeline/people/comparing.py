"""Whether two writings mean the same: legal forms, case, accents, punctuation and word order do not count.

For comparison only; what is stored is always as it was given. Legal forms: cleanco (98 countries). Names of people have
rules of their own (names.py). Titles, companies and places: likeness of words by rapidfuzz, word by word, since over
whole texts a long word that both have hides the one that differs: Deutsche Bank and Deutsche Bahn.
"""

import re
from functools import lru_cache

from cleanco import basename
from rapidfuzz import fuzz

from contact_pipeline.people.names import is_matched, is_same_name, words
from contact_pipeline.people.romanising import folded

# From which likeness (0 to 100) on two words are one: "Sofware", "Software" are (93), "Labs", "Land" are not (50).
ENOUGH = {"company": 90, "title": 85, "location": 90}
IN_FULL = frozenset({"company", "title"})  # a word more is another one: "Engineer", "Chief Engineer"

_AS_IT_IS = frozenset({"email", "company_domain", "country"})
_LINKEDIN = re.compile(r"(?:https?:)?(?://)?(?:[a-z0-9-]+\.)*linkedin\.com/")
_NAMES = frozenset({"name", "given_name", "family_name"})


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
    return " ".join(map(folded, words(value.replace("&", " and ")))) or lowered


def is_same(field: str, one: str, other: str) -> bool:
    """Whether two values of a field mean the same."""
    a, b = comparable(field, one), comparable(field, other)
    if a == b:
        return True
    if field in _NAMES:
        return is_same_name(one, other, has_short_forms=field != "family_name")
    if field not in ENOUGH or not a or not b:
        return False
    if a.replace(" ", "") == b.replace(" ", ""):
        return True
    few, many = sorted((a.split(), b.split()), key=len)
    if field in IN_FULL and len(few) != len(many):
        return False
    return is_matched(few, many, lambda ours, theirs: _is_word(field, ours, theirs))


def _is_word(field: str, one: str, other: str) -> bool:
    """One word in two writings; of a single letter only itself."""
    return one == other or (len(one) > 1 and fuzz.ratio(one, other) >= ENOUGH[field])
