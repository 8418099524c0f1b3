"""Lines that are no people are counted apart and shown; a person with a strange name stays a person."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline_tests.door.words import CODES, language
from contact_pipeline_tests.reading.rows import read

ROWS = ["Nele Nuss,nele@korb.example,+49 30 23125001,300", "Otto Olm,otto@korb.example,,1200"]
FIELDS = ("person.name", "person.email", "person.phone")


def table(*extra: str, at: int = 2, header: str = "Name,Email,Phone,Umsatz") -> str:
    return "\n".join([header, *ROWS[:at], *extra, *ROWS[at:]]) + "\n"


def only_people(content: str, kind: str, count: int = 1) -> None:
    drop, rows = read(content)
    assert [(row["row_number"], row.get("name")) for row in rows] == [(1, "Nele Nuss"), (2, "Otto Olm")]
    assert drop.accounting.repairs[f"file:{kind}"] == count
    assert drop.accounting.rows_in == 2
    assert drop.faults() == ()


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("shape", ["{},,,", "{}", "{},,,1500", ",,{},1500", '{},2,2,"1.500,00"'])
def test_totals(code: str, shape: str) -> None:
    words = language(code)["lines.totals"]
    only_people(table(*(shape.format(f'"{word}"') for word in words)), "total_lines", len(words))


@pytest.mark.parametrize("code", CODES)
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_labels_above_and_between(code: str, data: Any) -> None:
    words = language(code)
    labels = [data.draw(st.sampled_from(words[field])).replace(",", " ") for field in FIELDS]
    only_people(table(",".join([*labels, ""]), at=data.draw(st.integers(0, 2))), "label_lines")


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(
    "line",
    [
        "Name,Email,Phone,Umsatz", "name,EMAIL,Phone,umsatz", "\ufeffName,Email,Phone,Umsatz",
        "----,----,-----,----", "-----+-----+----", "=====", "text,text,text,number",
        "varchar(80),varchar(320),varchar(32),int",
        '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}","{""ImportId"":""QID3""}","{""ImportId"":""QID4""}"',
        "required,optional,optional,optional", "# second half", "* ohne Gewähr", "sep=;", "Stand: 01.02.2024",
        "Gedruckt am 2024-02-01 von der Zentrale,,,", "Dieser Bericht ist nur für den internen Gebrauch bestimmt.,,,",
    ],
)  # fmt: skip
def test_labels_rulers_and_remarks(line: str, at: int) -> None:
    only_people(table(line, at=at), "label_lines")


@pytest.mark.parametrize(
    "line", ["Page 1 of 2", "Seite 3/7,,,", "- 2 -,,,", "(2 rows)", "2 rows in set (0.00 sec)", "Kunden: 2,,,"]
)
def test_pages_and_counts(line: str) -> None:
    only_people(table(line), "total_lines")


@pytest.mark.parametrize(
    "line",
    [
        "Suma Ito,,,", "Count Dracula,,,12", "Ivo Som,,,", "Total,t@korb.example,,", "Summe,,+49 30 23125009,",
        "Gesamt,,030 23125009,5",
        "Max Page,,,", "Anna Sum,,,30", "Juan Carlos de la Cruz Jr.,,,", "Nele von der Nuss zu Korb,,,", "Seite,,,",
        "Email Stad,,,",
        "Contact,c@korb.example,,", "Dr. Jon Mean,,,7",
    ],
)  # fmt: skip
def test_people_with_such_names_are_people(line: str) -> None:
    drop, rows = read(table(line))
    assert (len(rows), rows[2]["row_number"]) == (3, 3)
    assert not [rule for rule in drop.accounting.repairs if rule.startswith("file:")]


@pytest.mark.parametrize("code", CODES)
def test_a_word_in_place_of_an_address_makes_nobody_a_label(code: str) -> None:
    for word in language(code)["lines.nobody"]:
        drop, rows = read(table(f'Pia Pilz,"{word}",,'))
        assert rows[2]["name"] == "Pia Pilz"
        assert not [rule for rule in drop.accounting.repairs if rule.startswith("file:")]


def test_a_sentence_that_says_no_is_no_remark() -> None:
    drop, rows = read(table("Frau Nuss hat sich telefonisch vom Newsletter abgemeldet.,,,"))
    assert len(rows) == 3
    assert not drop.accounting.repairs["file:label_lines"]


def test_a_report_that_prints_its_header_on_every_page() -> None:
    header = "Name,Email,Phone,Umsatz"
    people = [f"Nele {n},n{n}@korb.example,,\n" for n in range(200)]
    pages = [f"{header}\n{''.join(people[n : n + 50])}Page {n // 50 + 1} of 4\n" for n in range(0, 200, 50)]
    drop, rows = read("".join(pages), chunk_rows=7)
    assert [row["email"] for row in rows] == [f"n{n}@korb.example" for n in range(200)]
    assert dict(drop.accounting.repairs) == {"file:label_lines": 3, "file:total_lines": 4}


def test_a_file_without_addresses_is_judged_by_its_numbers() -> None:
    drop, rows = read("Name,Phone\nSumme,+49 30 23125001\nNele,030 23125002\nSumme,2\n")
    assert [row["name"] for row in rows] == ["Summe", "Nele"]
    assert drop.accounting.repairs["file:total_lines"] == 1
