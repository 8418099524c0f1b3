"""What the cells of a column are, whatever its header says: addresses, numbers, profiles, greetings. Seen on a
sample."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.wording.permission_cells import Said, said_in
from contact_pipeline.wording.places import country_code
from contact_pipeline.wording.truth import truth
from contact_pipeline.wording.vocabulary import header_key

SAMPLE_RECORDS = 500
ENOUGH = 0.6  # of the filled cells: the column is of that kind
FEW = 0.3
_ADDRESS = re.compile(r"^[\s<\"'\[]*(?:mailto:)?[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+[\s>\"'\]]*$", re.IGNORECASE)
_NUMBER = re.compile(r"^\+?[\d ()./-]{6,24}$")
_SHORTEST_COUNTRY = 4  # a code may be of a state or a language
_PROFILE = re.compile(r"linkedin\.com/(?:in|pub)/", re.IGNORECASE)
_SALUTATIONS = """mr mrs ms miss mx dr prof professor sir madam dame rev herr frau hr fr dipl ing drs mag mme mlle m
    me monsieur madame mademoiselle maitre sr sra srta don dona senor senora dra sig sigra dott dottssa
    dhr mevr mw heer mevrouw pan pani herre fru froken г-н г-жа 様 殿 先生 女士 小姐 господин госпожа"""
_GREETINGS = frozenset(_SALUTATIONS.split())


_LEAVINGS = frozenset({Said.LEFT, Said.BLOCKED, Said.BOUNCED_HARD, Said.COMPLAINED})
_STATUSES = _LEAVINGS | {Said.FINE, Said.BOUNCED, Said.BOUNCED_SOFT, Said.REFUSED}


@dataclass(frozen=True)
class Column:
    """Shares of the filled cells of one column in the sample."""

    filled: int
    addresses: float
    numbers: float
    profiles: float
    greetings: float
    comma_names: float
    bare_numbers: float
    statuses: float
    leavings: float
    countries: float


def look_at(sample: Sequence[Sequence[str]], width: int) -> list[Column]:
    """sample: records as wide as the header."""
    return [_column([cell.strip() for record in sample if (cell := record[place]).strip()]) for place in range(width)]


def _column(cells: Sequence[str]) -> Column:
    def share(is_one: Iterable[bool]) -> float:
        return sum(is_one) / len(cells) if cells else 0.0

    return Column(
        len(cells),
        share(_ADDRESS.match(c) is not None for c in cells),
        share(_NUMBER.match(c) is not None and sum(map(str.isdigit, c)) >= 6 for c in cells),
        share(_PROFILE.search(c) is not None for c in cells),
        share(all(header_key(word) in _GREETINGS for word in c.replace(".", " ").split()) for c in cells),
        share(re.fullmatch(r"[^,@;]{2,60}, ?[^,@;]{2,60}", c) is not None for c in cells),
        share(not any(map(str.isalpha, c)) and sum(map(str.isdigit, c)) < 6 for c in cells),
        share(len(c) < 60 and (said_in(c) in _STATUSES or truth(c) is not None) for c in cells),
        share(len(c) < 60 and said_in(c) in _LEAVINGS for c in cells),
        share(_SHORTEST_COUNTRY <= len(c) < 60 and country_code(c) is not None for c in cells),
    )


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
