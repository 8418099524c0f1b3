"""Months, weekdays and units of time in the words of many languages, as CLDR has them. Folded: no case, no accents."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Literal, TypeVar

from babel import Locale
from babel.units import UnknownUnitError, format_unit

# Without Croatian: its listopad is October, and that of ten times as many Poles and Czechs is November.
LOCALES = (
    "en", "en_GB", "de", "de_AT", "fr", "fr_CA", "es", "es_UY", "pt", "pt_PT", "it", "nl", "pl", "sv", "da", "nb", "nn",
    "cs", "ru", "uk", "bg", "sk", "sl", "ro", "hu", "fi", "et", "lv", "lt", "tr", "el", "ca", "gl", "is", "sr_Latn",
    "ja", "zh", "zh_Hant", "ko",
)  # fmt: skip
# A year has 365 days, a month 30. Hours are the only part of a day that anybody states.
UNITS = {"year": 365.0, "quarter": 91.25, "month": 30.0, "week": 7.0, "day": 1.0, "hour": 1 / 24}
T = TypeVar("T")
_EVERY_PLURAL = (1, 2, 5, 11, 21, 1.5)  # one, few, many, other of every language above
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "\u0131": "i", "þ": "th", "ð": "d"}
)
# Written by people and not by CLDR: the short forms of logs and databases, and inflections after a preposition.
_MORE_MONTHS = {1: "janv jänner", 2: "feber fevr", 3: "mrz mär maerz", 9: "sept setiembre", 12: "dez dec"}
_MORE_UNITS = {
    "year": """y yr an år jr annum jahren jährig årig roku roky roků año años ano anos annee annees godów год годов
        年 年間 년""",
    "quarter": "quartalen quarters trimestres",
    "month": "m mo mos mth mths monaten měsících мес か月 ヶ月 カ月 ケ月 箇月 ヵ月 か月間 ヶ月間 個月 个月 月間 개월",
    "week": "w wk wks wochen 週間 週 周 주",
    "day": "d dd tagen jours dagen dnů dní dnech дней дня дн 日間 日 天 일",
    "hour": "h hr hrs hour hours stunde stunden heure heures hora horas godzin hodin часов часа 時間 小时",
}


def fold(text: str) -> str:
    """The form in which words are compared."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_LETTERS)


@cache
def months() -> Mapping[str, int]:
    """Word → 1-12. A word that means two months in two languages is none."""
    found = [
        (name.rsplit(" ", 1)[-1].removeprefix("d\u2019"), number)
        for locale in map(Locale.parse, LOCALES)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in locale.months[context].get(width, {}).items()
    ]
    found += [(word, number) for number, words in _MORE_MONTHS.items() for word in words.split()]
    return {word: number for word, number in _certain(found).items() if word.isalpha()}


@cache
def weekdays() -> frozenset[str]:
    """Words that name a day of the week in some language; some are a month in another (`mar.`)."""
    return frozenset(
        part
        for locale in map(Locale.parse, LOCALES)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated", "short")
        for name in locale.days[context].get(width, {}).values()
        for part in re.split(r"\W+", fold(name))
        if part
    )


@cache
def units() -> Mapping[str, str]:
    """Word → a key of UNITS. French j is a day and German J. a year: a word that is two units is none."""
    found = [
        (word, unit)
        for locale in LOCALES
        for unit in UNITS
        if unit != "hour"  # a time is one in Danish
        for width in ("long", "short", "narrow")
        for number in _EVERY_PLURAL
        for word in re.findall(r"[^\W\d_]{3,}", _with_unit(number, unit, width, locale))
    ]
    found += [(word, unit) for unit, words in _MORE_UNITS.items() for word in words.split()]
    return _certain(found)


def unit_of(word: str) -> str | None:
    """A key of UNITS; word: folded. Endings that CLDR does not list are allowed where the stem is of one unit only."""
    known = units()
    if word in known:
        return known[word]
    stems = {
        unit
        for form, unit in known.items()
        if len(form) >= 4
        and len(word) <= len(form) + 3
        and word[: max(4, len(form) - 1)] == form[: max(4, len(form) - 1)]
    }
    return stems.pop() if len(stems) == 1 else None


def _is_inflected(word: str, form: str) -> bool:
    return word.startswith(form[: max(4, len(form) - 1)]) and len(word) <= len(form) + 3


def _with_unit(number: float, unit: str, width: Literal["long", "short", "narrow"], locale: str) -> str:
    try:
        return format_unit(number, f"duration-{unit}", width, "0.#", locale=locale)
    except UnknownUnitError:  # not every language has the quarter
        return ""


def _certain(found: Iterable[tuple[str, T]]) -> dict[str, T]:
    meanings: dict[str, set[T]] = defaultdict(set)
    for word, meaning in found:
        meanings[fold(word).strip(". ")].add(meaning)
    return {word: next(iter(meant)) for word, meant in meanings.items() if len(meant) == 1}
