"""UTF-16 and UTF-32, with and without a mark. Pure."""

import codecs
import unicodedata

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# What tables are made of in every language; in a wrong byte order these become letters of far-off scripts.
_FRAME = frozenset("\r\n\t,;|@. ")
_NO_TEXT = ("Cc", "Co", "Cn", "Cs")
LEAST_FRAME = 0.02
MOST_ODD = 0.02


def wide_codec(head: bytes) -> str | None:
    """Told by the mark; without one by where the zero bytes lie and what the text is then made of.

    head: the beginning of a file; it may end within a character.
    """
    for mark, codec in _MARKS:
        if head.startswith(mark) and not (codec == "utf-32" and len(head) % 4):
            return codec
    if b"\0" not in head:
        return None
    for codec, unit in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        if _is_text(head[: len(head) - len(head) % unit], codec, unit):
            return codec
    return None


def _is_text(head: bytes, codec: str, unit: int) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        text = decoder.decode(head)
    except UnicodeDecodeError:
        return False
    if len(text) < 2:
        return False
    frame = sum(c in _FRAME for c in text)
    odd = sum(c not in _FRAME and unicodedata.category(c) in _NO_TEXT for c in text)
    # In text of one byte each, with NUL bytes strewn in, the frame's bytes mostly have another neighbour.
    narrow = sum(head.count(c.encode("ascii")) for c in _FRAME)
    is_framed = frame >= LEAST_FRAME * len(text) or sum(map(str.isascii, text)) * 2 >= len(text)
    return is_framed and odd <= MOST_ODD * len(text) and frame * 2 >= narrow
