"""SIGKILL anywhere in an erasure, and a backup that brings everything back: the next start finishes it."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from contact_pipeline.erasure import erasing
from contact_pipeline.erasure.erasing import export_path, finish_erasures
from contact_pipeline.erasure.ledger import STEPS, ErasureLedger
from contact_pipeline.erasure.owned_files import OwnedFiles
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.serving import erase_subject, serve_request
from contact_pipeline_tests.conftest import new_database
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.erasures import (
    ADA,
    BOB,
    EMAIL,
    HEADER,
    NAME,
    STORED,
    TRACES,
    WRITTEN,
    asked,
    books_are_right,
    certificate,
    contactable,
    erase,
    ledger_lines,
    ledger_of,
    traces,
)
from contact_pipeline_tests.lab.failpoints import Bench, Failpoint, exit_code, watched
from contact_pipeline_tests.lab.lab import Lab, csv, open_lab

KILLED = -signal.SIGKILL
PARTS = 6  # moments over the waits of one erasure; all of its commits are tried besides

# Between the steps: (owner, name, of which call, before or after it).
STEPS_OF_FILES = [
    (ErasureLedger, "keep_values", 1, "after"),
    (ErasureLedger, "begin", 1, "before"),
    (ErasureLedger, "begin", 1, "after"),
    (erasing, "rewrite_archived", 1, "before"),
    (erasing, "rewrite_archived", 1, "after"),
    (erasing, "export_path", 1, "before"),
    (OwnedFiles, "overwrite", 1, "before"),
    (ErasureLedger, "note", 1, "before"),
    (ErasureLedger, "note", 1, "after"),
    (OwnedFiles, "search", 1, "before"),
    (ErasureLedger, "keep_shared", 1, "before"),
    (ErasureLedger, "write_certificate", 1, "before"),
    (ErasureLedger, "write_certificate", 1, "after"),
    (ErasureLedger, "note", 2, "before"),
    (ErasureLedger, "note", 2, "after"),
]  # fmt: skip
BY_NAME = {"ErasureLedger": ErasureLedger, "OwnedFiles": OwnedFiles, "erasing": erasing}


@contextmanager
def killed_at(owner: str, name: str, call: int, moment: str) -> Iterator[None]:
    """The process dies before or after that call."""
    whole: Callable[..., Any] = getattr(BY_NAME[owner], name)
    calls = 0

    def dies(*arguments: object, **options: object) -> Any:
        nonlocal calls
        calls += 1
        if calls == call and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = whole(*arguments, **options)
        if calls == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    with patch.object(BY_NAME[owner], name, dies):
        yield


def erase_until(bench: Bench, request: int, failpoint: Failpoint | None) -> None:
    """In another process: the request is served, until the failpoint."""
    with bench.open() as lab, watched(failpoint):
        erase_subject(lab.session, request, who=EMAIL)


def erase_until_step(bench: Bench, request: int, *place: Any) -> None:
    """In another process: the same, until a step of the files or the ledger."""
    with bench.open() as lab, killed_at(*place):
        erase_subject(lab.session, request, who=EMAIL)


def arranged(lab: Lab) -> int:
    """A person in two drops, an export of hers, a refused file; returns the request for erasure."""
    lab.forget_everything()
    for folder in (lab.settings.home, lab.settings.rejected):
        shutil.rmtree(folder, ignore_errors=True)
    lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.drop("shop", csv("email,name,phone", f"{EMAIL},{NAME},{WRITTEN}", "cy@ok.test,Cy Else,"))
    contact = str(lab.value("select id from core.contacts where name = %s", NAME))
    access = open_request(lab.session, "access", contact=contact, reference="A-1", identity_check="call back")
    serve_request(lab.session, access)
    lab.settings.rejected.mkdir(parents=True, exist_ok=True)
    (lab.settings.rejected / "refused.csv").write_text(f"{EMAIL}\n")
    return asked(lab, reference="E-1")


def turn_is_free(lab: Lab) -> None:
    """The server has noticed that the killed process is gone."""
    lab.rows("select pg_advisory_lock(hashtext('contact_pipeline.erasure'))")


def assert_finished(lab: Lab, request: int, where: object) -> None:
    """What the next start of the program leaves, and what the command says when it is given again."""
    turn_is_free(lab)
    finish_erasures(lab.session)
    erase_subject(lab.session, request, who=EMAIL)
    assert traces(lab) == [], where
    assert not export_path(lab.settings, "A-1").exists(), where
    assert books_are_right(lab) and contactable(lab) == [], where
    entries = list(ledger_of(lab).entries().values())
    assert [entry.step for entry in entries] == ["scanned"], where
    assert certificate(lab, entries[0].id)["findings"] == 0, where
    assert certificate(lab, entries[0].id)["contacts"] == 1, where
    assert lab.row("select state, closed_at is not null from ops.subject_requests where id = %s", request) == (
        "done",
        True,
    )
    assert lab.row("select count(*), count(scanned_at) from ops.erasures") == (1, 1), where
    assert finish_erasures(lab.session) == 0, where
    assert not list(lab.settings.home.rglob("*.part")), where


def bench_of(lab: Lab, folder: Path, dns: DnsServer) -> Bench:
    return Bench(lab.session.database_url, folder, dns.address, lab.now)


def test_sigkill_anywhere_in_the_database_and_the_next_start_finishes_it(
    lab: Lab, tmp_path: Path, dns: DnsServer
) -> None:
    request = arranged(lab)
    with watched() as seen:
        erase_subject(lab.session, request, who=EMAIL)
    moments = [Failpoint(commit=n) for n in range(1, seen.commits + 1)]
    moments += [Failpoint(wait=seen.waits * n // PARTS) for n in range(1, PARTS)]
    for moment in moments:
        request = arranged(lab)
        before = exact_dump(lab)
        assert exit_code(erase_until, bench_of(lab, tmp_path, dns), request, moment) == KILLED, (moment, seen)
        turn_is_free(lab)
        if not ledger_of(lab).entries():  # nothing is touched that was not promised first
            assert exact_dump(lab) == before, moment
            assert export_path(lab.settings, "A-1").exists(), moment
        assert_finished(lab, request, moment)


@pytest.mark.parametrize("place", STEPS_OF_FILES, ids=lambda p: f"{p[3]} {p[1]} {p[2]}")
def test_sigkill_between_the_steps_and_the_next_start_finishes_it(
    lab: Lab, tmp_path: Path, dns: DnsServer, place: tuple[Any, str, int, str]
) -> None:
    request = arranged(lab)
    before = exact_dump(lab)
    named = (place[0].__name__.rpartition(".")[2], *place[1:])
    assert exit_code(erase_until_step, bench_of(lab, tmp_path, dns), request, *named) == KILLED
    if not ledger_of(lab).entries():
        assert exact_dump(lab) == before
    assert_finished(lab, request, named)


def test_who_is_not_killed_ends_well_over_there_too(lab: Lab, tmp_path: Path, dns: DnsServer) -> None:
    """Else the tests above would take any failure of their processes for a kill."""
    request = arranged(lab)
    assert exit_code(erase_until, bench_of(lab, tmp_path, dns), request, None) == 0
    assert_finished(lab, request, "nowhere")


def test_it_is_finished_by_the_start_alone(lab: Lab, tmp_path: Path, dns: DnsServer) -> None:
    """Nobody gives the command again, and whoever typed the address is gone."""
    request = arranged(lab)
    place = ("erasing", "rewrite_archived", 1, "before")
    assert exit_code(erase_until_step, bench_of(lab, tmp_path, dns), request, *place) == KILLED
    turn_is_free(lab)
    assert finish_erasures(lab.session) == 1
    assert traces(lab) == [] and books_are_right(lab)
    assert lab.value("select state from ops.subject_requests where id = %s", request) == "done"


def test_the_steps_stand_in_the_ledger_in_order(lab: Lab) -> None:
    request = arranged(lab)
    erase_subject(lab.session, request, who=EMAIL, scrub=True)
    lines = ledger_lines(lab)
    assert [next(step for step in STEPS if f'"step":"{step}"' in line) for line in lines] == list(STEPS)
    assert not list((lab.settings.erasures / "waiting").iterdir())


def test_a_live_erasure_of_another_process_is_left_to_it(lab: Lab) -> None:
    request = arranged(lab)
    with patch.object(erasing, "_carry_out", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        erase_subject(lab.session, request, who=EMAIL)
    with lab.psql() as other:
        other.execute("select pg_advisory_lock(hashtext('contact_pipeline.erasure'))")
        before = exact_dump(lab)
        finish_erasures(lab.session)
        assert exact_dump(lab)["core.contacts"] == before["core.contacts"]
    assert finish_erasures(lab.session) == 1
    assert traces(lab) == []


@pytest.mark.parametrize("by_command", [True, False])
def test_an_erasure_that_cannot_be_finished_does_not_keep_the_program_from_starting(lab: Lab, by_command: bool) -> None:
    request = arranged(lab)
    with patch.object(erasing, "_carry_out", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        erase_subject(lab.session, request, who=EMAIL)
    with patch.object(erasing, "rewrite_archived", side_effect=OSError("disk is full")):
        finish_erasures(lab.session)
    open_alert = "select count(*) from ops.alerts where rule = 'erasure_unfinished' and closed_at is null"
    assert lab.value(open_alert) == 1
    # Not again at every start; the command with its reference does it at once, and time does.
    finish_erasures(lab.session)
    assert lab.value(open_alert) == 1 and traces(lab) != []
    if by_command:
        assert erase_subject(lab.session, request, who=EMAIL)["findings"] == 0
    else:
        lab.do("update ops.alerts set opened_at = opened_at - interval '61 minutes'")
        assert finish_erasures(lab.session) == 1
    assert (lab.value(open_alert), traces(lab)) == (0, [])


@contextmanager
def backup_of(lab: Lab) -> Iterator[str]:
    """A copy of the lab's database as it is now; nobody may be connected to it meanwhile."""
    with new_database(lab.session.database_url, urlsplit(lab.session.database_url).path[1:]) as url:
        yield url


@pytest.mark.parametrize("is_scrubbed", [False, True])
def test_a_restored_backup_forgets_the_person_again(
    lab: Lab, tmp_path: Path, dns: DnsServer, is_scrubbed: bool
) -> None:
    """The database is of before the erasure; HOME, with its ledger, is of today."""
    arranged(lab)
    lab.rewrite("delete from ops.subject_requests where reference = 'E-1'")
    with backup_of(lab) as url:
        erase(lab, scrub=is_scrubbed)
        assert traces(lab) == []
        with open_lab(url, tmp_path, dns.address) as restored:
            restored.now = lab.now
            assert any(trace == TRACES[0] for _, trace in traces(restored))
            assert finish_erasures(restored.session) == 1
            assert traces(restored) == [] and books_are_right(restored) and contactable(restored) == []
            again = restored.drop("fair", csv("email,name", f"{STORED},{NAME}"), "again.csv")
            assert restored.rows("select reasons from raw.quarantined_rows where drop_key = %s", again) == [
                (["erased_subject"],)
            ]
            assert restored.rows("select 1 from curated.mailable_contacts where email ilike %s", EMAIL) == []
            assert traces(restored) == []
            assert finish_erasures(restored.session) == 0


def test_a_backup_of_the_files_is_not_needed_for_the_database_to_keep_him_out(
    lab: Lab, tmp_path: Path, dns: DnsServer
) -> None:
    """Also the archive is of before: the erasure takes the rows out of its files again."""
    arranged(lab)
    lab.rewrite("delete from ops.subject_requests where reference = 'E-1'")
    kept = tmp_path / "kept"
    shutil.copytree(lab.settings.archive, kept)
    with backup_of(lab) as url:
        erase(lab)
        shutil.copytree(kept, lab.settings.archive, dirs_exist_ok=True)
        shutil.rmtree(kept)
        with open_lab(url, tmp_path, dns.address) as restored:
            restored.now = lab.now
            finish_erasures(restored.session)
            assert traces(restored) == [] and books_are_right(restored)


def test_a_database_copy_needs_no_connection(lab: Lab) -> None:
    """What the tests above rest on: the lab holds none open between its steps."""
    with psycopg.connect(lab.session.database_url) as connection:
        name = connection.info.dbname
        query = sql.SQL(
            "select count(*) from pg_stat_activity where datname = {}"
            " and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )  # a vacuum makes way
        assert connection.execute(query.format(sql.Literal(name))).fetchone() == (0,)
