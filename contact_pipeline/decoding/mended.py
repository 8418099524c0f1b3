"""A cell as it was meant: text that was encoded twice, HTML entities, quotes around it, letters of full width. Pure.

Only what is certain: a cell that could be meant as it stands is left alone.
"""

import html
import re
import unicodedata
from collections.abc import Iterator

from contact_pipeline.decoding.plausibility import oddness_anywhere, words_beyond_ascii

MENDED_ENCODING, HTML_ENTITIES, QUOTES, FULL_WIDTH = "mended_encoding", "html_entities", "quotes", "full_width"
# How UTF-8 was read when it was saved again as UTF-8, and how seldom. One byte each, so it can be undone.
_MISREAD = {
    "cp1252": 0.0, "latin-1": 0.0, "mac_roman": 0.0, "cp1250": 0.0, "cp1251": 0.0, "cp1254": 0.0, "cp1253": 0.0,
    "cp437": 0.0, "cp850": 0.0, "iso8859-15": 0.75,
}  # fmt: skip
ROUNDS = 3
CERTAIN = 0.75  # by how much less odd the words must be
FAULTLESS = 0.5  # how odd each of them may still be
_UNDEFINED = {"cp1252": "\x81\x8d\x8f\x90\x9d", "cp1250": "\x81\x83\x88\x90\x98", "cp1251": "\x98"}

# RE2, for one look at a whole column: every cell that any rule below may change, and few others.
_QUOTE = r"\x{2018}-\x{201f}\x{ab}\x{bb}\x{2039}\x{203a}"
# Letters that follow one another in plain text of some language.
_PLAIN = (
    r"\x{c0}-\x{ff}\x{386}-\x{3ce}\x{401}\x{404}\x{406}\x{407}\x{410}-\x{44f}\x{451}\x{454}\x{456}\x{457}\x{5d0}-\x{5ea}"
    r"\x{621}-\x{64a}\x{e01}-\x{e4e}\x{3001}-\x{30ff}\x{3400}-\x{9fff}\x{ac00}-\x{d7a3}\x{ff01}-\x{ff9f}"
)
# What the first byte of a letter becomes in Mac Roman, cp437 and cp850, beyond letters.
_LEADS = r"\x{91}-\x{bf}\x{192}\x{393}\x{2013}-\x{203a}\x{20ac}\x{2100}-\x{27bf}\x{f8ff}\x{fb01}\x{fb02}"
ASCII_MEANT_OTHERWISE = r"""&#?[0-9A-Za-z]+;|^\s*(?:'.*'|".*"|`.*['`])\s*$"""
MAY_BE_MEANT_OTHERWISE = "|".join((
    ASCII_MEANT_OTHERWISE,
    rf"^\s*[`{_QUOTE}].*[{_QUOTE}\x{{b4}}]\s*$",
    r"[\x{ff01}-\x{ff9f}\x{ffe0}-\x{ffe6}]",
    rf"[^\x00-\x7f][^\x00-\x7f{_PLAIN}]",
    rf"[{_LEADS}\x{{c1}}-\x{{d4}}\x{{152}}\x{{153}}][^\x00-\x7f]",
))  # fmt: skip


def as_meant(cell: str) -> tuple[str, list[str]]:
    """The cell, and which of the rules changed it, in this order."""
    rules = []
    for rule, change in (
        (MENDED_ENCODING, once_encoded), (HTML_ENTITIES, unescaped), (QUOTES, unquoted), (FULL_WIDTH, half_width),
    ):  # fmt: skip
        changed = change(cell)
        if changed != cell:
            rules.append(rule)
            cell = changed
    return cell, rules


def once_encoded(cell: str) -> str:
    """`AndrÃ©` is André. Certain where every character beyond ASCII is a part of UTF-8 that was read as another codec,
    once or more often, and what comes out is words as people write them, while the cell itself is none."""
    if cell.isascii():
        return cell
    found = _undone(cell)
    if not found:
        return cell
    best = min(found, key=lambda text: found[text])
    others = [odd for text, odd in found.items() if text != best]
    is_better = found[best] <= oddness_anywhere(cell) - CERTAIN
    is_text = found[best] <= FAULTLESS * len(words_beyond_ascii(best))
    return best if is_better and is_text and all(odd >= found[best] + CERTAIN for odd in others) else cell


def _undone(cell: str) -> dict[str, float]:
    """What the cell may have been, and how odd that is."""
    found: dict[str, float] = {}
    waiting = [(cell, 0.0)]
    for _ in range(ROUNDS):
        waiting = [(text, cost + rarity) for given, cost in waiting for text, rarity in _undone_once(given)]
        for text, cost in waiting:
            found.setdefault(text, oddness_anywhere(text) + cost)
    return found


def _undone_once(cell: str) -> Iterator[tuple[str, float]]:
    if cell.isascii():
        return
    seen = set()
    for codec, rarity in _MISREAD.items():
        try:
            text = _as_bytes(cell, codec).decode("utf-8")
        except UnicodeError:
            continue
        if text not in seen:
            seen.add(text)
            yield text, rarity


def _as_bytes(cell: str, codec: str) -> bytes:
    """What the codec leaves undefined, programs keep as the control character of the same number."""
    undefined = _UNDEFINED.get(codec, "")
    return b"".join(c.encode("latin-1" if c in undefined else codec) for c in cell)


_ENTITY = re.compile(r"&(?:#[0-9]{2,7}|#[xX][0-9a-fA-F]{2,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def unescaped(cell: str) -> str:
    """Entities that end as they should, also those that were escaped twice (`&amp;#39;`)."""
    for _ in range(ROUNDS):
        changed = _ENTITY.sub(lambda found: html.unescape(found[0]), cell)
        if changed == cell:
            break
        cell = changed
    return cell


_CLOSING = {
    "'": "'", '"': '"', "`": "´'`", "‘": "’", "‚": "‘’", "‛": "’", "“": "”“", "”": "”", "„": "“”", "‟": "”", "«": "»",
    "»": "«»", "‹": "›", "›": "‹›",
}  # fmt: skip
_BETWEEN_LETTERS = re.compile(r"(?<=\w)['’](?=\w)")


def unquoted(cell: str) -> str:
    """Without a pair around the whole of it; `“A” and “B”` is no pair, and O’Peartree has none."""
    text = cell.strip()
    if len(text) < 3 or text[-1] not in _CLOSING.get(text[0], ""):
        return cell
    inner = text[1:-1]
    rest = _BETWEEN_LETTERS.sub("", inner)
    return cell if text[0] in rest or text[-1] in rest or not inner.strip() else inner.strip()


_FULL_WIDTH = re.compile("[\uff01-\uff9f\uffe0-\uffe6]+")


def half_width(cell: str) -> str:
    """Latin letters, digits and signs of full width as everywhere else; katakana of half width as katakana (NFKC)."""
    return _FULL_WIDTH.sub(lambda found: unicodedata.normalize("NFKC", found[0]), cell)
