"""What is true of every invented address and number of the lab. The name says it, so that nothing has to be remembered.

`no_mailbox-17@d3.lab.test` has no mailbox; any other local part (`clara.dorn@…`) belongs to somebody. A number's last
digit says its line. Domains under `.test` exist nowhere (RFC 6761): the lab's own DNS serves them.
"""

import zlib
from dataclasses import dataclass
from enum import StrEnum


class Mailbox(StrEnum):
    """What happens to a mail for the address, as its owner's server would know."""

    DELIVERABLE = "deliverable"
    NO_MAILBOX = "no_mailbox"
    DISABLED = "disabled"
    FULL = "full"
    CATCH_ALL = "catch_all"
    DISPOSABLE = "disposable"
    ROLE = "role"
    SPAM_TRAP = "spam_trap"
    ABUSE = "abuse"
    GREYLISTED = "greylisted"
    SILENT = "silent"  # the server does not answer in time


@dataclass(frozen=True)
class Line:
    """What is behind a number. kind: our PhoneType word; `fixed_voip` and `non_fixed_voip` for the two kinds of voip;
    `none`: the plan has it, nobody does."""

    kind: str
    carrier: str | None
    is_active: bool | None


_LINES = (
    Line("mobile", "Lab Mobile", True),
    Line("mobile", "Lab Mobile", False),
    Line("landline", "Lab Fixed", True),
    Line("fixed_voip", "Lab Cable", True),
    Line("non_fixed_voip", "Lab App", True),
    Line("toll_free", None, None),
    Line("premium", None, None),
    Line("personal", None, None),
    Line("mobile", "Lab Virtual", True),
    Line("none", None, False),
)


def mailbox_of(address: str) -> Mailbox:
    """The truth of an address: the word before the first hyphen of its local part."""
    word = address.partition("@")[0].lower().partition("-")[0]
    return Mailbox(word) if word in set(Mailbox) else Mailbox.DELIVERABLE


def active_days_of(address: str) -> int | None:
    """Days since the address was last used (1-400), for deliverable ones; a quarter is unknown to everybody."""
    if mailbox_of(address) is not Mailbox.DELIVERABLE:
        return None
    number = zlib.crc32(address.lower().encode())
    return None if number % 4 == 0 else number % 400 + 1


def line_of(number: str) -> Line:
    """The truth of a number, by its last digit."""
    return _LINES[int(number[-1])]
