"""Erasing from what landed: waiting and quarantined rows, files of opt-outs, every format; the files stay readable."""

import csv as csv_format
import io
import json
from pathlib import Path

import pytest

from contact_pipeline.reading.drop_file import DropOptions, open_drop
from contact_pipeline.rights.serving import erase_subject
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.erasures import (
    ADA,
    BOB,
    EMAIL,
    HEADER,
    NAME,
    NUMBER,
    STORED,
    WRITTEN,
    asked,
    books_are_right,
    contactable,
    erase,
    everything,
    traces,
)
from contact_pipeline_tests.lab.lab import KEY, Lab, crowd, csv

GOLDEN = Path(__file__).parent.parent / "golden" / "drops"


def register_bytes(lab: Lab, source: str, content: bytes, name: str = "list.csv") -> str:
    """Like Lab.drop(), for a file that is not UTF-8."""
    first = lab.register(source, content, f"made-{name}")
    lab.run(first)
    return first


def test_a_row_that_waits_in_a_held_drop_goes_before_and_after_it_is_approved(lab: Lab) -> None:
    key = lab.drop("crm", csv("email,name,company", f"{STORED},{NAME},", "bob@ok.test,Bob Ordinary,", *[",,Tools"] * 3))
    assert lab.value("select held_reason is not null from raw.drops where key = %s", key)
    result = erase(lab)
    assert (result["contacts"], result["rows_erased"], result["findings"]) == (0, 1, 0)
    assert traces(lab) == []
    lab.approve(key)
    assert traces(lab) == [] and books_are_right(lab)
    assert lab.contacts("email") == [("bob@ok.test",)]
    assert lab.rows("select rows_in, rows_loaded, rows_erased from raw.drops") == [(5, 1, 1)]


@pytest.mark.parametrize(
    "note", ["ada@ok.test", "Write to:\nada@ok.test", "<Ada@OK.test>, urgent", '"Ada" ada@ok.test']
)
def test_a_quarantined_row_that_has_the_address_in_a_note_goes(lab: Lab, note: str) -> None:
    text = io.StringIO()
    writer = csv_format.writer(text)
    writer.writerow(["email", "name", "company", "Notes"])
    writer.writerows([[*row.split(","), "", ""] for row in crowd(20)])
    writer.writerow(["", "", "Analytical Engines", note])
    key = lab.drop("crm", text.getvalue())
    assert lab.rows("select row_number from raw.landed_rows where outcome = 'quarantined'") == [(21,)]
    result = erase(lab)
    assert (result["contacts"], result["rows_erased"], result["findings"]) == (0, 1, 0)
    assert traces(lab) == []
    assert lab.rows("select 1 from raw.quarantined_rows where row_number = 21") == []
    assert lab.accounting(key) == (21, 20, 0, 0) and books_are_right(lab)


def test_a_row_of_opt_outs_goes_and_the_opt_out_stays(lab: Lab) -> None:
    key = lab.drop("optouts", csv("Email,Reason", f"{STORED},asked", "bob@ok.test,asked"), "unsubscribed_list.csv")
    assert lab.value("select kind from raw.drops") == "suppressions"
    result = erase(lab)
    assert (result["rows_erased"], result["findings"]) == (1, 0)
    assert traces(lab) == [] and books_are_right(lab)
    assert "bob@ok.test" in (lab.settings.archive / f"{key}.csv").read_text()
    assert lab.value("select count(*) from core.suppressions where subject_key = %s", KEY.email(STORED)) == 2


def test_a_name_only_row_of_the_contact_and_old_values_are_looked_for_everywhere(lab: Lab) -> None:
    """What only one of the drops told is looked for in all of them, and what was replaced long ago."""
    lab.drop("crm", csv(HEADER + ",email 2", f"{ADA},ada.old@ok2.test", f"{BOB},"))
    lab.drop("shop", csv(HEADER, f"900,{EMAIL},Ada Byron,+49 1512 3450000,Engines,"))
    lab.do("update core.contacts set email = 'ada.byron@ok2.test', name = 'A. Lovelace' where name like 'Ada%'")
    lab.drop("optouts", csv("Email", "ada.old@ok2.test"), "unsubscribed.csv")
    result = erase(lab, "ada.old@ok2.test")
    assert (result["contacts"], result["rows_erased"], result["findings"]) == (1, 3, 0)
    assert traces(lab, (EMAIL, "byron", "lovelace", "ada.old", "3450000", "345 0000", "3970846")) == []


def test_a_contact_that_was_deleted_by_hand_left_rows_that_go_too(lab: Lab) -> None:
    key = lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.do("update core.contacts set title = 'Countess Exemplary' where email = %s", STORED)
    lab.do("delete from core.contacts where email = %s", STORED)
    assert {"raw.landed_rows", "audit.changes"} <= {name for name, _ in traces(lab)}
    result = erase(lab)
    assert result["findings"] == 0
    assert traces(lab) == [] and books_are_right(lab)
    assert "bob@ok.test" in (lab.settings.archive / f"{key}.csv").read_text()


def test_a_file_that_is_registered_and_has_not_landed_is_clean_when_it_lands(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    key = lab.register("shop", csv(HEADER, f"1,{EMAIL},{NAME},{WRITTEN},,", "2,cy@ok.test,Cy Else,,,"))
    result = erase(lab)
    assert result["findings"] == len(traces(lab, (EMAIL,)))  # what is left until it lands is said
    lab.run(key)
    assert traces(lab) == [] and books_are_right(lab)
    assert lab.rows("select reasons from raw.quarantined_rows") == [(["erased_subject"],)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252", "utf-8"])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_other_rows_of_any_encoding_keep_their_bytes_and_numbers(lab: Lab, encoding: str, end: str) -> None:
    head = "email;name;phone;company"
    rows = [
        "jörg@ok.test;Jörg Straße;+49 1512 3456711;Käse & Söhne",
        f'{STORED};"{NAME}, Gräfin";{WRITTEN};"Zeile eins{end}Zeile zwei"',
        "cy@ok.test;Cy Élse;;",
    ]
    content = end.join([head, *rows, ""]).encode(encoding)
    key = register_bytes(lab, "crm", content)
    before = lab.rows("select * from raw.landed_rows where row_number <> 2 order by row_number")
    assert len(before) == 2
    result = erase(lab)
    assert (result["rows_erased"], result["findings"]) == (1, 0)
    assert traces(lab) == [] and traces(lab, ("e\0x\0e\0m\0p\0", "gräfin".encode(encoding).decode("latin-1"))) == []
    written = (lab.settings.archive / f"{key}.csv").read_bytes()
    kept = [end.join([head, rows[0], ""]), rows[2] + end]
    bare = "utf-16-le" if encoding == "utf-16" else "utf-8" if encoding == "utf-8-sig" else encoding
    assert all(part.encode(bare) in written for part in kept)
    lab.replay(key)
    after = lab.rows("select * from raw.landed_rows where row_number <> 2 order by row_number")
    assert after == before and books_are_right(lab)


def golden_subject(path: Path) -> tuple[str, int]:
    """The address of the file's last row that has one, and the row's number."""
    with path.open("rb") as stream:
        opened = open_drop(stream, file_name=path.name, options=DropOptions())
        landed = [row for chunk in opened.chunks() for row in chunk.to_dict("records")]
    rows = [(str(row["email"]), int(row["row_number"])) for row in landed if isinstance(row["email"], str)]
    return rows[-1]


# An export of LinkedIn has no addresses.
ADDRESSED = sorted(path.name for path in GOLDEN.glob("*.csv") if b"@" in path.read_bytes())


@pytest.mark.parametrize("name", ADDRESSED)
def test_one_person_goes_from_every_vendors_format(lab: Lab, name: str) -> None:
    path = GOLDEN / name
    address, number = golden_subject(path)
    key = register_bytes(lab, "crm", path.read_bytes(), name)
    lab.do("update raw.drops set file_name = %s where key = %s", name, key)
    if lab.value("select held_reason is not null from raw.drops where key = %s", key):
        lab.approve(key)
    columns = "row_number, outcome, email, name, phone, company, claims, restrictions, extra, contact_id"
    kept = f"select {columns} from raw.landed_rows where drop_key = %s and outcome <> 'erased' order by 1"
    before = lab.rows(kept, key)
    result = erase(lab, address)
    after = lab.rows(kept, key)
    gone = {row[0] for row in before} - {row[0] for row in after}
    assert result["findings"] == 0 and number in gone
    assert after == [row for row in before if row[0] not in gone]
    assert traces(lab, (address,)) == [] and books_are_right(lab)
    lab.replay(key)
    assert lab.rows(kept, key) == after and books_are_right(lab)
    assert traces(lab, (address,)) == []


def test_a_replay_changes_nothing_for_others_and_brings_nothing_back(lab: Lab) -> None:
    key = lab.drop("crm", csv(HEADER, ADA, BOB, "9,cy@ok.test,Cy Else,,,"))
    erase(lab)
    before = exact_dump(lab)
    lab.replay(key)
    after = exact_dump(lab)
    moving = ("ops.stage_runs", "raw.drops", "audit.changes")
    assert {table: after[table] for table in after if table not in moving} == {
        table: before[table] for table in before if table not in moving
    }
    assert traces(lab) == [] and books_are_right(lab) and contactable(lab) == []
    assert lab.rows("select rows_in, rows_loaded, rows_erased from raw.drops") == [(3, 2, 1)]


def test_a_person_whose_every_row_is_erased_leaves_a_file_that_still_reads(lab: Lab) -> None:
    key = lab.drop("crm", csv(HEADER, ADA))
    assert erase(lab)["findings"] == 0
    lab.replay(key)
    assert lab.rows("select rows_in, rows_erased, held_reason from raw.drops") == [(1, 1, None)]
    assert traces(lab) == [] and books_are_right(lab)


def test_a_file_whose_header_is_the_person_holds_nothing_afterwards(lab: Lab) -> None:
    """A list without a header: its first row was taken for one, or nothing was."""
    lab.drop("crm", csv(f"{EMAIL},{NAME},{WRITTEN}", "bob@ok.test,Bob Ordinary,+49 1512 3456701"))
    result = erase(lab)
    left = {name for name, _ in traces(lab)}
    assert (result["findings"] == 0) == (not left)  # never said to be clean while it is not
    assert "raw.landed_rows" not in left and "core.contacts" not in left


def test_erasing_touches_no_row_of_anybody_else(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB, "9,cy@ok.test,Cy Else,,,"))
    lab.drop("shop", csv("email,name,title", "bob@ok.test,Bob Ordinary,Clerk", f"{EMAIL},{NAME},Countess"))
    others = "select to_jsonb(c) from core.contacts c where email is not null and email <> %s order by id"
    rows = "select to_jsonb(r) from raw.landed_rows r where contact_id <> %s order by drop_key, row_number"
    number = lab.value("select id from core.contacts where email = %s", EMAIL)
    before = (lab.rows(others, EMAIL), lab.rows(rows, number))
    request = asked(lab)
    erase_subject(lab.session, request, who=EMAIL)
    assert (lab.rows(others, EMAIL), lab.rows(rows, number)) == before
    assert NUMBER not in json.dumps(everything(lab))
