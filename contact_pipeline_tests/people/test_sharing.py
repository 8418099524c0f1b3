"""Keys that several people bear tell nobody apart: customer numbers, ids that a spreadsheet spoiled, addresses of a
household. Each opens a review."""

import random

import pytest

from contact_pipeline_tests.lab.lab import Lab, csv

HEADER = "Record ID,name,email,phone"
PEOPLE = "select name, email from core.contacts order by name"
ASKED = "select kind, count(*)::int from ops.reviews group by kind order by kind"
NAMES = ("Ada Quince", "Bodo Sloe", "Cleo Medlar", "Dirk Rowan", "Edda Plum")


@pytest.mark.parametrize(
    "cell",
    ["1.23457E+11", "1,23457E+11", "new", "TBD", "0", "000", "-1", "#N/A", "neu", "auto", "新規", "null", "not set"],
)
def test_what_is_no_id_makes_nobody_one(lab: Lab, cell: str) -> None:
    lab.take("crm", csv(HEADER, *(f'"{cell}",{name},p{n}@ok.test,' for n, name in enumerate(NAMES))))
    assert [name for name, _ in lab.rows(PEOPLE)] == sorted(NAMES)
    assert lab.value("select count(*) from core.contact_sources where record_id is not null") == 0


@pytest.mark.parametrize(
    "cell", ["7b1", "0035g00000XyZ1aAAB", "CUST-00017", "4711", "b7f3c9d2-1111-4222-8333-abcdefabcdef"]
)
def test_ids_of_products_are_ids(lab: Lab, cell: str) -> None:
    lab.take("crm", csv(HEADER, f"{cell},Ada Quince,ada@ok.test,"))
    lab.take("crm", csv(HEADER, f"{cell},Ada Quince,,+49 30 23125911"))
    assert lab.rows(PEOPLE) == [("Ada Quince", "ada@ok.test")]


def test_a_companys_customer_number_is_no_persons(lab: Lab) -> None:
    key = lab.take("crm", csv(HEADER, *(f"K-1001,{name},p{n}@ok.test," for n, name in enumerate(NAMES))))
    assert len(lab.rows(PEOPLE)) == len(NAMES)
    assert lab.rows(ASKED) == [("shared_record_id", 1)]
    again = lab.take("crm", csv(HEADER, *(f"K-1001,{name},p{n}@ok.test," for n, name in enumerate(NAMES)), ""))
    assert (lab.accounting(key), lab.accounting(again)) == ((5, 5, 0, 0), (5, 0, 5, 0))


def test_rows_that_have_nothing_but_a_companys_number_are_told_apart_by_their_values(lab: Lab) -> None:
    rows = [f"K-1001,{name},{f'p{n}@ok.test' if n < 2 else ''}," for n, name in enumerate(NAMES)]
    lab.take("crm", csv(HEADER, *rows))
    again = lab.take("crm", csv(HEADER, *rows, ""))
    assert lab.accounting(again) == (5, 0, 5, 0)


def test_a_record_that_comes_again_with_other_values_was_corrected(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, "7,Ada Quince,ada@ok.test,"))
    lab.take("crm", csv(HEADER, "7,Ada Sloe,ada.s@ok.test,"))
    assert lab.rows(PEOPLE) == [("Ada Sloe", "ada.s@ok.test")]


def test_one_person_with_two_addresses_stays_one_and_is_asked_about(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, "7,Ada Quince,ada@ok.test,", '7,"Quince, Ada",ada.q@ok2.test,'))
    assert len(lab.rows(PEOPLE)) == 1
    assert lab.rows(ASKED) == [("record_id_two_addresses", 1)]


@pytest.mark.parametrize("drops", [1, 2])
def test_two_records_of_one_source_may_share_an_address(lab: Lab, drops: int) -> None:
    header, rows = HEADER + ",unsubscribed", ["70001,Jule Jade,jade@ok.test,,no", "70002,Kord Jade,jade@ok.test,,yes"]
    for part in ([rows], [[rows[0]], [rows[1]]])[drops - 1]:
        lab.drop("crm", csv(header, *part))
    assert lab.rows(PEOPLE) == [("Jule Jade", "jade@ok.test"), ("Kord Jade", "jade@ok.test")]
    assert lab.rows("select distinct can_email from core.contacts") == [(False,)]  # the opt-out is the address's
    assert ("shared_address", 1) in lab.rows(ASKED)


def test_the_same_person_twice_in_a_source_is_one(lab: Lab) -> None:
    lab.take("crm", csv(HEADER, "1,Ada Quince,ada@ok.test,", "2,ADA QUINCE,ada@ok.test,"))
    assert len(lab.rows(PEOPLE)) == 1 and lab.rows(ASKED) == []


def test_without_records_an_address_is_one_contact_and_a_question(lab: Lab) -> None:
    lab.take("crm", csv("name,email", "Jule Jade,jade@ok.test", "Kord Jade,jade@ok.test"))
    assert len(lab.rows(PEOPLE)) == 1 and lab.rows(ASKED) == [("shared_address", 1)]


def test_composed_and_decomposed_names_are_one(lab: Lab) -> None:
    lab.take("crm", csv("name,phone", "Zoe\u0308 Quince,+49 30 23125942", "Zo\u00eb Quince,+49 30 23125942"))
    assert len(lab.rows(PEOPLE)) == 1


def test_no_two_names_ever_become_one(lab: Lab) -> None:
    """Whatever ids and addresses a list repeats: who has both an address and a name of their own stays their own."""
    dice = random.Random(11)
    rows = [(dice.choice(["", "1", "2", "0", "new"]), name, f"{name.split()[0].lower()}@ok.test") for name in NAMES * 3]
    dice.shuffle(rows)
    lab.take("crm", csv(HEADER, *(f"{record},{name},{email}," for record, name, email in rows)))
    assert [name for name, _ in lab.rows(PEOPLE)] == sorted(NAMES)
