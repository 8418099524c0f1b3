"""SIGKILL at every step of asking a provider, then reruns: who is paid twice was in flight, and nobody is forgotten.

Every check is also made of a ledger that breaks its promise, and must notice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from contact_pipeline.asking.call_ledger import Budget
from contact_pipeline.drops.intake import Intake
from contact_pipeline.emails.validated_emails import validate_emails
from contact_pipeline.opening import open_session
from contact_pipeline.settings import load_settings
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.installation import Installation
from contact_pipeline_tests.lab.asking_killed import AskingTrial, kill_while_asking
from contact_pipeline_tests.lab.failpoints import Bench, exit_code, wait_for_the_dead
from contact_pipeline_tests.lab.lab import KEY, Lab, csv
from contact_pipeline_tests.lab.provider_child import (
    AT_ONCE,
    BATCH,
    FLOWS,
    PRICE,
    VENDOR_KEY,
    Step,
    ask,
    ingest,
    ledger,
    stepping,
    without_waiting,
)
from contact_pipeline_tests.lab.vendor import Vendor
from contact_pipeline_tests.lab.vendors.neverbounce import NeverBounce
from contact_pipeline_tests.lab.vendors.twilio import Twilio
from contact_pipeline_tests.lab.vendors.zerobounce import ZeroBounce

PEOPLE = 6
CONTACTS = csv("Email,Phone", *(f"person{i}@ok.test,+49 1512 34567{i:02}" for i in range(PEOPLE)))
VENDORS: dict[str, type[Vendor]] = {"single": Twilio, "batch": ZeroBounce, "job": NeverBounce, "file": ZeroBounce}
VERDICT = {"normalize_phones": "phone_carrier_verified_at", "validate_emails": "email_mailbox_verified_at"}
# Calls by subject; dollars; subjects held for a person; what nobody has ended; subjects without a verdict.
BOOKS = """
select
    (select coalesce(jsonb_object_agg(k, n), '{{}}') from
        (select encode(subject_key, 'hex') k, count(*) n from ops.provider_calls group by 1) c),
    (select coalesce(sum(spent), 0) from ops.provider_months),
    (select count(distinct c.subject_key) from ops.provider_calls c join ops.provider_jobs j on j.id = c.job_id
        where (c.outcome, j.state) = ('outcome_unknown', 'outcome_unknown')),
    (select count(*) from ops.provider_calls where outcome = 'reserved')
        + (select count(*) from ops.provider_jobs where state in ('uploading', 'uploaded')),
    (select count(*) from core.contacts where {} is null)
"""
LONGER_THAN_FRESH = 200  # days


class Trial(AskingTrial):
    def run(self) -> None:
        """A run that nobody kills."""
        ask(self.lab, self.flow, self.vendor.url, self.key, self.broken)

    def ends(self) -> None:
        """Reruns, until those rest no longer who could not be asked in the first."""
        self.run()
        if self.open:
            self.lab.passes(hours=2)
            self.run()

    @property
    def open(self) -> int:
        """Subjects without a verdict."""
        column = VERDICT[FLOWS[self.flow].stage]
        return int(self.lab.value(f"select count(*) from core.contacts where {column} is null"))

    def faults(self, *, may_repeat: int = 0, is_held: bool = False) -> set[str]:
        """Promises that were not kept. is_held: nobody has a verdict, and everybody waits for a person."""
        booked, spent, held, unfinished, open_subjects = self.lab.row(BOOKS.format(VERDICT[FLOWS[self.flow].stage]))
        of = KEY.phone if self.flow == "single" else KEY.email
        kept = {
            "paid again": self.again <= may_repeat,
            "paid and not booked": all(n <= booked.get(of(who).hex(), 0) for who, n in self.vendor.paid.items())
            and float(spent) >= self.vendor.paid.total() * PRICE - 1e-9,
            "without a verdict": open_subjects == (PEOPLE if is_held else 0),
            "not held, or in vain": held == (PEOPLE if is_held else 0),
            "left unfinished": unfinished == 0,
        }
        return {promise for promise, is_kept in kept.items() if not is_kept}


class Trials:
    """Trials of one flow, each from the same start."""

    def __init__(self, lab: Lab, bench: Bench, key: str) -> None:
        self._lab, self._bench, self._key = lab, bench, key

    @contextmanager
    def trial(self, flow: str, broken: str | None = None) -> Iterator[Trial]:
        self._lab.now = self._bench.now
        with self._lab.psql() as connection:
            connection.execute("select audit.begin_erasing()")  # calls are append-only
            for table in ("ops.provider_calls", "ops.provider_jobs", "ops.provider_months", "ops.stage_runs"):
                connection.execute(f"delete from {table}")
            connection.execute(
                "update core.contacts set email_due_at = null, phone_due_at = null, email_mailbox_verified_at = null,"
                " phone_carrier_verified_at = null"
            )
        with VENDORS[flow]() as vendor:
            yield Trial(self._lab, self._bench, flow, vendor, self._key, broken)

    def steps(self, flow: str) -> list[Step]:
        """Every step of a run that nobody disturbs, whose promises are kept."""
        with self.trial(flow) as trial:
            with stepping() as taken:
                trial.run()
            assert not trial.faults()
            return taken


@pytest.fixture
def trials(lab: Lab, tmp_path: Path, dns: DnsServer) -> Trials:
    key = lab.take("crm", CONTACTS)
    return Trials(lab, Bench(lab.session.database_url, tmp_path, dns.address, lab.now), key)


@pytest.mark.parametrize("flow", ["single", "batch"])
def test_sigkill_at_every_step_repeats_at_most_what_was_in_flight(trials: Trials, flow: str) -> None:
    steps = trials.steps(flow)
    # After one step of the ledger is before the next; the requests between them are the next test's.
    kills = [s for s in steps if s.when == "before" and s.what != "request"] + [steps[-1]]
    found = {}
    for step in kills:
        with trials.trial(flow) as trial:
            trial.dies_at(step)
            trial.ends()
            found[step] = trial.faults(may_repeat=FLOWS[flow].in_flight)
    assert {step: faults for step, faults in found.items() if faults} == {}
    assert {step.what for step in found} == {"reserve", "settle"}


@pytest.mark.parametrize(("flow", "size"), [("single", 1), ("batch", BATCH)])
def test_sigkill_while_the_vendor_answers(trials: Trials, flow: str, size: int) -> None:
    """As many as ever are in flight, all done and none told: exactly these are paid again."""
    for first in range(1, PEOPLE // size - AT_ONCE + 2):
        with trials.trial(flow) as trial:
            trial.dies_while_asking(first, AT_ONCE)
            trial.ends()
            assert trial.again == FLOWS[flow].in_flight
            assert not trial.faults(may_repeat=FLOWS[flow].in_flight)


def test_sigkill_at_every_step_of_a_job_that_is_found_again_repeats_nothing(trials: Trials) -> None:
    steps = trials.steps("job")
    kills = [s for s in steps if s.when == "before"] + [steps[-1]]
    found = {}
    for step in kills:
        with trials.trial("job") as trial:
            trial.dies_at(step)
            trial.ends()
            found[step] = trial.faults()
    assert {step: faults for step, faults in found.items() if faults} == {}
    assert len(found) > 10


def test_sigkill_while_the_vendor_starts_a_job(trials: Trials) -> None:
    with trials.trial("job") as trial:
        trial.dies_while_asking(1)
        assert trial.vendor.paid.total() == PEOPLE
        trial.ends()
        assert not trial.faults()


def test_sigkill_at_every_step_of_a_file_that_nobody_can_find_again(trials: Trials) -> None:
    """Killed between its upload and the note of its name: nobody can tell, so a person must, and it stays there."""
    steps = trials.steps("file")
    noted = steps.index(Step("before", "uploaded", 1))
    upload = steps[noted - 1]
    assert upload.what == "request"
    unclear = {Step("before", "request", upload.nth), steps[noted]}
    kills = [s for s in steps if s.when == "before"] + [steps[-1]]
    found = {}
    for step in kills:
        with trials.trial("file") as trial:
            trial.dies_at(step)
            trial.ends()
            if step in unclear:
                trial.lab.passes(days=LONGER_THAN_FRESH)
                trial.run()
            found[step] = trial.faults(is_held=step in unclear)
    assert {step: faults for step, faults in found.items() if faults} == {}
    assert unclear < found.keys()


def test_sigkill_while_the_vendor_takes_a_file(trials: Trials) -> None:
    with trials.trial("file") as trial:
        trial.dies_while_asking(1)
        assert trial.vendor.paid.total() == PEOPLE
        trial.ends()
        assert not trial.faults(is_held=True)


def test_what_was_in_flight_is_asked_for_soon(trials: Trials) -> None:
    """Also when the provider is down in the first rerun: not knowing is no answer that stays fresh."""
    with trials.trial("batch") as trial:
        trial.dies_while_asking(1, AT_ONCE)
        trial.vendor.key = "changed"
        trial.run()
        assert trial.open == PEOPLE
        trial.vendor.key = VENDOR_KEY
        trial.lab.passes(hours=2)
        trial.run()
        assert not trial.faults(may_repeat=FLOWS["batch"].in_flight)


def test_a_job_that_took_the_last_credit_is_collected(trials: Trials) -> None:
    with trials.trial("job") as trial:
        trial.vendor.credits = PEOPLE
        trial.dies_while_asking(1)
        assert trial.vendor.credits == 0
        trial.run()
        assert not trial.faults()


def test_whom_a_job_has_no_budget_for_waits_for_the_next_month(trials: Trials) -> None:
    with trials.trial("job") as trial:
        few = {"neverbounce": Budget(monthly=PRICE * (PEOPLE - 2), per_run=100)}
        limited = replace(FLOWS["job"].vendors(trial.vendor.url), budgets=few)
        trial.lab.session = replace(trial.lab.session, vendors=limited)
        with without_waiting():
            trial.lab.validate_emails(trial.key)
        assert trial.vendor.paid.total() == PEOPLE - 2
        assert trial.lab.rows(
            "select count(*), min(email_due_at)::date::text from core.contacts"
            " where email_sub_status = 'budget_exhausted'"
        ) == [(2, "2026-12-01")]


@pytest.mark.parametrize(
    ("broken", "flow", "last", "fault"),
    [
        ("forgets answers", "single", Step("before", "reserve", PEOPLE // AT_ONCE), "paid again"),
        ("forgets answers", "batch", Step("before", "settle", PEOPLE - 1), "paid again"),
        ("asks everybody", "single", Step("before", "reserve", PEOPLE // AT_ONCE), "paid again"),
        ("forgets jobs", "job", Step("before", "uploaded", 1), "without a verdict"),
        ("forgets the job id", "file", Step("before", "settle", PEOPLE), "not held, or in vain"),
        ("asks the held again", "file", Step("before", "uploaded", 1), "paid again"),
        ("asks everybody", "file", Step("before", "uploaded", 1), "paid again"),
    ],
)
def test_a_broken_ledger_is_noticed(trials: Trials, broken: str, flow: str, last: Step, fault: str) -> None:
    with trials.trial(flow, broken) as trial:
        trial.dies_at(last)
        trial.ends()
        assert fault in trial.faults(may_repeat=FLOWS[flow].in_flight)


@pytest.mark.parametrize(
    ("flow", "requests", "fault"),
    [
        ("single", AT_ONCE, "paid and not booked"),
        ("batch", AT_ONCE, "paid and not booked"),
        ("job", 1, "paid again"),
        ("file", 1, "paid again"),
    ],
)
def test_a_late_reservation_is_noticed(trials: Trials, flow: str, requests: int, fault: str) -> None:
    with trials.trial(flow, "reserves late") as trial:
        trial.dies_while_asking(1, requests)
        trial.ends()
        assert fault in trial.faults(may_repeat=FLOWS[flow].in_flight, is_held=flow == "file")


@pytest.mark.parametrize("broken", [None, "reserves late"])
def test_sigkill_of_a_dagster_run(installation: Installation, broken: str | None) -> None:
    """The same through the whole graph, killed where a job has just been started."""
    emails = [f"person{i}@orchid.net" for i in range(PEOPLE)]
    installation.drop("crm/list.csv", "Email", *emails)
    with open_session(installation.settings) as session:
        (drop,), _ = Intake(session).take_incoming(["crm/list.csv"])
    with NeverBounce() as vendor:
        environment = dict(installation.environment)
        environment |= {"NEVERBOUNCE_API_KEY": vendor.key, "NEVERBOUNCE_BASE_URL": vendor.url}
        kill_while_asking(vendor, 1, 1, ingest, environment, drop.key, broken)
        wait_for_the_dead(installation.database_url)
        assert vendor.paid == dict.fromkeys(emails, 1)
        assert installation.rows("select count(*) from core.contacts where email_status = 'valid'") == [(0,)]
        if broken is None:
            assert exit_code(ingest, environment, drop.key) == 0
            assert installation.rows("select published_at is not null from raw.drops") == [(True,)]
        else:
            settings = load_settings(environment, root=installation.settings.root)
            with open_session(settings) as session, ledger(broken), without_waiting():
                validate_emails(session, drop.key)
        assert installation.rows("select count(*) from core.contacts where email_status = 'valid'") == [(PEOPLE,)]
        assert vendor.paid == dict.fromkeys(emails, 2 if broken else 1)
