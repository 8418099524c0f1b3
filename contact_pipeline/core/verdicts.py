"""The words for what we know. A verdict is yes, no or unknown; an unknown says because of whom.

Each has its meaning in docs/data-dictionary.md. An infrastructure fault never becomes a verdict about a person.
"""

from enum import StrEnum


class EmailStatus(StrEnum):
    """What an address is, as far as anybody asked."""

    VALID = "valid"
    INVALID = "invalid"
    RISKY = "risky"
    CATCH_ALL = "catch_all"
    UNKNOWN = "unknown"


class EmailSubStatus(StrEnum):
    """Why. One word for each reason, stable: analysts filter on it."""

    MAILBOX_NOT_CHECKED = "mailbox_not_checked"
    SYNTAX = "syntax"
    QUOTED_LOCAL = "quoted_local"
    ADDRESS_LITERAL = "address_literal"
    COMMENT = "comment"
    SPECIAL_USE_DOMAIN = "special_use_domain"
    PRIVATE_ADDRESS = "private_address"
    NULL_MX = "null_mx"
    NO_MAIL_HOST = "no_mail_host"
    NXDOMAIN = "nxdomain"
    DANGLING_MX = "dangling_mx"
    DNS_TIMEOUT = "dns_timeout"
    DNS_FAILURE = "dns_failure"
    NO_RESOLVER = "no_resolver"
    LOOKALIKE_DOMAIN = "lookalike_domain"  # letters of several scripts, or another's that look Latin
    DISPOSABLE = "disposable"
    ROLE_BASED = "role_based"
    # the mailbox layer: about the mailbox
    MAILBOX_NOT_FOUND = "mailbox_not_found"
    MAILBOX_DISABLED = "mailbox_disabled"
    MAILBOX_FULL = "mailbox_full"
    SPAM_TRAP = "spam_trap"
    ABUSE = "abuse"  # its reader is known to complain
    DO_NOT_MAIL = "do_not_mail"  # the provider's own suppression list, without a nearer reason
    TYPO = "typo"
    # what messages told of it
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"  # so many in a row as the policy's soft_limit
    # about their side
    GREYLISTED = "greylisted"
    SMTP_TIMEOUT = "smtp_timeout"
    SMTP_FAILURE = "smtp_failure"  # refused, disconnected, a temporary error
    PROVIDER_UNSURE = "provider_unsure"  # the provider answered that it does not know
    # about ours
    BLOCKED_US = "blocked_us"  # their policy refuses us (5.7.x, block lists)
    PORT_BLOCKED = "port_blocked"  # our own network lets no mail out
    PROVIDER_ERROR = "provider_error"
    NOT_CONFIGURED = "not_configured"
    BUDGET_EXHAUSTED = "budget_exhausted"


class PhoneStatus(StrEnum):
    """Whether a number can exist, by the numbering plans."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


class PhoneSubStatus(StrEnum):
    """Why a number is not simply valid."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_A_NUMBER = "not_a_number"
    NOT_IN_PLAN = "not_in_plan"
    LETTERS_MAPPED = "letters_mapped"
    REGION_UNKNOWN = "region_unknown"
    AMBIGUOUS_REGION = "ambiguous_region"  # as good a number of another country, or no more likely one than an id
    TEST_RANGE = "test_range"
    NOT_ASSIGNED = "not_assigned"  # a look-up says that nobody has it


class PhoneType(StrEnum):
    """Line types; `fixed_line_or_mobile` where the plan cannot tell (all of North America)."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    FIXED_LINE_OR_MOBILE = "fixed_line_or_mobile"
    VOIP = "voip"
    TOLL_FREE = "toll_free"
    PREMIUM = "premium"
    SHARED_COST = "shared_cost"
    PERSONAL = "personal"
    PAGER = "pager"
    VOICEMAIL = "voicemail"
    UAN = "uan"
    SATELLITE = "satellite"
    SPECIAL = "special"
    UNKNOWN = "unknown"


# When several findings apply, the worst for the sender wins: invalid, risky, then the rest.
EMAIL_SEVERITY = (
    EmailStatus.INVALID,
    EmailStatus.RISKY,
    EmailStatus.CATCH_ALL,
    EmailStatus.UNKNOWN,
    EmailStatus.VALID,
)
