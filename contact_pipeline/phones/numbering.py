"""One phone number as written → E.164, country, type, or the reason why not. Pure; standard library and phonenumbers
only.

Kept apart from the frame so that worker processes start without pandas. Refuses to guess: a national number without a
region is region_unknown, never a number of the United States.
Rules: ITU-T E.164 and the national plans in libphonenumber's metadata. Valid means that the plan has such a number, not
that anybody answers it.
"""

import re
import unicodedata
from collections.abc import Sequence
from importlib.metadata import version
from types import ModuleType
from typing import Any, Literal, NamedTuple

from contact_pipeline.core.number_shapes import COMPACT_DATE, VANITY, digits_of, is_something_else, shows_itself
from contact_pipeline.core.verdicts import PhoneStatus, PhoneSubStatus, PhoneType

Engine = Literal["phonenumbers", "rphonenumbers"]

OWN_RULES = 2  # raise it when a rule of this file changes a verdict

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
_DIALLED_IN_LETTERS = frozenset({
    PhoneType.TOLL_FREE.value, PhoneType.PREMIUM.value, PhoneType.SHARED_COST.value, PhoneType.PERSONAL.value,
    PhoneType.UAN.value,
})  # fmt: skip
_FEWEST_MAPPED = 3  # libphonenumber reads over fewer letters
_BARE = re.compile(r"\d+")
_NORTH_AMERICA = 1  # written with ten digits as often as with the 1 in front: neither has lost anything
_DIGITS_WITHOUT_ZERO = range(9, 13)
_DIALLED = re.compile(r"\s*(?:00|011)[\s./()-]*(?=[1-9])")  # ITU-T E.164; North America
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
    With one, digits that are a valid number of another kind with a plus in front are that number, or nobody's where
    both readings are as good.
    """
    text = text if text.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in text)
    if is_something_else(text):
        return _invalid(PhoneSubStatus.NOT_A_NUMBER)
    if region is not None and region not in library.SUPPORTED_REGIONS:
        region = None
    if region is None and (prefix := _IDD.match(text)):
        dialled = _read("+" + text[prefix.end() :], None, library)[0]
        return dialled if dialled.phone_e164 else _unknown(PhoneSubStatus.REGION_UNKNOWN)
    read, number = _read(text, region, library)
    if region is None or _is_international(text):
        return read
    if read.phone_e164 is not None and _is_whole(text, number, library):
        return read
    abroad = _from_abroad(text, library)
    is_another = abroad.phone_e164 not in (None, read.phone_e164)
    if is_another and (read.phone_e164 is None or _BARE.fullmatch(text) is None):
        return abroad
    if read.phone_e164 is None:
        return read
    return _unknown(PhoneSubStatus.AMBIGUOUS_REGION) if is_another or not _may_lack_its_zero(text) else read


def every_number(text: str, region: str | None, library: Any) -> list[str]:
    """In E.164, all that the text may be: for one that is to be closed. Shapes are no excuse here."""
    if region not in library.SUPPORTED_REGIONS:
        region = None
    readings = [_read(text, region, library)[0].phone_e164]
    dialled = _DIALLED.match(text)
    # Digits alone may have lost their plus to a spreadsheet; who writes 646-555-0162 dials at home.
    if not _is_international(text) and (dialled or text.strip().isdigit()):
        abroad = "+" + (text[dialled.end() :] if dialled else text.lstrip("( "))
        readings.append(_read(abroad, None, library)[0].phone_e164)
    return list(dict.fromkeys(number for number in readings if number is not None))


def is_dialled_abroad(text: str) -> bool:
    """Whether it begins with a prefix that is dialled before a country code."""
    return _DIALLED.match(text) is not None


def _read(text: str, region: str | None, library: Any) -> tuple[Judged, Any]:
    """The plan's verdict, and the library's number where there is one."""
    try:
        number = library.parse(text, region)
    except library.NumberParseException as fault:
        if region is None and fault.error_type == 0 and not _is_international(text):
            return _unknown(PhoneSubStatus.REGION_UNKNOWN), None
        return _invalid(_PARSE_FAULTS[fault.error_type]), None
    judged = _judge_parsed(number, text, library)
    return (_invalid(PhoneSubStatus.NOT_A_NUMBER) if _is_glued(text, judged) else judged), number


def _is_glued(text: str, judged: Judged) -> bool:
    """Whether a word behind the number became digits of it; only numbers that are dialled in letters have some."""
    if judged.sub_status != PhoneSubStatus.LETTERS_MAPPED.value or judged.phone_type in _DIALLED_IN_LETTERS:
        return False
    is_read_over = sum(map(str.isalpha, text)) < _FEWEST_MAPPED and shows_itself(text)
    return not is_read_over and VANITY.search(text) is None


def _is_whole(text: str, number: Any, library: Any) -> bool:
    """Whether nothing is missing in front: it begins as the numbers of its country are written within it."""
    if number.country_code == _NORTH_AMERICA or not text[:1].isdigit() or text[:1] == "0":
        return True
    written = digits_of(library.format_number(number, library.PhoneNumberFormat.NATIONAL))
    digits = digits_of(text)
    return digits.startswith(written) or (has_letters(text, None) and written.startswith(digits))


def _from_abroad(text: str, library: Any) -> Judged:
    """The number with a plus in front, or for the prefix that was dialled for it.

    Bare digits may have lost their plus to a spreadsheet; groups begin with a country code only if the first is one.
    """
    dialled = _DIALLED.match(text)
    digits = text[dialled.end() :] if dialled else text
    read, number = _read("+" + digits, None, library)
    if number is None or read.phone_e164 is None:
        return read
    if dialled or _BARE.fullmatch(digits) or _has_code_apart(digits, number):
        return read
    return _invalid(PhoneSubStatus.NOT_IN_PLAN)


def _has_code_apart(text: str, number: Any) -> bool:
    """`49 171 …`: who writes groups begins with the country code or with the area, and no spreadsheet ate a zero."""
    return re.match(rf"\(?{number.country_code}(?:\)|(?!\d))", text) is not None


def _may_lack_its_zero(text: str) -> bool:
    """Fewer digits are an id or a day, more are a serial, as likely as a number without its zero."""
    fits = len(digits_of(text)) in _DIGITS_WITHOUT_ZERO
    return fits and COMPACT_DATE.fullmatch(text) is None


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


def _unknown(reason: PhoneSubStatus) -> Judged:
    return Judged(None, None, None, None, PhoneStatus.UNKNOWN.value, reason.value)
