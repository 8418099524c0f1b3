"""A person's values → every writing of them that a table, a file or a log could hold.

Two kinds: what points to the person wherever it stands (address, number, profile, a hash of one of these), and names,
which many people share, so that they count only in rows that are tied to the person.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

import idna
import phonenumbers

ERASED_TEXT = "[erased]"
SHORTEST_NUMBER = 7  # digits; less is found in any table of numbers
SHORTEST_NAME = 3
# The letter or digit before a value may end an escape: of JSON (a line break is `\n`) or of a URL.
_ESCAPED = r"(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9a-f]{2})"
_FILE_ENDING = r"(?:csv|tsv|txt|xlsx?|json|log|zip|gz|part)\b"  # `ada@example.test.csv`: no longer domain
_FORMATS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
)


@dataclass(frozen=True)
class SubjectValues:
    """What is known of one person, in every writing that the tables hold. numbers: E.164. keys: keyed hashes, hex, that
    no other contact has."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return "SubjectValues(…)"  # a traceback must not show them

    def joined(self, other: "SubjectValues") -> "SubjectValues":
        """Both, each value once."""
        mine, theirs = asdict(self), asdict(other)
        return SubjectValues(**{name: tuple(sorted({*mine[name], *theirs[name]})) for name in mine})

    def to_json(self) -> str:
        """For `from_json`."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "SubjectValues":
        """Raises ValueError for what is not `to_json`'s."""
        return cls(**{name: tuple(values) for name, values in json.loads(text).items()})


@dataclass(frozen=True)
class Needles:
    """What to look for. values: point to the person anywhere. keys: keyed hashes (hex). names: only in tied rows.

    All in lower case. `values` holds each text also with only its ASCII letters lowered, since PostgreSQL's C locale
    and bytes know no other.
    """

    values: tuple[str, ...]
    keys: tuple[str, ...]
    names: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Needles({len(self.values)} values, {len(self.keys)} keys, {len(self.names)} names)"

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any of the values or keys as a whole: `an@example` is not found in `jan@example`. Matches lower case."""
        return _any(map(_whole, (*self.values, *self.keys)))

    @cached_property
    def tied_pattern(self) -> re.Pattern[str]:
        """The same, and the names in any punctuation."""
        return _any([*map(_whole, (*self.values, *self.keys)), *map(_spaced, self.names)])

    def redacted(self, text: str, *, is_tied: bool = False) -> str:
        """The text with every find replaced; unchanged where there is none. JSON stays JSON: its texts are replaced."""
        pattern = re.compile((self.tied_pattern if is_tied else self.pattern).pattern, re.IGNORECASE)
        if not pattern.search(text):
            return text
        if text.lstrip().startswith(("{", "[", '"')):
            try:
                return json.dumps(_replaced(json.loads(text), pattern))
            except ValueError:
                pass  # no JSON after all
        return pattern.sub(ERASED_TEXT, text)


def _replaced(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(ERASED_TEXT, value)
    if isinstance(value, list):
        return [_replaced(part, pattern) for part in value]
    if isinstance(value, dict):
        return {pattern.sub(ERASED_TEXT, name): _replaced(part, pattern) for name, part in value.items()}
    return value


def needles_of(values: SubjectValues) -> Needles:
    """Raw, lower-cased, normalised, A-labels and U-labels, percent- and JSON-encoded, E.164, international, national,
    and hashed without a key (MD5, SHA-1, SHA-256: what lists and advertisers exchange)."""
    found: set[str] = set()
    for email in values.emails:
        for writing in _domains(email.strip()):
            found |= {writing, quote(writing), *_digests(writing.lower())}
    for phone in values.phones:
        if sum(c.isdigit() for c in phone) >= SHORTEST_NUMBER:
            found.add(phone.strip())
    for number in values.numbers:
        found |= {*_writings(number), *_digests(number)}
    for profile in values.profiles:
        found |= {profile.strip(), re.sub(r"^https?://(www\.)?", "", profile.strip(), flags=re.IGNORECASE).rstrip("/")}
    found |= {json.dumps(text)[1:-1] for text in found}
    lowered = {lower for text in found for lower in (text.lower(), _ascii_lower(text)) if len(text) > 3}
    names = {name.strip().lower() for name in values.names if len(name.strip()) >= SHORTEST_NAME}
    return Needles(tuple(sorted(lowered)), tuple(sorted(values.keys)), tuple(sorted(names)))


def _domains(email: str) -> Iterator[str]:
    yield email
    local, at, domain = email.rpartition("@")
    if at and ("xn--" in domain.lower() or not domain.isascii()):
        for other in (idna.encode, idna.decode):
            try:
                written = other(domain)
            except (idna.IDNAError, UnicodeError):
                continue
            yield f"{local}@{written.decode() if isinstance(written, bytes) else written}"


def _writings(number: str) -> Iterator[str]:
    yield number
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return
    for form in _FORMATS:
        text = phonenumbers.format_number(parsed, form)
        digits = "".join(c for c in text if c.isdigit())
        if len(digits) >= SHORTEST_NUMBER:
            yield from (text, digits)


def _digests(text: str) -> Iterator[str]:
    for algorithm in ("md5", "sha1", "sha256"):
        yield hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()


def _ascii_lower(text: str) -> str:
    return "".join(c.lower() if c.isascii() else c for c in text)


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(patterns, key=len, reverse=True)) or r"(?!)")


def _whole(text: str) -> str:
    """A number is not part of a longer one, a word not of a longer word."""
    if not any(c.isalpha() for c in text):
        return rf"(?<!\d){re.escape(text)}(?!\d)"
    before = r"(?<![\w.+-])" if "@" in text else r"(?<!\w)"
    return rf"(?:{before}|{_ESCAPED}){re.escape(text)}(?![\w-])(?!\.(?!{_FILE_ENDING})\w)"


def _spaced(name: str) -> str:
    """`ada example` is also in `Example, Ada` (its parts are names of their own) and in `ada_example.csv`."""
    parts = [re.escape(part) for part in re.split(r"[\W_]+", name) if part]
    return r"(?<![^\W_])" + r"[\W_]{1,3}".join(parts) + r"(?![^\W_])" if parts else r"(?!)"
