"""The export of every known product, renamed, translated, reordered, cut, doubled, shifted and written anew: no opt-out
is lost, no two people become one, nothing crashes. benchmarks/door.py does the same with 5,000 files."""

from random import Random

import pytest

from contact_pipeline_tests.door.exports import FILES, export
from contact_pipeline_tests.door.holding import CRASH, MERGED, OPT_OUT_LOST, counted, outcome
from contact_pipeline_tests.door.mutations import NAMES, drawn, mutated_outcome

MUTANTS = 300
MOST_WRONG = 0.005


@pytest.mark.parametrize("name", FILES)
def test_the_export_itself_is_right(name: str) -> None:
    given = export(name)
    assert outcome(given.written(), name, given.people).verdict == "right"


def test_mutants_lose_nothing() -> None:
    names = list(FILES)
    found = []
    for seed in range(MUTANTS):
        name = names[seed % len(names)]
        found.append((seed, name, *mutated_outcome(name, Random(seed))))
    wrong = [one for one in found if one[3].verdict == "wrong"]
    harm = [one for one in wrong if {OPT_OUT_LOST, MERGED, CRASH} & set(one[3].faults)]
    assert not harm
    figures = counted([result for *_, result in found])
    assert figures["wrong"] <= MOST_WRONG * MUTANTS, wrong
    assert figures["right"] >= 0.9 * MUTANTS


def test_every_mutation_is_drawn() -> None:
    assert {name for seed in range(MUTANTS) for name in drawn(Random(seed))} == set(NAMES)
