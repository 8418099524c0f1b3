"""vCards (2.1, RFC 2426, RFC 6350) to CSV text: one row for each card, under headers that landing knows.

Read is what a contact is made of, notes, categories and what a program has added in words; pictures, keys, sounds,
birthdays and home pages of calendars are not. A card of a group of people is none of a person.
"""

import codecs
import io
import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding.unpacking import as_csv

LONGEST_LINE = 1 << 20
LONGEST_VALUE = 1 << 16
MOST_EXTENSIONS = 40
_NAMES = ("Full Name", "First Name", "Middle Name", "Last Name")
_WORK = ("Company", "Department", "Job Title")
_PLACE = ("City", "State", "Country")
_REST = ("LinkedIn URL", "Website", "Categories", "Note")
# Not a person's own line, or none to speak on.
_NOT_A_PHONE = {"fax", "pager", "modem", "bbs", "isdn", "textphone", "tty-tdd", "video"}
_NOT_READ = {
    "photo", "logo", "sound", "key", "bday", "anniversary", "deathdate", "gender", "agent", "geo", "tz", "rev",
    "prodid", "version", "uid", "source", "caladruri", "caluri", "fburl", "impp", "related", "class", "mailer",
    "sort-string", "lang", "clientpidmap", "xml", "label", "profile", "nickname", "role", "member", "birthplace",
    "expertise", "hobby", "interest", "birthdate",
}  # fmt: skip
# What programs keep for themselves, or of other people.
_NOT_OF_A_CONTACT = re.compile(
    r"x-(?:ab(?!showas)|phonetic|image|thumbnail|gender|anniversary|birthday|spouse|children|assistant|manager|skype|icq|aim"
    r"|msn|yahoo|jabber|qq|google-talk|evolution|kaddressbook|ms-|apple|addressbookserver-(?!kind)|sync|android|crypto|"
    r"photo|key|carddav|maiden)"
)
_PARAMETER = re.compile(r';(?:([A-Za-z0-9-]+)\s*=\s*)?("[^"]*"(?:,"[^"]*")*|[^;:"]*)')
_NAME = re.compile(r"(?:[A-Za-z0-9_-]+\.)?([A-Za-z][A-Za-z0-9-]*)")
_ESCAPED = re.compile(r"\\([\\;,:nN])")


@dataclass
class Card:
    """One person's. fields: header to value; emails, phones: preferred ones first."""

    fields: dict[str, str] = field(default_factory=dict)
    emails: list[tuple[bool, str]] = field(default_factory=list)
    phones: list[tuple[bool, str]] = field(default_factory=list)
    is_company: bool = False
    is_group: bool = False
    has_ended: bool = False
    _address_rank: int = -1

    def add(self, line: "_Line") -> None:
        """What one line says."""
        name, value = line.name, line.text
        if name == "email":
            self.emails.append((line.is_preferred, re.sub(r"^mailto:", "", value.strip(), flags=re.IGNORECASE)))
        elif name == "tel":
            if not line.types & _NOT_A_PHONE:
                self.phones.append((line.is_preferred, _number(value)))
        elif name == "fn":
            self._keep("Full Name", value)
        elif name == "n":
            family, given, middle = (line.parts() + [""] * 3)[:3]
            for header, part in zip(("Last Name", "First Name", "Middle Name"), (family, given, middle), strict=True):
                self._keep(header, part)
        elif name == "org":
            company, *units = line.parts() or [""]
            self._keep("Company", company)
            self._keep("Department", " / ".join(unit for unit in units if unit))
        elif name == "title":
            self._keep("Job Title", value)
        elif name == "adr":
            self._place(line)
        elif name in ("url", "x-socialprofile"):
            url = value.strip()
            self._keep("LinkedIn URL" if re.search(r"linkedin\.com/", url, re.IGNORECASE) else "Website", url)
        elif name in ("kind", "x-addressbookserver-kind", "x-abshowas"):
            self.is_company |= value.strip().lower() in ("org", "company", "location", "application")
            self.is_group |= value.strip().lower() == "group"
        elif name == "note":
            self._keep("Note", value)
        elif name == "categories":
            self._keep("Categories", value)
        else:
            self._keep(name.upper(), value)

    def extensions(self) -> Iterator[str]:
        """Headers of what is in no standard."""
        return (name for name in self.fields if name not in _STANDARD)

    def finish(self) -> None:
        """A company's card has no person's name."""
        if self.is_company:
            name = self.fields.pop("Full Name", "")
            self.fields.setdefault("Company", name)
        self.emails.sort(key=lambda found: not found[0])
        self.phones.sort(key=lambda found: not found[0])

    def _keep(self, header: str, value: str) -> None:
        """The first value is the one; of texts that may say something, all are kept."""
        value, before = value.strip()[:LONGEST_VALUE], self.fields.get(header)
        if value and before is None:
            self.fields[header] = value
        elif value and before and header not in _FIRST_ONLY:
            self.fields[header] = f"{before}; {value}"[:LONGEST_VALUE]

    def _place(self, line: "_Line") -> None:
        """Of several addresses the one at work, then the preferred one."""
        rank = 2 if "work" in line.types else 1 if line.is_preferred else 0
        parts = (line.parts() + [""] * 7)[:7]
        if rank > self._address_rank and any(parts[3:]):
            self._address_rank = rank
            self.fields |= {"City": parts[3], "State": parts[4], "Country": parts[6]}


_STANDARD = frozenset((*_NAMES, *_WORK, *_PLACE, *_REST))
_FIRST_ONLY = _STANDARD - {"Note", "Categories"}


def cards_as_csv(stream: BinaryIO, *, max_bytes: int) -> BinaryIO:
    """CSV in UTF-8, for its reader to close. Read twice: how many columns there are is known at the end.

    Raises UnreadableDrop: empty_file where no card is whole, too_many_columns.
    """
    emails = phones = count = 0
    used: dict[str, None] = {}
    extensions: dict[str, None] = {}
    for card in read_cards(stream):
        count += 1
        emails, phones = max(emails, len(card.emails)), max(phones, len(card.phones))
        used.update(dict.fromkeys(card.fields))
        extensions.update(dict.fromkeys(card.extensions()))
    if not count:
        raise UnreadableDrop("empty_file", "The file has no card of a person in it. Export the contacts again.")
    if len(extensions) > MOST_EXTENSIONS:
        raise UnreadableDrop(
            "too_many_columns", f"The cards have more than {MOST_EXTENSIONS} kinds of fields. Export them as CSV."
        )
    plain = [header for header in (*_NAMES, *_WORK, *_PLACE, *_REST, *extensions) if header in used or header in _NAMES]
    at = len(_NAMES)
    headers = [*plain[:at], *_numbered("Email", emails), *_numbered("Phone", phones), *plain[at:]]

    def rows() -> Iterator[list[str]]:
        yield headers
        for card in read_cards(stream):
            values = [card.fields.get(header, "") for header in plain]
            yield [*values[:at], *_filled(card.emails, emails), *_filled(card.phones, phones), *values[at:]]

    return as_csv(rows(), max_bytes=max_bytes)


def read_cards(stream: BinaryIO) -> Iterator[Card]:
    """Cards of people and companies, in order; a last one that breaks off is read as far as it goes."""
    card: Card | None = None
    depth = 0
    for line in _lines(stream):
        if line.name == "begin" and line.raw.strip().upper() == b"VCARD":
            depth += 1
            if depth == 1 or (card and not card.has_ended and depth > 2):
                card, depth = Card(), 1
        elif line.name == "end" and card is not None:
            depth -= 1
            if depth <= 0:
                yield from _of_a_contact(card)
                card, depth = None, 0
        elif card is not None and depth == 1:
            card.add(line)
    if card is not None:
        yield from _of_a_contact(card)


def _of_a_contact(card: Card) -> Iterator[Card]:
    card.finish()
    if not card.is_group:
        yield card


@dataclass(frozen=True)
class _Line:
    """One property. raw: its value as written. charset: as its parameters say."""

    name: str
    types: frozenset[str]
    raw: bytes
    charset: str

    @property
    def is_preferred(self) -> bool:
        return "pref" in self.types

    @property
    def text(self) -> str:
        return _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], self._decoded())

    def parts(self) -> list[str]:
        """Of a value that has several; a part of several values is joined."""
        split = re.split(r"(?<!\\);", self._decoded())
        return [_ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], part).strip() for part in split]

    def _decoded(self) -> str:
        for charset in (self.charset, "utf-8", "cp1252"):
            try:
                return self.raw.decode(charset)
            except (LookupError, UnicodeDecodeError):
                continue
        return self.raw.decode("latin-1")


def _lines(stream: BinaryIO) -> Iterator[_Line]:
    """Unfolded and taken apart; what is not read is passed over without being kept."""
    held: list[bytes] = []
    size = 0
    is_soft = is_passed_over = False
    for raw in _physical(stream):
        if held and (is_soft or raw[:1] in (b" ", b"\t")):
            if not is_passed_over and size < LONGEST_LINE:
                # A soft break of quoted-printable is no fold: the blank behind it belongs to the text.
                held.append(raw if is_soft else raw[1:])
                size += len(raw)
            is_soft = is_soft and raw.endswith(b"=")
            if is_soft and not is_passed_over:
                held[-1] = held[-1][:-1]
            continue
        if held and not is_passed_over and (line := _taken_apart(b"".join(held))):
            yield line
        head = raw.partition(b":")[0]
        name = _NAME.match(head.decode("latin-1").strip())
        is_passed_over = not name or _is_passed_over(name[1].lower(), head)
        is_soft = b"QUOTED-PRINTABLE" in head.upper() and raw.endswith(b"=")
        held, size = [raw[:-1] if is_soft else raw], len(raw)
    if held and not is_passed_over and (line := _taken_apart(b"".join(held))):
        yield line


def _is_passed_over(name: str, head: bytes) -> bool:
    is_binary = re.search(rb"ENCODING=(B|BASE64)\b|;BASE64\b", head.upper()) is not None
    return name in _NOT_READ or is_binary or _NOT_OF_A_CONTACT.match(name) is not None


def _physical(stream: BinaryIO) -> Iterator[bytes]:
    """Lines without their ends, in UTF-8 where the file is UTF-16."""
    stream.seek(0)
    mark = stream.read(4)
    wide = "utf-16" if mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None
    wide = wide or ("utf-16-le" if mark[1:4:2] == b"\0\0" else "utf-16-be" if mark[0:3:2] == b"\0\0" else None)
    stream.seek(3 if mark.startswith(codecs.BOM_UTF8) else 0)
    if wide:
        text = io.TextIOWrapper(stream, encoding=wide, errors="replace")
        try:
            while read := text.readline(LONGEST_LINE):
                yield read.rstrip("\r\n").encode("utf-8", "replace")
        finally:
            text.detach()
        return
    while line := stream.readline(LONGEST_LINE):
        yield from line.rstrip(b"\r\n").split(b"\r")


def _taken_apart(line: bytes) -> _Line | None:
    """`item1.TEL;TYPE=WORK,VOICE:+49…`. The colon that ends the parameters is the first outside of quotes."""
    end, is_quoted = -1, False
    for at, byte in enumerate(line[:4_096]):
        if byte == 0x22:
            is_quoted = not is_quoted
        elif byte == 0x3A and not is_quoted:
            end = at
            break
    if end < 0:
        return None
    head, raw = line[:end].decode("latin-1").strip(), line[end + 1 :]
    found = _NAME.match(head)
    if not found:
        return None
    types: set[str] = set()
    charset, is_quoted_printable = "utf-8", False
    for key, value in _PARAMETER.findall(head[found.end() :]):
        key, values = key.lower(), [v.strip().strip('"').lower() for v in value.split(",")]
        if key == "charset":
            charset = values[0]
        elif key == "pref":
            types.add("pref")
        elif key == "encoding" or (not key and values[0] == "quoted-printable"):
            is_quoted_printable = values[0] == "quoted-printable"
        elif key in ("type", ""):
            types.update(part for v in values for part in v.split(","))
    if is_quoted_printable:
        raw = quopri.decodestring(raw)
    return _Line(found[1].lower(), frozenset(types), raw, charset)


def _number(value: str) -> str:
    """`tel:+49-30-1234;ext=5` is a URI (RFC 3966)."""
    value = value.strip()
    if value.lower().startswith("tel:"):
        number, *rest = value[4:].split(";")
        extension = next((part[4:] for part in rest if part.lower().startswith("ext=")), "")
        return f"{number} ext. {extension}" if extension else number
    return value


def _numbered(header: str, count: int) -> list[str]:
    return [header if number == 1 else f"{header} {number}" for number in range(1, count + 1)]


def _filled(values: Sequence[tuple[bool, str]], count: int) -> list[str]:
    return [value for _, value in values] + [""] * (count - len(values))
