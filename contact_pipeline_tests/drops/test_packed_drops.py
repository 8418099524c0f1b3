"""Workbooks, cards and packed lists from the folder to the contacts; who is erased from one is gone from the archive,
also where no row of it was read."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from contact_pipeline.drops.intake import Intake, Rejected
from contact_pipeline_tests.lab.erasures import EMAIL, NAME, WRITTEN, books_are_right, erase, traces
from contact_pipeline_tests.lab.lab import Lab

HEADER = ["email", "name", "phone", "company"]
ADA = [EMAIL, NAME, WRITTEN, "Analytical Engines"]
BOB = ["bob@ok.test", "Bob Ordinary", "+49 1512 3456701", "Käse & Söhne"]
CY = ["cy@ok.test", "Cy Else", None, None]
KEPT = "select row_number, email, name, phone, company, extra from raw.landed_rows where row_number <> 2 order by 1"


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = NAME
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name == "hidden" else "visible"
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def cards(*people: list[Any]) -> bytes:
    def card(email: str, name: str, phone: str | None, company: str | None) -> str:
        half = len(email) // 2  # folded, so that no search of the bytes finds it
        lines = [f"FN:{name}", f"EMAIL:{email[:half]}\r\n {email[half:]}", f"TEL:{phone or ''}", f"ORG:{company or ''}"]
        return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", *lines, "END:VCARD", ""])

    return "".join(card(*person) for person in people).encode()


def plain(*rows: list[Any]) -> bytes:
    return "".join(",".join(f'"{cell or ""}"' for cell in row) + "\n" for row in rows).encode()


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("list.csv", content)
    return packed.getvalue()


PEOPLE = (BOB, ADA, CY)
FILES = {
    "list.xlsx": workbook(People=[HEADER, *PEOPLE], hidden=[["note"], [f"call {NAME}"]]),
    "list.vcf": cards(*PEOPLE),
    "list.csv.gz": gzip.compress(plain(HEADER, *PEOPLE), mtime=0),
    "list.zip": zipped(plain(HEADER, *PEOPLE)),
}


def archived(lab: Lab, key: str) -> Path:
    return lab.settings.archive / f"{key}.csv"


def take(lab: Lab, name: str, content: bytes, source: str = "crm") -> tuple[list[str], list[Rejected]]:
    file = lab.settings.incoming / source / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    taken, rejected = Intake(lab.session).take_incoming([f"{source}/{name}"])
    return [drop.key for drop in taken], rejected


@pytest.mark.parametrize("name", FILES)
def test_it_lands_and_who_is_erased_is_gone_from_it(lab: Lab, name: str) -> None:
    key = lab.register("crm", FILES[name], name)
    lab.run(key)
    assert lab.rows("select held_reason, rows_in from raw.drops") == [(None, 3)]
    before = lab.rows(KEPT)
    assert {row[1] for row in before} == {"bob@ok.test", "cy@ok.test"}
    assert archived(lab, key).read_bytes() == FILES[name]
    result = erase(lab)
    assert (result["rows_erased"], result["findings"]) == (1, 0)
    written = archived(lab, key).read_bytes()
    assert b"bob@ok.test" in written and not zipfile.is_zipfile(io.BytesIO(written))
    assert traces(lab) == []
    lab.replay(key)
    assert lab.rows(KEPT) == before
    assert traces(lab) == [] and books_are_right(lab)
    assert lab.rows("select held_reason, rows_in, rows_erased from raw.drops") == [(None, 3, 1)]


@pytest.mark.parametrize(
    "content",
    [
        workbook(People=[HEADER, BOB, CY], hidden=[["note"], [f"call {NAME}, {EMAIL}"]]),
        cards(BOB, CY, [EMAIL, "A", "", ""]),
    ],
    ids=["hidden sheet", "folded line"],
)
def test_what_stands_beside_the_table_or_has_not_landed_goes_too(lab: Lab, content: bytes) -> None:
    lab.drop("shop", "email,name\n" + f"{EMAIL},{NAME}\n")
    name = "list.vcf" if content.startswith(b"BEGIN") else "list.xlsx"
    key = lab.register("crm", content, name)
    erase(lab)
    written = archived(lab, key).read_bytes()
    assert EMAIL.encode() not in written and b"bob@ok.test" in written
    assert not zipfile.is_zipfile(io.BytesIO(written))
    lab.run(key)
    assert traces(lab) == [] and books_are_right(lab)


def test_nobody_has_to_be_erased_from_a_packed_file_for_it_to_stay(lab: Lab) -> None:
    key = lab.register("crm", FILES["list.xlsx"], "list.xlsx")
    lab.drop("shop", "email,name\ndora@ok.test,Dora Distinct\n")
    assert erase(lab, "dora@ok.test")["findings"] == 0
    assert archived(lab, key).read_bytes() == FILES["list.xlsx"]


def test_a_workbook_with_several_sheets_waits_until_one_is_named(lab: Lab) -> None:
    key = lab.register("crm", workbook(Fair=[HEADER, BOB], Old=[HEADER, CY]), "list.xlsx")
    lab.run(key)
    (held,) = lab.rows("select held_reason from raw.drops")[0]
    assert "several_sheets" in held and '"Fair", "Old"' in held
    assert lab.contacts("email") == []
    lab.with_policy(sources={"crm": {"sheet": "Old"}})
    lab.replay(key)
    assert lab.contacts("email") == [("cy@ok.test",)]
    assert lab.rows("select held_reason from raw.drops") == [(None,)]


@pytest.mark.parametrize(
    ("name", "content", "reason", "word"),
    [
        ("list.csv", FILES["list.xlsx"], "misnamed_file", ".xlsx"),
        ("list.csv", FILES["list.vcf"], "misnamed_file", "vCard"),
        ("list.csv", FILES["list.csv.gz"], "misnamed_file", ".gz"),
        ("list.csv", b"<html><body><table><tr><td>Ada</td></tr></table></body></html>", "web_page", "web page"),
        ("list.xls", b"<html><body><table><tr><td>Ada</td></tr></table></body></html>", "web_page", "CSV"),
    ],
)
def test_what_is_refused_is_told_what_it_is(lab: Lab, name: str, content: bytes, reason: str, word: str) -> None:
    keys, (rejected,) = take(lab, name, content)
    assert (keys, rejected.reason) == ([], reason)
    said = (lab.settings.rejected / f"{name}.reason.txt").read_text()
    assert said == f"{reason}\n{rejected.message}\n" and word in said
    assert (lab.settings.rejected / name).read_bytes() == content
    assert lab.rows("select 1 from raw.drops") == []


def test_the_name_of_the_packed_list_is_kept_where_it_forbids(lab: Lab) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("unsubscribed_members.csv", "Email\nbob@ok.test\n")
    key = lab.register("crm", packed.getvalue(), "export.zip")
    lab.run(key)
    assert lab.rows("select file_name, kind from raw.drops") == [("unsubscribed_members.csv.zip", "suppressions")]
