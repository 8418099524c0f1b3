"""E-mail cells → addresses in order. Splits, unwraps and undoes typing damage where that is certain; judges nothing.

An attempt at an address stays as given: the e-mail room says what is wrong with it. Words are no attempt.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

NOTHING_POINT = frozenset({"0", "00", "000", "no", "false", "x", "xx", "xxx", "tbd", "tba", "no email", "noemail",
"no e-mail", "no phone", "keine", "aucun", "ninguno"})  # fmt: skip
_WORDS = (
    "none", "no", "na", "null", "test", "noemail", "no-email", "nomail", "email", "a", "x", "xx", "xxx", "abc", "asdf",
    "123", "unknown", "nobody", "fake",
)  # fmt: skip
_NO_WORDS, _NO_DOMAINS = (
    ["none", "no", "na", "noemail", "no-email", "nobody"],
    ["none", "na", "noemail", "no-email", "nowhere", "email", "mail"],
)
_ENDS = ("com", "net", "org", "de", "co.uk", "fr")
FAKE_EMAILS = frozenset(
    f"{local}@{domain}.{end}"
    for local, domain in [*((w, w) for w in _WORDS), *((w, d) for w in _NO_WORDS for d in _NO_DOMAINS)]
    for end in _ENDS
)
NO_EMAIL_LOCAL = r"(?i)^(no-?_?e-?mail|noemailaddress|no-?email-?provided|none-?provided)\d*@"
_DIRECTORY_NAME = re.compile(r"^(?:ex:|x500:)?/o=", re.IGNORECASE)

_OTHER_SIGNS = str.maketrans({"\uff20": "@", "\ufe6b": "@"})
# What is neither in a local part that people write nor in a domain; an address ends before it.
_APART = r"\s@<>()\[\]{},;:|\"\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a"
_FOUND = re.compile(rf"(?P<local>[^{_APART}]+)@(?P<domain>[^{_APART}/?!'`\u00b4\u2018\u2019]+)")
_BEGINNING_QUOTES = "'`\u00b4\u2018\u2019\u201a"
_QUOTES = '"\u201c\u201e\u00ab\u2039'
_SPACED = re.compile(rf"[\W_]*?([^{_APART}]+)\s*@\s*([^{_APART}/?!]+\.[^{_APART}/?!]+)[\W_]*")
_SEPARATOR = re.compile(r"\s:::\s|[;\n|]+")
_NAME_BEFORE = re.compile(r'"[^"]*"\s*(?=<)')
_NAMED = re.compile(r"\A[^<>\n]*<\s*(?:mailto:)?\s*>?\Z|\A(?:mailto|smtp):", re.IGNORECASE)
_WEB_ADDRESS = re.compile(r"\S+://\S*")
_QUERY = re.compile(r"\?\S*")
_ATTEMPT = re.compile(
    r".*[(\[{<]\s*at\s*[)\]}>].*|\S+\s+at\s+\S+(?:\.|\s+dot\s+)\S+|(?!.*://)\S+\.[^\W\d_]{2,}",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class Reading:
    """A cell read with care. refused: the cell goes whole to `extra`. rest: its text without the values."""

    values: list[str] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    refused: bool = False
    rest: str = ""

    def note(self, rule: str) -> None:
        if rule not in self.rules:
            self.rules.append(rule)


class _Part(NamedTuple):
    addresses: list[str]
    rest: str


def read_email_cell(cell: str) -> Reading:
    """One cell. Rules: display names (RFC 5322 3.4), mailto: (RFC 6068), Exchange directory names, several
    addresses."""
    if _DIRECTORY_NAME.match(cell):
        return Reading([], ["email:exchange_dn"], refused=True)
    reading = Reading()
    text = cell.translate(_OTHER_SIGNS)
    if text != cell:
        reading.note("email:punctuation")
    if text.startswith("'") and "@" in text:
        text = text.strip("'").strip()
        reading.note("email:apostrophe")
    if "@" not in text:
        return _without_sign(text)
    for part in _SEPARATOR.split(text):
        _read_part(part.strip(), reading)
    reading.values = [v for v in reading.values if not is_no_address(v)]
    return reading


def is_no_address(value: str) -> bool:
    """What people type into a field that must not stay empty."""
    lowered = value.lower()
    return lowered in NOTHING_POINT or lowered in FAKE_EMAILS or re.match(NO_EMAIL_LOCAL, value) is not None


def _without_sign(text: str) -> Reading:
    if text.lower() in NOTHING_POINT:
        return Reading()
    if _ATTEMPT.fullmatch(text):
        return Reading([" ".join(text.split())])
    return Reading([], ["email:no_address"], refused=True, rest=text)


def _read_part(part: str, reading: Reading) -> None:
    if "@" not in part:
        if any(map(str.isalnum, part)) and part.lower() not in ("n/a", "none"):
            reading.note("email:unwrapped")
            reading.refused = True
        reading.rest = f"{reading.rest}\n{part}"
        return
    pieces = [piece.strip() for piece in part.split(",") if piece.strip()]
    spaced = [_SPACED.fullmatch(piece) for piece in pieces]
    if all(spaced) and any(re.search(r"\s@|@\s", piece) for piece in pieces):
        reading.note("email:spaces")
        reading.rest += "\n"
        reading.values += [f"{found[1]}@{found[2].rstrip('.')}" for found in spaced if found]
        return
    found = _find(part)
    if found is None:  # an attempt: the e-mail room says what is wrong with it
        reading.values.append(" ".join(part.split()))
        return
    reading.values += found.addresses
    reading.rest = f"{reading.rest}\n{found.rest}"
    left = found.rest.strip(", ")
    if any(map(str.isalnum, _NAMED.sub(" ", left))):
        reading.refused = True  # more than a name: it stays in the whole cell
    if any(map(str.isalnum, left)) or re.search(r"[<>()\[\]{}\"?]", left):
        reading.note("email:unwrapped")
    elif left.strip(" /&"):
        reading.note("email:punctuation")


def _find(part: str) -> _Part | None:
    """The plain addresses of a text and what is left of it; None where something may be part of an address or is not.

    Brackets and quotes never begin one. Nothing is cut off that could belong to it: `a@mail.b,example` is damage.
    """
    text = _NAME_BEFORE.sub(lambda m: re.sub(r"@", " ", m[0]), _WEB_ADDRESS.sub(" ", part))
    addresses: list[str] = []
    rest: list[str] = []
    end = 0
    for found in _FOUND.finditer(text):
        local, domain = found["local"], found["domain"]
        before = text[end : found.start()]
        if not before and addresses:  # `a@x.example/b@y.example`
            if local[0] not in "/&":
                return None
            before, local = " ", local[1:]
        bare = local.lstrip(_BEGINNING_QUOTES)
        name = domain.rstrip(".-")
        stop = found.end()
        if not bare or not _is_domain(name) or _is_inside(before) or not _ends_there(text, stop):
            return None
        rest += [before, local[: len(local) - len(bare)], domain[len(name) :]]
        if query := _QUERY.match(text, stop):
            rest.append("?")
            stop = query.end()
        addresses.append(f"{bare}@{name}")
        end = stop
    rest.append(text[end:])
    left = " ".join(rest)
    if not addresses or "@" in left:
        return None
    return _Part(addresses, left)


def _is_domain(name: str) -> bool:
    return "." in name.strip(".") and ".." not in name and not name.startswith((".", "-"))


def _is_inside(before: str) -> bool:
    """Whether what stands before an address may be the front of it: another sign, or a quote that closes."""
    if not before or before[-1].isspace() or before[-1] in "<([{,:|>)]}":
        return False
    return before[-1] not in _QUOTES or (len(before) > 1 and before[-2] not in " \t<([{,:=")


def _ends_there(text: str, stop: int) -> bool:
    """Whether an address may end here: not before more of a host, a port or a path."""
    mark, behind = text[stop : stop + 1], text[stop + 1 : stop + 2]
    if mark in ",/":
        return not behind.isalnum() or _FOUND.match(text, stop + 1) is not None
    return mark != ":" or not behind.isalnum()
