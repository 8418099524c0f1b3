"""Lines of a table that are no people: the header once more, labels, a ruler, a total, a remark. Counted apart, never
contacts. A line is judged by itself, so that no other line changes its number when a row is erased.

Whatever reaches somebody, an address or a number, is somebody's, whatever words stand beside it.
"""

import re
from collections.abc import Sequence

from contact_pipeline.wording import line_words
from contact_pipeline.wording.field_headers import field_target
from contact_pipeline.wording.permission_cells import Said, said_in
from contact_pipeline.wording.stems import plain
from contact_pipeline.wording.vocabulary import header_key, target_of

LABELS, TOTALS, OTHER_TABLE = "label_lines", "total_lines", "other_table"
NUMBER = re.compile(r"\s*(?:\+|\(?0)[\d ()./-]{5,}\s*$")
_LETTERS = re.compile(r"[^\W\d_]")
_RULER = re.compile(r"[-=+_*~|.:#\s]{3,}")
_LONGEST = 2_000
_OF_NAMES = frozenset({"name", "given_name", "middle_name", "family_name"})
_CLOSING = frozenset({Said.LEFT, Said.BLOCKED, Said.REFUSED, Said.COMPLAINED})


class NoPeople:
    """Judges the lines of one file. A line with an at sign in the cell `address`, or a number in the cell `phone`, is
    somebody's: nothing more need be looked at. -1: the file has no such column."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = [header_key(name) for name in header]
        self._targets = [target_of(name) or field_target(name) or "extra" for name in header]
        self.address, self.phone = (self._first(target) for target in ("email", "phone"))

    def _first(self, target: str) -> int:
        return self._targets.index(target) if target in self._targets else -1

    def is_header(self, record: Sequence[str]) -> bool:
        """The file's own, once more."""
        return [header_key(cell) for cell in record] == self._header

    def kind(self, record: Sequence[str]) -> str | None:
        """LABELS, TOTALS, OTHER_TABLE (the header of one), or None: it may be somebody."""
        filled = [(place, cell.strip()) for place, cell in enumerate(record) if cell and not cell.isspace()]
        if not filled or len(filled[0][1]) > _LONGEST:
            return None
        if any("@" in cell or NUMBER.match(cell) for _, cell in filled):
            return None
        if all(_RULER.fullmatch(cell) for _, cell in filled):
            return LABELS
        return self._labels(filled) or self._total(filled) or self._remark(filled)

    def _labels(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """Each cell names a field. The fields of their own columns: labels; others: another table begins."""
        if len(filled) < 2 and len(self._header) > 1:
            return None
        if len(filled) > 1 and all(line_words.is_type(cell) for _, cell in filled):
            return LABELS
        if not self._may_be_labels(filled):
            return None
        own = elsewhere = named = unknown = 0
        for place, cell in filled:
            if place >= len(self._header) or len(cell) > 60:
                return None
            is_own = header_key(cell) == self._header[place] != ""
            target = target_of(cell) or (field_target(cell) if len(filled) > 1 else None)
            if target is None and not is_own:
                if any(map(str.isdigit, cell)):
                    return None
                unknown += 1
                continue
            is_own = is_own or target == self._targets[place] != "extra" or {target, self._targets[place]} <= _OF_NAMES
            own += is_own
            named += target != "extra"
            elsewhere += not is_own and target != "extra" and target in self._targets
        if unknown and own < max(2, unknown + 1):
            return None
        if not elsewhere and 2 * own >= len(filled) - unknown:
            return LABELS
        return OTHER_TABLE if named and len(filled) > 1 else None

    def _may_be_labels(self, filled: Sequence[tuple[int, str]]) -> bool:
        """A cell is a word of the tables or the header's own: stems alone make no labels, and cost a hundred times as
        much to look for."""
        return any(
            target_of(cell) or (place < len(self._header) and header_key(cell) == self._header[place] != "")
            for place, cell in filled
        )

    def _total(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """A word of total, and beside it sums and nothing else."""
        worded = [(place, cell) for place, cell in filled if _LETTERS.search(cell)]
        place, first = worded[0] if worded else filled[0]
        if len(first) > 80 or any(not (_is_sum(cell) or line_words.is_total(plain(cell))) for _, cell in worded[1:]):
            return None
        said = plain(first)
        if not worded:
            return TOTALS if len(filled) == 1 and not first.isdigit() and line_words.is_page(said) else None
        if line_words.is_page(said) or line_words.counts_rows(said):
            return TOTALS if len(worded) == 1 else None
        has_sum = len(filled) > len(worded)
        says_sum = any(map(str.isdigit, first)) or first.endswith(line_words.COLONS)
        if line_words.is_total(said):
            return TOTALS if has_sum or says_sum or place == 0 else None
        if len(said.split()) > 6:
            return None
        if (says_sum and line_words.speaks_of_total(said)) or (has_sum and line_words.begins_with_total(said)):
            return TOTALS
        return TOTALS if len(worded) == 1 and line_words.says_count(first) else None

    def _remark(self, filled: Sequence[tuple[int, str]]) -> str | None:
        """One cell of text where a name would stand: a comment, a page's date, a sentence. A name has none of these."""
        place, cell = filled[0]
        is_elsewhere = place > 0 and (place >= len(self._targets) or self._targets[place] not in _OF_NAMES)
        if len(filled) > 1 or is_elsewhere:
            return None
        if line_words.is_marked(cell):
            return LABELS
        if len(self._header) < 2 or _LETTERS.search(cell) is None or not line_words.is_remark(cell):
            return None
        return None if said_in(cell) in _CLOSING else LABELS


def _is_sum(cell: str) -> bool:
    return any(map(str.isdigit, cell)) and len(_LETTERS.findall(cell)) <= 12
