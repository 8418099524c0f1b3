"""The time of day in a text beside its date: 24 and 12 hours, seconds and fractions, zones whose offset is certain."""

import re
from datetime import timedelta, timezone
from typing import NamedTuple

# One offset each, whoever writes it. Left out, as they are two zones: BST (British, Bangladesh), IST (India, Ireland,
# Israel), CST and CDT (America, China, Cuba), AST, GST, SST, ECT. What is left out leaves the moment unread.
_HOURS = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 1, "cet": 1, "mez": 1, "cest": 2, "mesz": 2,
    "eet": 2, "eest": 3, "msk": 3, "мск": 3, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "aest": 10, "aedt": 11, "nzst": 12,
    "nzdt": 13, "est": -5, "edt": -4, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10,
}  # fmt: skip
_BEFORE = r"(?:(?P<before>午前|午後|上午|下午|오전|오후)\s*)?"
_CLOCK = (
    r"(?<![\d.+-])(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,:](?P<part>\d{1,9}))?)?(?!\d)",
    r"(?<![\d.])(?P<hour>\d{1,2})\s?h(?:\s?(?P<minute>\d{2})(?:\s?m?\s?(?P<second>\d{2})\s?s?)?)?(?![\d\w])",
    r"(?P<hour>\d{1,2})[時时點点시]\s*(?:(?P<minute>\d{1,2})[分분]\s*(?:(?P<second>\d{1,2})[秒초])?)?",
    r"(?:(?<=\d{4} )|(?<=\d{4}, )|\b(?:um|kl\.?|klo|klockan|godz\.?|alle|ore|ob|o)\s)"  # 15.03.2024 09.30, kl. 9.30
    r"(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?:\.(?P<second>\d{2}))?(?![\d.])",
    r"(?<![\d.])(?P<hour>\d{1,2})\.(?P<minute>\d{2})(?=\s*uhr\b)",
    r"(?<![\d.])(?P<hour>\d{1,2})(?=\s*(?:uhr\b|[ap]\.?\s?m\b))",
)
_AFTER = (
    r"(?:\s*(?:uhr|uur|hrs|hod\.?|ч\.?)(?!\w))?(?:\s*(?P<half>[ap])\.?\s?m\b\.?)?"
    r"(?:\s*(?P<zone>(?:(?:utc|gmt)\s?)?[+-]\d{1,2}(?::?\d{2})?(?!\d)|[^\W\d_]{1,4}\b)(?:\s*[(\[][^()\[\]]*[)\]])?)?"
)
_FORMS = tuple(re.compile(_BEFORE + form + _AFTER) for form in _CLOCK)
_MAY_BE_CLOCK = re.compile(r"[:h時时點点시]|\d\s*(?:uhr|[ap]\.?\s?m\b)|\d\.\d\d\b")
_OFFSET = re.compile(r"(?:utc|gmt)?\s?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?")


class Clock(NamedTuple):
    """zone None: none was given."""

    hour: int = 0
    minute: int = 0
    second: int = 0
    microsecond: int = 0
    zone: timezone | None = None


MIDNIGHT = Clock()


def without_clock(text: str) -> tuple[str, Clock | None]:
    """The text around the time, and the time; None: there is one that nobody can read. text: folded to lower case."""
    if not _MAY_BE_CLOCK.search(text):
        return text, MIDNIGHT
    for form in _FORMS:
        if found := form.search(text):
            zone, rest = found["zone"], text[found.end() :]
            if zone and not _OFFSET.fullmatch(zone) and zone not in _HOURS:  # of the date, or unknown
                rest, zone = text[found.end("half") if found["half"] else found.start("zone") :], None
            return f"{text[: found.start()]} {rest}", _clock(found, zone)
    return text, MIDNIGHT


def _clock(found: re.Match[str], zone: str | None) -> Clock | None:
    hour = int(found["hour"])
    parts = found.groupdict()
    half = "p" if parts["before"] in ("午後", "下午", "오후") else "a" if parts["before"] else parts["half"]
    if half and not (1 <= hour <= 12):
        if (half == "a") == (hour != 0):  # 14 am, 0 pm; 14:30 PM is what some programs write
            return None
    elif half:
        hour = hour % 12 + (12 if half == "p" else 0)
    offset = _zone(zone)
    if zone and offset is None:
        return None
    part = (parts.get("part") or "")[:6].ljust(6, "0")
    return Clock(hour, int(parts.get("minute") or 0), int(parts.get("second") or 0), int(part), offset)


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in _HOURS:
        return timezone(timedelta(hours=_HOURS[text]))
    found = _OFFSET.fullmatch(text)
    if found is None or int(found["hours"]) > 14 or int(found["minutes"] or 0) > 59:
        return None
    ahead = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    return timezone(ahead if found["sign"] == "+" else -ahead)
