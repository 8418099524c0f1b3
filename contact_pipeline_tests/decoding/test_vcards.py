"""Address cards of phones, mail programs and registries: each person one row, in any version and writing."""

import base64
import csv
import gzip
import io
import quopri
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding.containers import as_table, check_kind
from contact_pipeline.decoding.vcards import read_cards
from contact_pipeline.reading.drop_file import DropOptions
from contact_pipeline.reading.rewriting import rewrite
from contact_pipeline_tests.reading.rows import read


def card(*lines: str, version: str = "3.0") -> str:
    return "\r\n".join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


def rows(content: str | bytes) -> list[dict[str, Any]]:
    return read(content, "cards.vcf")[1]


def cells(content: str | bytes) -> list[dict[str, str]]:
    found = as_table(io.BytesIO(content.encode() if isinstance(content, str) else content))
    text = found.stream.read().decode()
    return [{k: v for k, v in row.items() if v} for row in csv.DictReader(io.StringIO(text, newline=""))]


def test_a_card_becomes_a_contact() -> None:
    content = card(
        "N:Quast;Quirin;Maria;Dr.;", "FN:Dr. Quirin Quast", "ORG:Quitte & Söhne\\, Berlin;Einkauf", "TITLE:Einkäufer",
        "EMAIL;TYPE=HOME:q@privat.example", "EMAIL;TYPE=WORK,PREF:q.quast@quitte.example",
        "TEL;TYPE=WORK,FAX:+49 30 23125001", "TEL;TYPE=CELL:+49 30 23125002", "TEL;TYPE=PAGER:+49 30 23125003",
        "ADR;TYPE=HOME:;;Weg 1;Potsdam;;14467;Germany", "ADR;TYPE=WORK:;;Allee 2;Berlin;BE;10115;Germany",
        "URL:https://quitte.example", "URL:https://www.linkedin.com/in/quirin-quast",
        "NOTE:eins\\nzwei\\; drei", "BDAY:1970-01-02", "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 30,
    )  # fmt: skip
    drop, (row,) = read(content, "cards.vcf")
    assert drop.layout.encoding == "vcard" and drop.faults() == ()
    assert row["name"] == "Dr. Quirin Quast"
    assert (row["given_name"], row["family_name"]) == ("Quirin", "Quast")
    assert (row["email"], row["more_emails"]) == ("q.quast@quitte.example", ["q@privat.example"])
    assert row["phone"] == "+49 30 23125002" and "more_phones" not in row
    assert (row["company"], row["title"]) == ("Quitte & Söhne, Berlin", "Einkäufer")
    assert "Berlin" in row["location"] and row["country"] == "DE"
    assert row["linkedin_url"].endswith("/in/quirin-quast")
    assert row["extra"]["Note"] == "eins\nzwei; drei"
    assert "1970" not in str(row) and "23125001" not in str(row) and "QUJD" not in str(row)


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_any_line_end_and_encoding(end: str, encoding: str) -> None:
    content = (card("FN:Jörg Übel", "EMAIL:j@quitte.example") + card("FN:Zoë Åberg")).replace("\r\n", end)
    assert [row["name"] for row in rows(content.encode(encoding))] == ["Jörg Übel", "Zoë Åberg"]


@pytest.mark.parametrize("charset", ["UTF-8", "ISO-8859-1", "windows-1252"])
def test_version_2_1_of_phones(charset: str) -> None:
    name = quopri.encodestring("Jörg Übel-Straße".encode(charset)).decode().strip()
    family = quopri.encodestring("Übel-Straße".encode(charset)).decode().strip()
    note = "=\r\n".join(["eine lange Zeile =C3=BCber ", "mehrere Zeilen, mit :Doppelpunkt", " und Leerzeichen"])
    content = card(
        f"N;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{family};J=F6rg;;;" if charset != "UTF-8"
        else f"N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:{family};J=C3=B6rg;;;",
        f"FN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{name}",
        "TEL;CELL;PREF:030 23125004", "TEL;HOME;FAX:030 23125005", "EMAIL;INTERNET:j@quitte.example",
        f"NOTE;ENCODING=QUOTED-PRINTABLE:{note}",
        "PHOTO;JPEG;BASE64:", " " + base64.b64encode(b"BEGIN:VCARD" * 9).decode(), "",
        version="2.1",
    )  # fmt: skip
    (found,) = cells(content)
    assert found == {
        "Full Name": "Jörg Übel-Straße", "First Name": "Jörg", "Last Name": "Übel-Straße", "Email": "j@quitte.example",
        "Phone": "030 23125004", "Note": "eine lange Zeile über mehrere Zeilen, mit :Doppelpunkt und Leerzeichen",
    }  # fmt: skip


def test_version_4_with_uris_groups_and_quoted_parameters() -> None:
    content = card(
        "FN:Rike Rost", 'item1.TEL;VALUE=uri;TYPE="work,voice":tel:+49-30-23125006;ext=7',
        "item1.X-ABLabel:Zentrale", "item2.EMAIL;PREF=1:mailto:rike@rost.example", "EMAIL:r@rost.example",
        'ADR;LABEL="Weg 1: hinten; Berlin";TYPE=work:;;Weg 1;Berlin;;10115;Germany', "KIND:individual",
        version="4.0",
    )  # fmt: skip
    (found,) = cells(content)
    assert found["Phone"] == "+49-30-23125006 ext. 7"
    assert (found["Email"], found["Email 2"]) == ("rike@rost.example", "r@rost.example")
    assert (found["City"], found["Country"]) == ("Berlin", "Germany")
    assert not [header for header in found if header.startswith("X-")]


def test_a_folded_line_is_one() -> None:
    content = card("FN:Sa", " nna ", "  Seidel", "EMAIL:sanna.sei", "\tdel@seide.example")
    assert cells(content) == [{"Full Name": "Sanna  Seidel", "Email": "sanna.seidel@seide.example"}]


def test_companies_and_groups_are_no_people() -> None:
    content = (
        card("FN:Tanne GmbH", "ORG:Tanne GmbH;", "X-ABShowAs:COMPANY", "TEL:+49 30 23125007")
        + card("FN:Freunde", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:1")
        + card("FN:Ulme AG", "KIND:org", version="4.0")
        + card("FN:Thea Tanne")
    )
    found = cells(content)
    assert [row.get("Company") for row in found] == ["Tanne GmbH", "Ulme AG", None]
    assert [row.get("Full Name") for row in found] == [None, None, "Thea Tanne"]


@pytest.mark.parametrize("line", ["X-OPT-OUT:yes", "X-DO-NOT-CONTACT:true", "X-UNSUBSCRIBED:1"])
def test_what_a_program_adds_in_words_may_say_no(line: str) -> None:
    assert rows(card("FN:Vera Veit", "EMAIL:v@veit.example", line) + card("FN:Ole Ost"))[0]["restrictions"]


def test_categories_and_notes_are_kept_together() -> None:
    content = card("FN:Wim", "CATEGORIES:Kunde,Messe", "NOTE:a", "NOTE:b", "CATEGORIES:Alt")
    assert cells(content) == [{"Full Name": "Wim", "Categories": "Kunde,Messe; Alt", "Note": "a; b"}]


def test_a_card_in_a_card_is_somebody_elses() -> None:
    content = card(
        "FN:Xenia", "AGENT:", "BEGIN:VCARD", "VERSION:2.1", "FN:Agent", "TEL:1", "END:VCARD", "TEL:+49 30 2312500"
    )
    assert cells(content) == [{"Full Name": "Xenia", "Phone": "+49 30 2312500"}]


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    content = card("FN:Yann") + card("FN:Zora", "EMAIL:z@zorn.example").removesuffix("END:VCARD\r\n")
    assert [row["Full Name"] for row in cells(content)] == ["Yann", "Zora"]


def test_a_list_of_no_card_of_a_person_is_empty() -> None:
    with pytest.raises(UnreadableDrop) as caught:
        as_table(io.BytesIO(card("FN:G", "KIND:group").encode()))
    assert caught.value.reason == "empty_file"


def test_hundreds_of_kinds_of_fields_are_no_table() -> None:
    content = card("FN:A", *[f"X-F{n}:1" for n in range(99)])
    with pytest.raises(UnreadableDrop, match="fields"):
        as_table(io.BytesIO(content.encode()))


@pytest.mark.parametrize("name", ["a.vcf", "A.VCF", "a.vcard"])
def test_under_its_own_name_it_comes_in(name: str) -> None:
    check_kind(io.BytesIO(card("FN:A").encode()), name)
    with pytest.raises(UnreadableDrop, match=r"vCard.*\.vcf"):
        check_kind(io.BytesIO(card("FN:A").encode()), "a.csv")
    with pytest.raises(UnreadableDrop):
        as_table(io.BytesIO(gzip.compress(card("FN:A").encode())))


def test_rewritten_it_is_text_and_the_rows_keep_their_numbers() -> None:
    content = "".join(card(f"FN:{name}", f"EMAIL:{name}@zorn.example") for name in ("anke", "bodo", "cora"))
    sink = io.BytesIO()
    rewrite(io.BytesIO(content.encode()), sink, {2}, file_name="a.vcf", options=DropOptions())
    assert b"bodo" not in sink.getvalue()
    after = rows(sink.getvalue())
    assert [row.get("email") for row in after] == ["anke@zorn.example", None, "cora@zorn.example"]


WORD = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "Zs", "P", "S"), exclude_characters="\x85"), min_size=1
)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def folded(line: str, width: int) -> str:
    return "\r\n ".join(line[at : at + width] for at in range(0, len(line), width)) or line


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(WORD, WORD, WORD), min_size=1, max_size=4), st.integers(5, 80))
def test_what_was_written_is_read(people: list[tuple[str, str, str]], width: int) -> None:
    written = [tuple(" ".join(part.split()) for part in person) for person in people]
    content = "".join(
        card(folded(f"FN:{escaped(name)}", width), folded(f"NOTE:{escaped(note)}", width), f"ORG:{escaped(firm)};x")
        for name, note, firm in written
    )
    found = [
        tuple(card.fields.get(header, "") for header in ("Full Name", "Note", "Company"))
        for card in read_cards(io.BytesIO(content.encode()))
    ]
    assert found == written


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(noise: bytes) -> None:
    with_noise = card("FN:A").encode() + noise + b"\r\n" + card("FN:B").encode()
    assert list(read_cards(io.BytesIO(with_noise)))
