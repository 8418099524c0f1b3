"""Erasing one person touches nobody else: what others share with them, or what only looks like theirs, stays."""

import zipfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from contact_pipeline.erasure import erasing
from contact_pipeline.erasure.erasing import export_path, finish_erasures
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import erase_subject, serve_request
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.erasure.test_erasure_crashes import backup_of
from contact_pipeline_tests.lab.erasures import (
    ADA,
    BOB,
    EMAIL,
    HEADER,
    NAME,
    NUMBER,
    PAGE,
    STORED,
    WRITTEN,
    asked,
    books_are_right,
    certificate,
    erase,
    traces,
)
from contact_pipeline_tests.lab.lab import KEY, Lab, csv, open_lab

HELD = "email,name,phone,company,notes"
SWITCHBOARD = "+49 30 1234567"
DATE_LIKE = "+45 20 26 11 02"  # its national number is the day of the lab, as the keys of drops have it


def begin(lab: Lab, who: str = EMAIL) -> int:
    """The erasure stands in the ledger, and the process ends before it touches anything; returns the request."""
    request = asked(lab, who)
    with patch.object(erasing, "_carry_out", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        erase_subject(lab.session, request, who=who)
    return request


def living(lab: Lab) -> list[str]:
    """Addresses of whoever is not erased."""
    return [
        email for (email,) in lab.rows("select email from core.contacts where deletion_completed is null order by 1")
    ]


def whole(lab: Lab, email: str) -> dict[str, Any]:
    """The contact without what follows from the erased number: that a number of theirs is not called any more."""
    return {name: value for name, value in lab.contact(email).items() if name in ("id", "name", "email", "phone")}


@pytest.mark.parametrize("who", [EMAIL, NUMBER])
def test_who_comes_with_the_same_number_meanwhile_stays(lab: Lab, who: str) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    begin(lab, who)
    lab.drop("shop", csv("email,name,phone", f"cy@ok.test,Cy Else,{WRITTEN}"))
    cy = whole(lab, "cy@ok.test")
    assert finish_erasures(lab.session) == 1
    assert living(lab) == ["bob@ok.test", "cy@ok.test"]
    assert whole(lab, "cy@ok.test") == cy
    assert lab.value("select findings from ops.erasures") == 0
    assert traces(lab, (EMAIL, "exemplary")) == [] and books_are_right(lab)


@pytest.mark.parametrize("who", [EMAIL, NUMBER])
def test_who_had_the_same_number_in_a_restored_backup_stays(lab: Lab, tmp_path: Path, dns: DnsServer, who: str) -> None:
    lab.drop("crm", csv(HEADER, ADA, f"9,cy@ok.test,Cy Else,{WRITTEN},,"))
    with backup_of(lab) as url:
        correction = open_request(lab.session, "rectify", who="cy@ok.test", details={"phone": "+49 1512 3450000"})
        serve_request(lab.session, correction)
        lab.sync_permissions()
        lab.do("delete from core.contact_points where kind = 'phone'")
        assert erase(lab, who)["contacts"] == 1
        with open_lab(url, tmp_path, dns.address) as restored:
            restored.now = lab.now
            assert living(restored) == [STORED, "cy@ok.test"]
            cy = whole(restored, "cy@ok.test")
            assert finish_erasures(restored.session) == 1
            assert living(restored) == ["cy@ok.test"] and whole(restored, "cy@ok.test") == cy
            assert traces(restored, (EMAIL, "exemplary")) == [] and books_are_right(restored)


# --- rows and files of others ------------------------------------------------------------------------------------


def held(lab: Lab, *rows: str) -> str:
    """A drop that the gate holds, with these rows first."""
    key = lab.drop("crm", csv(HELD, *rows, *(f",,,Firm {i}," for i in range(5))), "held.csv")
    assert lab.value("select held_reason is not null from raw.drops where key = %s", key)
    return key


def landed(lab: Lab, key: str, number: int) -> dict[str, Any]:
    """One row as it landed."""
    found: dict[str, Any] = lab.value(
        "select to_jsonb(r) from raw.landed_rows r where drop_key = %s and row_number = %s", key, number
    )
    return found


def archived(lab: Lab, key: str) -> str:
    return (lab.settings.archive / f"{key}.csv").read_text()


def test_a_colleague_at_the_same_switchboard_who_waits_in_a_held_drop_stays_whole(lab: Lab) -> None:
    lab.drop("crm", csv("email,name,phone", f"{STORED},{NAME},{SWITCHBOARD}", f"dora@ok.test,Dora Desk,{SWITCHBOARD}"))
    row = f"bob@ok.test,Bob Ordinary,{SWITCHBOARD},,"
    key = held(lab, row)
    before, file = landed(lab, key, 1), archived(lab, key)
    assert erase(lab)["findings"] == 0
    assert landed(lab, key, 1) == before
    assert archived(lab, key) == file and row in file
    lab.approve(key)
    assert living(lab) == ["bob@ok.test", "dora@ok.test"]
    assert lab.contact("bob@ok.test")["phone"] == SWITCHBOARD


def test_a_colleague_who_has_the_number_of_nobody_else_stays_whole(lab: Lab) -> None:
    """Nobody's contact has it besides, so the number is the person's; the address in the row is not."""
    lab.drop("crm", csv(HEADER, ADA))
    key = held(lab, f"bob@ok.test,Bob Ordinary,{WRITTEN},,", f",,{WRITTEN},,")
    result = erase(lab)
    assert [landed(lab, key, n)["outcome"] for n in (1, 2)] == [None, "erased"]
    assert landed(lab, key, 1)["email"] == "bob@ok.test" and "bob@ok.test,Bob Ordinary," in archived(lab, key)
    lab.approve(key)
    assert living(lab) == ["bob@ok.test"] and result["findings"] == 0


def test_a_note_of_somebody_who_waits_in_a_held_drop_loses_the_address_and_nothing_else(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA))
    key = held(lab, f"eve@ok.test,Eve Else,,,assistant is {EMAIL}", "jo@ok.test,Jo Else,,,nobody's assistant")
    before, file = landed(lab, key, 1), archived(lab, key)
    assert erase(lab)["findings"] == 0
    after = landed(lab, key, 1)
    assert after.pop("extra") == {"notes": "assistant is [erased]"}
    before.pop("extra")
    assert after == before
    assert archived(lab, key) == file.replace(EMAIL, "[erased]") != file
    lab.approve(key)
    assert living(lab) == ["eve@ok.test", "jo@ok.test"] and traces(lab) == []


def test_somebody_elses_note_loses_the_persons_values_and_keeps_the_name(lab: Lab) -> None:
    note = f"assistant is {NAME} {EMAIL} {WRITTEN}"
    lab.drop("crm", csv(HEADER, ADA))
    key = lab.drop("shop", csv("email,name,notes", f"eve@ok.test,Eve Else,{note}"), "eve.csv")
    before = whole(lab, "eve@ok.test")
    result = erase(lab)
    assert result["findings"] == 0
    assert landed(lab, key, 1)["extra"] == {"notes": f"assistant is {NAME} [erased] [erased]"}
    assert EMAIL not in archived(lab, key) and "Eve Else" in archived(lab, key)
    assert whole(lab, "eve@ok.test") == before
    assert certificate(lab, result["erasure"])["cleaned"] >= 1
    lab.replay(key)
    assert traces(lab, (EMAIL, "3970846")) == []


def test_a_number_that_looks_like_a_date_or_part_of_a_hash_alters_nothing_else(lab: Lab) -> None:
    lab.drop("optouts", csv("email", "someone@ok.test"), "unsubscribed_20261102.csv")
    key = lab.drop("crm", csv("email,name,phone", f"bo@ok.test,Bo Berg,{DATE_LIKE}", "cy@ok.test,Cy Else,"))
    assert "20261102" in key and lab.contact("bo@ok.test")["phone_e164"] == "+4520261102"
    hashed = "ab4520261102cdef0011223344556677f20261102a112233445566778899aabb"
    lab.do(
        "insert into core.suppressions (subject_key, channel, reason, source, drop_key, received_at)"
        " values (decode(%s, 'hex'), 'email', 'opt_out', 'optouts', %s, now())",
        hashed,
        key,
    )
    lab.do("insert into ops.alerts (rule, severity, fingerprint, counts) values ('by_hand', 'info', %s, '{}')", hashed)
    alerts = "select fingerprint from ops.alerts where rule = 'by_hand'"
    suppressions = "select * from core.suppressions where reason <> 'erased' order by subject_key"
    drops = "select key, source, archived_as, sha256, file_name, rows_in from raw.drops order by key"
    before = lab.rows(suppressions), lab.rows(drops), lab.rows(alerts), whole(lab, "cy@ok.test")
    assert len(before[0]) == 2
    request = asked(lab, "bo@ok.test")
    assert erase_subject(lab.session, request, who="bo@ok.test")["findings"] == 0
    assert (lab.rows(suppressions), lab.rows(drops), lab.rows(alerts), whole(lab, "cy@ok.test")) == before
    assert lab.value("select state from ops.subject_requests where id = %s", request) == "done"
    assert traces(lab, ("bo@ok.test", "bo berg", "20 26 11 02")) == [] and books_are_right(lab)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_longer_address_that_ends_like_the_persons_stays_readable(lab: Lab, encoding: str) -> None:
    refused = lab.settings.rejected / "refused.csv"
    refused.parent.mkdir(parents=True, exist_ok=True)
    refused.write_bytes("jan@ok.test,Jan Else\nan@ok.test,An Other\n".encode(encoding))
    key = lab.drop(
        "crm",
        csv("List for an@ok.test and jan@ok.test,", "", "email,name", "jan@ok.test,Jan Else", "an@ok.test,An Other"),
    )
    assert lab.value("select rows_in from raw.drops") == 2
    assert erase(lab, "an@ok.test")["findings"] == 0
    kept, overwritten = refused.read_bytes().decode(encoding).splitlines()
    assert kept == "jan@ok.test,Jan Else" and overwritten.endswith(",An Other") and "@" not in overwritten
    file = archived(lab, key)
    assert file.count("jan@ok.test") == 2 and " an@ok.test" not in file and "An Other" not in file
    assert living(lab) == ["jan@ok.test"]


# --- keys that others have, too ----------------------------------------------------------------------------------


def test_a_profile_that_another_contact_has_too_is_not_closed(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    correction = open_request(lab.session, "rectify", who="bob@ok.test", details={"linkedin_url": PAGE})
    serve_request(lab.session, correction)
    assert lab.contact(STORED)["linkedin_url"] == lab.contact("bob@ok.test")["linkedin_url"] == PAGE
    assert erase(lab)["findings"] == 0
    assert lab.contact("bob@ok.test")["linkedin_url"] == PAGE
    assert lab.rows("select 1 from core.erased_keys where subject_key = %s", KEY.profile(PAGE)) == []
    key = lab.drop("shop", csv("email,name,linkedin url", f"bob@ok.test,Bob Ordinary,{PAGE}"), "again.csv")
    assert lab.rows("select outcome from raw.landed_rows where drop_key = %s", key) == [("merged",)]


def test_a_record_id_that_another_contact_has_too_is_not_closed(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.do("update core.contact_sources set record_id = '7' where record_id = '8'")
    assert erase(lab)["findings"] == 0
    assert lab.rows("select 1 from core.erased_keys where subject_key = %s", KEY.record("crm", "7")) == []
    key = lab.drop("crm", csv("Record ID,email,title", "7,bob@ok.test,Boss"), "again.csv")
    assert lab.rows("select outcome from raw.landed_rows where drop_key = %s", key) == [("merged",)]


# --- what was disclosed ------------------------------------------------------------------------------------------


def disclose(lab: Lab, who: str, reference: str) -> Path:
    """The ZIP of an access request."""
    request = open_request(lab.session, "access", who=who, reference=reference, identity_check="call back")
    serve_request(lab.session, request)
    path = export_path(lab.settings, reference)
    assert path.is_file()
    return path


def test_references_that_differ_by_a_sign_have_files_of_their_own(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    hers, his = disclose(lab, EMAIL, "A/1"), disclose(lab, "bob@ok.test", "A_1")
    dash, dot = disclose(lab, "bob@ok.test", "A-1"), disclose(lab, "bob@ok.test", "A.1")
    assert len({hers, his, dash, dot}) == 4
    kept = {path: path.read_bytes() for path in (his, dash, dot)}
    assert erase(lab)["findings"] == 0
    assert {path: path.read_bytes() for path in lab.settings.exports.iterdir()} == kept


def test_a_file_made_by_a_number_that_is_shared_since_goes_with_the_person_it_is_about(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA))
    hers = disclose(lab, NUMBER, "A-1")
    lab.drop("shop", csv("email,name,phone", f"cy@ok.test,Cy Else,{WRITTEN}"))
    his = disclose(lab, "cy@ok.test", "C-1")
    erase(lab)
    assert (hers.exists(), his.is_file()) == (False, True)


def test_what_a_crash_left_of_a_file_goes(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    his = disclose(lab, "bob@ok.test", "B-1")
    part = his.with_name(".A-1.zip.part")
    part.write_bytes(b"PK\x03\x04 " + EMAIL.encode())
    assert erase(lab)["findings"] == 0
    assert list(lab.settings.exports.iterdir()) == [his]


def test_a_find_in_the_file_of_somebody_else_is_a_finding(lab: Lab) -> None:
    """It is theirs, so it stays; that something of the person is left, the certificate says."""
    lab.drop("crm", csv("email,name,notes", f"{STORED},{NAME},", f"bob@ok.test,Bob Ordinary,assistant is {EMAIL}"))
    his = disclose(lab, "bob@ok.test", "B-1")
    with zipfile.ZipFile(his) as archive:
        assert EMAIL in archive.read("data.json").decode()
    assert EMAIL.encode() not in his.read_bytes()  # packed
    result = erase(lab)
    (exports,) = [part for part in certificate(lab, result["erasure"])["files"] if part["kind"] == "exports"]
    assert (exports["findings"], result["findings"]) == (1, 1)
    assert his.is_file()
