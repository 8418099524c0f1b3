"""What columns and cells mean."""

from typing import Any

import pytest

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.reading.links import profile_url
from contact_pipeline.wording.addresses import read_email_cell
from contact_pipeline.wording.dates import Order, parse_date
from contact_pipeline.wording.numbers import read_phone_cell
from contact_pipeline.wording.periods import Period, read_period
from contact_pipeline.wording.places import country_code
from contact_pipeline_tests.reading.rows import read


def row(header: Any, cells: Any, **options: Any) -> Any:
    return read(f"{header}\n{cells}\n", **options)[1][0]


@pytest.mark.parametrize(
    ("cell", "values", "rules", "refused"),
    [
        ("a@b.example; c@d.example", ["a@b.example", "c@d.example"], [], False),
        ("a@b.example c@d.example", ["a@b.example", "c@d.example"], [], False),
        ("a@b.example ::: c@d.example", ["a@b.example", "c@d.example"], [], False),
        ("Bob B <b@b.example>", ["b@b.example"], ["email:unwrapped"], False),
        ('"B, Bob" <b@b.example>, c@d.example', ["b@b.example", "c@d.example"], ["email:unwrapped"], False),
        ("mailto:b@b.example?subject=x", ["b@b.example"], ["email:unwrapped"], False),
        ("'b@b.example", ["b@b.example"], ["email:apostrophe"], False),
        ("/o=ExchangeLabs/cn=x", [], ["email:exchange_dn"], True),
        ("none@none.com", [], [], False),
        ("noemail@b.example", [], [], False),
        ("john@example", ["john@example"], [], False),
        ("no address here", [], ["email:no_address"], True),
        ('"odd local"@b.example', ['"odd local"@b.example'], [], False),
    ],
)
def test_email_cells(cell: Any, values: Any, rules: Any, refused: Any) -> None:
    reading = read_email_cell(cell)
    assert (reading.values, reading.rules, reading.refused) == (values, rules, refused)


@pytest.mark.parametrize(
    ("cell", "values", "rules", "refused"),
    [
        ("'+44 7700 900123", ["+44 7700 900123"], ["phone:apostrophe"], False),
        ("p:+12025550101", ["+12025550101"], ["phone:prefix"], False),
        ("tel:+12025550101", ["+12025550101"], ["phone:prefix"], False),
        ("9.17E+09", [], ["phone:scientific"], True),
        ("4,4770090012E+11", [], ["phone:scientific"], True),
        ("4,47700900123E+11", ["447700900123"], ["phone:scientific_repaired"], False),
        ("9178657631.0", ["9178657631"], ["phone:float"], False),
        ("000-000-0000", [], [], False),
        ("123-456-7890", [], [], False),
        ("9999999999", [], [], False),
        ("+1 202-555-0101 ::: +1 202-555-0102", ["+1 202-555-0101", "+1 202-555-0102"], [], False),
        ("+1 202-555-0101 / +1 202-555-0102", ["+1 202-555-0101", "+1 202-555-0102"], [], False),
        ("(202) 555-0101 ext. 12", ["(202) 555-0101 ext. 12"], [], False),
        ("1-800-FLOWERS", ["1-800-FLOWERS"], [], False),
    ],
)
def test_phone_cells(cell: Any, values: Any, rules: Any, refused: Any) -> None:
    reading = read_phone_cell(cell)
    assert (reading.values, reading.rules, reading.refused) == (values, rules, refused)
    result = row("Name|Phone", f"A|{cell}")
    assert result.get("phone") == (values[0] if values else None)


def test_formula_cells_and_spreadsheet_errors() -> None:
    result = row("Name,Phone,Company", 'A,"=""0151 4960000""",#REF!')
    assert result["phone"] == "0151 4960000"
    assert result["extra"] == {"Company": "#REF!"}
    assert result["repairs"] == ["company:spreadsheet_error", "phone:formula"]


def test_points_are_kept_in_order_once() -> None:
    result = row("Name,Email,Email 2,E-mail 3 - Value", "A,a@b.example,A@B.example,c@d.example")
    assert result["email"] == "a@b.example"
    assert result["more_emails"] == ["c@d.example"]


@pytest.mark.parametrize("nothing", ["N/A", "-", "null", "#N/A", "none"])
def test_placeholders(nothing: Any) -> None:
    assert row("Name,Email,Company", f"Ada,{nothing},{nothing}") == {"row_number": 1, "name": "Ada"}


def test_null_is_a_surname() -> None:
    assert row("First Name,Last Name", "Jenny,Null")["name"] == "Jenny Null"


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        (
            "Vorname;Nachname;E-Mail-Adresse;Firma",
            "Zoë;Müller;z@b.example;B GmbH",
            ("Zoë Müller", "z@b.example", "B GmbH"),
        ),
        ("Prénom;Nom;Courriel;Société", "Zoé;Durand;z@b.example;B SA", ("Zoé Durand", "z@b.example", "B SA")),
        ("Nombre;Apellidos;Correo electrónico;Empresa", "Ana;Paz;z@b.example;B SL", ("Ana Paz", "z@b.example", "B SL")),
        ("NAME;SURNAME;EMAIL;COMPANY", "Ana;Paz;z@b.example;B", ("Ana Paz", "z@b.example", "B")),
    ],
)
def test_headers_in_several_languages(header: Any, cells: Any, expected: Any) -> None:
    result = row(header, cells)
    assert (result["name"], result["email"], result["company"]) == expected


def test_title_is_a_salutation_beside_job_title() -> None:
    result = row("Title,First Name,Job Title", "Dr,Ada,Analyst")
    assert (result["title"], result["extra"]) == ("Analyst", {"Title": "Dr"})
    assert row("Title,First Name", "Analyst,Ada")["title"] == "Analyst"


def test_a_sources_own_mapping_wins_and_unknown_targets_are_refused() -> None:
    drop, rows = read("Wer,Kontakt\nAda,a@b.example\n", mapping={"wer": "name", "KONTAKT": "email"})
    assert (rows[0]["name"], rows[0]["email"]) == ("Ada", "a@b.example")
    assert drop.header_map.unknown_headers == ()
    with pytest.raises(ConfigurationError):
        read("Wer\nAda\n", mapping={"Wer": "nmae"})


def test_ignored_columns_are_nowhere() -> None:
    drop, rows = read("Name,Birthday,Spouse\nAda,1815-12-10,Max\n", ignore_columns=("birthday", "SPOUSE"))
    assert rows == [{"row_number": 1, "name": "Ada"}]
    assert drop.header_map.ignored_headers == ("Birthday", "Spouse")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://uk.linkedin.com/in/Ada-B/", "https://www.linkedin.com/in/ada-b"),
        ("linkedin.com/in/ada?trk=1", "https://www.linkedin.com/in/ada"),
        ("http://m.linkedin.com/in/ada/de", "https://www.linkedin.com/in/ada"),
        ("https://www.linkedin.com/in/zo%C3%AB", "https://www.linkedin.com/in/zoë"),
        ("https://www.linkedin.com/pub/ada-b/1/2b/3c", "https://www.linkedin.com/pub/ada-b/1/2b/3c"),
        ("https://www.linkedin.com/company/x", None),
        ("https://evil.example/linkedin.com/in/ada", None),
        ("https://linkedin.com.evil.example/in/ada", None),
    ],
)
def test_profile_urls(given: Any, expected: Any) -> None:
    assert profile_url(given) == expected
    result = row("Name,LinkedIn", f"A,{given}")
    assert result.get("linkedin_url") == expected
    assert ("extra" in result) == (expected is None)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("Deutschland", "DE"),
        ("USA", "US"),
        ("uk", "GB"),
        ("FRA", "FR"),
        ("Suisse", "CH"),
        ("NA", "NA"),
        ("Narnia", None),
        ("EU", None),
    ],
)
def test_countries(given: Any, code: Any) -> None:
    assert country_code(given) == code
    assert row("Name,Country", f"A,{given}").get("country") == code


def test_uncertain_country_stays_in_extra() -> None:
    result = row("Name,City,Country", "A,Cair Paravel,Narnia")
    assert (result["location"], result["extra"], result["repairs"]) == (
        "Cair Paravel, Narnia", {"Country": "Narnia"}, ["country:uncertain"],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "cell", "expected"),
    [
        ("confidence", "0.9", 0.9),
        ("confidence_score", "85%", 0.85),
        ("Contact Accuracy Score", "95", 0.95),
        ("confidence", "7", None),
        ("confidence", "nan%", None),
    ],
)
def test_confidence(header: Any, cell: Any, expected: Any) -> None:
    result = row(f"Name,{header}", f"A,{cell}")
    assert result.get("confidence") == expected
    assert ("repairs" in result) == (expected is None)


def test_too_long_values_and_invisible_characters() -> None:
    result = row("Name,Company", f"A\u202eda\u200b,{'x' * 3000}")
    assert result["name"] == "Ada"
    assert len(result["extra"]["Company"]) == 2000
    assert result["repairs"] == ["name:invisible_characters", "company:too_long"]


@pytest.mark.parametrize(
    ("text", "order", "iso"),
    [
        ("2024-03-05", None, "2024-03-05T00:00:00+00:00"), ("2024-03-05T10:00:00+02:00",
        None, "2024-03-05T10:00:00+02:00"),
        ("2024-03-05 10:00", None, "2024-03-05T10:00:00+00:00"), ("05 Mar 2024", None, "2024-03-05T00:00:00+00:00"),
        ("March 5, 2024", None, "2024-03-05T00:00:00+00:00"), ("05.03.2024", None, "2024-03-05T00:00:00+00:00"),
        ("03/04/2024", None, None), ("03/04/2024", Order.DAY_FIRST, "2024-04-03T00:00:00+00:00"), ("03/04/2024",
        Order.MONTH_FIRST, "2024-03-04T00:00:00+00:00"),
        ("3/15/2024 2:30 PM", Order.MONTH_FIRST, "2024-03-15T14:30:00+00:00"),
        ("2024-13-01", None, None), ("soon", None, None),
        ("0001-01-01", None, None),
    ],
)  # fmt: skip
def test_dates(text: Any, order: Any, iso: Any) -> None:
    assert parse_date(text, order)[0] == iso


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2_years", 730),
        ("P2Y", 730),
        ("24 months", 730),
        ("730 days", 730),
        ("P18M", 545),
        ("90d", 90),
        ("forever", None),
        ("P", None),
    ],
)
def test_retention(text: Any, days: Any) -> None:
    assert read_period(text) == (None if days is None else Period(days))
