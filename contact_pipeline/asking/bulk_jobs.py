"""Bulk jobs at a provider: upload, start, poll, collect; and what a crash left is taken up again, not paid again."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

from contact_pipeline.asking.call_ledger import CallLedger, OpenJob
from contact_pipeline.asking.settling import Settling
from contact_pipeline.core.lookahead import read_ahead
from contact_pipeline.core.providers import OVERRUNS, Fault, JobState, ProviderRefused, ProviderUnavailable, once_each

RESULTS_AT_ONCE = 5_000


@contextmanager
def _stops(provider: Any, settling: Settling) -> Iterator[None]:
    """A provider that gives no answer is left alone for this run."""
    try:
        yield
    except (ProviderRefused, ProviderUnavailable) as error:
        settling.tally.stopped[provider.name] = error.fault


def _pages(replies: Iterator[Any]) -> Iterator[list[Any]]:
    while page := list(islice(replies, RESULTS_AT_ONCE)):
        yield page


class BulkJobs:
    """patience_s: how long a run waits for a job; a longer one is taken up by a later run."""

    def __init__(
        self,
        ledger: CallLedger,
        *,
        patience_s: float = 1800,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._patience_s = patience_s
        self._waits = (first_wait_s, longest_wait_s)
        self._sleep = sleep
        self._clock = clock

    def run(self, provider: Any, price: float, subjects: Mapping[bytes, str], settling: Settling) -> None:
        """All subjects, in jobs of the provider's size, one after the other."""
        items = iter(subjects.items())
        with _stops(provider, settling):
            while part := dict(islice(items, provider.limits.job_size)):
                begun = self._ledger.begin(provider.name, list(part), price)
                if begun is None:  # no budget, or another drop is asking about all of them
                    if not self._ledger.has_budget(provider.name, price):
                        settling.tally.stopped[provider.name] = "budget_exhausted"
                        return
                    continue
                job, calls = begun
                settling.tally.asked[provider.name] += len(calls)
                vendor_job = self._upload(provider, job, [part[key] for key in calls], settling)
                self._finish(provider, job, vendor_job, settling)
                if len(calls) < len(part) and not self._ledger.has_budget(provider.name, price):
                    settling.tally.stopped[provider.name] = "budget_exhausted"
                    return

    def take_up_orphans(self, provider: Any, settling: Settling) -> None:
        """Jobs whose process is gone: found again, polled on, collected.

        One that cannot be collected keeps nobody from asking on; after days it is held for a person.
        """
        for job in self._ledger.orphaned(provider.name):
            try:
                self._take_up(provider, job, settling)
            except ProviderRefused as error:
                settling.tally.stopped[provider.name] = error.fault
                return
            except ProviderUnavailable:
                if job.is_old:
                    self._ledger.close(job.id, "outcome_unknown")

    def _take_up(self, provider: Any, job: OpenJob, settling: Settling) -> None:
        vendor_job = job.vendor_job
        if vendor_job is None:
            if not provider.is_findable:
                self._ledger.close(job.id, "outcome_unknown")
                return
            vendor_job = provider.find(job.label)
            if vendor_job is None:
                self._give_up(provider, job, Fault.JOB_FAILED, settling)
                return
            self._ledger.uploaded(job.id, vendor_job)
        self._finish(provider, job, vendor_job, settling)

    def _upload(self, provider: Any, job: OpenJob, texts: list[str], settling: Settling) -> str:
        """A refusal is known to have cost nothing; where nobody can tell, the job waits to be found or for a person."""
        try:
            vendor_job: str = provider.upload(texts, label=job.label)
        except ProviderRefused as error:
            self._give_up(provider, job, error.fault, settling)
            raise
        except ProviderUnavailable as error:
            if not error.is_sent or error.fault in (Fault.RATE_LIMITED, Fault.FORBIDDEN):
                self._give_up(provider, job, error.fault, settling)
            elif not provider.is_findable:
                self._ledger.close(job.id, "outcome_unknown")
            raise
        self._ledger.uploaded(job.id, vendor_job)
        return vendor_job

    def _finish(self, provider: Any, job: OpenJob, vendor_job: str, settling: Settling) -> None:
        deadline = self._clock() + self._patience_s
        pause, longest = self._waits
        is_started = False
        while (state := provider.state(vendor_job)) is not JobState.FINISHED:
            if state is JobState.FAILED:
                self._give_up(provider, job, Fault.JOB_FAILED, settling)
                return
            if state is JobState.WAITING and not is_started:
                provider.start(vendor_job)
                is_started = True
            elif self._clock() + pause > deadline:
                raise ProviderUnavailable(provider.name, Fault.NOT_READY)
            else:
                self._sleep(pause)
                pause = min(pause * 1.5, longest)
        calls, fault, state = self._ledger.calls(job.id), Fault.BAD_ANSWER, "finished"
        replies = once_each(
            provider.name, provider.results(vendor_job), most=self._ledger.size(job.id), key=settling.key
        )
        try:
            for page in read_ahead(_pages(replies)):  # settling a page costs as much as fetching one
                asked = {settling.key(reply.subject) for reply in page} & calls.keys()
                self._ledger.settle(settling.answers(provider.name, {key: calls.pop(key) for key in asked}, page))
        except ProviderUnavailable as error:
            if error.fault not in OVERRUNS:
                raise  # a later run takes it up
            settling.tally.stopped[provider.name] = fault = error.fault
            state = "failed"
        self._ledger.settle(settling.failures(provider.name, calls, fault, is_billed=True))
        self._ledger.close(job.id, state)

    def _give_up(self, provider: Any, job: OpenJob, fault: Fault, settling: Settling) -> None:
        self._ledger.settle(settling.failures(provider.name, self._ledger.calls(job.id), fault, is_billed=False))
        self._ledger.close(job.id, "failed")
