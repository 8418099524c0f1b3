"""Stages at the same time over the same people: what one after the other gives, without deadlock or lost opt-out."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Barrier
from unittest.mock import patch

import pandas as pd
import psycopg
import pytest

from contact_pipeline.core.report import StageReport
from contact_pipeline.emails.store import EmailStore
from contact_pipeline.phones.store import PhoneStore
from contact_pipeline_tests.conftest import new_database
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.dump import dump
from contact_pipeline_tests.lab.failpoints import STAGES
from contact_pipeline_tests.lab.lab import KEY, Lab, csv, open_lab

Add = Callable[..., None]
HEADER = "email,name,company,phone,Email Opt Out"
ONE = csv(HEADER, *(f"p{i}@ok.test,Person Number{i},Engines,+49 1512 34567{i:02}," for i in range(24)))
OTHER = csv(HEADER, *(f"p{i}@ok.test,,Tools,,{'yes' if i % 5 == 0 else ''}" for i in reversed(range(12, 36))))
LOCK = (
    "select pg_advisory_xact_lock(hashtext('contact_pipeline.contacts'))"  # what every stage that writes contacts takes
)
BLOCKED = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@pytest.fixture
def three_labs(
    lab: Lab, server_url: str, migrated_template: str, tmp_path: Path, dns: DnsServer
) -> Iterator[list[Lab]]:
    """Three equal and empty databases."""
    with ExitStack() as stack:
        labs = [lab]
        for number in range(2):
            url = stack.enter_context(new_database(server_url, migrated_template))
            labs.append(stack.enter_context(open_lab(url, tmp_path / str(number), dns.address)))
        yield labs


@contextmanager
def meeting(parties: int) -> Iterator[None]:
    """Verdict stages wait for each other with everything judged and nothing written: the worst moment to meet."""
    barrier = Barrier(parties, timeout=20)
    with ExitStack() as stack:
        for store in (EmailStore, PhoneStore):
            add = store.add_verdicts

            def meet(self: EmailStore, judged: pd.DataFrame, add: Add = add) -> None:
                barrier.wait()
                add(self, judged)

            stack.enter_context(patch.object(store, "add_verdicts", meet))
        yield


def test_two_drops_at_once_equal_one_after_the_other(three_labs: list[Lab]) -> None:
    keys = [[lab.register("crm", ONE), lab.register("shop", OTHER)] for lab in three_labs]
    together, forward, backward = three_labs
    (one, other), *_ = keys
    for lab, order in ((forward, (one, other)), (backward, (other, one))):
        for stage in STAGES:
            for key in order:
                getattr(lab, stage)(key)
    with ThreadPoolExecutor(2) as threads, meeting(2):
        for future in [threads.submit(together.run, key) for key in (one, other)]:
            future.result(timeout=30)
    result, *either = (dump(lab) for lab in (together, forward, backward))
    for tables in (result, *either):
        del tables["ops.stage_runs"]  # which of the two runs filled a gap is chance
    differences = [{table for table in result if result[table] != expected[table]} for expected in either]
    assert set() in differences, differences


@contextmanager
def work_in_progress(lab: Lab) -> Iterator[psycopg.Connection]:
    """A transaction that holds the lock of all who write contacts, as the contacts stage of another drop would."""
    with lab.psql() as connection:
        connection.execute(LOCK)
        yield connection


def wait_until_blocked(lab: Lab, work: Future[StageReport]) -> None:
    """Until the other thread waits for a lock in the database."""
    deadline = time.monotonic() + 20
    while not lab.value(BLOCKED):
        assert not work.done(), "it did not wait"
        assert time.monotonic() < deadline, "it never came to the database"


@pytest.mark.parametrize("stage", ["validate_emails", "normalize_phones", "enrich"])
@pytest.mark.parametrize("order", [("p0@ok.test", "p1@ok.test"), ("p1@ok.test", "p0@ok.test")], ids=["up", "down"])
def test_a_stage_beside_the_contacts_stage_never_deadlocks(lab: Lab, stage: str, order: tuple[str, str]) -> None:
    key = lab.take("crm", csv(HEADER, "p0@ok.test,A B,,+49 1512 3456700,", "p1@ok.test,C D,,+49 1512 3456701,"))
    change = "update core.contacts set title = 'changed' where email = %s"
    with ThreadPoolExecutor(1) as thread:
        with work_in_progress(lab) as other:
            other.execute(change, (order[0],))
            work = thread.submit(getattr(lab, stage), key)
            wait_until_blocked(lab, work)
            other.execute(change, (order[1],))
        assert work.result(timeout=20).rows == 2
    assert lab.contacts("title") == [("changed",), ("changed",)]


@pytest.mark.parametrize("stage", ["enrich", "sync_permissions"])
def test_an_opt_out_that_comes_meanwhile_is_not_lost(lab: Lab, stage: str) -> None:
    key = lab.take("crm", csv("email,name", "ada@ok.test,Ada Example"))
    lab.validate_emails(key)
    with ThreadPoolExecutor(1) as thread:
        with work_in_progress(lab) as other:
            other.execute(
                "insert into core.suppressions (subject_key, channel, reason, source)"
                " values (%s, 'email', 'opt_out', 'web')",
                (KEY.email("ada@ok.test"),),
            )
            other.execute("update core.contacts set can_email = false, suppress_email = suppress_email")
            work = thread.submit(lab.enrich, key) if stage == "enrich" else thread.submit(lab.sync_permissions)
            wait_until_blocked(lab, work)
        work.result(timeout=20)
    assert lab.may("ada@ok.test")[0] is False


def test_an_address_changed_while_it_is_judged_keeps_no_old_verdict(lab: Lab) -> None:
    key = lab.take("crm", csv("email,name", "ada@ok.test,Ada Example"))
    add = EmailStore.add_verdicts

    def change_first(store: EmailStore, judged: pd.DataFrame) -> None:
        lab.do("update core.contacts set email = 'ada@nullmx.test'")
        add(store, judged)

    with patch.object(EmailStore, "add_verdicts", change_first):
        lab.validate_emails(key)
    assert lab.contact("ada@nullmx.test")["email_sub_status"] == "not_checked"
    lab.run(key)
    assert lab.contact("ada@nullmx.test")["email_sub_status"] == "null_mx"
