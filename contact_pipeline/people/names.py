"""Whether two writings of a name can be one person's. A word is the same word, a known short form or transliteration of
it, an initial, or not; never a likeness of letters: Christian is not Christina, Johnson is not Johnston. Pure.

Short forms: short_forms.py. Other scripts and romanisations: romanising.py.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from contact_pipeline.people.romanising import (
    LATIN,
    SYLLABIC,
    folded,
    is_romanised,
    readings,
    romanised,
    same_vowel,
    script,
)
from contact_pipeline.people.short_forms import short_forms

_HONORIFICS = frozenset({"dr", "prof", "mr", "mrs", "ms", "mx", "phd", "md", "mba"})
_APOSTROPHES = dict.fromkeys(map(ord, "'`\u00b4\u2018\u2019\u02bc"))
# How these letters are written where there are none with dots, rings or strokes: Mueller, Joerg, Haakon.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})

_SPELLINGS = tuple(
    (re.compile(pattern), letters)
    for pattern, letters in (
        ("(?<=..)(?:ie|ey|i)$", "y"), ("ch(?=r)|c(?=[aklour])", "k"), ("th", "t"), ("ph", "f"),
    )
)  # fmt: skip


def is_same_name(one: str, other: str, *, has_short_forms: bool = True) -> bool:
    """Whether two names can be one person's, in any order of words; the shorter one may leave words out.

    Initials alone are nobody, and of two names of several words one word at least is the same in full: short forms
    alone say too little. has_short_forms: False for a family name, which has none.
    """
    ours, theirs = _of_name(one), _of_name(other)
    if not ours or not theirs:
        return False
    if not _forms("".join(ours)).isdisjoint(_forms("".join(theirs))) or sorted(ours) == sorted(theirs):
        return True
    if SYLLABIC in {script(one), script(other)}:
        return _is_read_as(ours, theirs)
    few, many = sorted((ours, theirs), key=len)
    can_be_short = has_short_forms and len(few) == 1

    def is_in_full(a: str, b: str) -> bool:
        return len(a) > 1 and (_is_word(a, b) or (can_be_short and _is_short_form(a, b)))

    def fits(a: str, b: str) -> bool:
        return _is_word(a, b) or _is_initial(a, b) or (has_short_forms and _is_short_form(a, b))

    return any(is_in_full(a, b) for a in few for b in many) and is_matched(few, many, fits)


def is_matched(few: Sequence[str], many: Sequence[str], fits: Callable[[str, str], bool]) -> bool:
    """Whether every word of `few` has a word of its own in `many`, in any order (augmenting paths)."""
    owner: dict[int, int] = {}

    def find(i: int, seen: set[int]) -> bool:
        for j, word in enumerate(many):
            if j not in seen and fits(few[i], word):
                seen.add(j)
                if j not in owner or find(owner[j], seen):
                    owner[j] = i
                    return True
        return False

    return all(find(i, set()) for i in range(len(few)))


def words(text: str) -> list[str]:
    """Lower case, with accents, without punctuation. Marks are kept: Indic vowels are such."""
    lowered = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold()
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in lowered).split()


@lru_cache(maxsize=100_000)
def _of_name(name: str) -> tuple[str, ...]:
    """Its words without titles."""
    found = words(name)
    return tuple([word for word in found if word not in _HONORIFICS] or found)


@lru_cache(maxsize=100_000)
def _forms(word: str) -> frozenset[str]:
    """Without accents, and with them spelt out."""
    return frozenset((folded(word), folded(word.translate(_SPELT_OUT))))


@lru_cache(maxsize=100_000)
def _is_word(one: str, other: str) -> bool:
    return not _forms(one).isdisjoint(_forms(other)) or is_romanised(folded(one), folded(other))


def _is_initial(one: str, other: str) -> bool:
    short, long = sorted((folded(one), folded(other)), key=len)
    return len(short) == 1 and script(short) != SYLLABIC and (long.startswith(short) or _is_initial_of(short, long))


def _is_initial_of(letter: str, word: str) -> bool:
    """Across scripts: the letter that the other alphabet begins the word with."""
    return script(letter) != script(word) and is_romanised(letter, word[:1])


@lru_cache(maxsize=100_000)
def _is_short_form(one: str, other: str) -> bool:
    """Directly: Chris is short for Christian and for Christina, which makes these two no one name, and Liz and Beth are
    two ways to be called Elizabeth."""
    known = _short_forms()
    return any(
        _spelling(b) in known.get(_spelling(a), ()) or _spelling(a) in known.get(_spelling(b), ())
        for a in _latin(one)
        for b in _latin(other)
    )


def _latin(word: str) -> frozenset[str]:
    return frozenset(latin for form in _forms(word) for latin in romanised(form))


@cache
def _short_forms() -> dict[str, frozenset[str]]:
    """Name → its short forms; both in the spelling by which they are looked up."""
    found: dict[str, set[str]] = {}
    for name, short in short_forms().items():
        found.setdefault(_spelling(folded(name)), set()).update(_spelling(folded(form)) for form in short)
    return {name: frozenset(short) for name, short in found.items()}


@lru_cache(maxsize=100_000)
def _spelling(word: str) -> str:
    """A list has one spelling of a name and people have several: Kathy and Kathie, Catherine and Katherine."""
    for pattern, letters in _SPELLINGS:
        word = pattern.sub(letters, word)
    return word


def _is_read_as(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether a name in characters is read as the other one is written. Between two such only the writing counts: their
    readings have many homophones."""
    native, latin = (one, other) if script(one[0]) == SYLLABIC else (other, one)
    if script(latin[0]) != LATIN:
        return False
    written = [same_vowel(folded(word)) for word in latin]
    turned = {"".join(written[i:] + written[:i]) for i in range(len(written))}
    return any(
        family + given in turned or given + family in turned or _is_both(family, given, written)
        for family, given in readings("".join(native))
    )


def _is_both(family: str, given: str, written: Sequence[str]) -> bool:
    """The family name in full, the given name in full or by its initial."""
    return len(written) == 2 and any(
        a == family and (b == given or (len(b) == 1 and given.startswith(b)))
        for a, b in (tuple(written), tuple(reversed(written)))
    )
