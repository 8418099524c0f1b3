"""Addresses and numbers in cells: cut, split and put right as people mean them, never glued, never invented."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.reading.cells import RowNotes, strings
from contact_pipeline.reading.contact_points import read_emails, read_phones
from contact_pipeline.wording.addresses import read_email_cell
from contact_pipeline.wording.numbers import read_phone_cell
from contact_pipeline_tests.reading.rows import read

LOCALS = st.from_regex(r"[a-z][a-z0-9]{0,8}([.+_-][a-z0-9]{1,6}){0,2}", fullmatch=True)
HOSTS = st.from_regex(r"[a-z][a-z0-9]{2,8}(-[a-z0-9]{2,6})?\.example", fullmatch=True)
ADDRESSES = st.builds("{}@{}".format, LOCALS, HOSTS)
SEVERAL = st.lists(ADDRESSES, min_size=1, max_size=4, unique=True)
SEPARATORS = st.sampled_from([";", "; ", ", ", ",", " ", "\n", " | ", " / ", " ::: ", " et ", " und ", " y ", "/"])
NAMES = st.sampled_from(
    ["Quill, Ottilie", "Dr. B. Quill", "Ottilie Quill (Depot)", "\u041e. \u041a\u0432\u0438\u043b\u043b", "Quill"]
)
WRAPPINGS = st.sampled_from(
    [
        "{name} <{address}>",
        '"{name}" <{address}>',
        "{name} ({address})",
        "{name} [{address}]",
        "{address} ({name})",
        "<{address}",
        "{address}>",
        "mailto:{address}",
        "mailto:{address}?subject=Hello%20there",
        "{address}.",
        "\u201e{address}\u201c",
        "\u00ab{address}\u00bb",
        "E-post: {address}",
        '["{address}"]',
        '[{{"type": "work", "value": "{address}"}}]',
        "'{address}'",
        "{{{address}}}",
        "{address} - {name}",
    ]
)


@settings(max_examples=300, deadline=None)
@given(SEVERAL, SEPARATORS)
def test_a_cell_with_n_addresses_yields_n(addresses: list[str], separator: str) -> None:
    reading = read_email_cell(separator.join(addresses))
    assert reading.values == addresses
    assert not reading.refused or separator.strip().isalpha()


@settings(max_examples=300, deadline=None)
@given(ADDRESSES, NAMES, WRAPPINGS)
def test_what_is_wrapped_round_an_address_comes_off_and_is_counted(address: str, name: str, wrapping: str) -> None:
    reading = read_email_cell(wrapping.format(address=address, name=name))
    assert reading.values == [address]
    assert reading.rules


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(ADDRESSES, NAMES), min_size=2, max_size=4, unique_by=lambda one: one[0]), st.booleans())
def test_several_recipients_as_a_mail_program_shows_them(people: list[tuple[str, str]], is_quoted: bool) -> None:
    quote = '"' if is_quoted else ""
    cell = "; ".join(f"{quote}{name}{quote} <{address}>" for address, name in people)
    assert read_email_cell(cell).values == [address for address, _ in people]


@settings(max_examples=200, deadline=None)
@given(LOCALS, HOSTS, st.sampled_from([" @ ", " @", "@ ", "\uff20"]))
def test_spaces_round_the_sign(local: str, host: str, sign: str) -> None:
    reading = read_email_cell(f"{local}{sign}{host}")
    assert (reading.values, len(reading.rules)) == ([f"{local}@{host}"], 1)


@settings(max_examples=200, deadline=None)
@given(
    LOCALS,
    HOSTS,
    st.sampled_from(
        [
            "{local}(at){host}",
            "{local} [at] {host}",
            "{local} at {host}",
            "{local}@{host}:8080",
            "{local}@@{host}",
            "{local}@mail.{local},example",
            "{local}@{local},example",
            "x@{local}@{host}",
            'o"{local}@{host}',
            '{local}\\"@{host}',
            "ftp://u:{local}@{host}",
            "{host}",
        ]
    ),
)
def test_damage_that_nobody_can_undo_stays_as_given(local: str, host: str, damage: str) -> None:
    cell = damage.format(local=local, host=host)
    assert read_email_cell(cell).values == [cell]


@pytest.mark.parametrize(
    "cell",
    [
        "declined",
        "kein Postfach",
        "pas d'adresse",
        "nessuna posta",
        "\u043d\u0435\u0442 \u043f\u043e\u0447\u0442\u044b",
        "\u306a\u3057",
        "via LinkedIn",
        "per Post",
        "?!",
        "asked twice",
    ],
)
def test_words_are_no_address(cell: str) -> None:
    rows: Any = read(f"Name,Email\nAda,{cell}\n")[1]
    assert rows[0].get("email") is None
    assert (rows[0]["extra"], rows[0]["repairs"]) == ({"Email": cell}, ["email:no_address"])
    assert read(f"Email,Company\n{cell},Quill Ltd\n")[1][0]["reasons"] == ["nothing_identifying"]


def test_no_part_of_a_damaged_address_becomes_one() -> None:
    """`@b.example` of a quoted local part, a password of a link: brackets and quotes never begin an address."""
    for cell in ('"odd local"@b.example', "https://user:pass@b.example/x", "a@b@c.example", 'x"y@b.example'):
        assert read_email_cell(cell).values == [cell]
    assert read_email_cell('"ada@quill.example" <otti@quill.example>').values == ["otti@quill.example"]


NUMBERS = st.sampled_from(
    ["+49 30 23125901", "0171 3920015", "(030) 23125902", "0049 171 3920016", "+44 20 7183 8750", "030/23125-903"]
)
BETWEEN = st.sampled_from(
    [
        " / ",
        "; ",
        ", ",
        "\n",
        " | ",
        " ::: ",
        " oder ",
        " and ",
        " ou ",
        " & ",
        " + ",
        "  ",
        " (Lager), ",
        " - ",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(NUMBERS, min_size=2, max_size=3, unique=True), BETWEEN)
def test_a_cell_with_n_numbers_yields_n(numbers: list[str], between: str) -> None:
    if between.isspace() and between != "\n":  # where its area ends nobody can tell
        numbers = [number for number in numbers if "/" not in number]
    assert read_phone_cell(between.join(numbers)).values == numbers


@settings(max_examples=300, deadline=None)
@given(
    NUMBERS,
    st.sampled_from(
        [
            "{} (Empfang)",
            "{} Frau Quill",
            "Tel. {}",
            "T\u00e9l: {}",
            "{} nur vormittags",
            "{} (8:00-12:30)",
            "b\u00fcro {}",
            "{} [priv\u00e9]",
            "{} \u0440\u0430\u0431\u043e\u0447\u0438\u0439",
            "Home: {}",
            "{} ab 17 Uhr",
        ]
    ),
)
def test_words_round_a_number_are_cut_counted_and_kept(number: str, cell: str) -> None:
    reading = read_phone_cell(cell.format(number))
    assert (reading.values, reading.rules, reading.refused) == ([number], ["phone:words_cut"], True)


@pytest.mark.parametrize(
    ("cell", "values"),
    [
        ("030 7654321/23", ["030 7654321", "030 7654323"]),
        ("030 7654321/22/23", ["030 7654321", "030 7654322", "030 7654323"]),
        ("030 76543-0/-17", ["030 76543-0", "030 76543-17"]),
        ("030/7654321-0", ["030/7654321-0"]),
        ("0171 / 3920015", ["0171 / 3920015"]),
        ("+49/30/7654321", ["+49/30/7654321"]),
        ("030 7654321/12", ["030 7654321"]),  # it counts down: nobody knows
        ("030 7654321/0171", ["030 7654321"]),
        ("0171 3920015 030 23125901", ["0171 3920015", "030 23125901"]),
        ("+49 171 3920015+49 30 23125901", ["+49 171 3920015", "+49 30 23125901"]),
        ("tel:+49-30-23125901;ext=5", ["+49-30-23125901;ext=5"]),
        ("030 7654321 Durchwahl 17", ["030 7654321 ext. 17"]),
        ("01 99 00 12 34 poste 17", ["01 99 00 12 34 ext. 17"]),
        ("+48 22 123 45 67 wew. 17", ["+48 22 123 45 67 ext. 17"]),
        ("030 7654321 (DW 17)", ["030 7654321 ext. 17"]),
        ("\uff10\uff13\uff10 \uff17\uff16\uff15\uff14\uff13\uff12\uff11", ["030 7654321"]),
        ("\u0660\u0663\u0660 7654321", ["030 7654321"]),
        ("4,9171E+11", []),
        ("1-800-ORCHARD", ["1-800-ORCHARD"]),
        ("ZX10203040", ["ZX10203040"]),
        ("31.12.2020", ["31.12.2020"]),
        ("Postfach 10203040", ["Postfach 10203040"]),
        ("Zimmer 4", []),
    ],
)
def test_cells_of_numbers(cell: str, values: list[str]) -> None:
    assert read_phone_cell(cell).values == values


@pytest.mark.parametrize("words", ["no dice", "sur rendez-vous", "keine", "\u043d\u0435\u0442", "hidden"])
def test_words_are_no_number(words: str) -> None:
    row: Any = read(f"Name,Phone\nAda,{words}\n")[1][0]
    assert row.get("phone") is None


# --- columns that are mixed up ---------------------------------------------------------------------------------


def test_what_stands_in_the_other_column_goes_where_it_belongs() -> None:
    rows: Any = read(
        "Name,Email,Phone\n"
        "Ada,+49 30 23125901,ada@quill.example\n"
        "Bo,bo@quill.example / 0171 3920015,030 23125902 bo.b@quill.example\n"
        "Cy,10203040,x@\n"
    )[1]
    assert (rows[0]["email"], rows[0]["phone"]) == ("ada@quill.example", "+49 30 23125901")
    assert rows[0]["repairs"] == ["phone:from_email_column", "email:from_phone_column"]
    assert (rows[1]["email"], rows[1]["more_emails"]) == ("bo@quill.example", ["bo.b@quill.example"])
    assert (rows[1]["phone"], rows[1]["more_phones"]) == ("030 23125902", ["0171 3920015"])
    assert "phone" not in rows[2] and "email" not in rows[2]  # an id is no number because it stands among addresses


@pytest.mark.parametrize(
    ("code", "number", "phone"),
    [
        ("+44", "020 7183 8750", "+44 020 7183 8750"),
        ("44", "20 7183 8750", "+44 20 7183 8750"),
        ("0044", "20 7183 8750", "+44 20 7183 8750"),
        ("+44", "+49 30 23125901", "+49 30 23125901"),
        ("+44", "0049 30 23125901", "0049 30 23125901"),
        ("+44", "44 20 7183 8750", "+44 20 7183 8750"),
        ("+44", "442071838750", "+442071838750"),
        ("+1-242", "302 1234", "+1242 302 1234"),
        ("+44", "2020-12-31", "2020-12-31"),
    ],
)
@pytest.mark.parametrize("header", ["Country Code", "Dialling code"])
def test_a_calling_code_belongs_to_the_number(header: str, code: str, number: str, phone: str) -> None:
    row: Any = read(f"Name,{header},Phone\nAda,{code},{number}\n")[1][0]
    assert row["phone"] == phone
    assert "country" not in row
    assert "country:uncertain" not in row.get("repairs", [])


@pytest.mark.parametrize("code", ["999", "abc", "+0"])
def test_a_calling_code_that_nobody_has_leaves_the_country_uncertain(code: str) -> None:
    row: Any = read(f"Name,Dialling code,Phone\nAda,{code},030 23125901\n")[1][0]
    assert (row["phone"], row["repairs"]) == ("030 23125901", ["country:uncertain"])
    assert row["extra"]["Dialling code"] == code


def test_each_number_has_the_code_of_its_own_column() -> None:
    row: Any = read(
        "Name,Work Phone Calling Code,Home Phone Calling Code,Work Phone Number,Home Phone Number\n"
        "Ada,+49,+44,30 23125901,20 7183 8750\n"
    )[1][0]
    assert (row["phone"], row["more_phones"]) == ("+49 30 23125901", ["+44 20 7183 8750"])


@pytest.mark.parametrize("cell", ["250", "352", "040"])
def test_a_bare_number_that_is_also_a_countrys_number_is_uncertain(cell: str) -> None:
    row: Any = read(f"Name,Country,Phone\nAda,{cell},030 23125901\n")[1][0]
    assert (row["phone"], row["repairs"]) == ("030 23125901", ["country:uncertain"])


def test_a_country_beside_its_code_is_read() -> None:
    assert read("Name,Country\nAda,Germany (+49)\n")[1][0]["country"] == "DE"


@pytest.mark.parametrize(
    ("cell", "restriction"),
    [
        (("otti@quill.example (please do not mail)", ""), "email:opt_out"),
        (("unsubscribed", ""), "email:opt_out"),
        (("", "0171 3920015 (bitte nicht anrufen)"), "phone:opt_out"),
        (("", "030 23125901 no calls"), "phone:opt_out"),
        (("", "ne pas appeler"), "phone:opt_out"),
        (("otti@quill.example (Lager)", "030 23125901 (Lager)"), None),
        (("kein Postfach", "no phone number"), None),
        (("sans adresse mail", "kein Telefon"), None),
    ],
)
def test_words_beside_a_point_that_forbid_it_close_its_channel(cell: tuple[str, str], restriction: str | None) -> None:
    row: Any = read("Name,Email,Phone,Mobile\nAda,{},{},0171 3920016\n".format(*cell))[1][0]
    assert row.get("restrictions") == ([restriction] if restriction else None)


@pytest.mark.parametrize("filler", ["a", "(a", "a/", "1", "a@", ".a", "+1 ", "x\n"])
def test_a_giant_cell_costs_no_time(filler: str) -> None:
    cell = filler * 200_000 + "@"
    for read_column in (read_emails, read_phones):
        assert read_column(strings([cell]), "Column", RowNotes(1)).single.to_pylist() == [cell]  # refused as too long
    read_email_cell(cell[-4_000:])
    read_phone_cell(cell[-1_000:])
