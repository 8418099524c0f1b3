"""Which text encoding a file is in, decided on every byte of it. Refuses binaries and what cannot be decoded.

A bad byte may be the last one of a file of gigabytes, so the whole file is streamed once, in blocks, before it is read.
"""

import codecs
import re
from dataclasses import dataclass
from typing import BinaryIO

from contact_pipeline.core.errors import UnreadableDrop

BLOCK = 1 << 20
HEAD = 1 << 16

# Spreadsheets, archives, documents, images, databases: what people drop by mistake.
MAGIC = (
    b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"Rar!",
    b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PAR1", b"SQLite format 3", b"\x7fELF", b"MZ\x90", b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)  # fmt: skip
UNDEFINED_IN_CP1252 = b"\x81\x8d\x8f\x90\x9d"
# Control bytes no text file holds in number; NUL is counted apart, tab, line ends and form feed are text.
CONTROLS = bytes(set(range(1, 32)) - {9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31}) + b"\x7f"
MAX_CONTROL_SHARE = 0.02
MAX_CONTROL_SHARE_IN_UTF8 = 0.30  # text that decodes is text, whatever was pasted into a cell
FEW = 8
MAX_NUL_SHARE = 0.30
STRAY_BYTE = "contact_pipeline_stray_byte"


@dataclass(frozen=True)
class Encoding:
    """`name` is reported, `codec` and `errors` are Python's; `stray_bytes` are decoded as cp1252 inside UTF-8.

    has_long_lines: a whole block has no line end, so a line may be too large to hold.
    """

    name: str
    codec: str
    errors: str = "strict"
    stray_bytes: int = 0
    has_long_lines: bool = False


@dataclass(frozen=True)
class ExactEncoding:
    """What reads a file and writes it again byte for byte. The text begins after `mark`, the byte order mark."""

    mark: bytes
    codec: str
    errors: str


_BYTE_ORDER_MARKS = {
    "utf-8-sig": ((codecs.BOM_UTF8, "utf-8"),),
    "utf-16": ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be")),
    "utf-32": ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be")),
}


def exact_encoding(stream: BinaryIO, encoding: Encoding) -> ExactEncoding:
    """Decodes to as many characters as `encoding` does, each in the same place.

    All of Python's codecs named here give back the bytes they were given, but for stray bytes: those become one
    character each here (PEP 383) as there. Leaves the stream behind the mark.
    """
    stream.seek(0)
    head = stream.read(4)
    mark, codec = next(
        (found for found in _BYTE_ORDER_MARKS.get(encoding.codec, ()) if head.startswith(found[0])),
        (b"", encoding.codec),
    )
    stream.seek(len(mark))
    return ExactEncoding(mark, codec, "surrogateescape" if encoding.errors == STRAY_BYTE else encoding.errors)


def _stray_byte(error: UnicodeError) -> tuple[str, int]:
    """One byte that is not UTF-8 inside a UTF-8 file is read as cp1252, else latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    return byte.decode("latin-1" if byte in UNDEFINED_IN_CP1252 else "cp1252"), error.start + 1


codecs.register_error(STRAY_BYTE, _stray_byte)


def detect_encoding(stream: BinaryIO) -> Encoding:
    """Reads the whole stream once and leaves it at its start.

    UTF-8 when every byte fits; else UTF-8 with stray bytes when multi-byte characters are four times as many as bytes
    that do not fit (one broken cell must not spoil every name of the file); else cp1252, or latin-1 when it holds bytes
    that cp1252 leaves undefined. Raises UnreadableDrop: empty_file, binary_file, undecodable_text.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    if not head:
        raise UnreadableDrop("empty_file", "The file is empty. Export it again.")
    wide = _wide_codec(head)
    if wide is not None:
        has_long_lines = _prove(stream, wide)
        stream.seek(0)
        return Encoding(wide, wide, has_long_lines=has_long_lines)
    if head.startswith(MAGIC):
        raise UnreadableDrop(
            "binary_file", "The file is not text (a spreadsheet, archive or image?). Export it as CSV."
        )
    encoding = _eight_bit(stream)
    stream.seek(0)
    return encoding


def _wide_codec(head: bytes) -> str | None:
    """UTF-16 and UTF-32 by their mark, UTF-16 without a mark by where its zero bytes lie."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and len(head) % 4 == 0:
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs >= 2 and odd >= 0.5 * pairs and even <= 0.05 * pairs:
        return "utf-16-le"
    if pairs >= 2 and even >= 0.5 * pairs and odd <= 0.05 * pairs:
        return "utf-16-be"
    return None


def _prove(stream: BinaryIO, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    stream.seek(0)
    has_long_lines = False
    try:
        while block := stream.read(BLOCK):
            decoder.decode(block)
            has_long_lines = has_long_lines or _has_no_line_end(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise UnreadableDrop("undecodable_text", f"The file says it is {codec} but breaks off or is damaged.") from None
    return has_long_lines


def _has_no_line_end(block: bytes) -> bool:
    return len(block) == BLOCK and b"\n" not in block and b"\r" not in block


def _eight_bit(stream: BinaryIO) -> Encoding:
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8, undefined, controls, nuls, total = True, False, 0, 0, 0
    stream.seek(0)
    start = b""
    has_long_lines = False
    while block := stream.read(BLOCK):
        start = start or block[:3]
        total += len(block)
        if is_utf8:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                is_utf8 = False
        nuls += block.count(0)
        has_long_lines = has_long_lines or _has_no_line_end(block)
        controls += len(block) - len(block.translate(None, CONTROLS))
        undefined = undefined or len(block.translate(None, UNDEFINED_IN_CP1252)) != len(block)
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    share = MAX_CONTROL_SHARE_IN_UTF8 if is_utf8 else MAX_CONTROL_SHARE
    if controls > max(FEW, share * total) or nuls > max(FEW, MAX_NUL_SHARE * total):
        raise UnreadableDrop("binary_file", "The file is not text. Export it as CSV.")
    has_mark = start.startswith(codecs.BOM_UTF8)
    if is_utf8:
        name = "utf-8-sig" if has_mark else "utf-8"
        return Encoding(name, name, has_long_lines=has_long_lines)
    good, stray = _multibyte_and_stray(stream)
    if has_mark or good > 4 * stray:
        return Encoding("utf-8+cp1252", "utf-8-sig" if has_mark else "utf-8", STRAY_BYTE, stray, has_long_lines)
    name = "latin-1" if undefined else "cp1252"
    return Encoding(name, name, has_long_lines=has_long_lines)


_MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}"
)  # RFC 3629 section 4


def _multibyte_and_stray(stream: BinaryIO) -> tuple[int, int]:
    """Characters of two and more bytes, and bytes that belong to none. A cut at a block's end may cost one of each."""
    good = stray = 0
    stream.seek(0)
    while block := stream.read(BLOCK):
        rest, found = _MULTIBYTE.subn(b"", block)
        good += found
        stray += len(rest) - len(rest.translate(None, bytes(range(0x80, 0x100))))
    return good, stray
