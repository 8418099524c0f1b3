"""Lines that are no people: totals and labels in every language, wherever they stand."""

from random import Random

import pytest

from contact_pipeline_tests.door.holding import judged
from contact_pipeline_tests.door.test_words import outcome, people
from contact_pipeline_tests.door.truth import invented
from contact_pipeline_tests.door.words import CODES, language
from contact_pipeline_tests.door.writing import table


def contacts(rows: list[list[str]]) -> int:
    found, held = outcome(rows)
    assert held is None
    return sum("reasons" not in row for row in found)


@pytest.mark.parametrize("code", CODES)
def test_totals_are_nobody(code: str) -> None:
    words = language(code)
    rows = people(words, "X", ["5", "5", "5"])
    wrong = [total for total in words["lines.totals"] if contacts([*rows, [total, "", "", "", "15"]]) != 3]
    wrong += [
        total for total in words["lines.totals"] if contacts([row[:4] for row in rows] + [[total, "", "", ""]]) != 3
    ]
    assert not wrong


@pytest.mark.parametrize("code", CODES)
def test_labels_are_nobody(code: str) -> None:
    """Technical names above, labels below; and the header once more in the middle."""
    words = language(code)
    wrong = []
    for seed in range(6):
        random = Random(f"{code} {seed}")
        truth = invented(words, "none", random)
        rows = table(truth, random)
        rows = [row[: sum(bool(getattr(truth.people[0], f)) for f in _FIELDS)] for row in rows]
        technical = [_TECHNICAL[f] for f in _FIELDS if getattr(truth.people[0], f)]
        found, held = outcome([technical, *rows])
        if held is None and (verdict := judged(found, truth.people)).verdict == "wrong":
            wrong.append((rows[0], verdict.faults))
        found, held = outcome([*rows[:3], rows[0], *rows[3:]])
        if held is None and (verdict := judged(found, truth.people)).verdict == "wrong":
            wrong.append((rows[0], verdict.faults))
    assert not wrong


_FIELDS = ("given", "family", "email", "phone", "company", "title", "city")
_TECHNICAL = {"given": "first_name", "family": "last_name", "email": "email", "phone": "phone", "company": "company",
              "title": "job_title", "city": "city"}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_words_in_place_of_an_address_are_none(code: str) -> None:
    words = language(code)
    for word in words["lines.nobody"]:
        rows = people(words, "X", ["1", "2", "3"])
        rows[1][2] = rows[2][2] = word
        found, held = outcome(rows)
        assert held is None, word
        assert all("@" in row["email"] for row in found if "email" in row), word
        assert len(found) == 3, word
