"""One phone number as written → E.164, country, type, or the reason why not. Pure; standard library and phonenumbers
only.

Kept apart from the frame so that worker processes start without pandas. Refuses to guess: a national number without a
region is region_unknown, never a number of the United States.
Rules: ITU-T E.164 and the national plans in libphonenumber's metadata. Valid means that the plan has such a number, not
that anybody answers it.
"""

import re
from collections.abc import Sequence
from importlib.metadata import version
from types import ModuleType
from typing import Any, Literal, NamedTuple

from contact_pipeline.core.verdicts import PhoneStatus, PhoneSubStatus, PhoneType

Engine = Literal["phonenumbers", "rphonenumbers"]

OWN_RULES = 1  # raise it when a rule of this file changes a verdict

# libphonenumber's release is its metadata version; when it moves, numbers are due again.
RULES_VERSION = f"phones-{OWN_RULES} phonenumbers-{version('phonenumbers')}"


class Judged(NamedTuple):
    """What is known of one number. Texts, so that it crosses processes cheaply."""

    phone_e164: str | None
    extension: str | None
    country: str | None
    phone_type: str | None
    status: str
    sub_status: str | None


# phonenumbers.PhoneNumberType; the same values in rphonenumbers (test_engines.py).
TYPES = {
    0: PhoneType.LANDLINE,
    1: PhoneType.MOBILE,
    2: PhoneType.FIXED_LINE_OR_MOBILE,
    3: PhoneType.TOLL_FREE,
    4: PhoneType.PREMIUM,
    5: PhoneType.SHARED_COST,
    6: PhoneType.VOIP,
    7: PhoneType.PERSONAL,
    8: PhoneType.PAGER,
    9: PhoneType.UAN,
    10: PhoneType.VOICEMAIL,
}
_NO_TYPE = 99

_PARSE_FAULTS = {  # NumberParseException.error_type
    0: PhoneSubStatus.NOT_IN_PLAN,  # a country code that does not exist
    1: PhoneSubStatus.NOT_A_NUMBER,
    2: PhoneSubStatus.TOO_SHORT,
    3: PhoneSubStatus.TOO_SHORT,
    4: PhoneSubStatus.TOO_LONG,
}
_LENGTH_FAULTS = {  # ValidationResult
    2: PhoneSubStatus.TOO_SHORT,
    3: PhoneSubStatus.TOO_LONG,
    4: PhoneSubStatus.TOO_SHORT,  # possible only within its town: digits are missing
}

# Numbers that are set aside for fiction and reach nobody.
# NANP: 555-0100 to 555-0199 in every area (ATIS-0300115, 555 NXX Assignment Guidelines).
# United Kingdom: Ofcom, "Telephone numbers for use in TV and radio drama programmes".
_FICTION = {
    1: re.compile(r"\d{3}55501\d\d"),
    44: re.compile(
        r"1632960\d{3}|1(?:1[3-8]|21|31|41|51|61)4960\d{3}|1914980\d{3}|2079460\d{3}|2896496\d{3}|2920180\d{3}"
        r"|7700900\d{3}|8081570\d{3}|9098790\d{3}|3069990\d{3}"
    ),
}

# What may stand between a number and its extension (libphonenumber, _EXTN_PATTERNS), to be cut before letters are
# looked for.
_EXTENSION_LABEL = re.compile(
    r"[^\w#~]*(?:;ext=|e?xt(?:ensi[o\u00f3]n|ens?|n)?|xx?|int|anexo|\u0434\u043e\u0431|[#~])[\W_]*\Z", re.IGNORECASE
)
_FIRST_OF_NUMBER = re.compile(r"[+\uff0b\d]")
_LETTER = re.compile(r"[^\W\d_]")
_IDD = re.compile(r"\A[\s(]*0[\s]*0[\s.)-]*(?=[1-9(])")


def load_engine(engine: Engine) -> ModuleType:
    """The library behind the rules. Raises ImportError when rphonenumbers is asked for and not installed."""
    if engine == "rphonenumbers":
        import rphonenumbers  # spares 0.3 s where the other is wanted; it may not even be installed

        return rphonenumbers  # type: ignore[no-any-return]
    import phonenumbers

    return phonenumbers


def judge_numbers(pairs: Sequence[tuple[str, str | None]], engine: Engine) -> list[Judged]:
    """Each (number as written, region or None), in order. The worker of the process pool."""
    library = load_engine(engine)
    return [judge_number(text, region, library) for text, region in pairs]


def judge_number(text: str, region: str | None, library: Any) -> Judged:
    """region: ISO 3166-1 alpha-2 in upper case; one that has no numbering plan counts as none.

    Without a region only an international number is certain: `+` or `tel:+`, or `00` where the rest is a valid number
    (elsewhere `00` may just be the start of a bad national number; the prefix of 200 countries, E.164 and E.123 7.2).
    """
    if region is not None and region not in library.SUPPORTED_REGIONS:
        region = None
    if region is None and (prefix := _IDD.match(text)):
        dialled = judge_number("+" + text[prefix.end() :], None, library)
        return dialled if dialled.status == PhoneStatus.VALID.value or dialled.phone_e164 else _region_unknown()
    try:
        number = library.parse(text, region)
    except library.NumberParseException as fault:
        if region is None and fault.error_type == 0 and not _is_international(text):
            return _region_unknown()
        return _invalid(_PARSE_FAULTS[fault.error_type])
    return _judge_parsed(number, text, library)


def _judge_parsed(number: Any, text: str, library: Any) -> Judged:
    national = library.national_significant_number(number)
    e164 = f"+{number.country_code}{national}"
    fiction = _FICTION.get(number.country_code)
    if fiction is not None and fiction.fullmatch(national):
        # Ofcom's ranges lie outside the plan's patterns, so the number itself names no region.
        country = _country(number, library) or library.region_code_for_country_code(number.country_code)
        return Judged(
            e164, number.extension, country, PhoneType.UNKNOWN.value, "invalid", PhoneSubStatus.TEST_RANGE.value
        )
    kind = library.number_type(number)
    if kind == _NO_TYPE:
        length = library.is_possible_number_with_reason(number)
        return _invalid(_LENGTH_FAULTS.get(length, PhoneSubStatus.NOT_IN_PLAN))
    return Judged(
        e164,
        number.extension,
        _country(number, library),
        TYPES.get(kind, PhoneType.UNKNOWN).value,
        PhoneStatus.VALID.value,
        PhoneSubStatus.LETTERS_MAPPED.value if has_letters(text, number.extension) else None,
    )


def _country(number: Any, library: Any) -> str | None:
    """None for numbers of no country, such as +800 and satellite networks (region `001`)."""
    region = library.region_code_for_number(number)
    return None if region == "001" else region


def has_letters(text: str, extension: str | None) -> bool:
    """Whether letters stood for digits. Those before the number ("Tel.") and the mark of an extension do not count."""
    if text.isascii() and not any(map(str.isalpha, text)):
        return False
    first = _FIRST_OF_NUMBER.search(text)
    digits = text[first.start() :] if first else text
    if extension is not None:
        digits = _EXTENSION_LABEL.sub("", digits[: digits.rfind(extension)])
    return _LETTER.search(digits.partition(";")[0]) is not None  # `;phone-context=` and other RFC 3966 parameters


def _is_international(text: str) -> bool:
    first = _FIRST_OF_NUMBER.search(text)
    return first is not None and not first.group().isdigit()


def _invalid(reason: PhoneSubStatus) -> Judged:
    return Judged(None, None, None, None, PhoneStatus.INVALID.value, reason.value)


def _region_unknown() -> Judged:
    return Judged(None, None, None, None, PhoneStatus.UNKNOWN.value, PhoneSubStatus.REGION_UNKNOWN.value)
