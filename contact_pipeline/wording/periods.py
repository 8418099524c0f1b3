"""How long data may be kept, as people write it → days, or the last day. Where two lengths are meant, the shorter; what
cannot be read, or has no end, is no period."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import NamedTuple

from contact_pipeline.wording.calendar_words import fold, unit_of, units
from contact_pipeline.wording.dates import Order, parse_date

LONGEST_DAYS = 36_500  # a hundred years: whoever writes more means no end


class Period(NamedTuple):
    """Days from the row's start, or the day on which it ends."""

    days: int | None = None
    ends: date | None = None


# Numbers as words, as far as periods have them. Folded, with the genders and cases that stand before a unit.
_NUMBER_WORDS = {
    0: "zero null nul noll nula ноль zéro cero",
    0.5: """half halve halbes halber halben halb demi demie medio media meio meia mezzo mezza pol pul halvt halv halva
        пол 半""",
    1: """one a ein eine einen einem einer eines un une una um uma uno een één jeden jedna jedno jednego jednej ett en
        et én jedné jednoho один одна одну одного 一""",
    1.5: "anderthalb eineinhalb anderhalf poltora poltorej halvannet halvandet полтора полутора",
    2: """two zwei deux dos dois duas due twee dwa dwie dwóch två to dva dvě dvou два две двух 二 两 兩""",
    3: "three drei trois tres três tre drie trzy trzech tři tří три трех трёх 三",
    4: "four vier quatre cuatro quatro quattro cztery czterech fyra fire čtyři čtyř четыре четырех четырёх 四",
    5: "five fünf fuenf cinq cinco cinque vijf pięć pięciu fem pět pěti пять пяти 五",
    6: "six sechs seis sei zes sześć sześciu sex seks šest šesti шесть шести 六",
    7: "seven sieben sept siete sete sette zeven siedem siedmiu sju syv sedm sedmi семь семи 七",
    8: "eight acht huit ocho oito otto osiem ośmiu åtta otte åtte osm osmi восемь восьми 八",
    9: "nine neun neuf nueve nove negen dziewięć dziewięciu nio ni devět девять девяти 九",
    10: "ten zehn dix diez dez dieci tien dziesięć dziesięciu tio ti deset deseti десять десяти 十",
    12: """twelve zwölf zwoelf douze doce doze dodici twaalf dwanaście dwunastu tolv dvanáct dvanácti двенадцать
        двенадцати 十二""",
    14: "fourteen vierzehn quatorze catorce quattordici veertien czternaście fjorton fjorten čtrnáct четырнадцать 十四",
    15: "fifteen fünfzehn quinze quince quindici vijftien piętnaście femton femten patnáct пятнадцать 十五",
    18: """eighteen achtzehn dix-huit dieciocho dezoito diciotto achttien osiemnaście osiemnastu arton atten osmnáct
        восемнадцать 十八""",
    20: "twenty zwanzig vingt veinte vinte venti twintig dwadzieścia tjugo tyve tjue dvacet двадцать 二十",
    24: """twenty-four vierundzwanzig vingt-quatre veinticuatro ventiquattro vierentwintig tjugofyra fireogtyve tjuefire
        二十四""",
    30: """thirty dreißig dreissig trente treinta trinta trenta dertig trzydzieści trettio tredive tretti třicet
        тридцать 三十""",
    36: """thirty-six sechsunddreißig trente-six trentasei zesendertig trettiosex seksogtredive trettiseks 三十六""",
    60: """sixty sechzig soixante sesenta sessenta sessanta zestig sześćdziesiąt sextio seksti šedesát шестьдесят
        六十""",
    90: """ninety neunzig quatre-vingt-dix noventa novanta negentig dziewięćdziesiąt nittio halvfems nitti devadesát
        девяносто 九十""",
}
_WORD_NUMBERS = {fold(word): number for number, words in _NUMBER_WORDS.items() for word in words.split()}
_ISO = re.compile(
    r"P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?.*)?", re.IGNORECASE
)
_BARE = re.compile(r"\d[\d.,]*")
_TOKEN = re.compile(r"\d[\d.,]*\d|\d|[一二两兩三四五六七八九十半]+|[^\W\d_一二两兩三四五六七八九十半]+")
_BETWEEN = re.compile(r"[\s,.;:+&-]*")
_AND = frozenset("and und et y e i og och en a oraz и plus & ja ir".split())  # noqa: SIM905
# Between two lengths. A hyphen and a bare vowel only between digits: thirty-six is one, and so is two and a half.
_RANGE = re.compile(
    r"(?<=\d)\s*[-\u2013\u2014]\s*(?=\d)|(?<=\w)\s+[-\u2013\u2014]\s+(?=\d)|(?<=\d)\s+(?:a|o|до)\s+(?=\d)"
    r"|\s*[\u301c\uff5e~]\s*|(?<=\w)\s+(?:to|bis|al|do|til|till|tot|ate|hasta|or|oder|ou|lub)\s+"
)
_AT_MOST = re.compile(
    r"^(?:(?:from|von|od|от|for|max|maximum|maximal|up to|bis zu|at most|(?:no|not) more than|hochstens|jusqu'a|hasta"
    r"|ate|fino a|tot|do|till|upp till|op til|opptil)\b[.:]?\s*|[<\u2264]=?\s*)+"
)
_UNTIL = re.compile(
    r"^(?:(?:valid |keep |gultig )?(?:until|till|til|through|thru|bis(?: zum| einschl\.?| incl\.?)?|jusqu'(?:au|a|en)"
    r"|hasta(?: el)?|ate(?: o)?|fino (?:al|a)|tot(?: en met)?|t/m|do(?: dnia)?|до|expires?(?: on)?"
    r"|ends?(?: on)?|<=)\s*:?\s+)|\s*(?:まて|迄|为止|為止|止)$"
)
_HALVES = re.compile(r"\b(half|halb|halv|pol|пол)([^\W\d_]{2,})")
_YEARS_IN_NUMBERS = range(1990, 2101)  # a bare 2027 is a number of days, or a year
_SHORT_UNITS = frozenset({"ans", "lat", "let", "mes"})


def read_period(
    text: str, header: str = "", order: Callable[[], Order | None] = lambda: None, now: datetime | None = None
) -> Period | None:
    """None: it cannot be read, has no end, or a longer one than LONGEST_DAYS. A year has 365 days, a full dozen of
    months is a year, a month 30; parts of a day fall away. A bare number counts days unless the header names another
    unit.

    order: of day and month in this column, asked only for an end in numbers. now: when it was said.
    """
    text = text.strip().replace("½", ".5" if re.search(r"\d\s*½", text) else "0.5")
    if (found := _ISO.fullmatch(text)) and any(found.groups()):
        years, months, weeks, days, hours = (float(part or 0) for part in found.groups())
        return _period({"year": years, "month": months, "week": weeks, "day": days, "hour": hours})
    folded = fold(text.replace("_", " ")).replace("\u2019", "'").strip()
    if _BARE.fullmatch(folded) and (number := _number(folded, is_whole=True)) is not None:
        unit = _unit_of_header(header)
        if unit == "day" and number in _YEARS_IN_NUMBERS:
            return None
        if number <= LONGEST_DAYS:
            return _period({unit: number})
    return _length(_AT_MOST.sub("", folded)) or _end(text, folded, order, now or datetime.now(UTC))


def _length(text: str) -> Period | None:
    sides = _RANGE.split(text)
    if len(sides) > 2:
        return None
    last = _amounts(sides[-1], "")
    if last is None:
        return None
    if len(sides) == 1:
        return _period(last)
    of_last = list(last)
    first = _amounts(sides[0], of_last[0] if len(of_last) == 1 else "")
    lengths = [_period(amounts) for amounts in (first, last) if amounts]
    days = [length.days for length in lengths if length is not None and length.days is not None]
    return Period(min(days)) if len(days) == 2 else None


def _amounts(text: str, unit: str) -> dict[str, float] | None:
    """How many of each unit; unit: that of a number without one."""
    text = _HALVES.sub(lambda found: " ".join(found.groups()) if found[2] in units() else found[0], text)
    tokens = list(_TOKEN.finditer(text))
    gaps = zip([0, *(t.end() for t in tokens)], [*(t.start() for t in tokens), len(text)], strict=True)
    if not tokens or not all(_BETWEEN.fullmatch(text, *gap) for gap in gaps):
        return None
    amounts: dict[str, float] = {}
    pending: list[float] = []
    last = ""
    for at, token in enumerate(t[0] for t in tokens):
        follows = tokens[at + 1][0] if at + 1 < len(tokens) else ""
        number = (
            _number(token, is_whole=unit_of(follows) == "day") if token[0].isdecimal() else _WORD_NUMBERS.get(token)
        )
        if number is not None and (token not in _AND or unit_of(follows) or follows in _WORD_NUMBERS):
            pending.append(number)
        elif pending and (named := unit_of(token)):
            if named in amounts or (value := _sum(pending)) is None:
                return None
            amounts[named], pending, last = value, [], named
        elif token not in _AND:
            return None
    if pending and (last or unit):
        if not last:
            amounts[unit] = pending.pop(0)
        elif _sum(pending) == 0.5:  # two years and a half
            amounts[last] += 0.5
            pending = []
    return None if pending or not amounts else amounts


def _sum(numbers: list[float]) -> float | None:
    """twenty four, two and a half: what several number words make."""
    if len(numbers) == 3 and numbers[1:] == [1, 0.5]:
        numbers = [numbers[0], 0.5]
    match numbers:
        case [only]:
            return only
        case [1, 0.5] | [0.5, 1]:  # half of one; one and a half is [1, 1, 0.5]
            return 0.5
        case [tens, ones] if tens >= 20 and not tens % 10 and 1 <= ones <= 9:
            return tens + ones
        case [whole, 0.5] if whole >= 1:
            return whole + 0.5
    return None


def _number(text: str, *, is_whole: bool) -> float | None:
    """1.5 and 1,5; 1.095 and 1,095 are thousands where days are counted, and unclear elsewhere."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3})+", text):
        return float(re.sub(r"[.,]", "", text)) if is_whole else None
    return float(text.replace(",", ".")) if re.fullmatch(r"\d+(?:[.,]\d+)?", text) else None


def _period(amounts: dict[str, float]) -> Period | None:
    months = amounts.get("month", 0) + 3 * amounts.get("quarter", 0)
    total = 365 * (amounts.get("year", 0) + months // 12) + 30 * (months % 12)
    total += 7 * amounts.get("week", 0) + amounts.get("day", 0) + amounts.get("hour", 0) / 24
    days = int(total + 1e-6)
    return Period(days) if days <= LONGEST_DAYS else None


def _unit_of_header(header: str) -> str:
    words = re.findall(r"[^\W\d_]+", fold(header))
    return next((u for word in words if (len(word) > 3 or word in _SHORT_UNITS) and (u := unit_of(word))), "day")


def _end(text: str, folded: str, order: Callable[[], Order | None], now: datetime) -> Period | None:
    """until 31 December 2027; the day alone says the same."""
    said = _UNTIL.sub("", folded)
    iso, rule = parse_date(said if said != folded else text, None, now, is_future=True)
    if rule == "date:ambiguous":
        iso, _ = parse_date(said if said != folded else text, order(), now, is_future=True)
    ends = iso and datetime.fromisoformat(iso).date()
    return Period(ends=ends) if ends and (ends - now.date()).days <= LONGEST_DAYS else None
