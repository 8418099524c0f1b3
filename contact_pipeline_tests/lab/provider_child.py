"""A run that asks one simulated vendor and dies at a chosen step; and ledgers and stores that break their promise."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from unittest.mock import patch

import requests
from psycopg.pq import TransactionStatus

from contact_pipeline.adapters.postgres.engine import statements
from contact_pipeline.asking import configured
from contact_pipeline.asking.bulk_jobs import BulkJobs
from contact_pipeline.asking.call_ledger import STEPS, CallLedger
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.providers import Layer, Limits, Provider
from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.publishing_store import ProfileStore
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors.fullcontact import FullContactCompany, FullContactPerson
from contact_pipeline.vendors.neverbounce import NeverBounceMailbox
from contact_pipeline.vendors.phantombuster import PhantomBusterProfiles
from contact_pipeline.vendors.twilio import TwilioLookup
from contact_pipeline.vendors.zerobounce import ZeroBounceMailbox
from contact_pipeline_tests.lab import failpoints
from contact_pipeline_tests.lab.failpoints import PROCESSES, Bench
from contact_pipeline_tests.lab.lab import Lab

# Imported once, in the fork server; Dagster only there. This replaces the list that failpoints gave it.
PROCESSES.set_forkserver_preload([failpoints.__name__, __name__, "contact_pipeline.orchestration.local_run"])

PRICE = 0.01
SID = "AC" + "1" * 32
VENDOR_KEY = "lab-key"
AT_ONCE = 2  # requests in flight
BATCH = 2  # subjects in a request
AGENT = "4711"  # PhantomBuster's


class TwoAtOnce(TwilioLookup):
    """Single questions."""

    limits = Limits(calls=10_000, seconds=1, connections=AT_ONCE)


class SmallBatches(ZeroBounceMailbox):
    """Batches, never a file."""

    limits = Limits(calls=10_000, seconds=1, connections=AT_ONCE, batch_size=BATCH)


class AlwaysFiles(ZeroBounceMailbox):
    """Files, which nobody can find again."""

    limits = Limits(calls=10_000, seconds=1, job_size=100_000, job_from=1)


class FewPeople(FullContactPerson):
    """Single questions about people, billed each time anew."""

    limits = Limits(calls=10_000, seconds=1, connections=AT_ONCE)


class FewCompanies(FullContactCompany):
    """Single questions about companies."""

    limits = Limits(calls=10_000, seconds=1, connections=AT_ONCE)


@dataclass(frozen=True)
class Flow:
    """One shape of asking. make: the provider at a vendor's URL. in_flight: subjects asked at once, at most.
    also: the same vendor's provider of a further layer. policy: sections that the flow needs."""

    stage: str
    layer: Layer
    make: Callable[[str], Provider]
    in_flight: int = 0
    also: Mapping[Layer, Callable[[str], Provider]] = field(default_factory=dict)
    policy: Mapping[str, object] = field(default_factory=dict)

    def vendors(self, url: str) -> ConfiguredVendors:
        makers = {self.layer: self.make, **self.also}
        names = {layer: (make(url).name,) for layer, make in makers.items()}
        return ConfiguredVendors(names, lambda layer, _: makers[layer](url), lambda layer, _: PRICE)


FLOWS: Mapping[str, Flow] = {
    "single": Flow("normalize_phones", Layer.CARRIER, lambda url: TwoAtOnce(SID, VENDOR_KEY, url), AT_ONCE),
    "batch": Flow("validate_emails", Layer.MAILBOX, lambda url: SmallBatches(VENDOR_KEY, url), AT_ONCE * BATCH),
    "job": Flow("validate_emails", Layer.MAILBOX, lambda url: NeverBounceMailbox(VENDOR_KEY, url)),
    "file": Flow("validate_emails", Layer.MAILBOX, lambda url: AlwaysFiles(VENDOR_KEY, url)),
    "people": Flow(
        "enrich",
        Layer.PERSON,
        lambda url: FewPeople(VENDOR_KEY, url),
        AT_ONCE,
        also={Layer.COMPANY: lambda url: FewCompanies(VENDOR_KEY, url)},
    ),
    "pages": Flow(
        "enrich",
        Layer.IDENTITY,
        lambda url: PhantomBusterProfiles(VENDOR_KEY, AGENT, url),
        policy={"enrichment": {"linkedin": {"sources": ("crm",), "agent": AGENT}}},
    ),
}


@dataclass(frozen=True)
class Step:
    """A moment of asking, or of applying what is known. what: a method of the ledger or a store, a statement by which
    enrichment writes, or `request`. nth: of its kind; of `settle` the n-th call."""

    when: str
    what: str
    nth: int

    def __repr__(self) -> str:
        return f"{self.when} {self.what} {self.nth}"


WATCHED: Mapping[type, tuple[str, ...]] = {
    CallLedger: ("reserve", "begin", "uploaded", "settle", "close"),
    EnrichmentStore: ("writing", "_write", "record"),
    ProfileStore: ("derive",),
}


@contextmanager
def stepping(last: Step | None = None) -> Iterator[list[Step]]:
    """Notes every step, and at `last` dies as by `kill -9`."""
    taken: list[Step] = []
    counts: Counter[str] = Counter()
    lock = threading.Lock()

    def reach(when: str, what: str, size: int, nth: int) -> None:
        if last and (last.when, last.what) == (when, what) and nth - size < last.nth <= nth:
            os.kill(os.getpid(), signal.SIGKILL)
        if size:
            taken.append(Step(when, what, nth))

    def watched(what: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def step(self: object, *arguments: Any, **options: Any) -> Any:
            size = len(arguments[0]) if what == "settle" else 1
            name = arguments[0] if what == "_write" else what
            with lock:
                counts[name] += size
                nth = counts[name]
            reach("before", name, size, nth)
            result = method(self, *arguments, **options)
            reach("after", name, size, nth)
            return result

        return step

    with ExitStack() as patches:
        for owner, names in WATCHED.items():
            for name in names:
                patches.enter_context(patch.object(owner, name, watched(name, getattr(owner, name))))
        request = watched("request", requests.Session.request)
        patches.enter_context(patch.object(requests.Session, "request", request))
        yield taken


def without_waiting() -> Any:
    """Jobs are polled at once."""
    return patch.object(configured, "BulkJobs", partial(BulkJobs, sleep=lambda _: None))


def ask(lab: Lab, flow: str, url: str, key: str, broken: str | None = None) -> None:
    """The stage of this flow, for one drop."""
    lab.with_policy(**FLOWS[flow].policy)
    lab.session = replace(lab.session, vendors=FLOWS[flow].vendors(url))
    with ledger(broken), without_waiting():
        getattr(lab, FLOWS[flow].stage)(key)


def ask_until(bench: Bench, flow: str, url: str, key: str, broken: str | None, last: Step | None) -> None:
    """In another process: the same, until the step."""
    with bench.open() as lab, ledger(broken), stepping(last):
        ask(lab, flow, url, key)


def ingest(environment: Mapping[str, str], key: str, broken: str | None = None) -> None:
    """In another process: the whole graph for one drop, through Dagster."""
    from contact_pipeline.orchestration import local_run

    os.environ.update(environment)
    with ledger(broken), without_waiting():
        local_run.ingest(load_settings(), [key], lambda report: None)


def _late() -> Any:
    """Reservations are committed only with what ends them."""

    def opening(method: Callable[..., Any]) -> Callable[..., Any]:
        def late(self: Any, *arguments: Any, **options: Any) -> Any:
            if self._connection.info.transaction_status == TransactionStatus.IDLE:
                self._connection.execute("begin")
            return method(self, *arguments, **options)

        return late

    def ending(method: Callable[..., Any]) -> Callable[..., Any]:
        def late(self: Any, *arguments: Any, **options: Any) -> Any:
            result = method(self, *arguments, **options)
            if self._connection.info.transaction_status == TransactionStatus.INTRANS:
                self._connection.execute("commit")
            return result

        return late

    of = CallLedger
    return patch.multiple(
        of, reserve=opening(of.reserve), begin=opening(of.begin), settle=ending(of.settle), close=ending(of.close)
    )


@contextmanager
def _asking_again(**methods: Any) -> Iterator[None]:
    """A ledger that looks neither before it asks nor when it reserves."""
    steps = statements(STEPS)
    head, _, rest = steps["reserve"].partition("where not exists (")
    unguarded = head + rest[rest.index("order by k.key") :]
    with patch.multiple(CallLedger, **methods), patch.dict(steps, reserve=unguarded):
        yield


@contextmanager
def _no_transaction(self: EnrichmentStore) -> Iterator[None]:
    """What is known is written bit by bit."""
    yield


# Faults that a kill test must notice, by name.
BROKEN: Mapping[str, Callable[[], Any]] = {
    "reserves late": _late,
    "forgets answers": lambda: patch.object(CallLedger, "settle", lambda self, calls: None),
    "forgets the job id": lambda: patch.object(CallLedger, "uploaded", lambda self, job, vendor_job: None),
    "forgets jobs": lambda: patch.object(CallLedger, "orphaned", lambda self, provider: []),
    "asks the held again": lambda: _asking_again(unanswered=lambda self, keys: set(keys)),
    "asks everybody": lambda: _asking_again(
        unanswered=lambda self, keys: set(keys), askable=lambda self, provider, keys: set(keys)
    ),
    "applies in pieces": lambda: patch.object(EnrichmentStore, "writing", _no_transaction),
}


def ledger(broken: str | None) -> Any:
    """The ledger with that fault, while the block lasts; None: as it is."""
    return BROKEN[broken]() if broken else nullcontext()
