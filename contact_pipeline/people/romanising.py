"""Whether a word of one script is the romanisation of a word of another, or two romanisations are of one word. Pure.

Romanisations in use for common names: name-variants (MIT). All others: anyascii (ISC), and both sides are then read by
their sound, since every country romanises in its own way: Юрий is Yuri, Yury, Juri and Iouri. Words of one script are
never compared by sound: two people called 李伟 and 李威 are both Li Wei.
"""

import itertools
import re
import unicodedata
from functools import cache, lru_cache

from anyascii import anyascii
from name_variants import ALL_TABLES

LATIN, SYLLABIC, CONSONANTS = "latin", "syllabic", "consonants"

_FULL_ALPHABETS = frozenset({"CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN"})
_SYLLABARIES = frozenset({"CJK", "HANGUL", "HIRAGANA", "KATAKANA"})
# In these tables one Latin syllable stands for many names and one name has several: Ng and Wu are both 吳. They say how
# a character may be read, and nothing of two words in Latin letters.
_SYLLABIC_TABLES = frozenset({"chinese", "chinese_given", "japanese", "japanese_given", "korean", "korean_given"})
_OF_NO_USE = frozenset({"vietnamese"})  # written in Latin letters: folding is enough, and its variants are other names
_ARABIC_TABLES = frozenset({"arabic", "persian"})
_LONGEST_SYLLABIC, _MOST_READINGS = 6, 4_000

_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"})

# What sounds alike across the ways to romanise; capitals are sounds that Latin letters need two for.
_SOUNDS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("schtsch|shch", "S"), ("tsch|tch|ch|cz", "C"), ("sch|sh", "S"), ("zh", "Z"), ("kh|g|gh", "h"), ("ph", "f"),
        ("th", "t"), ("t[sz]", "T"), ("x", "ks"), ("[cq]", "k"), ("w", "v"), ("ou", "u"), ("[yj]", "i"), ("ii+", "i"),
        ("ie", "e"), (r"(.)\1", r"\1"), ("(?<=[eoi])f$", "v"),
    )
)  # fmt: skip
_CONSONANTS = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("sch|sh", "S"), ("[ck]h", "h"), ("gh|dj|j", "g"), ("dh", "d"), ("th", "t"), ("ph", "f"), ("[cq]", "k"),
        (r"(.)\1", r"\1"), ("[aeiouyw]", ""), ("(?<=.)h$", ""),
    )
)  # fmt: skip
# What anyascii takes letter by letter and a Greek reads as one sound; it writes the upsilon y.
_GREEK = (("oy", "ou"), ("ay", "av"), ("ey", "ev"), ("gg", "ng"), ("mp", "b"))


@lru_cache(maxsize=100_000)
def folded(word: str) -> str:
    """Lower case without accents, in its own script."""
    text = unicodedata.normalize("NFKD", word)
    bare = "".join(c for c in text if not unicodedata.combining(c)).casefold().translate(_LETTERS)
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=100_000)
def script(word: str) -> str:
    """Of its first letter: latin, another full alphabet (by name), syllabic, or one that writes consonants only."""
    first = next((c for c in word if c.isalpha()), "a")
    name = unicodedata.name(first, "LATIN").split()[0]
    if name in _SYLLABARIES:
        return SYLLABIC
    return LATIN if name == "LATIN" else name if name in _FULL_ALPHABETS else CONSONANTS


@lru_cache(maxsize=100_000)
def is_romanised(one: str, other: str) -> bool:
    """Whether two folded words, not equal, are one name in two scripts or in two romanisations."""
    scripts = script(one), script(other)
    if SYLLABIC in scripts:
        return False  # such a name is no row of words: see `readings`
    ours, theirs = _listed(one), _listed(other)
    if ours & theirs:
        return True
    if scripts == (LATIN, LATIN):
        return (_is_arabic(one) or _is_arabic(other)) and _arabic_sound(one, other)
    if scripts[0] == scripts[1]:
        return False
    native, word = (one, other) if scripts[0] != LATIN else (other, one)
    if script(native) == CONSONANTS or script(word) == CONSONANTS:
        if forms := _forms_of(native):  # how it is written is known: its consonants alone would fit others, too
            return any(_arabic_sound(form, word) for form in forms if _is_arabic(form))
        skeleton = _consonants(native)
        return len(skeleton) > 1 and skeleton == _consonants(word)
    return not _sounds(native).isdisjoint(_sounds(word))


@lru_cache(maxsize=100_000)
def romanised(word: str) -> frozenset[str]:
    """A folded word in Latin letters, by the lists and letter by letter; of a Latin word itself."""
    if script(word) == LATIN:
        return frozenset((word,))
    return _forms_of(word) | {_letters(anyascii(word))}


def readings(text: str) -> frozenset[tuple[str, str]]:
    """(family name, given name) in Latin letters, for every way to read a name that is written without spaces."""
    found: set[tuple[str, str]] = set()
    for cut in range(1, min(len(text), 4)):
        of_family, of_given = _readings(text[:cut]), _readings(text[cut:])
        found |= set(itertools.islice(itertools.product(of_family, of_given), _MOST_READINGS))
    return frozenset(found)


@lru_cache(maxsize=10_000)
def _readings(piece: str) -> tuple[str, ...]:
    known = _syllables()
    found = set(known.get(piece, ()))
    if len(piece) <= _LONGEST_SYLLABIC:
        each = [sorted({_letters(anyascii(c)), *known.get(c, ())}) for c in piece]
        found |= {"".join(parts) for parts in itertools.islice(itertools.product(*each), _MOST_READINGS)}
    found.add(_letters(anyascii(piece)))
    return tuple(sorted(map(same_vowel, found)))


def same_vowel(latin: str) -> str:
    """Pinyin's ü, which is written in four ways."""
    return re.sub("(?<=[ln])(?:yu|v)", "u", latin)


@cache
def _index() -> dict[str, frozenset[tuple[str, str]]]:
    """Folded word → the entries of the lists that have it, as (table, original)."""
    found: dict[str, set[tuple[str, str]]] = {}
    for table, entries in ALL_TABLES.items():
        if table in _SYLLABIC_TABLES | _OF_NO_USE:
            continue
        for original, entry in entries.items():
            for form in (original, *entry["forms"]):
                found.setdefault(_bare(form), set()).add((table, original))
    return {word: frozenset(entries) for word, entries in found.items()}


@cache
def _syllables() -> dict[str, frozenset[str]]:
    """Character or name in its own script → how it is read in Latin letters."""
    found: dict[str, set[str]] = {}
    for table in _SYLLABIC_TABLES & ALL_TABLES.keys():
        for original, entry in ALL_TABLES[table].items():
            writings = [original, *(form for form in entry["forms"] if script(form) == SYLLABIC)]
            latin = {_letters(folded(form)) for form in entry["forms"] if script(form) == LATIN}
            for writing in writings:
                found.setdefault(folded(writing), set()).update(latin - {""})
    return {writing: frozenset(latin) for writing, latin in found.items()}


def _listed(word: str) -> frozenset[tuple[str, str]]:
    return _index().get(word, frozenset())


def _forms_of(word: str) -> frozenset[str]:
    """The Latin forms that the lists have for a word of another script."""
    return frozenset(
        _bare(form)
        for table, original in _listed(word)
        if _bare(original) == word
        for form in ALL_TABLES[table][original]["forms"]
    )


def _is_arabic(word: str) -> bool:
    return any(table in _ARABIC_TABLES for table, _ in _listed(word))


@lru_cache(maxsize=100_000)
def _arabic_sound(one: str, other: str) -> bool:
    """Arabic writes no short vowels, so Latin letters for them differ, and for nothing else: Mohammed, Muhammad."""
    ours, theirs = _groups(one), _groups(other)
    return len(ours) == len(theirs) and all(
        a == b or {a, b} in ({"a", "e"}, {"e", "i"}, {"o", "u"}) for a, b in zip(ours, theirs, strict=True)
    )


def _groups(word: str) -> list[str]:
    text = _letters(word).replace("q", "k").replace("ee", "i").replace("oo", "u").replace("ou", "u").replace("aa", "a")
    text = re.sub(r"(?<=[aeiou])h$", "", re.sub("(?<=[ae])[iy]", "E", text).replace("y", "i"))
    return re.findall("[aeiouE]|[^aeiouE]", re.sub(r"([^aeiou])\1", r"\1", text))


@lru_cache(maxsize=100_000)
def _sounds(word: str) -> frozenset[str]:
    """The keys by which a word of a full alphabet is compared with Latin ones."""
    latin = _letters(anyascii(word))
    if script(word) == "GREEK":
        for letters, sound in _GREEK:
            latin = latin.replace(letters, sound)
    return frozenset(_replaced(text, _SOUNDS) for text in (latin, re.sub("[yj]o", "e", latin)))


def _consonants(word: str) -> str:
    return _replaced(_letters(anyascii(word)), _CONSONANTS)


def _replaced(text: str, sounds: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, sound in sounds:
        text = pattern.sub(sound, text)
    return text


def _letters(text: str) -> str:
    return re.sub("[^a-z]", "", text.lower())


def _bare(form: str) -> str:
    return "".join(c for c in folded(form) if unicodedata.category(c)[0] in "LMN")
