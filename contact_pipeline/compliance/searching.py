"""Needles in bytes: files of any kind, read in blocks, whatever their size."""

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


def search_stream(stream: BinaryIO, needles: Iterable[str]) -> FileHits:
    """Look for the needles from where the stream stands to its end, in the encodings that lists come in.

    Finds them also within longer words: in a database file the byte before a value may be any.
    """
    wanted = _encoded(needles)
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


def redacted_bytes(content: bytes, needles: Iterable[str]) -> bytes:
    """The content with every find overwritten by as many `x`: nothing moves, whatever the file is."""
    for needle in _encoded(needles):
        content = re.sub(re.escape(needle), lambda found: b"x" * len(found[0]), content, flags=re.IGNORECASE)
    return content


def _encoded(needles: Iterable[str]) -> dict[bytes, str]:
    """Written in bytes → the needle."""
    found: dict[bytes, str] = {}
    for needle in needles:
        for encoding in ENCODINGS:
            try:
                found.setdefault(needle.encode(encoding).lower(), needle)
            except UnicodeEncodeError:
                continue
    return found
