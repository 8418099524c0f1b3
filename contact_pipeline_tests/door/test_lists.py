"""Whole lists: languages, permission shapes, header styles, orders, dialects, each with its truth."""

import pytest

from contact_pipeline_tests.door.holding import counted
from contact_pipeline_tests.door.lists import listed
from contact_pipeline_tests.door.truth import SHAPES
from contact_pipeline_tests.door.words import CODES

LISTS = 6  # of a language and a shape
MOST_HELD = 0.34  # unread titles and the like among them


@pytest.mark.parametrize("shape", ["none", *SHAPES])
@pytest.mark.parametrize("code", CODES)
def test_no_list_comes_out_wrong(code: str, shape: str) -> None:
    found = [listed(code, shape, seed) for seed in range(LISTS)]
    assert not [said for outcome, said in found if outcome.verdict == "wrong"]


@pytest.mark.parametrize("code", CODES)
def test_most_lists_are_read_and_not_only_held(code: str) -> None:
    figures = counted([listed(code, shape, seed)[0] for shape in SHAPES for seed in range(LISTS)])
    assert figures["held"] <= MOST_HELD * figures["files"], figures["held_by_rule"]
