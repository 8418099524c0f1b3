"""Search terms in bytes: files of any kind, read in blocks, whatever their size."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

BLOCK = 1 << 23
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")


@dataclass(frozen=True)
class FileHits:
    """size: bytes that were searched. hits: how often each needle that was found occurs, in any letter case."""

    size: int
    hits: Counter[str]


def search_stream(stream: BinaryIO, terms: Iterable[str]) -> FileHits:
    """Look for the terms from where the stream stands to its end, in the encodings that lists come in.

    Finds them also within longer words: in a database file the byte before a value may be any.
    """
    wanted = _encoded(terms)
    overlap = max(map(len, wanted), default=1) - 1
    hits: Counter[str] = Counter()
    size, kept = 0, b""
    while block := stream.read(BLOCK):
        size += len(block)
        text = kept + block.lower()
        for written, needle in wanted.items():
            # What lies wholly in the kept end was counted with the block before.
            if found := text.count(written) - kept.count(written):
                hits[needle] += found
        kept = text[-overlap:] if overlap else b""
    return FileHits(size, hits)


def whole_finds(content: bytes, terms: Iterable[str]) -> re.Pattern[bytes]:
    """Matches any needle as a whole, in the encoding of `content` and in any case of ASCII letters: `an@example`
    is not found in `jan@example`."""
    found: set[bytes] = set()
    encodings = _likely_encodings(content)
    for needle in terms:
        before, after = (b"[0-9]", b"[0-9]") if not any(map(str.isalpha, needle)) else (rb"[\w.+-]", rb"[\w-]")
        for encoding in encodings:
            try:
                text = re.escape(needle.encode(encoding))
            except UnicodeEncodeError:
                continue
            first, last = {
                "utf-16-le": (before + b"\x00", after + b"\x00"), "utf-16-be": (b"\x00" + before, b"\x00" + after),
            }.get(encoding, (before, after))  # fmt: skip
            found.add(b"(?<!%b)%b(?!%b)" % (first, text, last))
    longest_first = sorted(found, key=len, reverse=True)
    return re.compile(b"|".join(longest_first) or b"(?!)", re.IGNORECASE)


def _likely_encodings(content: bytes) -> tuple[str, ...]:
    """In UTF-16 every other byte of Western text is NUL: which ones tells the order. Only one is tried, since text of
    one order is, a byte further on, also text of the other."""
    head = content[:BLOCK]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if max(even, odd) * 10 < len(head):
        return ("utf-8", "latin-1")
    return ("utf-16-be",) if even > odd else ("utf-16-le",)


def _encoded(terms: Iterable[str]) -> dict[bytes, str]:
    """Written in bytes → the needle."""
    found: dict[bytes, str] = {}
    for needle in terms:
        for encoding in ENCODINGS:
            try:
                found.setdefault(needle.encode(encoding).lower(), needle)
            except UnicodeEncodeError:
                continue
    return found
