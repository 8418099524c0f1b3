"""A person's values → every writing of them that a table, a file or a log could hold.

Two kinds: what points to the person wherever it stands (address, number, profile, a hash of one of these), and what
many share or what other things look like (names, few digits), so that it counts only in rows tied to the person.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import quote

import idna
import phonenumbers

ERASED_TEXT = "[erased]"
SHORTEST_NUMBER = 7  # digits; less is found in any table of numbers
SHORTEST_DIGITS = 9  # without + or any separator: eight digits are also a date in the key of a drop
SHORTEST_NAME = 3
# The letter or digit before a value may end an escape: of JSON (a line break is `\n`) or of a URL.
_ESCAPED = r"(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{4})|(?<=%[0-9a-f]{2})"
_FILE_ENDING = r"(?:csv|tsv|txt|xlsx?|json|log|zip|gz|part)\b"  # `ada@example.test.csv`: no longer domain
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
_FORMATS = (
    phonenumbers.PhoneNumberFormat.E164,
    phonenumbers.PhoneNumberFormat.INTERNATIONAL,
    phonenumbers.PhoneNumberFormat.NATIONAL,
)


@dataclass(frozen=True)
class SubjectValues:
    """What is known of one person, in every writing that the tables hold. numbers: E.164. keys: keyed hashes, hex, that
    no other contact has. shared: those of the emails, numbers and profiles that another contact has, too."""

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()

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
class SearchTerms:
    """What to look for. values: point to the person anywhere, but for `shared`, those of them that others have, too.
    keys: keyed hashes (hex). names, weak: only in tied rows.

    All in lower case. `values` holds each text also with only its ASCII letters lowered, since PostgreSQL's C locale
    and bytes know no other.
    """

    values: tuple[str, ...]
    keys: tuple[str, ...]
    names: tuple[str, ...]
    weak: tuple[str, ...] = ()
    shared: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        return f"SearchTerms({len(self.values)} values, {len(self.keys)} keys, {len(self.names)} names)"

    @property
    def hashes(self) -> tuple[str, ...]:
        """What a column of bytes may hold: keyed hashes, and hashes without a key."""
        return self.keys + tuple(value for value in self.values if _HASH.fullmatch(value))

    @cached_property
    def own(self) -> "SearchTerms":
        """Without what others have, too."""
        return replace(self, values=tuple(v for v in self.values if v not in self.shared), shared=frozenset())

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Any of the values or keys as a whole: `an@example` is not found in `jan@example`. Matches lower case."""
        return _any(map(_whole, (*self.values, *self.keys)))

    @cached_property
    def tied_pattern(self) -> re.Pattern[str]:
        """The same, and the names in any punctuation."""
        return _any([*map(_whole, (*self.values, *self.keys, *self.weak)), *map(_spaced, self.names)])

    def redacted(self, text: str, *, is_tied: bool = False) -> str:
        """The text with every find replaced, in rows that are not tied only what nobody else has; unchanged where there
        is none. JSON stays JSON: its texts are replaced."""
        anywhere = re.compile(self.own.pattern.pattern, re.IGNORECASE)
        pattern = re.compile(self.tied_pattern.pattern, re.IGNORECASE) if is_tied else anywhere
        if not pattern.search(text):
            return text
        if text.lstrip().startswith(("{", "[", '"')):
            try:
                return json.dumps(_replaced(json.loads(text), pattern, anywhere))
            except ValueError:
                pass  # no JSON after all
        return pattern.sub(ERASED_TEXT, text)


def _replaced(value: Any, pattern: re.Pattern[str], of_names: re.Pattern[str]) -> Any:
    """of_names: what is replaced in the names of members, which are words of a program or headers of a file."""
    if isinstance(value, str):
        return pattern.sub(ERASED_TEXT, value)
    if isinstance(value, list):
        return [_replaced(part, pattern, of_names) for part in value]
    if isinstance(value, dict):
        return {of_names.sub(ERASED_TEXT, name): _replaced(part, pattern, of_names) for name, part in value.items()}
    return value


def search_terms_of(values: SubjectValues) -> SearchTerms:
    """Raw, lower-cased, normalised, A-labels and U-labels, percent- and JSON-encoded, E.164, international, national,
    and hashed without a key (MD5, SHA-1, SHA-256: what lists and advertisers exchange)."""
    writings: dict[str, set[str]] = {}
    for email in values.emails:
        of_email = writings.setdefault(email, set())
        for writing in _domains(email.strip()):
            of_email |= {writing, quote(writing), *_digests(writing.lower())}
    for number in values.numbers:
        same = {phone.strip() for phone in values.phones if _is_of(phone, number)}
        writings.setdefault(number, set()).update({*_writings(number), *_digests(number)}, same)
    for url in values.profiles:
        bare = re.sub(r"^https?://(www\.)?", "", url.strip(), flags=re.IGNORECASE).rstrip("/")
        writings.setdefault(url, set()).update({url.strip(), bare})
    lowered = {value: _lowered(texts) for value, texts in writings.items()}
    found = frozenset().union(*lowered.values())
    own = frozenset().union(*(texts for value, texts in lowered.items() if value not in values.shared))
    few = {text for text in found if text.isdigit() and len(text) < SHORTEST_DIGITS}
    # What cannot be read as a number ("0000000") may stand for anybody; few bare digits for anything.
    weak = few | {phone.strip().lower() for phone in values.phones if sum(map(str.isdigit, phone)) >= SHORTEST_NUMBER}
    names = {name.strip().lower() for name in values.names if len(name.strip()) >= SHORTEST_NAME}
    lists = [tuple(sorted(texts)) for texts in (found - few, values.keys, names, weak - (found - few))]
    return SearchTerms(lists[0], lists[1], lists[2], lists[3], found - few - own)


def _lowered(texts: Iterable[str]) -> frozenset[str]:
    """In lower case, as JSON writes them, too; and with only the ASCII letters lowered."""
    written = {writing for text in texts for writing in (text, json.dumps(text)[1:-1])}
    return frozenset(low for text in written for low in (text.lower(), _ascii_lower(text)) if len(text) > 3)


def _is_of(phone: str, number: str) -> bool:
    """Whether it is a writing of the number (E.164): the last seven digits are the same."""
    digits = "".join(filter(str.isdigit, phone))
    return len(digits) >= SHORTEST_NUMBER and digits[-SHORTEST_NUMBER:] == number[-SHORTEST_NUMBER:]


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
    """A number is not part of a longer one or of a hash, a word not of a longer word."""
    if not any(c.isalpha() for c in text):
        return rf"(?<![\da-f]){re.escape(text)}(?![\da-f])"  # nor of a hash
    before = r"(?<![\w.+-])" if "@" in text else r"(?<!\w)"
    return rf"(?:{before}|{_ESCAPED}){re.escape(text)}(?![\w-])(?!\.(?!{_FILE_ENDING})\w)"


def _spaced(name: str) -> str:
    """`ada example` is also in `Example, Ada` (its parts are names of their own) and in `ada_example.csv`."""
    parts = [re.escape(part) for part in re.split(r"[\W_]+", name) if part]
    return r"(?<![^\W_])" + r"[\W_]{1,3}".join(parts) + r"(?![^\W_])" if parts else r"(?!)"
