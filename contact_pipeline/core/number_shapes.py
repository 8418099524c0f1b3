"""What the writing alone says of a text that should be a phone number: something else, or a number that shows itself.

Pure, standard library only: the rooms that read cells and that judge numbers share it. A numbering plan is no witness
here: Germany's has a number for 2024-03-05 and for most digits of an invoice. Refuses to call anything a valid number.
"""

import re

# What is written so is a date, a time, an amount, an address of a machine …, whatever number its digits would make.
_OTHER = re.compile(
    r"""
      ://|www\.|@|[\d\s]%                                                          # addresses, shares
    | [$\u20ac\u00a3\u00a5\u20b9\u20bd\u20ba\u20a9\u00a2]                                  # currency signs
    | \b(?:eur|euro?s?|usd|chf|gbp|jpy|pln|czk|sek|nok|dkk|huf|inr|brl|cny|rub)\b
    | \d\s*:\s*\d|(?:\b[0-9a-f]{1,4}::?){3}                                         # times, MAC and IPv6 addresses
    | (?<!\d)(?:1[89]|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)            # 2024-03-05
    | \A(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:1[89]|20)\d\d|\d\d)(?!\d|[-/.]\d) # 05.03.2024
    | \A(?:0?[1-9]|1[0-2])/(?:1[89]|20)\d\d\Z                                         # 03/2024
    | \d\s*[\u5e74\u6708\u65e5]                                                             # 2024年3月5日
    | (?<!\d)(?:1[89]|20)\d\d\s*[-\u2013/]\s*(?:1[89]|20)\d\d(?!\d|[-/.]\d)                     # 2019-2023
    | \A[+-]?\d+(?:\.\d{3})*,\d{1,2}\Z|\A[+-]?\d+(?:[,']\d{3})*\.\d{1,2}\Z           # 1.299,00
    | \A-?[1-9]\d?(?:\.\d{3})+(?:,\d+|-[\dkK])?\Z|\A-?[1-9]\d{0,2}(?:[,'\u2019]\d{3})+\Z # 12.345.678-9
    | \A-?[1-9]\d{0,2}[.,]\d{4,}(?:\s*[,;/]?\s*-?\d{1,3}[.,]\d+)?\Z                   # 48.13715, 11.57612
    | \A\d{3}\.\d{3}\.\d{3}-\d\d\Z                                                   # a Brazilian taxpayer
    | \A(?:\d{3}-\d\d|\d{5})-\d{4}\Z                                                 # American: social security, ZIP
    | \A[1-9]\d*/\d+/\d+\Z                                                           # 21/815/08150
    | \A[a-z]{2}\d{2}(?:\s?[a-z0-9]{4}){2,}(?:\s?[a-z0-9]{1,4})?\Z                      # IBAN (ISO 13616)
    | \d(?!(?:e?xtn?|x|p|w|int|dw|app|nst|ramal|poste)\d)[^\W\d_]+\d                   # serials, UUIDs
    """,
    re.VERBOSE | re.IGNORECASE,
)
_IPV4 = re.compile(r"\A([1-9]\d{0,2})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:/\d+)?\Z")
# Letters that lead straight into digits, `INV-2024` and `DE1234`, unless they say "phone" (and a number follows that
# shows itself, where it is one letter).
_CODE = re.compile(r"\A[\W_]*([^\W\d_]{1,12})[-_/]?(?=[\d+(])(.)")
_WORDS_BEFORE = re.compile(r"\A\W*([^\W\d_][^\d+(\uff0b]*)(?=[\d(+\uff0b])")
_NO_DIGIT = re.compile(r"\D")
_WORD = re.compile(r"[^\W\d_]+")
PHONE_WORDS = frozenset({
    "tel", "t\u00e9l", "phone", "ph", "mob", "mobil", "mobile", "m\u00f3vil", "cell", "cel", "fax", "fon", "fono",
    "handy", "gsm", "sms", "call", "callto", "sip", "t", "p", "m", "f", "h", "w", "o", "c", "tlf", "tfn", "tf",
    "\u0442\u0435\u043b", "\u043c\u043e\u0431",
})  # fmt: skip

# A number that shows itself: a plus, a trunk or international zero, a bracket round its area, or groups as in North
# America (3-3-4, with the 1 before them or not).
_SHOWN = re.compile(r"\A[\s\[<]*(?:\+|\uff0b|\(|0|(?:1[-. ])?[2-9]\d\d[-. ]+\d{3}[-. ]+\d{4}(?!\d))")
COMPACT_DATE = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
# Letters that are digits on a keypad (ITU-T E.161), where people dial words: free, shared and premium numbers of most
# plans, and any number of North America; capitals, after at least three digits.
VANITY = re.compile(
    r"\+?(?:\d{1,3}[-. ])?(?:1[-. ]?)?"
    r"(?:\(?(?:0?[789]00|8\d\d|0180|1[38]00|13)\)?[-. ]?\d{0,4}[-. ]?|\(?[2-9]\d\d\)?[-. ])"
    r"(?:\d{1,4}[-. ]?)?[A-Z]{3,9}(?:[- ]?[A-Z]{2,6})?(?:[-. ]?\d{1,4})?"
)


def digits_of(text: str) -> str:
    """Only the digits, of any script."""
    return _NO_DIGIT.sub("", text)


def is_something_else(text: str) -> bool:
    """Whether the writing says that this is no phone number: a date, a price, a serial, an address …"""
    if _OTHER.search(text):
        return True
    if groups := _IPV4.match(text):
        # Pairs of digits are how Danes and Frenchmen write numbers.
        parts = groups.groups()
        return all(int(part) <= 255 for part in parts) and any(len(part) != 2 for part in parts)
    if text[:1].isdigit() or text[:1] == "+":
        return False
    code = _CODE.match(text)
    if code is not None:
        label, first = code[1].casefold(), code[2]
        return label not in PHONE_WORDS or (len(label) == 1 and first not in "+0(")
    before = _WORDS_BEFORE.match(text)
    return (
        before is not None
        and not shows_itself(text[before.end() :])
        and PHONE_WORDS.isdisjoint(_WORD.findall(before[1].casefold()))
    )


def shows_itself(text: str) -> bool:
    """Whether digits are written as only a phone number is."""
    return _SHOWN.match(text) is not None
