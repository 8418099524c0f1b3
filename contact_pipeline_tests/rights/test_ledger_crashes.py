"""SIGKILL between the ledger and the commit, a full disk, writers that meet: a promise holds, or there was none."""

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from contact_pipeline.adapters.fact_ledger import Batch, FactLedger
from contact_pipeline.core.errors import ConfigurationError, TransientError
from contact_pipeline.rights.requests import extend_request, note_identity, open_request, refuse_request
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.backups import VERDICTS, listed, start, suppressed
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.failpoints import PROCESSES, Bench, Failpoint, exit_code, watched
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.promises import ADA, CLOSING, CY, import_list, opt_out, people, restrict
from contact_pipeline_tests.lab.reopening import opt_in

KILLED = -signal.SIGKILL
OPT_OUTS, WRITERS = 12, 3

# By name, since another process does them. Drops have a test of their own: their facts are in the archived file.
DEEDS: dict[str, Callable[[Lab], object]] = {
    **{name: do for name, (do, _) in CLOSING.items() if "drop" not in name and "restriction" not in name},
    "a list of many": lambda lab: import_list(lab, *(f"no{i}@ok.test,unsubscribed" for i in range(20))),
    "a request": lambda lab: open_request(lab.session, "access", who=ADA, reference="Q-5"),
    "a longer time": lambda lab: extend_request(
        lab.session, "Q-0", until=lab.now.replace(month=12, day=28), reason="many"
    ),
    "a refusal": lambda lab: refuse_request(lab.session, "Q-0", reason="unfounded"),
    "an identity": lambda lab: note_identity(lab.session, "Q-0", how="called back"),
}


def arranged(lab: Lab) -> None:
    people(lab)
    open_request(lab.session, "access", who=CY, reference="Q-0")


def bench_of(lab: Lab, folder: Path, dns: DnsServer) -> Bench:
    return Bench(lab.session.database_url, folder, dns.address, lab.now)


def state(lab: Lab) -> tuple[object, ...]:
    """What was promised, as the database has it; who wrote it down and in which words is not promised."""
    asked = (
        "select reference, kind, state, due_at, extended_until, identity_check is not null from ops.subject_requests"
    )
    frozen = "select public_id from core.contacts where processing_restricted"
    return listed(lab), {row[:2] for row in suppressed(lab)}, sorted(lab.rows(asked)), lab.rows(frozen)


@contextmanager
def opened(bench: Bench) -> Iterator[Lab]:
    """In another process: the same policy."""
    with bench.open() as lab:
        lab.with_policy(email=VERDICTS)
        yield lab


def do_until_commit(bench: Bench, deed: str) -> None:
    """In another process: the ledger has it on the disk, and COMMIT is never sent."""
    with opened(bench) as lab, watched(Failpoint(commit=1)):
        DEEDS[deed](lab)


@pytest.mark.parametrize("deed", DEEDS)
def test_sigkill_before_the_commit_and_it_holds_from_the_next_start(
    lab: Lab, tmp_path: Path, dns: DnsServer, deed: str
) -> None:
    arranged(lab)
    before = exact_dump(lab)
    assert exit_code(do_until_commit, bench_of(lab, tmp_path, dns), deed) == KILLED
    assert exact_dump(lab) == before
    start(lab)
    assert exact_dump(lab) != before
    found, after = state(lab), exact_dump(lab)
    start(lab)
    assert exact_dump(lab) == after
    if deed not in ("a refusal", "a longer time"):
        DEEDS[deed](lab)  # given again it says the same
    assert state(lab) == found


def restrict_until_commit(bench: Bench) -> None:
    """In another process: the request is there, and serving it never commits."""
    with opened(bench) as lab, watched(Failpoint(commit=2)):
        restrict(lab)


def test_sigkill_before_a_restriction_commits_and_it_holds_from_the_next_start(
    lab: Lab, tmp_path: Path, dns: DnsServer
) -> None:
    arranged(lab)
    assert exit_code(restrict_until_commit, bench_of(lab, tmp_path, dns)) == KILLED
    assert lab.value("select state from ops.subject_requests where reference = 'Q-1'") == "open"
    assert ("email", ADA) in listed(lab)
    start(lab)
    assert lab.value("select state from ops.subject_requests where reference = 'Q-1'") == "done"
    assert not {("email", ADA), ("phone", ADA)} & listed(lab)


def apply_until_commit(bench: Bench, key: str) -> None:
    """In another process: the drop's opt-outs are promised, and never commit."""
    with opened(bench) as lab:
        lab.land(key)
        with watched(Failpoint(commit=1)):
            lab.apply(key)


def test_sigkill_before_a_drop_is_applied_and_its_opt_outs_hold_from_the_next_start(
    lab: Lab, tmp_path: Path, dns: DnsServer
) -> None:
    arranged(lab)
    key = lab.register("optouts", csv("email", ADA), "unsubscribed.csv")
    assert exit_code(apply_until_commit, bench_of(lab, tmp_path, dns), key) == KILLED
    assert ("email", ADA) in listed(lab)
    start(lab)
    assert ("email", ADA) not in listed(lab)


def test_sigkill_while_facts_are_brought_back_and_the_next_start_does(lab: Lab, tmp_path: Path, dns: DnsServer) -> None:
    arranged(lab)
    opt_out(lab)
    lab.rewrite("delete from core.suppressions")
    lab.do("update core.contacts set suppress_email = false, can_email = true, email_closed_at = null")
    lab.do("delete from ops.ledger_files")
    for commit in (1, 2):
        assert exit_code(start_until_commit, bench_of(lab, tmp_path, dns), commit) == KILLED
    start(lab)
    assert ("email", ADA) not in listed(lab) and lab.value("select count(*) from core.suppressions") == 1


def start_until_commit(bench: Bench, commit: int) -> None:
    """In another process: a start that dies."""
    with opened(bench) as lab, watched(Failpoint(commit=commit)):
        start(lab)


# --- a disk that is full, a folder that is not there -------------------------------------------------------------


@contextmanager
def full_disk(room: int | None) -> Iterator[None]:
    """It takes so many bytes (None: all, and does not get them to the disk)."""
    write: Callable[[int, bytes], int] = os.write
    left = [room]

    def fills_up(descriptor: int, content: bytes) -> int:
        if left[0] is None:
            return write(descriptor, content)
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, content[: left[0]])
        left[0] -= written
        return written

    def unflushed(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with patch.object(os, "write", fills_up), patch.object(os, "fsync", unflushed):
        yield


def ledger_bytes(lab: Lab) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in lab.settings.ledger.iterdir()}


@pytest.mark.parametrize("deed", DEEDS)
def test_a_full_disk_is_told_and_nothing_is_half_done(lab: Lab, deed: str) -> None:
    arranged(lab)
    before, written = exact_dump(lab), ledger_bytes(lab)
    for room in (0, 30, None):
        with full_disk(room), pytest.raises(TransientError, match=r"No space left on device\. Nothing was changed"):
            DEEDS[deed](lab)
        assert exact_dump(lab) == before and ledger_bytes(lab) == written
    start(lab)
    assert exact_dump(lab) == before
    DEEDS[deed](lab)
    assert exact_dump(lab) != before


def test_a_full_disk_keeps_a_drop_from_being_applied_and_it_is_applied_later(lab: Lab) -> None:
    arranged(lab)
    key = lab.register("optouts", csv("email", ADA), "unsubscribed.csv")
    lab.land(key)
    before = exact_dump(lab)
    with full_disk(0), pytest.raises(TransientError, match="No space left"):
        lab.apply(key)
    assert exact_dump(lab) == before
    lab.run(key)
    assert ("email", ADA) not in listed(lab)


def test_a_named_folder_that_is_missing_is_told_by_every_start_and_command(lab: Lab, tmp_path: Path) -> None:
    arranged(lab)
    before = exact_dump(lab)
    own = lab.session.ledger
    object.__setattr__(lab.session, "ledger", FactLedger(tmp_path / "share", own.key, may_make=False))
    for use in (start, opt_out):
        with pytest.raises(ConfigurationError, match=r"No such file.*CONTACT_PIPELINE_LEDGER"):
            use(lab)
    assert exact_dump(lab) == before and not (tmp_path / "share").exists()


# --- writers that meet -------------------------------------------------------------------------------------------


def opt_out_many(bench: Bench, writer: int) -> None:
    """In another process."""
    with opened(bench) as lab:
        for number in range(OPT_OUTS):
            opt_out(lab, f"person{writer}-{number}@ok.test")
            open_request(lab.session, "access", who=ADA, reference=f"W{writer}-{number}")


def test_processes_that_write_at_once_lose_nothing(lab: Lab, tmp_path: Path, dns: DnsServer) -> None:
    arranged(lab)
    bench = bench_of(lab, tmp_path, dns)
    writers = [PROCESSES.Process(target=opt_out_many, args=(bench, number)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    closed, asked = (
        lab.rows("select subject_key from core.suppressions"),
        lab.rows("select reference from ops.subject_requests"),
    )
    assert len(closed) == WRITERS * OPT_OUTS and len(asked) == WRITERS * OPT_OUTS + 1
    before = exact_dump(lab)
    start(lab)
    assert exact_dump(lab) == before
    lab.rewrite("delete from core.suppressions")
    lab.rewrite("delete from ops.subject_requests")
    lab.do("delete from ops.ledger_files")
    start(lab)
    assert sorted(lab.rows("select subject_key from core.suppressions")) == sorted(closed)
    assert sorted(lab.rows("select reference from ops.subject_requests")) == sorted(asked)


def test_what_another_process_promised_before_is_not_skipped(lab: Lab) -> None:
    """The second writer's mark would step over the first one's line, which is not committed and never will be."""
    arranged(lab)
    promise_and_stop(lab)
    opt_out(lab, CY)
    assert ("email", ADA) in listed(lab)
    start(lab)
    assert not {("email", ADA), ("email", CY)} & listed(lab)


def test_an_opt_in_since_a_promise_that_never_committed_stands(lab: Lab) -> None:
    """Taken in late, the opt-out counts as of when it was said."""
    arranged(lab)
    promise_and_stop(lab)
    lab.passes(days=1)
    opt_in(lab)
    allowed = listed(lab)
    start(lab)
    assert listed(lab) == allowed and ("email", ADA) in allowed
    assert lab.rows("select 1 from core.consent_records where withdrawn_date is not null") == []
    assert lab.value("select count(*) from core.suppressions") == 1


def promise_and_stop(lab: Lab) -> None:
    """The ledger keeps it; the transaction goes back. As where the server dies while it commits."""
    close: Callable[[Batch], None] = Batch.close

    def stop(batch: Batch) -> None:
        close(batch)
        raise KeyboardInterrupt

    with patch.object(Batch, "close", stop), pytest.raises(KeyboardInterrupt):
        opt_out(lab, ADA)


def test_a_start_waits_for_who_has_promised_and_not_committed(lab: Lab) -> None:
    """Read before that, the promise would be taken for a crash; read after it, there is nothing to do."""
    arranged(lab)
    lab.session.ledger.append("facts", lab.now, {"kind": "applied", "drop": "20261102-none-00000000"})
    with lab.psql() as other:
        other.execute("select pg_advisory_xact_lock(hashtext('contact_pipeline.contacts'))")
        url = lab.session.database_url
        waits = f"{url}{'&' if '?' in url else '?'}options=-clock_timeout%3D200"
        whole = lab.session
        object.__setattr__(lab.session, "database_url", waits)
        with pytest.raises(Exception, match="LockNotAvailable"):
            start(lab)
        object.__setattr__(whole, "database_url", url)
    start(lab)
