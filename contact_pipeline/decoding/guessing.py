"""Which codec a text beyond UTF-8 is in: a detector's opinion, weighed against how the words look. Pure.

chardet knows which letters follow one another in 49 languages, but it always names one codec; the words and the
addresses beside them tell whether another reads them as well. Two readings that are both likely are no proof.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import chardet
from anyascii import anyascii

from contact_pipeline.decoding.charsets import CHARSETS, NOT_LATIN, Charset
from contact_pipeline.decoding.plausibility import oddness, words_beyond_ascii
from contact_pipeline.wording.permission_headers import permission_target
from contact_pipeline.wording.vocabulary import target_of

PROOF = 1.0  # by how much the best reading must be better than any other, in the unit of oddness
PROOF_OF_SELDOM = 1.3  # the same where the best is no encoding of Windows
OF_DETECTOR = 4.0  # how much of that unit e times the detector's confidence is worth
FAULTLESS = 0.5  # for cp1252, by far the commonest, where no word of it is odd
OF_ADDRESS = 3.0  # a word that the address beside it spells in ASCII, or a name of a column
FIRST_LOOK = 300  # words: enough to drop what is far off
NO_BREAK_SPACE = 0xA0
HEADER_LINES = 3
FAR_OFF = 12.0
MAX_CANDIDATES = 4
_CELLS = re.compile(r'[,;\t|"\r\n]+')
_ADDRESS = re.compile(rb"[A-Za-z0-9._+-]{3,}(?=@)|(?<=@)[A-Za-z0-9.-]{3,}")


@dataclass(frozen=True)
class Guess:
    """codec: the likeliest. candidates: codecs of the readings that are as likely; one: it is proved."""

    codec: str
    candidates: tuple[str, ...]


@dataclass
class _Reading:
    """charset: of those that read so, the one that explains it best; all: their detectors are asked; told: words
    that an address spells, or that name columns."""

    charset: Charset
    text: str
    cost: float
    all: list[Charset]
    told: int = 0
    score: float = 0.0


def guess(tokens: Sequence[bytes], lines: Sequence[bytes]) -> Guess:
    """tokens: distinct pieces of the file with bytes beyond ASCII, each whole characters in any codec. lines: the first
    ones that have such bytes.

    Codecs that read all of it alike are one reading.
    """
    readings = _readings(tokens)
    if not readings:
        return Guess("latin-1", ())
    confidence = _confidence(lines)
    for reading in readings:
        likely = math.log(max(_of(reading.all, confidence), 0.005))
        codec = reading.charset.codec
        reading.told = _told_by_addresses(codec, lines) + _known_headers(codec, lines)
        reading.score = OF_DETECTOR * likely + OF_ADDRESS * reading.told - reading.cost
    readings.sort(key=lambda r: -r.score)
    best = readings[0]
    proof = PROOF if best.charset.rarity < 0.8 and best.charset.codec.startswith("cp") else PROOF_OF_SELDOM
    # No codec makes words of it: nothing is proved by being the least odd. Nor where all there is may be the no-break
    # spaces of Windows or one letter of DOS.
    is_space = {byte for token in tokens for byte in token if byte > 127} == {NO_BREAK_SPACE}
    if (best.cost >= len(tokens) and not best.told) or (is_space and best.charset.codec != "cp1252"):
        proof = math.inf
    rivals = [r for r in readings if r.score > best.score - proof][:MAX_CANDIDATES]
    return Guess(best.charset.codec, tuple(r.charset.codec for r in rivals))


def _readings(tokens: Sequence[bytes]) -> list[_Reading]:
    found = [r for c in CHARSETS if (r := _read(tokens[:FIRST_LOOK], c)) is not None]
    if len(tokens) > FIRST_LOOK:
        nearest = min((r.cost for r in found), default=0.0)
        near = [r.charset for r in found if r.cost <= nearest + FAR_OFF]
        found = [r for c in near if (r := _read(tokens, c)) is not None]
    alike: dict[str, _Reading] = {}
    for reading in sorted(found, key=lambda r: r.cost):
        first = alike.setdefault(reading.text, reading)
        if first is not reading:
            first.all += reading.all
    return list(alike.values())


def _read(tokens: Iterable[bytes], charset: Charset) -> _Reading | None:
    try:
        text = b"\n".join(tokens).decode(charset.codec)
    except UnicodeDecodeError:
        return None
    words = dict.fromkeys(words_beyond_ascii(text))
    odd = oddness(words, charset)
    if charset.languages[0] in NOT_LATIN and max(map(len, words), default=1) == 1:
        odd += 2.0  # `Ó Briain` has one letter that is `о` elsewhere
    cost = odd + charset.rarity - (FAULTLESS if charset is CHARSETS[0] and not odd else 0.0)
    return _Reading(charset, text, cost, [charset])


def _confidence(lines: Sequence[bytes]) -> dict[str, float]:
    found = chardet.detect_all(b"\n".join(lines), ignore_threshold=True, compat_names=False, prefer_superset=False)
    return {str(one["encoding"]): one["confidence"] for one in found}


def _of(charsets: Iterable[Charset], confidence: dict[str, float]) -> float:
    return max(confidence.get(name, 0.0) for charset in charsets for name in charset.detector)


def _told_by_addresses(codec: str, lines: Sequence[bytes]) -> int:
    """How many words stand in ASCII letters in an address of their own line: `Łucja` beside `lucja.s@…`."""
    told = set()
    for line in lines:
        addresses = b" ".join(_ADDRESS.findall(line)).decode("ascii").lower()
        if not addresses:
            continue
        for word in words_beyond_ascii(line.decode(codec, "ignore")):
            # A control or a sign leaves no trace in ASCII, and the rest would be found in the address all the same.
            if word.isalpha() and any(len(plain) > 2 and plain in addresses for plain in _in_ascii(word)):
                told.add(word)
    return len(told)


def _known_headers(codec: str, lines: Sequence[bytes]) -> int:
    """How many cells of the first lines are names of columns that anybody uses, beyond ASCII: `Téléphone`."""
    cells = {cell for line in lines[:HEADER_LINES] for cell in _CELLS.split(line.decode(codec, "ignore"))}
    return sum(not cell.isascii() and _is_header(cell) for cell in cells)


def _is_header(cell: str) -> bool:
    return target_of(cell) is not None or permission_target(cell) not in (None, "extra")


_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def _in_ascii(word: str) -> tuple[str, ...]:
    low = word.lower()
    return tuple(re.sub("[^a-z]", "", anyascii(text).lower()) for text in (low, low.translate(_SPELLED_OUT)))
