"""How odd words look that were decoded with a codec: what names and companies are never written with. Pure.

The unit of oddness is one thing that hardly any real word has: a symbol between letters (`Mš§bauer`, `£ucja`), letters
of two alphabets in a word, a capital in its middle (`HÜkansson`), letters that no single language has together. What is
merely seldom counts less.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

from contact_pipeline.decoding.charsets import ASIAN, CHARSETS, FEW, FREQUENT, LETTERS, Charset

SELDOM = 0.4  # a letter that names of the language hardly have
# From letter to letter, so `Anne-Zoë` is two words; with every character that is not ASCII, no-break spaces too.
_WORD = re.compile(r"[^\x00-\x40\x5b-\x60\x7b-\x7f\u2000-\u200a\u2028\u2029\u3000]+")
_PAIRS = ("„“", "„”", "“”", "»«", "«»", "‚‘", "‘’", "‹›", "「」", "『』", "【】", "（）", "《》")
_BEFORE = "„“”»«‚‘‹›¿¡–—•©「『【（《"
_AFTER = "“”»«‘‹›…©°–—」』】）》、。．，："
_AFTER_WORDS = "’®™"  # James’, Acme®
_ORDINALS = "ºª"
_ALONE = frozenset("–—•…€©®™§°“”„«»·×’‘&＆・")
# O’Peartree, D’Angelo, Dell’Acqua, women’s; not `Mart’nez`.
_APOSTROPHE = re.compile(
    r"^(?:o|mc|mac|k|n|s|m|j|[dl](?=[’‘][aeiouhyàâäéèêëíîïóôöúûü])|qu|(?:d?all?|dell?|nell?|sull?|sant|dall))[’‘](?=\w)"
    r"|(?<=\w)’(?:s|t|n|ve|re|ll)$",
    re.IGNORECASE,
)
_SINGLE_QUOTES = re.compile("[’‘]")
_ASCII_SMALL = re.compile("[a-z]")
# Letters of Latin that have no base letter of their own in Unicode.
_BASES = str.maketrans("øæœłđðþßıŋħ", "oaolddtsinh")
_UNSPEAKABLE = re.compile(r"[^aeiouy]{5,}|[aeiouy]{5,}|^[^aeiouyw]{3,}$")
_NO_VOWEL = re.compile("[b-df-hj-np-tv-xz][šž][b-df-hj-np-tv-xz]")  # in the west: `Hšfler`
_TWO_LIQUIDS = re.compile("[^aeiouyáéíóúůýě]ř[rl]")  # no Czech word: Søren, Jørgen and Møller misread
_THRICE = re.compile(r"([^\x00-\x7f]).*\1.*\1")  # `Mogenáweáuámailen`: no-break spaces misread
_WORDS_OF_TEXT = 4
_WORDS_OF_ONE = frozenset("àáâéèêíóôöåæø")


class _Alphabet:
    def __init__(self, letters: str) -> None:
        usual, _, seldom = letters.partition("|")
        self.usual = frozenset(usual)
        self.all = self.usual | frozenset(seldom)


_FREQUENT = {language: frozenset(characters) for language, characters in FREQUENT.items()}
_ALPHABETS = {language: _Alphabet(letters) for language, letters in LETTERS.items()}
_SCRIPTS = {
    "ja": frozenset(("CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH", "IDEOGRAPHIC")),
    "ko": frozenset(("CJK", "HANGUL", "FULLWIDTH")),
    "zh": frozenset(("CJK", "FULLWIDTH")),
    "zh_TW": frozenset(("CJK", "FULLWIDTH", "BOPOMOFO")),
}


def words_beyond_ascii(text: str) -> list[str]:
    """Each as often as it stands there."""
    return [word for word in _WORD.findall(text) if not word.isascii()]


def oddness(words: Iterable[str], charset: Charset) -> float:
    """Of all words together."""
    return sum(_oddness(word, charset) for word in words)


# One for each group of languages; the codec itself is not asked.
_ANY = tuple(
    c for c in CHARSETS if c.codec.startswith("cp12") or c.codec in ("cp874", "cp932", "cp949", "gb18030", "cp950")
)


def oddness_anywhere(text: str) -> float:
    """Of a text whose encoding is not in question, whatever its language."""
    return sum(map(_oddness_anywhere, words_beyond_ascii(text)))


@lru_cache(maxsize=1 << 16)
def _oddness_anywhere(word: str) -> float:
    least = 100.0
    for charset in _ANY:
        least = min(least, _oddness(word, charset))
        if not least:
            break
    return least


@lru_cache(maxsize=1 << 16)
def _oddness(word: str, charset: Charset) -> float:
    if any(unicodedata.category(c) in ("Cc", "Co", "Cn", "Cs") for c in word):
        return 1.5
    if unicodedata.combining(word[0]) or unicodedata.category(word[0]) in ("Mn", "Mc"):  # no word begins with an accent
        return 1.5
    parts = word.replace("\u02bc", "").split("\xa0")
    # One no-break space before a small letter may be a letter of another codec (`Mart\xa0n`); many make a sentence.
    is_text = len(parts) >= _WORDS_OF_TEXT
    odd = 0.0 if is_text else float(sum(bool(a and b[:1].islower()) for a, b in pairwise(parts)))
    odd += 0.0 if parts[-1] else SELDOM
    return odd + sum(_of_part(part, charset) for part in parts if part and not part.isascii())


def _of_part(word: str, charset: Charset) -> float:
    if word in _ALONE:
        return 0.0
    core, odd = _within_marks(word)
    if not core:
        return odd
    plain = _SINGLE_QUOTES.sub("", _APOSTROPHE.sub(lambda found: re.sub("[’‘]", "", found[0]), core, count=1))
    odd += len(core) - len(plain) - (1 if _APOSTROPHE.search(core) else 0)
    if not plain:
        return odd
    return odd + (_of_asian(plain, charset) if charset.languages[0] in ASIAN else _of_alphabets(plain, charset))


def _within_marks(word: str) -> tuple[str, float]:
    """The word without quotes, dashes and signs around it, and how odd these are."""
    if len(word) > 2 and word[0] + word[-1] in _PAIRS:
        return word[1:-1], 0.0
    core = word.rstrip(_AFTER_WORDS)
    if len(core) > 2 and core[-1] in _ORDINALS:  # Nº and Mª, but no `Nemeº`
        return core[:-1], 1.0
    core = core.rstrip(_ORDINALS)
    inner = core.lstrip(_BEFORE).rstrip(_AFTER)
    return inner, SELDOM * (len(core) - len(inner))


@lru_cache(maxsize=1 << 16)
def _script(character: str) -> str:
    return unicodedata.name(character, "?").partition(" ")[0].partition("-")[0]


def _of_asian(core: str, charset: Charset) -> float:
    language = charset.languages[0]
    scripts = {_script(c) for c in core}
    han = [c for c in core if _script(c) == "CJK"]
    odd = 2.0 * len(scripts - _SCRIPTS[language] - {"LATIN"})
    odd += sum(_rarity_of_han(c, charset.codec) for c in han)
    odd += SELDOM / 2 * sum(c not in _FREQUENT[language] for c in core if _script(c) in ("CJK", "HANGUL"))
    odd += SELDOM * sum(_script(c) == "HALFWIDTH" for c in core)
    odd += sum(unicodedata.category(c)[0] not in "LMNP" for c in core)
    if "LATIN" in scripts:  # TDK and a company's form stand together, small letters do not
        odd += bool(_ASCII_SMALL.search(core)) + 2.0 * any(_script(c) == "LATIN" and ord(c) > 127 for c in core)
    if language == "ko" and han:
        odd += SELDOM * len(han) + ("HANGUL" in scripts)
    return odd


def _rarity_of_han(character: str, codec: str) -> float:
    """By the table it stands in: each national standard has the usual characters in its first part (GB 2312, JIS X 0208
    and Big5: level 1), and what vendors added beyond it hardly stands in names."""
    if character == "々":
        return 0.0
    try:
        code = character.encode(codec)
    except UnicodeEncodeError:
        return 1.5
    first = code[0]
    if codec == "gb18030":
        is_standard = len(code) == 2 and code[1] >= 0xA1 and 0xB0 <= first <= 0xF7
        return (0.0 if first <= 0xD7 else SELDOM) if is_standard else 1.5
    if codec == "cp950":
        return 0.0 if 0xA4 <= first <= 0xC6 else SELDOM
    if codec == "cp932":
        return 0.0 if code <= b"\x98\x72" else SELDOM
    if codec == "euc_jp":
        return 0.0 if len(code) == 2 and first <= 0xCF else SELDOM
    return SELDOM


def _of_alphabets(core: str, charset: Charset) -> float:
    letters = [c for c in core if unicodedata.category(c)[0] in "LM"]
    odd = float(len(core) - len(letters))
    scripts = {_script(c) for c in letters}
    if len(scripts) > 1:
        return odd + 3.0
    if not letters:
        return odd
    odd += _of_capitals(letters)
    low = core.lower()
    beyond = {c for c in low if ord(c) > 127 and c != "\u0307" and unicodedata.category(c)[0] in "LM"}
    odd += min(_of_letters(beyond, language) for language in charset.languages)
    if scripts == {"LATIN"} and charset.codec != "cp1258":
        odd += len(letters) >= 3 and sum(ord(c) > 127 for c in letters) * 3 > len(letters) * 2
        odd += SELDOM * _is_unspeakable(low) + (_TWO_LIQUIDS.search(low) is not None)
        odd += _THRICE.search(low) is not None
        odd += charset.languages[0] == "de" and _NO_VOWEL.search(low) is not None
    if len(letters) == 1 and low not in _WORDS_OF_ONE:
        odd += SELDOM
    return odd


def _of_letters(letters: set[str], language: str) -> float:
    alphabet = _ALPHABETS[language]
    strangers = len(letters - alphabet.all)
    seldom = len(letters & alphabet.all - alphabet.usual) + (0.5 if letters and language in FEW else 0)
    return min(strangers, 2) + SELDOM * seldom


def _of_capitals(letters: list[str]) -> float:
    """A capital beyond ASCII within small letters; a small one within capitals, as programs leave it."""
    if len(letters) < 2 or not any(c.islower() for c in letters):
        return 0.0
    inner = letters[1:]
    if letters[0].islower() and ord(letters[0]) > 127 and len(letters) > 4:
        return SELDOM * (1.5 + any(c.isupper() for c in inner))
    odd = float(sum(c.isupper() and ord(c) > 127 for c in inner))
    odd += sum(b.isupper() and a.islower() and ord(a) > 127 >= ord(b) for a, b in zip(letters, inner, strict=False))
    if len(letters) > 2 and letters[0].isupper() and inner[-1].isupper():
        odd += SELDOM * any(c.islower() and ord(c) > 127 and c != "ß" for c in inner)
    return odd


def _is_unspeakable(low: str) -> bool:
    plain = "".join(c for c in unicodedata.normalize("NFD", low.translate(_BASES)) if not unicodedata.combining(c))
    return _UNSPEAKABLE.search(plain) is not None
