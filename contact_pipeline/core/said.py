"""What people, lists and files say → facts as we keep them; one function for each kind, which every inlet calls.

They raise ValueError with a text that holds no value. Addresses and numbers have theirs in rights/desk.py, corrected
fields in profiles/corrections.py: these need what lies above.
"""

import ipaddress
import re
from datetime import UTC, datetime, timedelta

EARLIEST, LATEST = 1900, 2100
FARTHEST_ZONE = timedelta(hours=14)  # Pacific/Kiritimati
_UUID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORD = re.compile("[a-z0-9_-]{1,40}")


def moment(said: str | datetime, *, now: datetime | None = None) -> datetime:
    """With a zone; UTC where none is given. said: ISO 8601. now: when we heard it, where it cannot lie after that.

    Without a zone it is the writer's day, which may be 14 hours ahead of UTC: so far ahead, it is `now`.
    """
    found = datetime.fromisoformat(said.strip()) if isinstance(said, str) else said
    if not EARLIEST <= found.year <= LATEST:
        raise ValueError("that is not a year of ours")
    offset = found.utcoffset()
    if offset is None:
        found = found.replace(tzinfo=UTC)
        return now if now is not None and now < found <= now + FARTHEST_ZONE else _past(found, now)
    # Python reads +23:59 and fractions of a second; no zone is further than 14 hours from UTC, and PostgreSQL takes 16.
    if abs(offset) > FARTHEST_ZONE or offset % timedelta(minutes=1):
        raise ValueError("that is not a zone of ours")
    return _past(found, now)


def _past(found: datetime, now: datetime | None) -> datetime:
    if now is not None and found > now:
        raise ValueError("that lies in the future")
    return found


def ip_address(said: str) -> str:
    """In its standard spelling, without the zone of RFC 4007 (fe80::1%eth0): it names an interface of the machine that
    wrote it, nothing else."""
    try:
        found = ipaddress.ip_address(said.strip())
    except ValueError:
        raise ValueError("that is no IP address") from None
    return str(ipaddress.ip_address(found.packed))


def reason(said: str) -> str:
    """A word of a list, as our own are (hard_bounce, do_not_call); `opt_out` for everything else: a channel is closed
    whatever the wording."""
    return word(said, "opt_out")


def is_uuid(said: str) -> bool:
    """Whether it is a contact's id as readers see it."""
    return _UUID.fullmatch(said.strip().lower()) is not None


def word(said: str, otherwise: str) -> str:
    """What is a word of a list stays; somebody's own words may name a person, and would outlive them."""
    return said if _WORD.fullmatch(said) else otherwise


def channel(said: str, *, of: tuple[str, ...]) -> str:
    """One of those."""
    if said not in of:
        raise ValueError(f"a channel is {', '.join(of)}")
    return said
