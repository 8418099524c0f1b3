"""Which text encoding a file is in, decided on every byte of it. Refuses binaries and what cannot be decoded.

A bad byte may be the last one of a file of gigabytes, so the whole file is streamed once, in blocks, before it is read.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from os import SEEK_END
from typing import BinaryIO

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.core.faults import Fault
from contact_pipeline.decoding.guessing import guess
from contact_pipeline.decoding.wide_text import wide_codec

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
JAPANESE_ESCAPES = (b"\x1b$@", b"\x1b$B", b"\x1b(J")  # RFC 1468: seven bits, so it also fits UTF-8
MAX_TOKENS = 2_000  # distinct words; the text of so many is known
MAX_BLOCKS = 12
MAX_LINES = 200
MAX_LINE = 2_000


@dataclass(frozen=True)
class Encoding:
    """`name` is reported, `codec` and `errors` are Python's; `stray_bytes` are decoded as cp1252 inside UTF-8.

    has_long_lines: a whole block has no line end, so a line may be too large to hold. candidates: codecs that read the
    file differently, none of them proved; the first one is `codec`.
    """

    name: str
    codec: str
    errors: str = "strict"
    stray_bytes: int = 0
    has_long_lines: bool = False
    candidates: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Why the drop is held until somebody says what it is."""
        if not self.candidates:
            return ()
        return (
            Fault(
                "unproven_encoding",
                f"The text reads differently as {' and '.join(self.candidates)}, and nothing in it proves which one is"
                " meant",
                'Write encoding = "…" under the source in the policy. Or save the list as CSV UTF-8 and drop it again.',
            ),
        )


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


_WITHOUT_MARK = {"utf-16": "utf-16-le", "utf-32": "utf-32-le", "utf-8-sig": "utf-8"}


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


def detect_encoding(stream: BinaryIO, declared: str | None = None) -> Encoding:
    """Reads the whole stream once and leaves it at its start.

    A mark, and UTF-8 where every byte fits, are proof. Else UTF-8 with stray bytes when multi-byte characters are four
    times as many as bytes that do not fit (one broken cell must not spoil every name of the file); else what is
    declared; else what guess() proves, with the candidates where it proves nothing.
    Raises UnreadableDrop: empty_file, binary_file, undecodable_text.
    """
    stream.seek(0)
    head = stream.read(HEAD)
    if not head:
        raise UnreadableDrop("empty_file", "The file is empty. Export it again.")
    wide = wide_codec(head)
    if wide is not None:
        has_long_lines = _prove(stream, wide)
        stream.seek(0)
        return Encoding(wide, wide, has_long_lines=has_long_lines)
    if head.startswith(MAGIC):
        raise UnreadableDrop(
            "binary_file", "The file is not text (a spreadsheet, archive or image?). Export it as CSV."
        )
    encoding = _eight_bit(stream, declared)
    stream.seek(0)
    return encoding


def _prove(stream: BinaryIO, codec: str, *, is_declared: bool = False) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    stream.seek(0)
    has_long_lines = False
    try:
        while block := stream.read(BLOCK):
            decoder.decode(block)
            has_long_lines = has_long_lines or _has_no_line_end(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        what = (
            f"The policy says that the file is {codec}, and it is not"
            if is_declared
            else (f"The file looks like {codec} but breaks off or is damaged")
        )
        raise UnreadableDrop("undecodable_text", f"{what}. Save it as CSV UTF-8 and drop it again.") from None
    return has_long_lines


def _has_no_line_end(block: bytes) -> bool:
    return len(block) == BLOCK and b"\n" not in block and b"\r" not in block


@dataclass
class _Bytes:
    """What the whole file is made of."""

    start: bytes = b""
    total: int = 0
    controls: int = 0
    nuls: int = 0
    is_ascii: bool = True
    is_utf8: bool = True
    has_escapes: bool = False
    has_long_lines: bool = False


def _looked_at(stream: BinaryIO) -> _Bytes:
    found = _Bytes()
    decoder = codecs.getincrementaldecoder("utf-8")()
    stream.seek(0)
    while block := stream.read(BLOCK):
        found.start = found.start or block[:3]
        found.total += len(block)
        found.is_ascii = found.is_ascii and block.isascii()
        found.is_utf8 = found.is_utf8 and _decodes(decoder, block)
        found.nuls += block.count(0)
        if b"\x1b" in block:
            found.has_escapes = found.has_escapes or any(escape in block for escape in JAPANESE_ESCAPES)
        found.has_long_lines = found.has_long_lines or _has_no_line_end(block)
        found.controls += len(block) - len(block.translate(None, CONTROLS))
    found.is_utf8 = found.is_utf8 and _decodes(decoder, b"", final=True)
    return found


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _eight_bit(stream: BinaryIO, declared: str | None) -> Encoding:
    seen = _looked_at(stream)
    share = MAX_CONTROL_SHARE_IN_UTF8 if seen.is_utf8 else MAX_CONTROL_SHARE
    if seen.controls > max(FEW, share * seen.total) or seen.nuls > max(FEW, MAX_NUL_SHARE * seen.total):
        raise UnreadableDrop(
            "binary_file", "The file is not text, or text (UTF-16?) that is damaged. Save the list as CSV UTF-8."
        )
    if seen.is_ascii and seen.has_escapes:
        return Encoding("iso2022_jp", "iso2022_jp_ext", has_long_lines=_prove(stream, "iso2022_jp_ext"))
    has_mark = seen.start.startswith(codecs.BOM_UTF8)
    if seen.is_utf8:
        name = "utf-8-sig" if has_mark else "utf-8"
        return Encoding(name, name, has_long_lines=seen.has_long_lines)
    good, stray = _multibyte_and_stray(stream)
    if has_mark or good > 4 * stray:
        return Encoding("utf-8+cp1252", "utf-8-sig" if has_mark else "utf-8", STRAY_BYTE, stray, seen.has_long_lines)
    if declared is not None:
        declared = _WITHOUT_MARK.get(declared, declared)
        return Encoding(declared, declared, has_long_lines=_prove(stream, declared, is_declared=True))
    return _guessed(stream, seen.has_long_lines)


def _guessed(stream: BinaryIO, has_long_lines: bool) -> Encoding:
    """The guess was made on a part of a large file, and no byte of the rest may be without meaning in it."""
    found = guess(*_text_beyond_ascii(stream))
    proved = [codec for codec in found.candidates if _is_defined(stream, codec)]
    if not proved:  # cp1252 for the letters; what it leaves undefined is stripped as a control character
        return Encoding("latin-1", "latin-1", has_long_lines=has_long_lines)
    return Encoding(
        proved[0], proved[0], has_long_lines=has_long_lines, candidates=tuple(proved) if len(proved) > 1 else ()
    )


def _is_defined(stream: BinaryIO, codec: str) -> bool:
    try:
        _prove(stream, codec)
    except UnreadableDrop:
        return False
    return True


# Bytes below 0x40 that are no digits are never part of a longer character, in any codec.
_TOKEN = re.compile(rb"[^\x00-\x2f\x3a-\x3f]+")
_LINE = re.compile(rb"[^\r\n]+")


def _text_beyond_ascii(stream: BinaryIO) -> tuple[list[bytes], list[bytes]]:
    """Distinct words, from all over the file, and the first lines that have such bytes."""
    tokens: dict[bytes, None] = {}
    lines: list[bytes] = []
    for block in _blocks_of_lines(stream):
        if block.isascii():
            continue
        if len(lines) < MAX_LINES:
            lines += [line[:MAX_LINE] for line in _LINE.findall(block) if not line.isascii()][: MAX_LINES - len(lines)]
        tokens.update(dict.fromkeys(token for token in _TOKEN.findall(block) if not token.isascii()))
        if len(tokens) >= MAX_TOKENS:
            break
    return list(tokens)[:MAX_TOKENS], lines


def _blocks_of_lines(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines, of a large file a block here and there; none ends within a character."""
    size = stream.seek(0, SEEK_END)
    step = max(BLOCK, size // MAX_BLOCKS)
    for start in range(0, size, step):
        stream.seek(start)
        if start:
            stream.readline(BLOCK)
        block = stream.read(BLOCK) + stream.readline(BLOCK)
        if stream.tell() < size and not block.endswith(b"\n"):
            block = block[: max(map(block.rfind, b"\r\n\t ,;"), default=0) + 1]
        yield block


def readings(stream: BinaryIO, encoding: Encoding, *, lines: int = 2) -> dict[str, tuple[str, ...]]:
    """The first lines that the candidates read differently, as each of them reads them: for the eyes of who decides.

    They hold personal data, so they go to no log. Leaves the stream at its start.
    """
    found: dict[str, list[str]] = {codec: [] for codec in encoding.candidates}
    for block in _blocks_of_lines(stream):
        for line in _LINE.findall(block):
            if line.isascii() or len(line) > MAX_LINE:
                continue
            texts = {codec: line.decode(codec, "replace") for codec in found}
            if len(set(texts.values())) > 1:
                for codec, text in texts.items():
                    found[codec].append(text)
                lines -= 1
            if not lines:
                break
        if not lines:
            break
    stream.seek(0)
    return {codec: tuple(texts) for codec, texts in found.items()}


_BEYOND_ASCII = bytes(range(0x80, 0x100))


def _multibyte_and_stray(stream: BinaryIO) -> tuple[int, int]:
    """Characters of two and more bytes, and bytes that belong to none. A cut at a block's end may cost one of each."""
    good = stray = 0
    stream.seek(0)
    while block := stream.read(BLOCK):
        narrow = len(block.translate(None, _BEYOND_ASCII))
        text = block.decode("utf-8", "ignore")
        good += len(text) - narrow
        stray += len(block) - len(text.encode())
    return good, stray
