"""Asks providers for what nobody knows yet: reserve, call, settle; the next provider only for what is still open.

Every call stands in the ledger before it is made and is settled as soon as it is answered, so that a process that dies
repeats at most the calls in flight. One instance asks about one layer in one run.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any

from contact_pipeline.asking.bulk_jobs import BulkJobs
from contact_pipeline.asking.call_ledger import CallLedger
from contact_pipeline.asking.pacing import TokenBucket
from contact_pipeline.asking.settling import BUDGET_EXHAUSTED, Screen, Settled, Settling, keep_whole
from contact_pipeline.core.providers import (
    OVERRUNS,
    Fault,
    Outcome,
    Provider,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
    is_sendable,
    once_each,
)

LONGEST_PAUSE_S = 60  # who wants a longer rest is left alone for this run
FAILURES_TO_STOP = 5  # in a row: then the provider is left alone for this run


class Asker(Settling):
    """Asks one layer's providers, in the policy's order. providers: each with its price for one subject."""

    def __init__(
        self,
        ledger: CallLedger,
        providers: Sequence[tuple[Provider, float]],
        *,
        key: Callable[[Any], bytes],
        jobs: BulkJobs | None = None,
        bucket: Callable[[Provider], TokenBucket] = lambda p: TokenBucket(p.limits.calls, p.limits.seconds),
        is_askable: Callable[[Any], bool] = is_sendable,
        screen: Screen = keep_whole,
    ) -> None:
        """screen: looks at each answer before it is stored; returns what may be kept, and the faults it found."""
        super().__init__(key, screen)
        self._is_askable = is_askable
        self._ledger = ledger
        self._providers = providers
        self._jobs = jobs
        self._buckets: dict[str, TokenBucket] = {}
        self._bucket = bucket
        self._in_a_row: Counter[str] = Counter()

    @property
    def names(self) -> list[str]:
        """Whom it asks, in order."""
        return [provider.name for provider, _ in self._providers]

    def ask(self, subjects: Iterable[Any]) -> None:
        """Distinct subjects, normalised. Answers are in the ledger afterwards; what is open stays open."""
        by_key = {self._key(subject): subject for subject in subjects if self._is_askable(subject)}
        self._keys = {subject: key for key, subject in by_key.items()}
        self._take_up_orphans()
        left = self._ledger.unanswered(by_key)
        for number, (provider, price) in enumerate(self._providers):
            if number:  # what the one before has settled is not asked on
                left = self._ledger.unanswered(left)
            if not left:
                return
            if self._is_usable(provider, price):
                wanted = self._ledger.askable(provider.name, left)
                self._ask(provider, price, {key: text for key, text in by_key.items() if key in wanted})

    def _take_up_orphans(self) -> None:
        """First of all: while a job is open its subjects count as asked, so nobody would come to ask for them.

        Whether there are credits left does not matter: the job may be what used them up.
        """
        for provider, _ in self._providers:
            if self._jobs and hasattr(provider, "upload") and provider.name not in self.tally.stopped:
                self._jobs.take_up_orphans(provider, self)

    def _is_usable(self, provider: Provider, price: float) -> bool:
        """A wrong key is found before the first subject is sent, where the provider has a call for that."""
        name = provider.name
        if name in self.tally.stopped:
            return False
        if name in self._buckets:
            return True
        self._buckets[name] = self._bucket(provider)
        try:
            if provider.credits() == 0 and price > 0:
                self.tally.stopped[name] = Fault.NO_CREDITS
        except (ProviderRefused, ProviderUnavailable) as error:
            self.tally.stopped[name] = error.fault
        return name not in self.tally.stopped

    def _ask(self, provider: Any, price: float, subjects: Mapping[bytes, str]) -> None:
        limits = provider.limits
        if (
            self._jobs
            and hasattr(provider, "upload")
            and (0 < limits.job_from <= max(len(subjects), 1) or not hasattr(provider, "ask"))
        ):
            self._jobs.run(provider, price, subjects, self)
            return
        with self._ledger.turn(provider.name):
            if hasattr(provider, "ask_many"):
                self._stream(provider, price, subjects)
            elif hasattr(provider, "ask_batch") and limits.batch_size > 1:
                self._call(provider, "batch", price, _groups(subjects, limits.batch_size), provider.ask_batch)
            else:
                self._call(provider, "single", price, _groups(subjects, 1), lambda texts: [provider.ask(texts[0])])

    def _call(
        self,
        provider: Provider,
        endpoint: str,
        price: float,
        groups: Iterator[dict[bytes, str]],
        ask: Callable[[list[str]], Sequence[Reply[Any]]],
    ) -> None:
        """Requests of one or several subjects, from several threads; at most one request a connection is unsettled.

        Reserved ahead, a request for each connection in one transaction: one at a time took twice as long as 40
        connections to a provider that answers in 0.1 s.
        """
        name, connections = provider.name, provider.limits.connections
        flying: dict[Future[tuple[Sequence[Reply[Any]], int]], dict[bytes, int]] = {}
        ready: deque[tuple[list[str], dict[bytes, int]]] = deque()
        is_short = False

        def timed(texts: list[str]) -> tuple[Sequence[Reply[Any]], int]:
            started = time.monotonic()
            return ask(texts), round((time.monotonic() - started) * 1000)

        with ThreadPoolExecutor(connections) as pool:
            while True:
                while len(flying) < connections and name not in self.tally.stopped:
                    if not ready and not is_short and (block := list(islice(groups, connections))):
                        keys = [key for group in block for key in group]
                        calls = self._ledger.reserve(name, endpoint, keys, price)
                        ready.extend(_reserved(block, calls))
                        is_short = len(calls) < len(keys) and not self._ledger.has_budget(name, price)
                    elif not ready:
                        break
                    else:
                        texts, own_calls = ready.popleft()
                        self._buckets[name].take()
                        flying[pool.submit(timed, texts)] = own_calls
                if not flying:
                    break
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                ended = [settled for future in done for settled in self._outcomes(provider, future, flying.pop(future))]
                self._ledger.settle(ended)
        self._ledger.settle(_unsent(call for _, calls in ready for call in calls.values()))
        if is_short:
            self.tally.stopped.setdefault(name, BUDGET_EXHAUSTED)

    def _outcomes(
        self, provider: Provider, future: Future[tuple[Sequence[Reply[Any]], int]], calls: dict[bytes, int]
    ) -> list[Settled]:
        self.tally.asked[provider.name] += len(calls)
        try:
            replies, latency = future.result()
            replies = list(once_each(provider.name, replies, most=len(calls), key=self.key))
        except ProviderUnavailable as error:
            if (error.retry_after_s or 0) > LONGEST_PAUSE_S:
                self.tally.stopped[provider.name] = error.fault
            elif error.retry_after_s:
                self._buckets[provider.name].pause(error.retry_after_s)
            self.note_failure(provider.name, error.fault)
            return self.failures(provider.name, calls, error.fault, is_billed=error.is_sent and _may_bill(error.fault))
        except ProviderRefused as error:
            self.tally.stopped[provider.name] = error.fault
            return self.failures(provider.name, calls, error.fault, is_billed=False)
        self._in_a_row[provider.name] = 0
        return self.answers(provider.name, calls, replies, latency)

    def note_failure(self, provider: str, fault: Fault) -> None:
        """The circuit breaker: several in a row, and the rest of the run goes without this provider."""
        self._in_a_row[provider] += 1
        if self._in_a_row[provider] >= FAILURES_TO_STOP:
            self.tally.stopped[provider] = fault

    def _stream(self, provider: Any, price: float, subjects: Mapping[bytes, str]) -> None:
        """A provider that orders its own work (our SMTP probe groups by mail host)."""
        for group in _groups(subjects, provider.limits.batch_size):
            calls = self._ledger.reserve(provider.name, "stream", list(group), price)
            left = dict(calls)
            for reply in provider.ask_many([group[key] for key in calls]):
                if (call := left.pop(self.key(reply.subject), None)) is not None:
                    self.tally.asked[provider.name] += 1
                    self._ledger.settle(self.answers(provider.name, {self.key(reply.subject): call}, [reply]))
            self._ledger.settle(self.failures(provider.name, left, Fault.BAD_ANSWER, is_billed=False))


def _unsent(calls: Iterable[int]) -> list[Settled]:
    """Reserved, and never made since the provider was left: they say nothing of it, so they are in no tally, and nobody
    who counts calls of the ledger counts them (Fault.CIRCUIT_OPEN)."""
    return [Settled(call, Outcome.FAILED, None, Fault.CIRCUIT_OPEN, is_billed=False) for call in calls]


def _may_bill(fault: Fault) -> bool:
    """A refusal before the work is not billed; a request that vanished may be."""
    vanished = (Fault.TIMEOUT, Fault.CONNECTION, Fault.BAD_ANSWER, Fault.OTHER_SUBJECT, Fault.NOT_READY, Fault.TOO_SLOW)
    return fault in (*vanished, *OVERRUNS)


def _reserved(
    block: Iterable[dict[bytes, str]], calls: Mapping[bytes, int]
) -> Iterator[tuple[list[str], dict[bytes, int]]]:
    """Of each request, the subjects that were reserved, with their calls."""
    for group in block:
        if own := {key: calls[key] for key in group if key in calls}:
            yield [group[key] for key in own], own


def _groups(subjects: Mapping[bytes, str], size: int) -> Iterator[dict[bytes, str]]:
    items = iter(subjects.items())
    while group := dict(islice(items, size)):
        yield group
