"""A call that was reserved and never sent, because its provider was left meanwhile, is no failure of the provider: not
in the tally of the run, in no alert, in no view, and in no answer to a person who asks who got their data."""

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

from contact_pipeline.asking.asker import FAILURES_TO_STOP
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.providers import Fault, Layer, Limits, ProviderUnavailable
from contact_pipeline.core.report import StageReport
from contact_pipeline.policy.alerts import AlertPolicy
from contact_pipeline.rights.disclosure_page import About, render_page
from contact_pipeline.vendors.zerobounce import ZeroBounceMailbox
from contact_pipeline_tests.lab.lab import START, Lab, csv

CONNECTIONS = 60
PEOPLE = 2 * CONNECTIONS  # the second half is reserved when the first call ends, and nearly all of it is never sent
UNSENT = "select count(*) from ops.provider_calls where fault = 'circuit_open'"


class Broken(ZeroBounceMailbox):
    """Fails whatever is asked. The first call ends at once, the others of its block when the next one was reserved."""

    limits = Limits(calls=1_000_000, seconds=1, connections=CONNECTIONS)

    def __init__(self) -> None:
        super().__init__("lab-key", "http://127.0.0.1:9")
        self.sent = 0
        self._lock = threading.Lock()
        self._is_next_reserved = threading.Event()

    def credits(self) -> float:
        return 1000.0

    def ask(self, address: str) -> Any:
        with self._lock:
            self.sent += 1
            number = self.sent
        if number > CONNECTIONS:
            self._is_next_reserved.set()
        if number > 1:
            assert self._is_next_reserved.wait(60)
        raise ProviderUnavailable(self.name, Fault.SERVER_ERROR, is_sent=True)


def asked(lab: Lab, key: str) -> tuple[Broken, StageReport]:
    """One run of the stage with a provider that fails."""
    provider = Broken()
    vendors = ConfiguredVendors({Layer.MAILBOX: ("zerobounce",)}, make=lambda layer, name: provider)
    lab.session = replace(lab.session, vendors=vendors)
    return provider, lab.validate_emails(key)


def landed(lab: Lab) -> str:
    return lab.take("crm", csv("Email", *(f"person{n}@ok.test" for n in range(PEOPLE))))


def test_what_was_not_sent_has_not_failed(lab: Lab) -> None:
    key = landed(lab)
    provider, report = asked(lab, key)
    assert CONNECTIONS < provider.sent <= CONNECTIONS + FAILURES_TO_STOP < AlertPolicy().answers_from <= PEOPLE
    assert lab.value(UNSENT) == PEOPLE - provider.sent > 0
    assert (report.counts["asked zerobounce"], report.counts["failed zerobounce"]) == (provider.sent,) * 2
    costs = "select calls, failed, outcome_unknown, uptime from curated.provider_costs"
    assert lab.rows(costs) == [(provider.sent, provider.sent, 0, 0.0)]
    # That it was left is said; a share of failed calls needs enough of them that were made.
    assert lab.rows("select rule, fingerprint from ops.alerts where rule like 'provider%%'") == [
        ("provider_stopped", "provider_stopped:zerobounce:server_error")
    ]


def test_who_was_never_asked_waits_for_the_provider_only(lab: Lab) -> None:
    """The rest after a failure grows with each; it would with calls that were never made."""
    key = landed(lab)
    asked(lab, key)
    lab.passes(hours=12)
    lab.do("update core.contacts set email_due_at = null")
    asked(lab, key)
    rests = (
        "select count(*) > 1, max(retry_at - settled_at) from ops.provider_calls c where not exists"
        " (select from ops.provider_calls f where f.subject_key = c.subject_key and f.fault <> 'circuit_open')"
        " group by subject_key"
    )
    assert set(lab.rows(rests)) == {(True, timedelta(hours=1))}


def test_the_answer_to_a_person_names_nobody_who_was_not_asked() -> None:
    call = {
        "provider": "zerobounce", "layer": "mailbox", "outcome": "failed", "reserved_at": START.isoformat(),
        "fault": "circuit_open",
    }  # fmt: skip
    about = About(reference="REQ-1", right="access", made_at=START)
    assert "zerobounce" not in render_page({"ops.provider_calls": [call]}, {}, about)
    assert "zerobounce" in render_page({"ops.provider_calls": [call | {"fault": "timeout"}]}, {}, about)
