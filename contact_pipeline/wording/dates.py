"""Dates as people and programs write them → ISO 8601 with a zone. What two readings could mean stays unread: 03/04/2024
is read only where the other cells of its column prove the order of day and month."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from contact_pipeline.core import said
from contact_pipeline.wording.calendar_words import fold, months, weekdays
from contact_pipeline.wording.clock import Clock, without_clock

AMBIGUOUS, UNREADABLE = "date:ambiguous", "date:unreadable"
Answer = tuple[str | None, str | None]


class Order(StrEnum):
    """Of day, month and year in numbers."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"
    YEAR_FIRST = "ymd"


_OLDEST_SHORT_YEAR = 1970  # of a year in two digits: no list of ours tells of a consent before, and 27 is then no year
_FIRST_SERIAL, _SERIAL_ZERO = 32_874, datetime(1899, 12, 30, tzinfo=UTC)  # 1990-01-01, and a spreadsheet's day 0
_FIRST_SECOND, _EPOCH = 631_152_000, datetime(1970, 1, 1, tzinfo=UTC)  # 1990-01-01
_ISO = re.compile(r"(?:\d{4}-\d\d-\d\d|\d{8}|\d{4}-?W\d\d-?\d)(?:[T ].*)?", re.IGNORECASE)
_NUMBER = re.compile(r"(?P<whole>\d+)(?:[.,](?P<part>\d{1,9}))?")
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})(?P<mark>[-/. ])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})")
_NUMERIC = re.compile(r"(?<!\d)(?P<a>\d{1,2})(?P<mark>[-/. ])(?P<b>\d{1,2})(?P=mark)'?(?P<c>\d{4}|\d{2})(?!\d)")
_ORDINAL = re.compile(r"(?P<year>\d{4})-(?P<day>\d{3})")
_EXIF = re.compile(r"^(\d{4}):(\d\d):(\d\d)(?=[ t])")
_BY_SIGN = re.compile(
    r"(?P<era>令和|平成|昭和|民國|民国)?\s*(?P<year>\d{1,4}|元)\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日號号일]?"
    r"\s*(?:\(?(?:[月火水木金土日](?:曜日?)?|(?:星期|周|週)[一二三四五六日天]|[월화수목금토일](?:요일)?)\)?)?"
)
_ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
# A number with its ending (15th, 1er, 15:e), or a word.
_PART = re.compile(r"(\d+)(?:(?:st|nd|rd|th|er|re|os|o|a|°|:e|:a|-?\u0433\u043e|-?\u0435)(?![^\W\d_]))?|([^\W\d_]+)")
_BETWEEN = re.compile(r"[\s,./'\u2019_:°()-]*")
_ROMAN = {
    "i": 1,
    "ii": 2,
    "iii": 3,
    "iv": 4,
    "v": 5,
    "vi": 6,
    "vii": 7,
    "viii": 8,
    "ix": 9,
    "x": 10,
    "xi": 11,
    "xii": 12,
}
_AROUND = """
    the of on at de del do da dia el le la il lo les las los du den der dem am om um a as en et au d t dne dnia v o
    г года году год роки року r rok roku rokov anno ad ore ora alle kl klo klockan godz uhr h hora horas
"""
_NOISE = frozenset(_AROUND.split())  # what stands around a date and says nothing about it


@dataclass
class ColumnOrder:
    """What the cells of one column prove about their order of day and month."""

    _left: set[Order] = field(default_factory=lambda: set(Order))
    _is_seen: bool = False

    def see(self, text: str, now: datetime) -> None:
        """Takes one cell into account. What is no date in any order says nothing."""
        found = _NUMERIC.search(text)
        if found and found["mark"] != "." and (possible := _readings(found, now).keys()):
            self._left &= possible
            self._is_seen = True

    @property
    def proven(self) -> Order | None:
        """None: several are possible, or the column contradicts itself."""
        return next(iter(self._left)) if self._is_seen and len(self._left) == 1 else None


def parse_date(text: str, order: Order | None, now: datetime | None = None, *, is_future: bool = False) -> Answer:
    """(ISO 8601 or None, rule or None). UTC where no zone is given. Rules: date:ambiguous, date:unreadable.

    order: what the column proves. now: years in two digits, and numbers of days or seconds, lie before it; the present
    moment unless given. is_future: an end that may be yet to come; a year in two digits is one of this century.
    """
    if text[4:5] == text[7:8] == "-" and text[10:11] in ("", "T", " "):  # the usual cell
        try:
            return _iso(datetime.fromisoformat(text)), None
        except ValueError:
            pass
    now = now or datetime.now(UTC)
    text = unicodedata.normalize("NFKC", text).strip()
    if number := _NUMBER.fullmatch(text):
        return _numbered(number, now)
    if _ISO.fullmatch(text):
        try:
            return _iso(datetime.fromisoformat(text)), None
        except ValueError:
            pass
    rest, clock = without_clock(_EXIF.sub(r"\1-\2-\3", text.casefold()))
    if clock is None:
        return None, UNREADABLE
    try:
        day = _day(re.sub(r"(?<=\d)t$", "", rest.strip(" ,@_:-")), order, now, is_future=is_future)
        return (None, day) if isinstance(day, str) else (_at(day, clock), None)
    except ValueError:
        return None, UNREADABLE


def is_date(text: str) -> bool:
    """Whether it tells of a day, in whatever order."""
    return parse_date(text, None)[1] != UNREADABLE


def is_month_first(text: str) -> bool:
    """3.15.2024: it can only be read against the custom of full stops, and so casts doubt on 3.4.2024 beside it."""
    found = _NUMERIC.search(text)
    return found is not None and found["mark"] == "." and int(found["a"]) <= 12 < int(found["b"]) <= 31


def is_in_doubt(text: str) -> bool:
    """3.4.2024: two dates, if the column does not follow the custom of full stops."""
    found = _NUMERIC.search(text)
    if found is None or found["mark"] != ".":
        return False
    a, b = int(found["a"]), int(found["b"])
    return a != b and a <= 12 and b <= 12


# --- a day -------------------------------------------------------------------------------------------------------


def _day(text: str, order: Order | None, now: datetime, *, is_future: bool) -> date | str:
    """A date, or the rule that says why there is none. Raises ValueError where there is none in the calendar."""
    if found := _BY_SIGN.fullmatch(text):
        year = _ERAS[found["era"]] + int(found["year"].replace("元", "1")) if found["era"] else found["year"]
        return _placed(year, int(found["month"]), int(found["day"]), now, is_future=is_future) or UNREADABLE
    folded = fold(text)
    bare = _without_words(folded)
    if found := _YEAR_FIRST.fullmatch(bare):
        return date(int(found["year"]), int(found["month"]), int(found["day"]))
    if found := _ORDINAL.fullmatch(bare):
        return datetime.strptime(bare, "%Y-%j").date()
    if found := _NUMERIC.fullmatch(bare):
        return _in_numbers(found, order, now, is_future=is_future)
    return _in_words(folded, now, is_future=is_future)


def _without_words(text: str) -> str:
    """Without weekdays before or after, and without what says nothing: `pá 15. 3. 2024`."""
    first, last = text.find(next(iter(re.findall(r"\d", text)), "")), max(map(text.rfind, "0123456789"))

    def kept(word: re.Match[str]) -> str:
        is_outside = word.end() <= first or word.start() > last
        return "" if word[1] in _NOISE or (is_outside and word[1] in weekdays()) else word[0]

    bare = re.sub(r"([^\W\d_]+)\.?", kept, text).strip(" ,.()")
    return re.sub(r"\s*([-/.\s])\s*", r"\1", bare)


def _in_numbers(found: re.Match[str], order: Order | None, now: datetime, *, is_future: bool) -> date | str:
    readings = _readings(found, now, is_future=is_future)
    if found["mark"] == "." and int(found["a"]) <= 31:
        return readings.get(Order.DAY_FIRST, UNREADABLE)  # with full stops the day comes first everywhere (CLDR)
    if not readings:
        return UNREADABLE
    if len(set(readings.values())) == 1 and (len(readings) > 1 or int(found["a"]) > 31):
        return next(iter(readings.values()))
    return AMBIGUOUS if order is None else readings.get(order, UNREADABLE)


def _readings(found: re.Match[str], now: datetime, *, is_future: bool = False) -> dict[Order, date]:
    """Every order in which these three numbers are a day. A short year may stand first between hyphens (ISO 8601:1988),
    or where it cannot be a day; everywhere else it stands last."""
    a, b, c = found["a"], found["b"], found["c"]
    orders = [(Order.DAY_FIRST, c, b, a), (Order.MONTH_FIRST, c, a, b)]
    if len(c) == 2 and len(a) == 2 and (found["mark"] == "-" or int(a) > 31):
        orders.append((Order.YEAR_FIRST, a, b, c))
    days = {order: _placed(year, int(month), int(day), now, is_future=is_future) for order, year, month, day in orders}
    return {order: day for order, day in days.items() if day is not None}


def _in_words(text: str, now: datetime, *, is_future: bool) -> date | str:
    parts = list(_PART.finditer(text))
    gaps = zip([0, *(p.end() for p in parts)], [*(p.start() for p in parts), len(text)], strict=True)
    if not all(_BETWEEN.fullmatch(text, *gap) for gap in gaps):
        return UNREADABLE
    numbers = [p[1] for p in parts if p[1]]
    named = [p[2] for p in parts if p[2] in months()]
    if len(named) > 1 and named[0] in weekdays():  # mar. 15 mars: mardi, not mars
        named = named[1:]
    others = [p[2] for p in parts if p[2] and p[2] not in months() and p[2] not in _NOISE and p[2] not in weekdays()]
    if not named and len(parts) == 3 and parts[1][2] in _ROMAN:  # 15.III.2024
        return _from_words(numbers, _ROMAN[parts[1][2]], now, is_future=is_future)
    if others or len(named) != 1:
        return UNREADABLE
    return _from_words(numbers, months()[named[0]], now, is_future=is_future)


def _from_words(numbers: list[str], month: int, now: datetime, *, is_future: bool) -> date | str:
    if len(numbers) != 2:
        return UNREADABLE
    day, year = numbers
    if len(day) == 4 or (len(day) == 2 and int(day) > 31):
        day, year = year, day
    if len(day) > 2 or len(year) not in (2, 4):
        return UNREADABLE
    return _placed(year, month, int(day), now, is_future=is_future) or UNREADABLE


def _placed(year: str | int, month: int, day: int, now: datetime, *, is_future: bool = False) -> date | None:
    """The day; a year in two digits is the latest that is not yet to come."""
    is_short = isinstance(year, str) and len(year) <= 2
    years = [2000 + int(year), 1900 + int(year)] if is_short else [int(year)]
    for full in years[:1] if is_future else years:
        try:
            found = date(full, month, day)
        except ValueError:
            continue
        if not is_short or is_future or (full >= _OLDEST_SHORT_YEAR and found <= now.date()):
            return found
    return None


# --- a moment ----------------------------------------------------------------------------------------------------


def _numbered(found: re.Match[str], now: datetime) -> Answer:
    """A day as digits only, the day of a spreadsheet, or seconds, milliseconds and microseconds since 1970."""
    whole, part = found["whole"], found["part"] or ""
    try:
        if len(whole) in (8, 12, 14) and not part.strip("0"):
            moment = datetime.strptime(whole.ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            return _iso(moment), None
    except ValueError:
        pass
    value = float(f"{whole}.{part or 0}")
    if len(whole) == 5 and value >= _FIRST_SERIAL:
        moment = _SERIAL_ZERO + timedelta(seconds=round(value * 86_400))
    elif len(whole) in (9, 10, 12, 13, 15, 16):
        seconds = int(whole) / 10 ** (3 * ((len(whole) - 9) // 3))
        if seconds < _FIRST_SECOND:
            return None, UNREADABLE
        moment = _EPOCH + timedelta(seconds=seconds if len(whole) > 10 else value)
    else:
        return None, UNREADABLE
    return (None, UNREADABLE) if moment > now else (_iso(moment), None)


def _at(day: date, clock: Clock) -> str:
    time = datetime(day.year, day.month, day.day, clock.hour, clock.minute, clock.second, clock.microsecond)
    return _iso(time.replace(tzinfo=clock.zone or UTC))


def _iso(moment: datetime) -> str:
    return said.moment(moment).isoformat()
