"""What the proof of an erasure says is true, after a crash anywhere, and no request undoes or outlives it."""

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from psycopg import sql

from contact_pipeline.adapters.postgres.engine import connect
from contact_pipeline.core.errors import TransientError, UsageError
from contact_pipeline.erasure import erasing
from contact_pipeline.erasure.erasing import erase_contacts, finish_erasures, scrub_erasures
from contact_pipeline.erasure.ledger import ErasureLedger
from contact_pipeline.erasure.scrubbing import scrub_tables
from contact_pipeline.rights.requests import open_request, refuse_request
from contact_pipeline.rights.serving import erase_subject, serve_request
from contact_pipeline_tests.erasure.test_erasure_guards import assert_kept_out
from contact_pipeline_tests.erasure.test_erasure_others import begin
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.erasures import (
    ADA,
    BOB,
    EMAIL,
    HEADER,
    NAME,
    STORED,
    WRITTEN,
    asked,
    certificate,
    contactable,
    erase,
    ledger_lines,
    ledger_of,
    traces,
)
from contact_pipeline_tests.lab.lab import KEY, Lab, csv

SECOND = "ada.new@ok2.test"
SHORT = 7  # bytes that a write takes at once


class Crash(BaseException):
    """The process ends here; nothing catches it."""


def crash(*_: object, **__: object) -> None:
    raise Crash


def waiting(lab: Lab) -> set[str]:
    """Erasures whose values wait encrypted."""
    folder = lab.settings.erasures / "waiting"
    return {path.name.partition(".")[0] for path in folder.iterdir()} if folder.is_dir() else set()


# --- the promise -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("step", "promised"), [("begin", 0), ("keep_values", 1)])
def test_values_never_wait_without_a_line_in_the_ledger(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, step: str, promised: int
) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request = asked(lab)
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(ErasureLedger, step, crash)
        erase_subject(lab.session, request, who=EMAIL)
    assert len(ledger_of(lab).entries()) == promised and waiting(lab) == set()
    assert finish_erasures(lab.session) == promised
    erase_subject(lab.session, request, who=EMAIL)
    scrub_erasures(lab.session)
    assert waiting(lab) == set() and traces(lab) == []


def test_a_line_is_whole_where_the_disk_takes_a_few_bytes_at_a_time(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    write: Callable[[int, bytes], int] = os.write
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda descriptor, content: write(descriptor, content[:SHORT]))
        result = erase(lab)
    facts = [fact for line in ledger_lines(lab) for fact in json.loads(line)["facts"]]
    assert {fact["id"] for fact in facts} == {result["erasure"]}
    assert ledger_of(lab).entries()[result["erasure"]].step == "scanned"
    assert KEY.email(EMAIL).hex() in ledger_of(lab).entries()[result["erasure"]].keys


@pytest.mark.parametrize("taken", [0, SHORT])
def test_a_disk_that_fills_up_promises_nothing_and_nothing_is_deleted(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request, before = asked(lab), exact_dump(lab)
    file = (lab.settings.archive / f"{lab.value('select key from raw.drops')}.csv").read_bytes()
    write: Callable[[int, bytes], int] = os.write
    room = [taken]

    def full(descriptor: int, content: bytes) -> int:
        left, room[0] = room[0], 0
        if not left:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, content[:left])

    with monkeypatch.context() as patch, pytest.raises(TransientError, match="No space"):
        patch.setattr(os, "write", full)
        erase_subject(lab.session, request, who=EMAIL)
    assert ledger_lines(lab) == []
    assert ledger_of(lab).entries() == {} and waiting(lab) == set() and exact_dump(lab) == before
    assert (lab.settings.archive / f"{lab.value('select key from raw.drops')}.csv").read_bytes() == file
    assert finish_erasures(lab.session) == 0
    assert erase_subject(lab.session, request, who=EMAIL)["findings"] == 0
    assert len(ledger_of(lab).entries()) == 1 and traces(lab) == []


# --- what happens between the promise and the deed ---------------------------------------------------------------


def test_an_address_that_came_meanwhile_is_closed_like_the_first(lab: Lab) -> None:
    lab.drop("crm", csv("Record ID,email,name", f"7,{STORED},{NAME}"))
    begin(lab)
    lab.drop("crm", csv("Record ID,email,name", f"7,{SECOND},{NAME}"), "later.csv")
    assert lab.value("select count(*) from core.contacts") == 1
    assert finish_erasures(lab.session) == 1
    key = KEY.email(SECOND)
    (entry,) = ledger_of(lab).entries().values()
    assert key.hex() in entry.keys and entry.channels[key.hex()] == "email"
    assert lab.rows("select 1 from core.erased_keys where subject_key = %s", key) == [(1,)]
    assert lab.rows("select reason from core.suppressions where subject_key = %s", key) == [("erased",)]
    assert_kept_out(lab, lab.drop("shop", csv("email,name", f"{SECOND},{NAME}"), "again.csv"))
    assert contactable(lab, SECOND) == [] and traces(lab, (SECOND,)) == []


@pytest.mark.parametrize("since", ["restrict", "access", None])
def test_a_retention_that_is_taken_up_again_leaves_who_was_frozen_or_asked_for_something_since(
    lab: Lab, since: str | None
) -> None:
    lab.with_source("shop", retention_days=60)
    lab.drop("shop", csv("email,name", f"{STORED},{NAME}", "bob@ok.test,Bob Ordinary"))
    lab.do("update core.contact_sources set landed_at = '2020-01-01'")
    ids = [str(contact) for (contact,) in lab.rows("select public_id from core.contacts")]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Crash):
        patch.setattr(erasing, "_carry_out", crash)
        erase_contacts(lab.session, ids)
    if since:
        request = open_request(lab.session, since, who=EMAIL, reference="R-1")
    if since == "restrict":
        serve_request(lab.session, request)
    assert finish_erasures(lab.session) == 1
    assert lab.contacts("email") == [(STORED,), (None,)] if since else [(None,), (None,)]
    assert [entry.step for entry in ledger_of(lab).entries().values()] == ["scanned"]


def test_what_another_process_finished_while_we_waited_is_not_done_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its values are gone after its scrub: a second proof would look for nothing and say that nothing is left."""
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request = begin(lab)
    turn = erasing._one_at_a_time
    sealed: list[dict[str, Any]] = []

    @contextmanager
    def late(session: Any, *, wait: bool = True) -> Iterator[bool]:
        if not wait:
            result = erase_subject(lab.session, request, who=EMAIL, scrub=True)
            sealed.append(certificate(lab, result["erasure"]))
        with turn(session, wait=wait) as is_ours:
            yield is_ours

    monkeypatch.setattr(erasing, "_one_at_a_time", late)
    assert finish_erasures(lab.session) == 0
    assert [certificate(lab, sealed[0]["erasure"])] == sealed and "scrub" in sealed[0]
    assert [entry.step for entry in ledger_of(lab).entries().values()] == ["scrubbed"]


# --- the scrub ---------------------------------------------------------------------------------------------------


def test_a_scrub_that_crashed_before_it_forgot_the_values_is_only_tidied_up(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    erasure = erase(lab)["erasure"]
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(ErasureLedger, "forget_values", crash)
        scrub_erasures(lab.session)
    sealed = certificate(lab, erasure)
    assert ledger_of(lab).entries()[erasure].step == "scrubbed" and waiting(lab) == {erasure}
    lab.passes(days=1)
    assert scrub_erasures(lab.session)["erasures"] == 0
    assert waiting(lab) == set() and certificate(lab, erasure) == sealed
    assert sealed["scrub"]["values_looked_for"] > 0


def test_a_scrub_that_is_done_again_finds_the_same_and_does_not_add_it_twice(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    erasure = erase(lab)["erasure"]
    assert certificate(lab, erasure)["findings"] == 0
    (lab.settings.home / "left.log").write_text(f"{EMAIL}\n")
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(ErasureLedger, "note", crash)
        scrub_erasures(lab.session)
    assert certificate(lab, erasure)["findings"] == 1
    lab.passes(days=1)
    assert scrub_erasures(lab.session)["findings"] == 1
    again = certificate(lab, erasure)
    assert (again["findings"], again["scrub"]["findings"]) == (1, 1)
    assert lab.value("select findings from ops.erasures") == 1 and waiting(lab) == set()


def test_a_table_of_another_role_is_not_said_to_be_rewritten(lab: Lab) -> None:
    """VACUUM leaves it alone, and only warns."""
    with connect(lab.session.database_url) as connection:
        role = sql.Identifier(f"owner_of_{connection.info.dbname}")
        connection.execute(sql.SQL("create role {}").format(role))
        try:
            connection.execute(sql.SQL("grant usage, create on schema ops to {}").format(role))
            connection.execute(sql.SQL("set role {}").format(role))
            connection.execute("create table ops.theirs (said text)")
            assert scrub_tables(connection, is_own_server=False, ship_log=lambda: None) == ["ops.theirs"]
        finally:
            connection.execute("reset role")
            connection.execute(sql.SQL("drop owned by {}").format(role))
            connection.execute(sql.SQL("drop role {}").format(role))


# --- rows and words ----------------------------------------------------------------------------------------------


def test_a_row_with_a_cell_too_many_does_not_bring_the_address_back(lab: Lab) -> None:
    lab.drop("crm", csv("email,name,phone", f"{STORED},{NAME},{WRITTEN}", "bob@ok.test,Bob Ordinary,"))
    assert erase(lab)["findings"] == 0
    rows = (f"{EMAIL},{NAME},{WRITTEN},surplus", "cy@ok.test,Cy Else,", "dee@ok.test,Dee Else,")
    key = lab.drop("crm", csv("email,name,phone", *rows), "again.csv")
    assert_kept_out(lab, key)
    file = (lab.settings.archive / f"{key}.csv").read_text()
    assert "surplus" not in file and "cy@ok.test,Cy Else," in file


@pytest.mark.parametrize("kind", ["rectify", "restrict"])
def test_an_erased_contact_is_neither_corrected_nor_frozen(lab: Lab, kind: str) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    number, public = lab.row("select id::text, public_id::text from core.contacts where email = %s", STORED)
    assert erase(lab)["findings"] == 0
    before = lab.rows("select * from core.contacts where id = %s", number)
    details = {"name": NAME, "email": EMAIL} if kind == "rectify" else None
    for contact in (number, public):
        with pytest.raises(UsageError, match="no contact with that id"):
            open_request(lab.session, kind, contact=contact, details=details)
    assert lab.rows("select 1 from ops.subject_requests where kind = %s", kind) == []
    assert lab.rows("select * from core.contacts where id = %s", number) == before and traces(lab) == []


def test_what_our_people_wrote_about_requests_loses_the_name(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    says = f"passport of {NAME} seen, called {WRITTEN}"
    access = open_request(lab.session, "access", who=EMAIL, reference="A-1", identity_check=says)
    serve_request(lab.session, access)
    open_request(lab.session, "restrict", who=EMAIL, reference="R-1", identity_check="Miss EXEMPLARY herself")
    refuse_request(lab.session, "R-1", reason="Exemplary, Ada asked twice")
    his = open_request(lab.session, "access", who="bob@ok.test", reference="B-1", identity_check="as Ada's boss")
    request = open_request(lab.session, "erase", who=EMAIL, reference="E-1", identity_check=says)
    assert erase_subject(lab.session, request, who=EMAIL)["findings"] == 0
    assert traces(lab) == []
    checks = dict(lab.rows("select reference, identity_check from ops.subject_requests"))
    assert checks["A-1"] == checks["E-1"] == "passport of [erased] seen, called [erased]"
    assert lab.value("select identity_check from ops.subject_requests where id = %s", his) == "as Ada's boss"


def test_a_reference_that_is_the_persons_number_is_a_finding_and_the_erasure_is_closed(lab: Lab) -> None:
    """A file number cannot be overwritten: it is what the matter is known by outside."""
    lab.drop("crm", csv(HEADER, ADA, BOB))
    request = asked(lab, reference="4915123970846")
    result = erase_subject(lab.session, request, who=EMAIL)
    (found,) = [part for part in certificate(lab, result["erasure"])["tables"] if part["findings"]]
    assert (found["table"], result["findings"]) == ("ops.subject_requests", found["findings"])
    assert lab.value("select state from ops.subject_requests where id = %s", request) == "done"
    assert finish_erasures(lab.session) == 0
    assert lab.rows("select 1 from ops.alerts where rule = 'erasure_unfinished' and closed_at is null") == []


def test_words_of_the_program_survive_a_person_called_like_them(lab: Lab) -> None:
    """Members of JSON and sources are no names, where they stand beside a find."""
    lab.drop("shop", csv("email,name", f"{STORED},Max Shop", "bob@ok.test,Bob Ordinary"), f"from {EMAIL}.csv")
    lab.do(
        "insert into ops.alerts (rule, severity, fingerprint, counts) values ('by_hand', 'info', 'by_hand', %s)",
        json.dumps({"max_retries": 3, "shop": 1, EMAIL: 2}),
    )
    lab.do(
        "insert into ops.reviews (kind, details) values ('spot_check', %s)",
        json.dumps({"max_retries": 3, "says": f"Max Shop, {EMAIL}", "parts": [{"max": "Max"}]}),
    )
    lab.do("update raw.drops set approved_reason = %s", f"Max Shop, {EMAIL}, asked for it")
    assert erase(lab)["findings"] == 0
    assert lab.value("select counts from ops.alerts where rule = 'by_hand'") == {
        "max_retries": 3, "shop": 1, "[erased]": 2
    }  # fmt: skip
    said = lab.value("select details from ops.reviews where kind = 'spot_check'")
    assert (said["max_retries"], list(said["parts"][0])) == (3, ["max"])
    assert "Max" not in json.dumps(list(said.values())) and EMAIL not in json.dumps(said)
    assert lab.rows("select distinct source from core.contact_sources") == [("shop",)]
    assert lab.row("select source, file_name, approved_reason from raw.drops") == (
        "shop", "from [erased].csv", "[erased], [erased], asked for it"
    )  # fmt: skip
