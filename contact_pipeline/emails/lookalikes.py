"""Domains that look like another one: letters of several scripts in one label, or a whole label of letters that look
Latin. Pure. Refuses to know which domain is meant.

Rules: UTS 39 5.2, highly restrictive (one script; Latin beside the writings of China, Japan and Korea), and for whole
labels the letters that browsers show as Punycode (Chromium, IDN policy). Names of one script are as good as any.
"""

import re
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc

_ANY = r"\p{Common}\p{Inherited}"
_TOGETHER = (
    r"\p{Latin}\p{Han}\p{Hiragana}\p{Katakana}",
    r"\p{Latin}\p{Han}\p{Bopomofo}",
    r"\p{Latin}\p{Han}\p{Hangul}",
)
# Scripts of today's domain names (UAX 31, table 5). RE2 knows them; Python's own expressions know none.
_ALONE = (
    "Arabic", "Armenian", "Bengali", "Cyrillic", "Devanagari", "Ethiopic", "Georgian", "Greek", "Gujarati", "Gurmukhi",
    "Hebrew", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu", "Thaana",
    "Thai", "Tibetan",
)  # fmt: skip
_SETS = (*_TOGETHER, *(rf"\p{{{name}}}" for name in _ALONE))
_ONE_WRITING = "|".join(rf"^[{letters}{_ANY}]*$" for letters in _SETS)
# Cyrillic letters that are read as Latin ones; a label of nothing else is read as a Latin word.
_LOOK_LATIN = re.compile(
    "[\u0430\u0441\u0501\u0435\u04bb\u0456\u0458\u04cf\u043e\u0440\u0517\u051b\u0455\u051d\u0445\u0443\u044a\u044c\u04bd\u043f"
    "\u0433\u0475\u04610-9-]+"
)


@lru_cache(maxsize=65_536)
def is_lookalike(ascii_domain: str) -> bool:
    """Whether a label of the domain (in A-labels) looks like one of another script."""
    if "xn--" not in ascii_domain:
        return False
    labels = [_shown(label) for label in ascii_domain.split(".")]
    if not all(pc.match_substring_regex(pa.array(labels), _ONE_WRITING).to_pylist()):
        return True
    # Under an ending of its own script a word is at home.
    return labels[-1].isascii() and any(not label.isascii() and _LOOK_LATIN.fullmatch(label) for label in labels)


def _shown(label: str) -> str:
    """The letters of an A-label (RFC 3492); one that cannot be decoded shows itself as it is."""
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode") if label.startswith("xn--") else label
    except UnicodeError:
        return label
