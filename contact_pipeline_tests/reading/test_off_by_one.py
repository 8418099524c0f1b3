"""A row with one delimiter too many or too few where every other row is right: what is certain stays, what closes
closes, and nothing stands in a wrong column."""

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contact_pipeline.reading.realigning import Realigner
from contact_pipeline_tests.reading.rows import read

HEADER = ["Name", "Email", "Phone", "Company", "Job title", "City", "Country", "Opted out", "Remark"]
REACHED = (0, 1, 2)


def person(n: int, **cells: str) -> list[str]:
    row = [f"Uta Ulme{n}", f"u{n}@ulme.example", f"030 2312500{n}", f"Ulme {n} GmbH", "Leitung", "Ulm", "Deutschland",
           "no", "met at a fair"]  # fmt: skip
    for name, cell in cells.items():
        row[HEADER.index(name.replace("_", " ").capitalize())] = cell
    return row


GOOD = [person(n) for n in range(6)]


def rows_of(*rows: Sequence[str]) -> list[dict[str, Any]]:
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    return read(text.getvalue())[1]


def is_closed(row: dict[str, Any], channel: str = "email") -> bool:
    return any(r.startswith(f"{channel}:") for r in row.get("restrictions", ()))


@given(
    st.lists(st.sampled_from(range(3, len(HEADER))), unique=True, min_size=1, max_size=4),
    st.booleans(),
    st.integers(0, len(HEADER)),
)
def test_nothing_stands_in_a_wrong_column(empty: list[int], is_less: bool, at: int) -> None:
    row = [("" if place in empty else cell) for place, cell in enumerate(person(9))]
    broken = list(row)
    if is_less:
        del broken[empty[at % len(empty)]]
    else:
        broken.insert(at, "")
    found = rows_of(*GOOD[:3], broken, *GOOD[3:])[3]
    if "reasons" in found:
        assert "email" not in found
        return
    assert found["email"] == row[1]
    assert found["name"] == row[0]
    assert found.get("phone") in (None, row[2])
    assert found.get("company") in (None, row[3] or None)
    assert found.get("title") in (None, row[4] or None)
    assert found.get("location") in (None, *_parts_of_place(row))


def _parts_of_place(row: Sequence[str]) -> list[str]:
    city, country = row[5], row[6]
    return [", ".join(filter(None, (city, country))), city, country]


@given(st.integers(0, len(HEADER)), st.sampled_from(("yes", "unsubscribed", "2024-03-12")))
def test_who_opted_out_stays_closed(at: int, said: str) -> None:
    for empty in (3, 4, 5, 6, 8):
        row = person(9, Opted_out=said)
        row[empty] = ""
        more, less = list(row), list(row)
        more.insert(at, "")
        del less[empty]
        for broken in (more, less):
            assert is_closed(rows_of(*GOOD[:3], broken, *GOOD[3:])[3])


def test_without_its_country_a_national_number_goes_and_an_international_one_stays() -> None:
    row = person(9, City="")
    del row[5]
    broken = rows_of(*GOOD, row)[-1]
    assert broken["repairs"] == ["row:uncertain_cells"]
    assert (broken["email"], broken.get("phone"), broken.get("country")) == ("u9@ulme.example", None, None)
    row[2] = "+49 30 23125009"
    assert rows_of(*GOOD, row)[-1]["phone"] == "+49 30 23125009"


def test_a_person_who_was_erased_does_not_come_back_by_a_shift() -> None:
    header = "name,email,company,title,city,deletion_completed,remark\n"
    good = "".join(f"Uta Ulme{n},u{n}@ulme.example,Ulme,Leitung,Ulm,,x\n" for n in range(6))
    for broken in ("Otto Olm,o@olm.example,,Leitung,Ulm,2024-03-12\n", "Otto Olm,o@olm.example,,,,,2024-03-12,\n"):
        row = read(header + good + broken)[1][-1]
        assert row["reasons"] in (["deletion_completed"], ["shifted_cells"], ["too_many_cells"])


def test_a_file_that_leaves_out_empty_cells_is_read_as_it_means_it() -> None:
    rows = rows_of(*(person(n)[: 4 + n] for n in range(5)), *GOOD)
    assert [row["email"] for row in rows[:5]] == [f"u{n}@ulme.example" for n in range(5)]
    assert [row["company"] for row in rows[:5]] == [f"Ulme {n} GmbH" for n in range(5)]
    assert not any("repairs" in row or "reasons" in row for row in rows)


@pytest.mark.parametrize("broken", [["", "Uta Ulme9"], ["Uta Ulme9"]])
def test_whom_nobody_can_reach_is_quarantined(broken: list[str]) -> None:
    row = rows_of(*GOOD, [*broken, "", "", *person(9)[3:]])[-1]
    assert "reasons" in row or row["name"] == "Uta Ulme9"


def test_the_agreement_is_what_all_readings_have() -> None:
    drop, _ = read("\n".join(",".join(row) for row in [HEADER, *GOOD]) + "\n")
    realigner: Realigner = drop._realigner
    row = person(9, Company="")
    agreed = realigner.agreed([*row[:3], *row[4:]])
    assert agreed is not None
    assert [agreed[place] for place in REACHED] == [row[0], row[1], ""]
    assert agreed[7] in ("", "no")


def test_where_many_rows_are_short_the_last_cell_is_the_one_left_out() -> None:
    whole = [f"Uta Ulme{n},u{n}@ulme.example,Ulme {n},Leitung,Ulm" for n in range(6)]
    short = [line.removesuffix(",Ulm") for line in whole]
    rows = read("\n".join(["Name,Email,Company,Title,City", *whole, *short]) + "\n")[1]
    assert [(row["company"], row["title"]) for row in rows[6:]] == [(f"Ulme {n}", "Leitung") for n in range(6)]
    (alone,) = read("\n".join(["Name,Email,Company,Title,City", *whole, short[0]]) + "\n")[1][6:]
    assert ("company" in alone, "title" in alone, alone["email"]) == (False, False, "u0@ulme.example")
