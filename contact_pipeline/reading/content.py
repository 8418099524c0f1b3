"""What the cells of a column are, whatever its header says: addresses, numbers, profiles, greetings. Seen on a
sample."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.wording.permission_cells import Said, said_in
from contact_pipeline.wording.places import country_code
from contact_pipeline.wording.truth import truth
from contact_pipeline.wording.vocabulary import header_key

SAMPLE_RECORDS = 500
ENOUGH = 0.6  # of the filled cells: the column is of that kind
FEW = 0.3
SEVERAL = 3  # cells, where fewer prove nothing
_ADDRESS = re.compile(r"^[\s<\"'\[]*(?:mailto:)?[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+[\s>\"'\]]*$", re.IGNORECASE)
_NUMBER = re.compile(r"^\+?[\d ()./-]{6,24}$")
_SHORTEST_COUNTRY = 4  # a code may be of a state or a language
_LONGEST = 60  # characters of a word
_COMMA_NAME = re.compile(r"[^,@;]{2,60}, ?[^,@;]{2,60}")
_CALLING_CODE = re.compile(r"(?:\+|00) ?\d{1,3}")
_PROFILE = re.compile(r"linkedin\.com/(?:in|pub)/", re.IGNORECASE)
_SALUTATIONS = """mr mrs ms miss mx dr prof professor sir madam dame rev herr frau hr fr dipl ing drs mag mme mlle m
    me monsieur madame mademoiselle maitre sr sra srta don dona senor senora dra sig sigra dott dottssa
    dhr mevr mw heer mevrouw pan pani herre fru froken г-н г-жа 様 殿 先生 女士 小姐 господин госпожа"""
_GREETINGS = frozenset(_SALUTATIONS.split())


_LEAVINGS = frozenset({Said.LEFT, Said.BLOCKED, Said.BOUNCED_HARD, Said.COMPLAINED})
_STATUSES = _LEAVINGS | {Said.FINE, Said.BOUNCED, Said.BOUNCED_SOFT, Said.REFUSED}


class Column:
    """Shares of the filled cells of one column in the sample, each looked for when it is asked for: the languages'
    words and countries take half a second to load."""

    def __init__(self, cells: Sequence[str]) -> None:
        self._cells = cells
        self.filled = len(cells)

    def _share(self, is_one: Callable[[str], bool]) -> float:
        return sum(map(is_one, self._cells)) / self.filled if self.filled else 0.0

    @cached_property
    def addresses(self) -> float:
        return self._share(lambda c: _ADDRESS.match(c) is not None)

    @cached_property
    def numbers(self) -> float:
        return self._share(lambda c: _NUMBER.match(c) is not None and sum(map(str.isdigit, c)) >= 6)

    @cached_property
    def profiles(self) -> float:
        return self._share(lambda c: _PROFILE.search(c) is not None)

    @cached_property
    def greetings(self) -> float:
        return self._share(lambda c: all(header_key(word) in _GREETINGS for word in c.replace(".", " ").split()))

    @cached_property
    def comma_names(self) -> float:
        return self._share(lambda c: _COMMA_NAME.fullmatch(c) is not None)

    @cached_property
    def bare_numbers(self) -> float:
        return self._share(lambda c: not any(map(str.isalpha, c)) and sum(map(str.isdigit, c)) < 6)

    @cached_property
    def statuses(self) -> float:
        """Words of any status, yes and no too."""
        return self._share(lambda c: len(c) < _LONGEST and (said_in(c) in _STATUSES or truth(c) is not None))

    @cached_property
    def leavings(self) -> float:
        return self._share(lambda c: len(c) < _LONGEST and said_in(c) in _LEAVINGS)

    @cached_property
    def international_numbers(self) -> float:
        return self._share(
            lambda c: c.startswith("+") and sum(map(str.isdigit, c)) >= 8 and not any(map(str.isalpha, c))
        )

    @cached_property
    def calling_codes(self) -> float:
        return self._share(lambda c: _CALLING_CODE.fullmatch(c) is not None)

    @cached_property
    def countries(self) -> float:
        return self._share(lambda c: _SHORTEST_COUNTRY <= len(c) < _LONGEST and country_code(c) is not None)


def look_at(sample: Sequence[Sequence[str]], width: int) -> list[Column]:
    """sample: records as wide as the header."""
    return [Column([cell.strip() for record in sample if (cell := record[place]).strip()]) for place in range(width)]


def same_as_parts(sample: Sequence[Sequence[str]], whole: int, parts: Sequence[int]) -> float:
    """How often the cell of one column holds the words of others: a whole name beside its parts."""
    compared = [record for record in sample if record[whole].strip() and any(record[p].strip() for p in parts)]
    if not compared:
        return 1.0
    holding = [
        all(header_key(record[part]) in header_key(record[whole]) for part in parts if record[part].strip())
        for record in compared
    ]
    return sum(holding) / len(holding)


@dataclass(frozen=True)
class Survey:
    """What the whole file says in columns of permission, by position: who says yes, where a cell is empty."""

    says_yes: frozenset[int] = frozenset()
    has_blank: frozenset[int] = frozenset()


def survey(records: Iterable[Sequence[str]], columns: Sequence[ColumnMap]) -> Survey:
    """Reads as far as needed: mostly a few records tell."""
    asked_yes = {c.position for c in columns if c.target.startswith("refusal:") or c.target in CAN}
    asked_blank = {c.position for c in columns if c.target.startswith("moment:") or c.target in LEFT_ON}
    yes: set[int] = set()
    blank: set[int] = set()
    width = max((c.position + 1 for c in columns), default=0)
    for record in records if asked_yes or asked_blank else ():
        if len(record) > width:
            continue  # its cells may stand anywhere
        for place in tuple(asked_yes):
            cell = record[place] if place < len(record) else ""
            if cell.strip() and said_in(cell.strip()) in (Said.YES, Said.FINE, Said.A_DAY):
                yes.add(place)
                asked_yes.discard(place)
        for place in tuple(asked_blank):
            cell = record[place].strip() if place < len(record) else ""
            if not cell or said_in(cell) is Said.NO:
                blank.add(place)
                asked_blank.discard(place)
        if not asked_yes and not asked_blank:
            break
    return Survey(frozenset(yes), frozenset(blank))


CAN = frozenset({"claim:can_email", "claim:can_call"})
LEFT_ON = frozenset({"claim:opt_out_date", "claim:email_opt_out_date", "bounce"})
