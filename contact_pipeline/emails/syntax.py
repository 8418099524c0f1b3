"""E-mail syntax: an address as written → its normal form, or the reason why it is none.

Pure: no DNS, no database, no Dagster. The rules are email-validator's (RFC 5321, 5322, 6531, IDNA 2008) without
deliverability. Plain ASCII addresses, nearly all of a real list, take a vectorised path that accepts a subset of what
email-validator accepts and gives the same normal form; contact_pipeline_tests/emails/test_fast_path.py holds it to
that. Refuses to repair anything: what looks like a typing error is a hint in judge.py.
"""

import re
import unicodedata

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, ValidatedEmail, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from contact_pipeline.core.verdicts import EmailSubStatus

COLUMNS = ("email_normalized", "domain", "domain_ascii", "sub_status")

# Local part: dot-atom of RFC 5322 3.2.3, at most 64 octets. Domain: labels of letters, digits and single hyphens, so
# that no `xn--` or other `??--` label passes; at most 63 in all, so that no label can be longer than DNS allows (RFC
# 1035 2.3.4) and the whole stays far below 254 octets; the last character a letter. What does not fit is left to email-
# validator.
_ATOM = r"[A-Za-z0-9_!#$%&'*+\-/=?^`{|}~]+"
_LABEL = r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*"
_PLAIN = rf"\A(?P<local>{_ATOM}(?:\.{_ATOM})*)@(?P<domain>(?:{_LABEL}\.)+(?:[A-Za-z0-9]+-)*[A-Za-z0-9]*[A-Za-z])\z"
_LONGEST_PLAIN_LOCAL = 64
_LONGEST_PLAIN_DOMAIN = 63

# `www.ada@…`: the front of a web address, typed before a mailbox that nobody knows. No local part of anybody.
_WEB_PREFIX = r"(?i)\Awww\."

_SPECIAL_USE = tuple(SPECIAL_USE_DOMAIN_NAMES)
_PLAIN_SPECIAL_USE = rf"(?:^|\.)(?:{'|'.join(re.escape(name) for name in _SPECIAL_USE)})$"
_ONE_CASE = pa.array(sorted(CASE_INSENSITIVE_MAILBOX_NAMES))  # RFC 2142: the library lower-cases exactly these
_FULL_STOPS = re.compile("[.\u3002\uff0e\uff61]")  # IDNA 2003 3.1 and UTS 46: all of them separate labels


def normalize_emails(addresses: pd.Series) -> pd.DataFrame:
    """Normal form of every address, without asking anybody.

    addresses: text with missing values, any index, duplicates welcome. Nothing is trimmed.
    Returns, on the same index, text columns with missing values:
    email_normalized (local part as written, domain in lower case and in Unicode; missing when the syntax is wrong),
    domain (as it stands in email_normalized), domain_ascii (A-labels, what DNS is asked for),
    sub_status (missing when acceptable, else syntax, quoted_local, address_literal, comment or special_use_domain).
    A special-use domain keeps its normal form: whether it is acceptable is for the policy (judge_emails).
    """
    texts = pa.array(addresses.astype("str"), from_pandas=True).cast(pa.string())
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    parts = pc.extract_regex(texts, pattern=_PLAIN)
    local, domain = pc.struct_field(parts, "local"), pc.utf8_lower(pc.struct_field(parts, "domain"))
    fits = pc.and_(
        pc.less_equal(pc.binary_length(local), _LONGEST_PLAIN_LOCAL),
        pc.less_equal(pc.binary_length(domain), _LONGEST_PLAIN_DOMAIN),
    )
    plain = pc.and_(
        pc.fill_null(fits, False), pc.invert(pc.fill_null(pc.match_substring_regex(local, _WEB_PREFIX), False))
    )
    local, domain = pc.if_else(plain, local, None), pc.if_else(plain, domain, None)
    lowered = pc.utf8_lower(local)
    local = pc.if_else(pc.is_in(lowered, value_set=_ONE_CASE), lowered, local)
    special = pc.fill_null(pc.match_substring_regex(domain, _PLAIN_SPECIAL_USE), False)
    frame = pd.DataFrame(
        {
            "email_normalized": _text(pc.binary_join_element_wise(local, domain, "@")),
            "domain": _text(domain),
            "domain_ascii": _text(domain),
            "sub_status": _text(pc.if_else(special, EmailSubStatus.SPECIAL_USE_DOMAIN.value, None)),
        },
        columns=list(COLUMNS),
    )
    rest = pc.and_(pc.is_valid(texts), pc.invert(plain)).to_numpy(zero_copy_only=False)
    if rest.any():
        _judge_one_by_one(frame, texts, rest.nonzero()[0])
    frame.index = addresses.index
    return frame


def _judge_one_by_one(frame: pd.DataFrame, texts: pa.Array, rows: "pd.Index | object") -> None:
    """The slow path, once for each distinct address."""
    given = texts.take(pa.array(rows)).dictionary_encode()
    judged = [normalize_one(text) for text in given.dictionary.to_pylist()]
    for position, name in enumerate(COLUMNS):
        values = pa.array([one[position] for one in judged], pa.string())
        frame.iloc[rows, frame.columns.get_loc(name)] = _text(values.take(given.indices))  # type: ignore[index]


def _text(values: pa.Array) -> pd.Series:
    return pd.Series(values.to_pandas(types_mapper=None), dtype="str")


def normalize_one(address: str) -> tuple[str | None, str | None, str | None, str | None]:
    """One address by email-validator alone: the reference that the fast path is held against. Values as COLUMNS."""
    whole, suffix = _without_special_use(address)
    try:
        found = validate_email(
            whole,
            check_deliverability=False,
            allow_smtputf8=True,
            allow_quoted_local=True,
            allow_domain_literal=True,
            allow_display_name=True,
            test_environment=False,
        )
    except (EmailNotValidError, UnicodeError):  # UnicodeError: a lone surrogate, which has no UTF-8 length
        return None, None, None, _reason_of_refused(address)
    reason = _reason_of_unwanted(found, address)
    if reason is not None:
        return None, None, None, reason
    domain, ascii_domain = found.domain, found.ascii_domain
    if suffix is None:
        return f"{found.local_part}@{domain}", domain, ascii_domain, None
    domain, ascii_domain = (name[: -len(suffix)] + suffix for name in (domain, ascii_domain))
    return f"{found.local_part}@{domain}", domain, ascii_domain, EmailSubStatus.SPECIAL_USE_DOMAIN.value


def _reason_of_unwanted(found: ValidatedEmail, address: str) -> str | None:
    """Lawful in mail, unusable in a contact list."""
    if found.display_name is not None:
        return EmailSubStatus.COMMENT.value
    if address.startswith('"'):  # also where the quotes were not needed: the library alone would take them off
        return EmailSubStatus.QUOTED_LOCAL.value
    if found.domain.startswith("["):
        return EmailSubStatus.ADDRESS_LITERAL.value
    if re.match(_WEB_PREFIX, found.local_part):
        return EmailSubStatus.SYNTAX.value
    return None


_COMMENT = re.compile(r"\([^()]*\)")  # RFC 5322 3.2.2; the library knows display names, not comments
_LITERAL = re.compile(r"@\[[^\[\]@]*\]\Z")


def _reason_of_refused(address: str) -> str:
    """Which of the unwanted forms a refused address tried to be; else plain wrong syntax."""
    if _COMMENT.search(address) and _is_address(_COMMENT.sub("", address).strip()):
        return EmailSubStatus.COMMENT.value
    if _LITERAL.search(address) and _is_address(_LITERAL.sub("@literal.example", address)):
        return EmailSubStatus.ADDRESS_LITERAL.value
    return EmailSubStatus.SYNTAX.value


def _is_address(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False, allow_quoted_local=True, allow_domain_literal=True)
    except (EmailNotValidError, UnicodeError):
        return False
    return True


def _without_special_use(address: str) -> tuple[str, str | None]:
    """The address under a stand-in of the same length for a special-use ending, and that ending.

    email-validator refuses special-use names while it checks everything else, and the list is a global of the process
    that other users of the library rely on. So a name such as `lab.local` is checked as `lab.zzzzz` and given back its
    ending.
    """
    local, at, domain = address.rpartition("@")
    *labels, last = _FULL_STOPS.split(domain)
    ending = unicodedata.normalize("NFKC", last).casefold()
    if not at or not labels or ending not in _SPECIAL_USE:
        return address, None
    return f"{local}@{'.'.join([*labels, 'z' * len(ending)])}", ending
