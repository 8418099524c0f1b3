"""Addresses in reports: as written in a field or a line, in an envelope of the VERP kind, in X.400 form. Pure."""

import re
from collections.abc import Iterable, Iterator

# RFC 5322 atext without {|} and the backtick: in reports they stand around addresses, never in them.
LOCAL_SIGNS = r"\w!#$%&'*+/=?^~.\-"
WRAPPING = re.compile(r"(?:smtp=|rfc-?822=|['*=/]+(?=\w))", re.IGNORECASE)
# Bounded: RFC 5321 4.5.3.1 (64 and 255 octets), RFC 1034 (63 a label). A local part begins where no such sign stands
# before.
ADDRESS = re.compile(
    rf"(?<![{LOCAL_SIGNS}])(?:\"[^\"\\\r\n@]{{1,62}}\"|[{LOCAL_SIGNS}]{{1,128}})"
    r"@(?:[^\W_](?:[\w-]{0,61}\w)?\.){1,20}[^\W\d_][\w-]{0,62}"
)
# In a field that can hold nothing else, also what no list would accept (user@localhost, user@#domain): it is what was
# tried.
IN_FIELD = re.compile(r"[^\s<>@;,()\[\]\"]{1,128}@[^\s<>@;,()\[\]\"]{1,255}")
# X.400 addresses carry the one of the Internet as a domain-defined attribute: DDA:RFC-822=user(a)domain (RFC 2156 4.1).
X400 = re.compile(r"(?:RFC-?822|SMTP)[=:/]([\w!#$%&'*+./?^`{|}~-]{1,64})\(a\)([\w.-]{1,255})", re.IGNORECASE)
UTF8_XTEXT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")  # RFC 6533 3
# Envelope senders that hold the recipient: bounces+user=domain@, list-return-12-user=domain@ (Bernstein's VERP, ezmlm,
# Mailman), also behind a BATV signature. An SRS address (a forwarder's) holds a sender.
VERP = re.compile(
    r"(?:[^@]{1,100}\+|[^@+=]{0,80}(?:-return-\d{1,10}-|bounces?-))([^@=+]{1,64}(?:\+[^@=+]{1,40})?)=([\w.-]{4,255})"
)
SRS = re.compile(r"srs[01][=+-]", re.IGNORECASE)
BATV = re.compile(r"(?:prvs|msprvs1)=[^=@]{1,40}=", re.IGNORECASE)
# Mail systems' own accounts (RFC 2142, and the names that MTAs sign with).
SYSTEM_ACCOUNTS = re.compile(
    r"(mailer|mail)[-_.]?da?e?mon(-.*)?|post[-_]?master|abuse|mail[-_]?administrator|mdaemon|root|nobody|noreply|"
    r"no-reply|"
    r"do-?not-?reply|hostmaster|webmaster|helpdesk|help|support|listserv|majordomo",
    re.IGNORECASE,
)
REPORTERS = re.compile(r"(mailer|mail)[-_.]?da?e?mon(-.*)?|post[-_]?master|mdaemon", re.IGNORECASE)


def addresses_in(text: str) -> Iterator[str]:
    """Every address of a text, in its order, as written; not those that an archive has shortened (name...@domain)."""
    for found in ADDRESS.finditer(text):
        if "...@" not in found[0]:
            yield bare(found[0])


def bare(address: str) -> str:
    """An address without what lines wrap around it."""
    wrapped = WRAPPING.match(address)
    return address[wrapped.end() :] if wrapped else address


def first_address(text: str) -> str:
    """The first address of a text, "" if it has none."""
    return next(addresses_in(text), "")


def field_address(value: str) -> str:
    """The address of a recipient field of RFC 3464 2.3.1 (type; address), "" if there is none.

    Also those that leave out the type, RFC 6533's utf-8 type, and X.400 with an Internet address inside.
    """
    kind, separator, rest = value.partition(";")
    if not separator:
        kind, rest = "rfc822", value
    if "\\x{" in rest:
        rest = UTF8_XTEXT.sub(lambda sign: _character(sign[1]), rest)
    if (found := X400.search(rest)) is not None:
        return f"{found[1]}@{found[2]}"
    if kind.strip().lower() in ("x400", "x.400"):
        return ""
    if address := first_address(rest.replace(":", " ")):
        return address
    found = IN_FIELD.search(rest) if "...@" not in rest else None
    return found[0] if found else ""


def _character(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if 0x20 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""


def verp_address(envelope: str) -> str:
    """The recipient that an envelope sender of ours names, "" if it names none."""
    address = first_address(envelope)
    local = address.rpartition("@")[0]
    if SRS.match(local):
        return ""
    found = VERP.fullmatch(BATV.sub("", local, count=1))
    return first_address(f"{found[1]}@{found[2]}") if found else ""


def key(address: str) -> str:
    """By which two writings are one address here."""
    return address.lower()


def is_system_account(address: str) -> bool:
    """True for the accounts that reports come from, or that their texts tell to write to."""
    return SYSTEM_ACCOUNTS.fullmatch(address.partition("@")[0]) is not None


def is_reporter(address: str) -> bool:
    """True for a mail system that signs a report."""
    return REPORTERS.fullmatch(address.partition("@")[0]) is not None


def keys_in(values: Iterable[str]) -> set[str]:
    """The keys of all addresses in header values."""
    return {key(address) for value in values for address in addresses_in(value)}
