"""Rows that cannot be split into columns still say who must not be contacted: their addresses and numbers are closed
where the file, or a cell of theirs, says opt-out. In doubt they are."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from contact_pipeline.reading.headers import HeaderMap
from contact_pipeline.reading.restrictions import closed_by, closing_of
from contact_pipeline.wording.permission_cells import Said, said_in

# Bounded: a broken line may be a megabyte without an end.
_ADDRESS = re.compile(r"[\w.%+'&-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}")
LONGEST = 100_000
_NUMBER = re.compile(r"(?<![\w.])\+?\(?\d[\d ()/-]{5,22}\d(?![\w.])")
_CELLS = re.compile(r"[,;\t|\"\r\n]+")


@dataclass(frozen=True)
class LostOptOut:
    """What is known of a row whose columns are lost."""

    emails: list[str]
    phones: list[str]
    restrictions: tuple[str, ...]


def lost_opt_outs(lost: Mapping[int, Sequence[str]], header_map: HeaderMap) -> dict[int, LostOptOut]:
    """By position: rows that reach somebody and may say no. lost: their cells, or their whole line."""
    targets = [c.target for c in header_map.columns if c.is_permission or c.target.startswith("claim:")]
    found = {}
    for row, cells in lost.items():
        text = "\n".join(cells)[:LONGEST]
        restrictions = header_map.file_restrictions
        if header_map.kind == "suppressions":
            restrictions = restrictions or ("email:suppression_list",)
        elif targets:
            words = {word.strip() for word in (*cells, *_CELLS.split(text)) if 0 < len(word.strip()) < 200}
            restrictions += tuple(r for target in targets for word in words for r in closed_by(word, target))
            if not restrictions and not any(said_in(word) in (Said.FINE, Said.YES) for word in words):
                # Its word of status is one that nobody knows.
                restrictions = tuple(r for target in targets if "status" in target for r in closing_of(target))
        emails = _once(_ADDRESS.findall(text))
        phones = _once(n for n in _NUMBER.findall(_ADDRESS.sub(" ", text)) if sum(map(str.isdigit, n)) >= 7)
        if restrictions and (emails or phones):
            found[row] = LostOptOut(emails, phones, tuple(dict.fromkeys(restrictions)))
    return found


def put(values: pa.Array, row: int, value: Sequence[str]) -> pa.Array:
    """The column with this row's first value, if there is one; one row in many thousands has none of its own."""
    if not value:
        return values
    listed = values.to_pylist()
    listed[row] = value[0]
    return pa.array(listed, pa.string())


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
