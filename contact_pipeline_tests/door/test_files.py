"""Files whose name says what their columns do not: lists of people who said no, and lists that only sound so."""

from typing import Any

import pytest

from contact_pipeline_tests.door.test_words import is_closed, outcome, people
from contact_pipeline_tests.door.words import CODES, language


def is_list_of_opt_outs(rows: list[dict[str, Any]], held: str | None, channel: str) -> bool:
    return held is not None or all(is_closed(row, channel) or "bounce" in row.get("claims", {}) for row in rows)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("kind", "channel"), [("files.opted_out", "email"), ("files.bounced", "email"), ("files.numbers", "phone")]
)
def test_a_bare_list_whose_name_says_no_frees_nobody(code: str, kind: str, channel: str) -> None:
    words = language(code)
    cells = [f"a{i}@tal{i}.example" if channel == "email" else f"+4930231251{i:02d}" for i in range(3)]
    wrong = [
        name
        for name in words[kind]
        if not is_list_of_opt_outs(*outcome([[words[f"person.{channel}"][0]], *([c] for c in cells)], name), channel)
    ]
    assert not wrong


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("kind", ["files.opted_out", "files.bounced"])
def test_a_list_of_names_is_not_freed_either(code: str, kind: str) -> None:
    words = language(code)
    rows = [row[:4] for row in people(words, "", ["", "", ""])]
    wrong = [name for name in words[kind] if not is_list_of_opt_outs(*outcome(rows, name), "email")]
    assert not wrong


@pytest.mark.parametrize("code", CODES)
def test_customers_stay_customers(code: str) -> None:
    """Also where the name says that those who left were taken out: open, or a person is asked."""
    words = language(code)
    rows = people(words, words["person.company"][0], ["Wald AG", "Moor KG", "Heide & Co"])
    rows = [[*row, cell] for row, cell in zip(rows, [words["person.city"][0], *words["cities"][:3]], strict=True)]
    for name in words["files.people"]:
        found, held = outcome(rows, name)
        assert held is None, name
        assert not any(row.get("restrictions") for row in found), name
    for name in words["files.taken_out"]:
        found, held = outcome(rows, name)
        assert held is not None or not any(row.get("restrictions") for row in found), name
