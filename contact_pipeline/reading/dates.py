"""Dates as people write them → ISO 8601 with a zone. 03/04/2024 is read only where the file itself proves the order."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from contact_pipeline.core import said
from contact_pipeline.reading.no_date import is_no_date as is_no_date

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
_CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?:z|utc|gmt)?)?$"
)
_NUMERIC = re.compile(
    r"^(?P<a>\d{1,2})(?P<mark>[/.-])(?P<b>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})" + _CLOCK, re.IGNORECASE
)
_YEAR_FIRST = re.compile(r"^(?P<year>\d{4})[/.](?P<month>\d{1,2})[/.](?P<day>\d{1,2})" + _CLOCK, re.IGNORECASE)
_WORDED = re.compile(
    r"^(?:\w{3,9},?\s+)?(?:(?P<day>\d{1,2})(?:st|nd|rd|th)?[ .-]+(?P<month>[a-z]{3,9})\.?"
    r"|(?P<month2>[a-z]{3,9})\.?\s+(?P<day2>\d{1,2})(?:st|nd|rd|th)?)[ ,-]+(?P<year>\d{4})" + _CLOCK,
    re.IGNORECASE,
)
LONGEST_DAYS = 36_500  # a hundred years: whoever writes more means no date, and a moment that far off is none


@dataclass
class DateOrder:
    """Evidence over the whole file: has a first or a second number been greater than 12?"""

    first_is_day: bool = False
    second_is_day: bool = False

    def see(self, text: str) -> None:
        """Takes one cell into account."""
        found = _NUMERIC.match(text.strip())
        if found and found["mark"] != ".":
            self.first_is_day = self.first_is_day or 12 < int(found["a"]) <= 31
            self.second_is_day = self.second_is_day or 12 < int(found["b"]) <= 31

    @property
    def day_first(self) -> bool | None:
        """None: unproven, or the file contradicts itself."""
        return None if self.first_is_day == self.second_is_day else self.first_is_day


def parse_date(text: str, day_first: bool | None) -> tuple[str | None, str | None]:
    """(ISO 8601 or None, rule or None). UTC where no zone is given. Rules: date:ambiguous, date:unreadable."""
    text = text.strip()
    try:
        return _iso(datetime.fromisoformat(text)), None
    except ValueError:
        pass
    text = re.sub(r"\s+(utc|gmt)$", "", text, flags=re.IGNORECASE)
    try:
        return _iso(datetime.fromisoformat(text)), None
    except ValueError:
        pass
    if found := _YEAR_FIRST.match(text):
        return _made(found, int(found["year"]), int(found["month"]), int(found["day"]))
    if found := _WORDED.match(text):
        month = _MONTHS.get((found["month"] or found["month2"]).lower())
        if month is None:
            return None, "date:unreadable"
        return _made(found, int(found["year"]), month, int(found["day"] or found["day2"]))
    if found := _NUMERIC.match(text):
        a, b, year = int(found["a"]), int(found["b"]), int(found["year"])
        year += 2000 if len(found["year"]) == 2 else 0
        if found["mark"] == "." or a == b:
            return _made(found, year, b, a)  # with full stops the day comes first everywhere (CLDR)
        if day_first is None:
            return None, "date:ambiguous"
        return _made(found, year, b, a) if day_first else _made(found, year, a, b)
    return None, "date:unreadable"


def _made(found: re.Match[str], year: int, month: int, day: int) -> tuple[str | None, str | None]:
    hour = int(found["hour"] or 0)
    if found["half"]:
        hour = hour % 12 + (12 if found["half"][0].lower() == "p" else 0)
    try:
        return _iso(
            datetime(year, month, day, hour, int(found["minute"] or 0), int(found["second"] or 0), tzinfo=UTC)
        ), None
    except ValueError:
        return None, "date:unreadable"


def _iso(moment: datetime) -> str:
    return said.moment(moment).isoformat()


_UNITS = {
    "d": 1, "day": 1, "days": 1, "tag": 1, "tage": 1, "jour": 1, "jours": 1, "dias": 1, "dia": 1,
    "w": 7, "week": 7, "weeks": 7, "woche": 7, "wochen": 7, "semaine": 7, "semaines": 7,
    "m": 30, "month": 30, "months": 30, "mo": 30, "monat": 30, "monate": 30, "mois": 30, "mes": 30, "meses": 30,
    "y": 365, "yr": 365, "yrs": 365, "year": 365, "years": 365, "jahr": 365, "jahre": 365, "an": 365, "ans": 365,
    "ano": 365, "anos": 365, "años": 365,
}  # fmt: skip
_ISO_PERIOD = re.compile(r"^P(?:(\d{1,5})Y)?(?:(\d{1,5})M)?(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T.*)?$", re.IGNORECASE)
_PERIOD = re.compile(r"^(\d{1,4})[\s_-]*([a-zñ]+)\.?$", re.IGNORECASE)


def retention_days(text: str) -> int | None:
    """`2_years`, `P2Y`, `24 months`, `730 days`, `P18M`: a year has 365 days, a full dozen of months is a year,
    a month 30. None: unreadable, nothing, or longer than LONGEST_DAYS."""
    text = text.strip()
    if (found := _ISO_PERIOD.match(text)) and any(found.groups()):
        years, months, weeks, days = (int(part or 0) for part in found.groups())
    elif (found := _PERIOD.match(text)) and found[2].lower() in _UNITS:
        number, unit = int(found[1]), _UNITS[found[2].lower()]
        years, months, weeks, days = (number if unit == u else 0 for u in (365, 30, 7, 1))
    else:
        return None
    total = 365 * (years + months // 12) + 30 * (months % 12) + 7 * weeks + days
    return total if 0 < total <= LONGEST_DAYS else None
