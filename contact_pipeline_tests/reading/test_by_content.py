"""Where a header leaves it open, the cells and the neighbours decide: statuses of a checker and of a sender, countries,
halves of a name, whose address it is."""

from typing import Any

import pytest

from contact_pipeline.reading.headers import CONTENT
from contact_pipeline_tests.reading.rows import read

# What checkers answer, in words of theirs; none closes anything.
OF_CHECKERS = [
    "valid", "Verified", "invalid", "unknown", "catch-all", "accept_all", "Accept All (Unverifiable)", "risky",
    "Unavailable", "guessed", "Extrapolated", "do_not_mail", "disposable", "Questionable", "undeliverable", "gültig",
    "ungültig", "nicht verifiziert", "non vérifié", "inválido", "desconocido", "sconosciuto", "ongeldig", "nieważny",
    "ogiltig", "neplatný", "無効", "未知", "недействителен", "95", "User Managed", "Update Required", "mailbox full",
]  # fmt: skip
# What senders write under the same header of the person.
OF_SENDERS = [
    "unsubscribed", "pending", "awaiting confirmation", "not subscribed", "inactive", "disabled", "blocklisted",
    "abgemeldet", "désabonné", "não confirmado", "tackat nej", "inattivo", "неактивен", "未确认", "拒收", "Quarzo",
]  # fmt: skip
HEADERS = ["Email status", "E-Mail-Status", "Statut e-mail", "Stato e-mail", "メール状態", "邮件状态", "Статус e-mail"]


def is_closed(row: dict[str, Any]) -> bool:
    return any(r.startswith("email:") for r in row.get("restrictions", ()))


@pytest.mark.parametrize("header", HEADERS)
def test_of_an_address_a_checker_speaks_and_of_a_person_a_sender(header: str) -> None:
    words = OF_CHECKERS + OF_SENDERS
    text = f"Name,Email,{header}\n" + "".join(f"Uta U,u{n}@ulme.example,{word}\n" for n, word in enumerate(words))
    rows = read(text)[1]
    assert {word: is_closed(row) for word, row in zip(words, rows, strict=True)} == (
        dict.fromkeys(OF_CHECKERS, False) | dict.fromkeys(OF_SENDERS, True)
    )


@pytest.mark.parametrize("header", ["Reiseziel", "Pays de facturation", "X12"])
def test_a_column_of_countries_is_the_country(header: str) -> None:
    drop, rows = read(f"Name,Phone,{header}\nA B,(202) 555-0111,United States\nC D,01 99 00 00 01,Frankreich\n")
    assert drop.header_map.columns[2].sureness == CONTENT
    assert [row["country"] for row in rows] == ["US", "FR"]


def test_codes_and_a_second_column_of_countries_are_none() -> None:
    rows = read("Name,Email,X12\nA B,a@ulme.example,DE\nC D,c@ulme.example,FR\n")[1]
    assert all("country" not in row for row in rows)
    rows = read("Name,Email,Country,X12\nA B,a@ulme.example,DE,Frankreich\nC D,c@ulme.example,FR,Italien\n")[1]
    assert [row["country"] for row in rows] == ["DE", "FR"]


@pytest.mark.parametrize(
    ("header", "cells", "given", "family"),
    [
        ("名字,姓氏", "小明,王", "小明", "王"),
        ("名字,下の名前", "山田,太郎", "太郎", "山田"),
        ("Contact name,First name", "Quirin,Otto", "Otto", "Quirin"),
        ("Contact name,First name", "Otto Quirin,Otto", "Otto", None),
        ("Display name,Last name", "Otto Quirin,Quirin", None, "Quirin"),
    ],
)
def test_a_name_beside_one_half_is_the_other_half(header: str, cells: str, given: Any, family: Any) -> None:
    (row,) = read(f"{header},Email\n{cells},o@ulme.example\n")[1]
    assert (row.get("given_name"), row.get("family_name")) == (given, family)


@pytest.mark.parametrize("header", ["Order Email", "Buyer e-mail", "E-Mail Rechnung", "Email acheteur", "注文メール"])
def test_who_pays_may_be_somebody_else(header: str) -> None:
    (row,) = read(f"Name,Email,{header}\nUta U,u@ulme.example,payer@ulme.example\n")[1]
    assert (row["email"], row.get("more_emails")) == ("u@ulme.example", None)
    (row,) = read(f"Name,{header}\nUta U,payer@ulme.example\n")[1]
    assert row["email"] == "payer@ulme.example"


@pytest.mark.parametrize(
    ("header", "yes_closes"),
    [
        ("email_disabled", True), ("E-Mail deaktiviert", True), ("e-mail désactivé", True), ("メール無効", True),
        ("email_enabled", False), ("E-Mail aktiviert", False), ("メール有効化", False), ("On Hold", True),
    ],
)  # fmt: skip
def test_a_channel_that_is_switched_on_or_off(header: str, yes_closes: bool) -> None:
    rows = read(f"Name,Email,{header}\nA B,a@ulme.example,yes\nC D,c@ulme.example,no\n")[1]
    if header == "On Hold":  # that a message came back; for good or not, nobody says
        assert rows[0]["claims"] == {"bounce": "unknown"}
    else:
        assert [is_closed(row) for row in rows] == [yes_closes, not yes_closes]


@pytest.mark.parametrize("bad", ["blocklisted", "désabonné"])
def test_a_column_of_countries_that_says_who_left_is_a_status(bad: str) -> None:
    cells = ("enabled", bad, "enabled")
    text = "Email,Paese,Stato\n" + "".join(f"u{n}@ulme.example,Italia,{cell}\n" for n, cell in enumerate(cells))
    assert [is_closed(row) for row in read(text)[1]] == [False, True, False]


@pytest.mark.parametrize("header", ["Linea", "Zkratka", "X12"])
def test_a_column_of_international_numbers_is_the_phone(header: str) -> None:
    numbers = [f"+49 30 2312500{n}" for n in range(3)]
    rows = read(f"Email,{header}\n" + "".join(f"u{i}@ulme.example,{n}\n" for i, n in enumerate(numbers)))[1]
    assert [row.get("phone") for row in rows] == numbers
    rows = read(f"Email,Phone,{header}\na@ulme.example,030 23125001,+49 30 23125003\n")[1]
    assert (rows[0]["phone"], rows[0].get("more_phones")) == ("030 23125001", None)  # whose the other is, nobody says


@pytest.mark.parametrize("header", ["Vorwahl Land", "Phone prefix", "Kierunkowy", "X12"])
def test_a_column_of_calling_codes_belongs_to_the_number(header: str) -> None:
    rows = read(f"Email,{header},Phone\na@ulme.example,+44,7700900123\nc@ulme.example,0049,30 23125002\n")[1]
    assert [row["phone"].replace(" ", "") for row in rows] == ["+447700900123", "+493023125002"]
