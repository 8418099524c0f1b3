"""Words of many languages as stems: what a header or a cell says, whatever its inflection.

A text is brought to one form first (`plain`): no case, no accents, single spaces, camelCase taken apart. A stem
matches at the start of a word; `*stem` also inside one (German and Nordic compounds, words run together), `stem$`
only the whole word, `one_two` a phrase. Stems of scripts that write no spaces match anywhere.
"""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d"})
_CAPITALS = str.maketrans({"Ø": "O", "Æ": "AE", "Œ": "OE", "Ł": "L", "Đ": "D", "Þ": "TH", "Ð": "D"})
_CAMEL = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
# `Newsletter ja/nein`: which answers there are, and none of them.
_EITHER = re.compile(
    " (?:yes no|y n|ja nein|j n|oui non|o n|si no|s n|sim nao|ja nee|tak nie|ja nej|ja nei|ano ne|да нет) "
)
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


@lru_cache(maxsize=16384)
def plain(text: str) -> str:
    """` email opt out ` for `EmailOptOut`, also for `E-Mail: Opt-Out`."""
    # Chinese asks `yes or no`, which is no negation.
    decomposed = unicodedata.normalize("NFKD", text.replace("是否", " "))
    # Accents go first: DÉSINSCRIT in capitals is one word, and É is no small letter before a capital.
    bare = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_CAPITALS)
    folded = _CAMEL.sub(" ", bare).casefold().translate(_LETTERS)
    said = " " + " ".join("".join(c if c.isalnum() else " " for c in folded).split()) + " "
    return _EITHER.sub(" ", said).replace(" e mail", " email").replace(" e post", " epost")


class Stems:
    """One meaning in all languages. words: see the module; separated by spaces or line ends."""

    def __init__(self, words: str) -> None:
        self._pattern = re.compile("|".join(sorted(map(_pattern, words.split()), key=len, reverse=True)))

    def __call__(self, said: str) -> bool:
        """said: plain(text)."""
        return self._pattern.search(said) is not None

    def without(self, said: str) -> str:
        """The text with these words taken out."""
        return self._pattern.sub(" ", said)

    def start(self, said: str) -> int:
        """Where the first of the words stands; -1: none does."""
        found = self._pattern.search(said)
        return found.start() if found else -1


def _pattern(stem: str) -> str:
    inside, whole = stem.startswith("*"), stem.endswith("$")
    text = plain(stem.strip("*$").replace("_", " ")).strip()
    if _NO_SPACES.search(stem):
        return re.escape(text)
    return ("" if inside else r"(?<= )") + re.escape(text) + (r"(?= )" if whole else "")
