"""How a stage asks: outside of any transaction, one process at a time, within the run's cap, past a held job."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from contact_pipeline.asking.call_ledger import Budget, CallLedger
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.quality.spending import release_job
from contact_pipeline.vendors.hunter.verifier import HunterMailbox
from contact_pipeline.vendors.zerobounce import ZeroBounceActivity, ZeroBounceMailbox
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.vendor import Request, Response
from contact_pipeline_tests.lab.vendors.hunter import Hunter
from contact_pipeline_tests.lab.vendors.zerobounce import ZeroBounce

SOURCE = "crm"
OPEN = (
    "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    " and xact_start is not null"
)
WAITING = (
    "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    " and database = (select oid from pg_database where datname = current_database())"
)


@pytest.fixture
def zerobounce() -> Iterator[ZeroBounce]:
    with ZeroBounce() as vendor:
        yield vendor


def with_zerobounce(lab: Lab, vendor: ZeroBounce, *layers: Layer, per_run: float = 100.0) -> None:
    kinds = {Layer.MAILBOX: ZeroBounceMailbox, Layer.ACTIVITY: ZeroBounceActivity}

    def make(layer: Layer, name: str) -> Provider:
        provider: Provider = kinds[layer](vendor.key, vendor.url)
        return provider

    vendors = ConfiguredVendors(
        {layer: ("zerobounce",) for layer in layers},
        make=make,
        price=lambda layer, name: 0.01,
        budgets={"zerobounce": Budget(100.0, per_run)},
    )
    lab.session = replace(lab.session, vendors=vendors)


def ledger(lab: Lab, connection: object, **options: object) -> CallLedger:
    options = {"configured": ["zerobounce"], "budgets": {}, "refresh_days": 90} | options
    return CallLedger(connection, Layer.MAILBOX, now=lab.now, **options)  # type: ignore[arg-type]


def test_no_transaction_is_open_while_a_vendor_takes_its_time(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_zerobounce(lab, zerobounce, Layer.MAILBOX)
    seen: list[int] = []
    zerobounce.before_answer = lambda request: seen.append(lab.value(OPEN)) if "validate" in request.path else None
    lab.drop(SOURCE, csv("Email", "clara@ok.test"))
    assert seen == [0]
    assert lab.contact("clara@ok.test")["email_status"] == "valid"


def test_answers_of_a_run_that_failed_while_it_asked_are_kept(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_zerobounce(lab, zerobounce, Layer.MAILBOX)
    key = lab.take(SOURCE, csv("Email", "clara@ok.test"))
    lab.do("create function core.no() returns trigger language plpgsql as $$ begin raise 'no'; end $$")
    lab.do("create trigger no before update on core.contacts for each row execute function core.no()")
    try:
        with pytest.raises(Exception, match="PostgreSQL said"):
            lab.validate_emails(key)
    finally:
        lab.do("drop function core.no() cascade")
    lab.validate_emails(key)
    assert (lab.contact("clara@ok.test")["email_status"], zerobounce.paid) == ("valid", {"clara@ok.test": 1})


def test_one_process_at_a_time_asks_call_by_call(lab: Lab) -> None:
    waited = threading.Event()
    with lab.session.connection("test") as one, lab.session.connection("test") as other:
        first, second = ledger(lab, one), ledger(lab, other)

        def ask() -> None:
            with second.turn("zerobounce"):
                waited.set()

        with first.turn("zerobounce"):
            with second.turn("neverbounce"):
                pass  # another provider, another account
            thread = threading.Thread(target=ask)
            thread.start()
            while not lab.value(WAITING):
                pass
            assert not waited.is_set()
        thread.join(20)
    assert waited.is_set()


def test_a_job_is_taken_up_by_one_process(lab: Lab) -> None:
    with lab.session.connection("test") as dead:
        begun = ledger(lab, dead).begin("zerobounce", [b"k" * 16], 0.01)
        assert begun
    with lab.session.connection("test") as waiting:  # closed here; the server may still be at it
        waiting.execute(
            "select pg_advisory_lock(hashtext('contact_pipeline.provider_session'), session::integer)"
            " from ops.provider_jobs where id = %s",
            (begun[0].id,),
        )
    with lab.session.connection("test") as one, lab.session.connection("test") as other:
        first, second = ledger(lab, one), ledger(lab, other)
        assert [job.id for job in first.orphaned("zerobounce")] == [begun[0].id]
        assert second.orphaned("zerobounce") == []


def test_the_cap_of_a_run_holds_over_its_drops_and_stages(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_zerobounce(lab, zerobounce, Layer.MAILBOX, Layer.ACTIVITY, per_run=0.05)
    lab.session = replace(lab.session, run_id="run-1")
    for number in range(3):
        lab.drop(SOURCE, csv("Email", f"one{number}@ok.test", f"two{number}@ok.test"), f"{number}.csv")
    assert zerobounce.paid.total() == 5
    lab.session = replace(lab.session, run_id="run-2")
    lab.drop(SOURCE, csv("Email", "last@ok.test"))
    assert zerobounce.paid.total() > 5


def test_a_held_job_holds_nobody_back_from_other_providers(lab: Lab, zerobounce: ZeroBounce) -> None:
    key = lab.take(SOURCE, csv("Email", "clara@ok.test"))
    subject = lab.session.key.email("clara@ok.test")
    with lab.session.connection("test") as connection:
        gone = ledger(lab, connection, configured=["neverbounce"])
        begun = gone.begin("neverbounce", [subject], 0.01)
        assert begun
        gone.close(begun[0].id, "outcome_unknown")
        assert gone.unanswered([subject]) == set()  # where it is still asked, nobody asks on
    with_zerobounce(lab, zerobounce, Layer.MAILBOX)
    lab.validate_emails(key)
    assert lab.contact("clara@ok.test")["email_status"] == "valid"


def test_a_person_releases_a_held_job(lab: Lab, zerobounce: ZeroBounce) -> None:
    key = lab.take(SOURCE, csv("Email", "clara@ok.test"))
    with lab.session.connection("test") as connection:
        asking = ledger(lab, connection)
        begun = asking.begin("zerobounce", [lab.session.key.email("clara@ok.test")], 0.01)
        assert begun
        asking.close(begun[0].id, "outcome_unknown")
    with_zerobounce(lab, zerobounce, Layer.MAILBOX)
    lab.validate_emails(key)
    assert zerobounce.paid == {}
    assert release_job(lab.session, begun[0].label, reason="not in the dashboard") == 1
    lab.passes(minutes=1)
    lab.validate_emails(key)
    assert zerobounce.paid == {"clara@ok.test": 1}
    assert lab.row("select state, released_because from ops.provider_jobs") == ("failed", "not in the dashboard")
    with pytest.raises(UsageError, match="No job"):
        release_job(lab.session, begun[0].label, reason="again")


def test_activity_that_could_not_be_asked_is_due_before_its_mailbox_is(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_zerobounce(lab, zerobounce, Layer.MAILBOX, Layer.ACTIVITY)

    def fail(request: Request) -> None:
        if "activity" in request.path:
            zerobounce.fail.extend([Response("", 500)] * (6 - len(zerobounce.fail)))

    zerobounce.before_answer = fail
    zerobounce.fail.clear()
    key = lab.take(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(12))))
    lab.validate_emails(key)
    assert {s for (s,) in lab.rows("select email_status from core.contacts")} == {"valid"}
    soon = lab.now + timedelta(hours=3)
    assert lab.value("select count(*) from core.contacts where email_due_at > %s", soon) < 12
    zerobounce.before_answer = None
    zerobounce.fail.clear()
    lab.passes(days=2)
    lab.validate_emails(key)
    assert lab.value("select count(*) from core.contacts where email_activity_verified_at is null") == 0
    assert max(zerobounce.paid.values()) <= 2  # the mailbox once, the activity once


def test_an_old_answer_is_not_fresh_because_a_retry_waits(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_zerobounce(lab, zerobounce, Layer.MAILBOX)
    lab.drop(SOURCE, csv("Email", "clara@ok.test"))
    fresh = "select fresh_share from curated.freshness where layer = 'mailbox'"
    lab.do("update core.contacts set email_mailbox_verified_at = now(), email_due_at = now() + interval '1 hour'")
    assert lab.value(fresh) == 1
    lab.do("update core.contacts set email_mailbox_verified_at = now() - interval '95 days'")
    assert lab.value(fresh) == 0
    lab.do("update core.contacts set email_mailbox_verified_at = now(), email_due_at = null")  # it bounced
    assert lab.value(fresh) == 0


def test_a_further_address_makes_its_drop_stale_by_itself(lab: Lab) -> None:
    key = lab.drop(SOURCE, csv("E-mail 1 - Value,E-mail 2 - Value", "clara@ok.test,clara.dorn@ok.test"))
    lab.do("update core.contacts set email_due_at = %s", lab.now + timedelta(days=500))
    assert lab.stale_drops(limit=5) == []
    lab.do("update core.contact_points set due_at = %s", lab.now)
    assert lab.stale_drops(limit=5) == [key]


def test_who_opted_out_at_a_provider_is_suppressed_and_a_person_looks_at_it(lab: Lab) -> None:
    with Hunter() as hunter:
        hunter.opted_out.add("clara@ok.test")
        vendors = ConfiguredVendors(
            {Layer.MAILBOX: ("hunter",)}, make=lambda layer, name: HunterMailbox(hunter.key, hunter.url)
        )
        lab.session = replace(lab.session, vendors=vendors)
        key = lab.drop(SOURCE, csv("Email", "clara@ok.test", "bruno@ok.test"))
        assert lab.row("select channel, reason, source from core.suppressions") == ("email", "legal", "provider:hunter")
        assert lab.rows("select kind, closed_at from ops.reviews") == [("erasure_request", None)]
        assert (lab.may("clara@ok.test")[0], lab.may("bruno@ok.test")[0]) == (False, True)
        asked = len(hunter.requests)
        lab.do("update core.contacts set email_due_at = null where email = 'clara@ok.test'")
        lab.passes(days=200)
        lab.validate_emails(key)
        assert not [r for r in hunter.requests[asked:] if r.query.get("email") == "clara@ok.test"]
