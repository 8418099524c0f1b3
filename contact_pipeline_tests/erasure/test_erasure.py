"""A person is erased everywhere, proof included; everybody else stays as they were."""

import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.core.errors import TransientError, UsageError
from contact_pipeline.erasure.erasing import export_path, finish_erasures
from contact_pipeline.rights import desk
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import erase_subject, preview_erasure, serve_request
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.erasures import (
    ADA,
    BOB,
    EMAIL,
    HEADER,
    NAME,
    NUMBER,
    PAGE,
    STORED,
    TRACES,
    WRITTEN,
    asked,
    books_are_right,
    certificate,
    erase,
    ledger_lines,
    ledger_of,
    traces,
)
from contact_pipeline_tests.lab.lab import KEY, Lab, csv

SWITCHBOARD = "+49 1512 3456700"
# What an erased contact still says: that it was there, that it is erased and that nobody may use it.
EMPTY_CONTACT = {
    "id", "public_id", "created_at", "created_by", "updated_at", "updated_by", "created_login", "updated_login",
    "version", "email_status", "email_sub_status", "phone_status", "phone_sub_status", "soft_bounce",
    "soft_bounce_count", "hard_bounce", "deletion_requested", "deletion_completed", "can_email", "can_call",
    "suppress_email", "suppress_phone", "processing_restricted",
}  # fmt: skip


def known_columns(lab: Lab, number: int) -> set[str]:
    """Columns of the contact that hold something."""
    return set(lab.value("select jsonb_strip_nulls(to_jsonb(c)) from core.contacts c where id = %s", number))


def test_nothing_is_left_and_the_books_are_right(lab: Lab) -> None:
    first = lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.drop("shop", csv("email,name,phone", "ADA@OK.TEST,Ada Exemplary,+49-1512-397-0846", "cy@ok.test,Cy Else,"))
    lab.do("update core.contacts set title = 'Countess Exemplary' where name = 'Ada Exemplary'")
    assert {name for name, _ in traces(lab)} >= {"core.contacts", "raw.landed_rows", "audit.changes"}
    number = lab.value("select id from core.contacts where name = 'Ada Exemplary'")
    result = erase(lab)
    assert (result["contacts"], result["rows_erased"], result["findings"], result["shared"]) == (1, 2, 0, 0)
    assert traces(lab) == []
    gone = "name, email, phone, deletion_requested, deletion_completed is not null"
    assert lab.rows(f"select {gone} from core.contacts where id = %s", number) == [(None, None, None, True, True)]
    assert lab.accounting(first) == (2, 1, 0, 0)
    assert lab.value("select sum(rows_erased) from raw.drops") == 2
    assert books_are_right(lab)
    assert lab.rows("select state, closed_by is not null from ops.subject_requests") == [("done", True)]
    assert lab.rows("select field from audit.changes where contact_id = %s and field = 'title'", number)
    told = "old_value is not null or new_value is not null"
    assert lab.rows(f"select field from audit.changes where contact_id = %s and ({told})", number) == []
    assert known_columns(lab, number) <= EMPTY_CONTACT
    # The others are as they were.
    assert lab.contact("bob@ok.test")["name"] == "Bob Ordinary"
    assert "bob@ok.test" in (lab.settings.archive / f"{first}.csv").read_text()


def test_the_certificate_says_what_was_searched_and_names_nobody(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    result = erase(lab)
    found = certificate(lab, result["erasure"])
    searched = {part["table"] for part in found["tables"]}
    ours = {name for (name,) in lab.rows("select format('%I.%I', schemaname, tablename) from pg_tables")}
    assert searched == {name for name in ours if name.split(".")[0] in ("raw", "core", "audit", "ops", "dagster")}
    assert all(part["bytes"] >= 0 and part["rows"] >= 0 for part in found["tables"])
    (archive,) = [part for part in found["files"] if part["kind"] == "archive"]
    assert (archive["files"], archive["findings"], archive["shared"]) == (1, 0, 0)
    assert archive["bytes"] == sum(path.stat().st_size for path in lab.settings.archive.iterdir())
    assert (found["findings"], found["contacts"], found["rows_erased"]) == (0, 1, 1)
    assert found["values_looked_for"] > 20
    for part in ("heap", "write-ahead log", "logs", "backups"):  # of a server that is not ours
        assert part in str(found["not_searched"])
    text = json.dumps(found).lower()
    assert [word for word in (*TRACES, KEY.email(EMAIL).hex(), KEY.phone(NUMBER).hex()) if word in text] == []


def test_the_ledger_holds_it_before_anything_goes(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is deleted in a process whose promise does not reach the disk."""
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request = asked(lab)
    before = exact_dump(lab)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(TransientError, match="No space"):
            erase_subject(lab.session, request, who=EMAIL)
    assert exact_dump(lab) == before
    assert erase_subject(lab.session, request, who=EMAIL)["findings"] == 0
    assert traces(lab) == []


def test_nobody_is_erased_without_an_identity_check(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request = asked(lab, identity="  ")
    before = exact_dump(lab)
    for serve in (erase_subject, serve_request):
        with pytest.raises(UsageError, match="--identity"):
            serve(lab.session, request)
    assert exact_dump(lab) == before
    assert not lab.settings.erasures.exists() or ledger_of(lab).entries() == {}
    assert asked(lab, identity="call back") == request
    assert erase_subject(lab.session, request)["findings"] == 0


def test_the_ledger_names_nobody(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    result = erase(lab)
    (entry,) = ledger_of(lab).entries().values()
    assert (entry.id, entry.step, entry.reason) == (result["erasure"], "scanned", "request")
    assert {
        KEY.email(EMAIL).hex(),
        KEY.phone(NUMBER).hex(),
        KEY.profile(PAGE).hex(),
        KEY.record("crm", "7").hex(),
    } <= set(entry.keys)
    assert dict(entry.channels) == {KEY.email(EMAIL).hex(): "email", KEY.phone(NUMBER).hex(): "phone"}
    files = [path for path in lab.settings.home.rglob("*") if path.parent.name in ("ledger", "certificates", "waiting")]
    text = "".join(path.read_bytes().decode("latin-1") for path in files)
    assert [word for word in TRACES if word in text.lower()] == []


def test_a_preview_changes_nothing_and_counts_what_goes(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request = asked(lab)
    before = exact_dump(lab)
    assert preview_erasure(lab.session, request, who=EMAIL) == {
        "contacts": 1, "rows": 1, "files": 1, "keys": 4, "contacts_that_share": 0
    }  # fmt: skip
    assert exact_dump(lab) == before
    assert not lab.settings.erasures.exists()


def test_serving_it_twice_does_nothing_more(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request = asked(lab)
    erase_subject(lab.session, request, who=EMAIL)
    before, written = exact_dump(lab), ledger_lines(lab)
    again = erase_subject(lab.session, request, who=EMAIL)
    assert again == {"outcome": lab.value("select outcome from ops.subject_requests")}
    assert finish_erasures(lab.session) == 0
    assert (exact_dump(lab), ledger_lines(lab)) == (before, written)


def test_a_second_request_of_the_same_person_is_served_too(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    erase(lab)
    again = erase(lab)
    assert (again["contacts"], again["rows_erased"], again["findings"]) == (0, 0, 0)
    assert traces(lab) == [] and books_are_right(lab)


def test_who_is_not_known_is_suppressed_and_certified_all_the_same(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, BOB))
    for who, channel in ((EMAIL, "email"), (WRITTEN, "phone")):
        result = erase(lab, who)
        assert (result["contacts"], result["rows_erased"], result["findings"]) == (0, 0, 0)
        assert certificate(lab, result["erasure"])["values_looked_for"] > 3
        key = KEY.email(EMAIL) if channel == "email" else KEY.phone(NUMBER)
        assert lab.rows("select channel, reason from core.suppressions where subject_key = %s", key) == [
            (channel, "erased")
        ]
    assert lab.contact("bob@ok.test")["can_email"]


@pytest.mark.parametrize("by", ["id", "public_id"])
def test_a_contact_is_erased_by_its_id(lab: Lab, by: str) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    result = erase(lab, None, contact=str(lab.contact(STORED)[by]))
    assert (result["contacts"], result["findings"]) == (1, 0)
    assert traces(lab) == []
    assert lab.value("select count(*) from core.suppressions where reason = 'erased'") == 2


def test_two_contacts_with_one_number_are_not_erased_by_it(lab: Lab) -> None:
    lab.drop("crm", csv("email,name,phone", f"{EMAIL},{NAME},{SWITCHBOARD}", f"bob@ok.test,Bob Ordinary,{SWITCHBOARD}"))
    request = asked(lab, SWITCHBOARD)
    before = exact_dump(lab)
    with pytest.raises(UsageError, match="--contact"):
        erase_subject(lab.session, request, who=SWITCHBOARD)
    assert exact_dump(lab) == before and not lab.settings.erasures.exists()


def test_a_colleague_keeps_the_switchboard(lab: Lab) -> None:
    rows = (f"{EMAIL},{NAME},{SWITCHBOARD}", f"bob@ok.test,Bob Ordinary,{SWITCHBOARD}")
    key = lab.drop("crm", csv("email,name,phone", *rows))
    bob = lab.contact("bob@ok.test")
    assert bob["can_call"]
    result = erase(lab)
    assert result["findings"] == 0 and result["shared"] > 0
    assert lab.contact("bob@ok.test") == bob
    lab.sync_permissions()
    assert lab.may("bob@ok.test") == (True, True)
    number = KEY.phone("+4915123456700")
    assert lab.rows("select 1 from core.suppressions where subject_key = %s", number) == []
    assert lab.rows("select 1 from core.erased_keys where subject_key = %s", number) == []
    (archive,) = [part for part in certificate(lab, result["erasure"])["files"] if part["kind"] == "archive"]
    assert (archive["findings"], archive["shared"]) == (0, 1)
    # And a further colleague comes with it.
    lab.drop("crm", csv("email,name,phone", f"cy@ok.test,Cy Else,{SWITCHBOARD}"), "later.csv")
    assert lab.may("cy@ok.test") == (True, True)
    assert traces(lab, (EMAIL, "exemplary")) == []
    assert rows[1] in (lab.settings.archive / f"{key}.csv").read_text()


def test_a_namesake_stays(lab: Lab) -> None:
    other = "9,ada.exemplary@ok2.test,Ada Exemplary,+49 1512 3456777,Other Engines,"
    lab.drop("crm", csv(HEADER, ADA, other))
    namesake = lab.contact("ada.exemplary@ok2.test")
    result = erase(lab)
    assert (result["findings"], result["contacts"]) == (0, 1)
    assert lab.contact("ada.exemplary@ok2.test") == namesake
    assert traces(lab, (EMAIL, "3970846")) == []


def test_the_export_of_the_persons_own_request_goes_and_another_stays(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    paths = []
    wanted = [(EMAIL, None, "A/1"), (None, str(lab.contact(STORED)["id"]), "A/2"), ("bob@ok.test", None, "B/1")]
    for who, contact, reference in wanted:
        request = open_request(
            lab.session, "access", who=who, contact=contact, reference=reference, identity_check="call back"
        )
        serve_request(lab.session, request)
        paths.append(export_path(lab.settings, reference))
    assert [path.is_file() for path in paths] == [True, True, True]
    result = erase(lab)
    assert [path.is_file() for path in paths] == [False, False, True]
    assert result["findings"] == 0 and traces(lab) == []


def test_what_a_person_asked_to_have_corrected_goes_too(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    open_request(lab.session, "rectify", who=EMAIL, reference="C-1", details={"name": "Ada Exemplary-Byron"})
    result = erase(lab)
    assert result["findings"] == 0
    assert traces(lab) == []


def test_refused_files_and_logs_are_overwritten_in_place(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    places = {
        lab.settings.rejected / "broken.csv": b"\xff\xfeADA@ok.test;+49 1512 3970846;" + b"x" * 9,
        lab.settings.home / "pipeline.log": b"judged ada@ok.test\nnext line\n",
        lab.settings.home / "deep" / "note.txt": f"{EMAIL}".encode("utf-16"),
        lab.settings.archive / f".{'0' * 8}.part": b"ada@ok.test",
        lab.settings.root / "storage" / "run" / "compute_logs" / "1.err": b"warning: ada@ok.test\n",
    }
    for path, content in places.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    result = erase(lab)
    assert result["findings"] == 0
    assert {path.stat().st_size for path in places} == {len(content) for content in places.values()}
    assert places.keys() == {path for path in places if path.is_file()}
    assert b"next line" in (lab.settings.home / "pipeline.log").read_bytes()
    assert traces(lab) == [] and traces(lab, ("a\0d\0a\0@\0",)) == []
    kinds = {part["kind"]: part["files"] for part in certificate(lab, result["erasure"])["files"]}
    assert kinds == {"archive": 1, "rejected": 1, "home": 3, "dagster": 1}


@pytest.fixture
def events(lab: Lab) -> Iterator[str]:
    """A table as Dagster keeps its events in."""
    lab.do("create schema dagster")
    lab.do("create table dagster.event_logs (id bigint, event text, dagster_event_type text)")
    try:
        yield "dagster.event_logs"
    finally:
        lab.do("drop schema dagster cascade")


def test_dagsters_storage_is_searched_and_stays_readable(lab: Lab, events: str) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    said = [
        json.dumps({"message": "cannot read\nada@ok.test", "step": 1}),
        json.dumps({"message": "Ada@OK.test of Ada Exemplary, +49 1512 3970846", "step": 2}),
        json.dumps({"message": "bob@ok.test and jada@ok.test", "step": 3}),
    ]
    for number, text in enumerate(said):
        lab.do(f"insert into {events} values (%s, %s, 'STEP_FAILURE')", number, text)
    result = erase(lab)
    assert result["findings"] == 0
    left = [json.loads(text) for (text,) in lab.rows(f"select event from {events} order by id")]
    assert [event["step"] for event in left] == [1, 2, 3]
    assert left[2]["message"] == "bob@ok.test and jada@ok.test"
    assert traces(lab, ("3970846", "exemplary")) == []
    assert [event["message"] for event in left if " ada@ok.test" in f" {event['message']}".replace("\n", " ")] == []


def test_alerts_reviews_and_reasons_are_searched(lab: Lab) -> None:
    key = lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.do(
        "insert into ops.alerts (rule, severity, fingerprint, counts) values"
        " ('by_hand', 'info', 'by_hand:ada@ok.test', '{\"Ada@ok.test\": 1, \"rows\": 2}')"
    )
    lab.do(
        "insert into ops.reviews (kind, drop_key, details) values ('spot_check', %s, '{\"says\": \"ada@ok.test\"}')",
        key,
    )
    lab.do(
        "insert into ops.alert_decisions (decision, about, reason, decided_by, decided_at)"
        " values ('acknowledged', 'by_hand:ada@ok.test', 'ada@ok.test wrote', 'me', now())"
    )
    lab.do("update raw.drops set approved_reason = 'ada@ok.test asked' where key = %s", key)
    result = erase(lab)
    assert traces(lab) == []
    assert lab.row("select fingerprint, counts ->> 'rows' from ops.alerts where rule = 'by_hand'") == (
        "by_hand:[erased]", "2"
    )  # fmt: skip
    assert result["findings"] == 0


def test_a_drop_that_is_called_like_the_person_is_renamed_in_the_books(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB), "ada@ok.test.csv")
    lab.drop("shop", csv(HEADER, "9,cy@ok.test,Cy Else,,,"), "export for Ada@ok.test (1).csv")
    result = erase(lab)
    assert result["findings"] == 0
    assert traces(lab) == []
    names = {name for (name,) in lab.rows("select file_name from raw.drops")}
    assert names == {"[erased].csv", "export for [erased] (1).csv"}


def test_a_desk_word_about_the_person_goes_and_the_suppression_stays(lab: Lab, tmp_path: Path) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    desk.consent(lab.session, EMAIL, source="fair", evidence="signed by Ada Exemplary")
    desk.opt_out(lab.session, EMAIL, reason="opt_out", source="letter", evidence="letter of ada@ok.test")
    assert erase(lab)["findings"] == 0
    assert traces(lab) == []
    reasons = lab.rows("select reason from core.suppressions where subject_key = %s order by 1", KEY.email(EMAIL))
    assert reasons == [("erased",), ("opt_out",)]


def test_an_opt_out_taken_back_is_nobodys_any_more(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    key = lab.contact(STORED)["email_key"]
    lab.do(
        "insert into core.suppressions (subject_key, channel, reason, source) values (%s, 'email', 'opt_out', 'x')", key
    )
    assert lab.value("select audit.retract_suppression(%s, 'email', 'opt_out', 'x', 'Ana', 'a slip')", key)
    erase(lab)
    assert traces(lab) == []
    assert lab.rows("select because, subject_key = %s from audit.retractions", key) == [("a slip", False)]


def test_the_name_in_the_reason_of_a_change_goes(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.do("update core.contacts set title = 'Clerk' where email = %s", STORED)
    lab.rewrite("update audit.changes set reason = 'review: Ada Exemplary called' where field = 'title'")
    result = erase(lab)
    assert result["findings"] > 0 or traces(lab) == []


def test_the_name_of_a_refused_file_is_searched(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.settings.rejected.mkdir(parents=True)
    (lab.settings.rejected / f"{EMAIL}.csv").write_text("?")
    result = erase(lab)
    assert result["findings"] > 0 or traces(lab) == []


def test_a_file_that_cannot_be_read_is_counted_and_stops_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.settings.rejected.mkdir(parents=True)
    (lab.settings.rejected / "secret.csv").write_text("?")
    opened = Path.open

    def refused(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == "secret.csv":
            raise PermissionError(13, "denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", refused)
    result = erase(lab)
    (rejected,) = [part for part in certificate(lab, result["erasure"])["files"] if part["kind"] == "rejected"]
    assert (rejected["files"], rejected["unreadable"]) == (0, 1)
