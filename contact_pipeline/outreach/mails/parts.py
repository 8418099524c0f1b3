"""A mail as the parts it is made of, however broken. Pure: bytes in, parts out; never raises, in bounded time.

The standard library's parser is for mails that are well made: it recurses into what is nested and gives up a report
whose boundary is damaged. Returned mails are written by the oldest and oddest of systems, and by those who want to do
harm; here a mail is a list of lines, cut at its boundary lines.
"""

import binascii
import html
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header

# A report stands at the beginning of a mail, what was sent behind it. One MiB of it is read in 0.1 s.
MOST_OCTETS = 1 << 20
# Real reports are nested three deep (a forwarded report in a list's mail) and have up to five parts.
MOST_DEPTH = 8
MOST_PARTS = 60
MOST_HEADER_LINES = 2000
FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]{0,20}:(.*)", re.DOTALL)
BOUNDARY = re.compile(r"boundary\s{0,20}=\s{0,20}(?:\"([^\"\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE)
CHARSET = re.compile(r"charset\s{0,20}=\s{0,20}[\"']?([\w.:-]{1,40})", re.IGNORECASE)
# Codecs that are character sets. Python's list has others that unpack archives, or need quadratic time (punycode).
CHARACTER_SETS = re.compile(
    r"(us-)?ascii|utf-?8|utf-?16(le|be)?|iso-?8859-\d{1,2}|latin-?1|windows-?\d{3,4}|cp\d{3,4}|koi8-[ru]|"
    r"iso-2022-\w{2,5}|"
    r"shift[-_]?jis|sjis|euc-?\w{2}|ks_c_5601-1987|gb2312|gbk|gb18030|big5(-hkscs)?|mac\w{0,12}|tis-620|viscii",
    re.IGNORECASE,
)
ORIGINAL_TYPES = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/global-headers",
    "text/rfc822-header",
)
TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>")
TAGGED_ADDRESS = re.compile(r"<[^\s<>=\"]+@[^\s<>=\"]+>")
BREAKING = re.compile(r"</?(?:br|p|div|tr|td|li|h\d|table|title|pre)\b[^<>]*>", re.IGNORECASE)
UNSEEN = re.compile(r"<(script|style)\b[^<>]*>", re.IGNORECASE)


class Headers:
    """The header fields of a mail or a part, by lower-case name, unfolded and decoded when asked for."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            self._fields.setdefault(name.lower(), []).append(value)

    def __len__(self) -> int:
        return len(self._fields)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def all(self, name: str) -> list[str]:
        """Every value of a field, as it is read."""
        return [decoded(value) for value in self._fields.get(name, [])]

    def get(self, name: str) -> str:
        """The first value of a field, "" if there is none."""
        values = self._fields.get(name)
        return decoded(values[0]) if values else ""


@dataclass(frozen=True)
class Part:
    """One part that is not cut further."""

    headers: Headers
    content_type: str
    content: str  # octets as Latin-1, still encoded for transfer

    @property
    def is_original(self) -> bool:
        """True for the part that holds what was sent, or its header."""
        return self.content_type in ORIGINAL_TYPES

    def text(self) -> str:
        """The content as it is read, HTML without its tags."""
        octets = _transferred(self.content, self.headers.get("content-transfer-encoding").strip().lower())
        found = CHARSET.search(self.headers.get("content-type"))
        text = characters(octets, found[1] if found else "")
        return without_tags(text) if self.content_type == "text/html" else text


@dataclass(frozen=True)
class Mail:
    """A mail: its header and its parts in their order."""

    headers: Headers
    content_type: str
    parts: list[Part]


def mail_of(message: bytes) -> Mail:
    """A mail as its parts. A multipart whose boundary is nowhere found is one part of text."""
    text = message[:MOST_OCTETS].decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    lines = text.split("\n")
    begin = 0
    while begin < len(lines) and (not lines[begin].strip() or lines[begin].startswith(("From ", ">From "))):
        begin += 1
    fields, start = fields_of(lines, begin, len(lines))
    headers = Headers(fields)
    return Mail(headers, _type_of(headers), list(_parts(lines, headers, start)))


def fields_of(lines: list[str], start: int, end: int) -> tuple[list[tuple[str, str]], int]:
    """Header fields from a line on, and where the body begins: after a blank line, or where no field follows."""
    fields: list[tuple[str, str]] = []
    here = start
    end = min(end, len(lines))
    for here in range(start, min(end, start + MOST_HEADER_LINES)):
        line = lines[here]
        if not line.strip():
            return fields, here + 1
        if line[0] in " \t" and fields:
            name, value = fields[-1]
            if len(value) < 20_000:
                fields[-1] = (name, f"{value}\n{line}")
        elif (found := FIELD.match(line)) is not None:
            fields.append((found[1], found[2].strip()))
        else:
            return fields, here
    return fields, here


def _parts(lines: list[str], headers: Headers, start: int) -> Iterator[Part]:
    """The leaves, in their order. A list of what is to be cut, not recursion: nesting cannot exhaust the stack."""
    waiting: list[tuple[Headers, int, int, int]] = [(headers, start, len(lines), 0)]
    given = 0
    while waiting and given < MOST_PARTS:
        own, begin, end, depth = waiting.pop()
        kind = _type_of(own)
        found = BOUNDARY.search(own.get("content-type")) if kind.startswith("multipart/") else None
        pieces = _pieces(lines, begin, end, (found[1] or found[2]).strip()) if found and depth < MOST_DEPTH else []
        if not pieces:
            if (
                kind == "message/rfc822"
                and depth < MOST_DEPTH
                and (inner := _report_within(lines, begin, end)) is not None
            ):
                waiting.append((*inner, end, depth + 1))
                continue
            given += 1
            plain = "text/plain" if kind.startswith("multipart/") else kind
            yield Part(own, plain, "\n".join(lines[begin:end]))
            continue
        for first, last, is_part in reversed(pieces[:MOST_PARTS]):
            fields, body = fields_of(lines, first, last) if is_part else ([], first)
            waiting.append((Headers(fields), body, last, depth + 1))


def _report_within(lines: list[str], begin: int, end: int) -> tuple[Headers, int] | None:
    """The header and the first line of a report that was itself sent on as an attachment. What we send is no report."""
    while begin < end and not lines[begin].strip():
        begin += 1
    fields, start = fields_of(lines, begin, end)
    headers = Headers(fields)
    return (headers, start) if _type_of(headers) == "multipart/report" else None


def _pieces(lines: list[str], begin: int, end: int, boundary: str) -> list[tuple[int, int, bool]]:
    """Where the parts between boundary lines lie. What stands before the first is a piece of its own: some systems put
    their whole report there."""
    marker = f"--{boundary}"
    marks = [at for at in range(begin, end) if lines[at].startswith(marker) and _is_marker(lines[at], marker)]
    if not marks:
        return []
    pieces = [(begin, marks[0], False)] if any(line.strip() for line in lines[begin : marks[0]]) else []
    for mark, following in zip(marks, [*marks[1:], end], strict=True):
        if lines[mark].rstrip() != f"{marker}--":
            pieces.append((mark + 1, following, True))
        elif any(line.strip() for line in lines[mark + 1 : following]):
            pieces.append((mark + 1, following, False))  # behind the last boundary
    return pieces


def _is_marker(line: str, marker: str) -> bool:
    return line.rstrip() in (marker, f"{marker}--")


def _type_of(headers: Headers) -> str:
    return headers.get("content-type").partition(";")[0].strip().lower() or "text/plain"


def _transferred(content: str, encoding: str) -> bytes:
    octets = content.encode("latin-1", "replace")
    if encoding == "base64":
        try:
            return binascii.a2b_base64(octets)
        except binascii.Error:
            return octets
    return quopri.decodestring(octets) if encoding == "quoted-printable" else octets


def characters(octets: bytes, charset: str = "") -> str:
    """Octets as text, by the character set named if there is such a one, else UTF-8, else Latin-1."""
    for name in (charset, "utf-8"):
        if not CHARACTER_SETS.fullmatch(name):
            continue
        try:
            return octets.decode(name, "replace" if name == charset and name.lower() != "us-ascii" else "strict")
        except (LookupError, ValueError):
            continue
    return octets.decode("latin-1")


def without_tags(text: str) -> str:
    """What a reader of HTML sees, nearly: one line for each block, no scripts, addresses in angle brackets kept."""
    text = _without_unseen(text)
    text = BREAKING.sub("\n", text)
    return html.unescape(TAG.sub(lambda tag: tag[0] if TAGGED_ADDRESS.fullmatch(tag[0]) else "", text))


def _without_unseen(text: str) -> str:
    kept: list[str] = []
    at = 0
    while (found := UNSEEN.search(text, at)) is not None:
        kept.append(text[at : found.start()])
        close = text.lower().find(f"</{found[1].lower()}", found.end()) if len(kept) < 50 else -1
        if close < 0:
            break
        at = close
    else:
        kept.append(text[at:])
    return "".join(kept)


def decoded(value: str) -> str:
    """A header's value as it is read: unfolded, RFC 2047 words decoded, octets above ASCII as UTF-8 or Latin-1."""
    line = " ".join(value[:20_000].split())
    if "=?" in line:
        try:
            pieces = decode_header(line)
        except (HeaderParseError, ValueError):
            return line
        return "".join(
            piece if isinstance(piece, str) else characters(piece, charset or "") for piece, charset in pieces
        )
    return line if line.isascii() else characters(line.encode("latin-1", "replace"))
