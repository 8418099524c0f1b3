"""Every header, status word and file name of languages/, one at a time: what says no is closed or the drop is held, and
who said yes stays open."""

from collections.abc import Sequence
from typing import Any

import pytest

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline_tests.door.words import CODES, Language, language
from contact_pipeline_tests.door.writing import Dialect, written
from contact_pipeline_tests.reading.rows import read

# A word that says no and is not understood must at least hold the drop. What the door may still do wrong: nothing.
MOST_HELD = 0.1  # of the headers of a language


def people(words: Language, header: str, cells: Sequence[str]) -> list[list[str]]:
    """One person for each cell."""
    names = [words[f"person.{kind}"][0] for kind in ("given", "family", "email", "phone")]
    rows = [
        [words["givens"][i], words["families"][i + 1], f"p{i}@wald{i}.example", f"+4930231250{i:02d}", cell]
        for i, cell in enumerate(cells)
    ]
    return [[*names, header], *rows]


def outcome(rows: Sequence[Sequence[str]], name: str = "export.csv") -> tuple[list[dict[str, Any]], str | None]:
    """The rows and why the drop would be held."""
    try:
        drop, found = read(written(rows, Dialect()), name)
    except UnreadableDrop as error:
        return [], error.reason
    faults = drop.faults()
    return found, faults[0].rule if faults else None


def is_closed(row: dict[str, Any], channel: str) -> bool:
    return any(r.startswith(f"{channel}:") for r in row.get("restrictions", ()))


def judge(words: Language, kind: str, closes: Sequence[bool], cells: Sequence[str], channels: Sequence[str]) -> None:
    """Each header of the kind over these cells."""
    wrong, held = [], []
    for header in words[kind]:
        found, reason = outcome(people(words, header, cells))
        if reason is not None:
            held.append(f"{header}: {reason}")
            continue
        for row, cell, should_close in zip(found, cells, closes, strict=True):
            # A header may close more than its channel, never less; a yes to it closes nothing.
            if should_close:
                wrong += [f"{header}: {cell!r} leaves {c} open" for c in channels if not is_closed(row, c)]
            if not should_close and row.get("restrictions"):
                wrong.append(f"{header}: {cell!r} closes {row['restrictions']}")
    assert not wrong
    assert len(held) <= max(1, MOST_HELD * len(words[kind])), held


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("kind", "channels"),
    [("closing.email", ["email"]), ("closing.phone", ["phone"]), ("closing.both", ["email", "phone"])],
)
def test_yes_closes(code: str, kind: str, channels: list[str]) -> None:
    words = language(code)
    yes, no = words["yes"], words["no"]
    judge(words, kind, [True, False, True, False, False], [yes[0], no[0], yes[1], no[-1], ""], channels)


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    ("kind", "channels"),
    [("allowing.email", ["email"]), ("allowing.phone", ["phone"]), ("allowing.newsletter", ["email"])],
)
def test_no_closes_and_so_does_silence(code: str, kind: str, channels: list[str]) -> None:
    words = language(code)
    yes, no = words["yes"], words["no"]
    judge(words, kind, [True, False, True, False, True], [no[0], yes[0], no[1], yes[1], ""], channels)


@pytest.mark.parametrize("code", CODES)
def test_a_day_of_leaving_closes(code: str) -> None:
    words = language(code)
    cells = ["2024-03-12", "", words["never"][0], "25.03.2024", words["never"][1]]
    judge(words, "closing.moment", [True, False, False, True, False], cells, ["email"])


@pytest.mark.parametrize("code", CODES)
def test_status_headers(code: str) -> None:
    words = language(code)
    good, left = words["status.good"], words["status.left"]
    judge(words, "status.headers", [False, True, False], [good[0], left[0], good[1]], ["email"])


@pytest.mark.parametrize("code", CODES)
def test_words_of_status(code: str) -> None:
    """Good words leave open. All others close, or are known as a bounce, or are asked about."""
    words = language(code)
    good = words["status.good"]
    wrong = []
    for kind in ("good", "left", "bounced", "complained", "pending", "blocked"):
        for word in words[f"status.{kind}"]:
            found, held = outcome(people(words, "Subscription status", [good[0], word, good[1], good[0]]))
            if held is not None:
                continue
            said = is_closed(found[1], "email") or "bounce" in found[1].get("claims", {})
            if said is (kind == "good"):
                wrong.append(f"{kind}: {word}")
    assert not wrong


@pytest.mark.parametrize("code", CODES)
def test_no_by_any_word(code: str) -> None:
    words = language(code)
    wrong = []
    for word in (*words["yes"], *words["no"]):
        rows = people(words, words["closing.both"][0], [words["yes"][0], word, words["no"][0]])
        found, held = outcome(rows)
        if held is None and is_closed(found[1], "phone") is not (word in words["yes"]):
            wrong.append(f"flag: {word}")
        found, held = outcome(people(words, words["allowing.email"][0], [words["yes"][0], word, words["no"][0]]))
        if held is None and is_closed(found[1], "email") is not (word in words["no"]):
            wrong.append(f"allowed: {word}")
    assert not wrong


@pytest.mark.parametrize("code", CODES)
def test_what_is_harmless_closes_nobody(code: str) -> None:
    words = language(code)
    wrong = []
    for header in words["harmless.headers"]:
        for cells in (["17", "", "25"], ["abc", "xyz", "abc"]):
            found, held = outcome(people(words, header, cells))
            if held is not None or any(row.get("restrictions") for row in found):
                wrong.append(f"{header}: {held}")
    assert not wrong
