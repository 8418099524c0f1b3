"""A run that asks a vendor, killed at one of its own steps or while the vendor works for it.

What a vendor was paid is counted by its simulator, in this process; the run that dies is another one.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from contact_pipeline_tests.lab.failpoints import PROCESSES, Bench, exit_code, wait_for_the_dead
from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.lab.provider_child import Step, ask_until
from contact_pipeline_tests.lab.vendor import Request, Vendor

KILLED = -signal.SIGKILL
PATIENCE_SECONDS = 60


def costs(request: Request) -> bool:
    """Whether one of the vendors that are asked here works for it."""
    paid = ("/validatebatch", "/sendfile", "/jobs/start", "/person.enrich")
    return "Fields" in request.query or request.path.endswith(paid)


@dataclass
class AskingTrial:
    """One drop, nobody asked yet, and a vendor that nobody has paid yet."""

    lab: Lab
    bench: Bench
    flow: str
    vendor: Vendor
    key: str
    broken: str | None = None

    def dies_at(self, last: Step) -> None:
        """A run, until that step."""
        arguments = (self.bench, self.flow, self.vendor.url, self.key, self.broken, last)
        assert exit_code(ask_until, *arguments) == KILLED, last
        wait_for_the_dead(self.bench.url)

    def dies_while_asking(self, first: int, requests: int = 1) -> list[Request]:
        """A run, until so many paid requests, from that one on, are done by the vendor and not yet answered. Returns
        these."""
        arguments = (self.bench, self.flow, self.vendor.url, self.key, self.broken, None)
        unanswered = kill_while_asking(self.vendor, first, requests, ask_until, *arguments)
        wait_for_the_dead(self.bench.url)
        return unanswered

    @property
    def again(self) -> int:
        """Calls that were paid although the subject had been paid for."""
        return sum(n - 1 for n in self.vendor.paid.values())


def kill_while_asking(
    vendor: Vendor, first: int, requests: int, work: Callable[..., None], *arguments: object
) -> list[Request]:
    """In another process: that work, until so many paid requests, from the first on, are done and not yet answered.
    Returns these."""
    run = PROCESSES.Process(target=work, args=arguments)
    with _held(vendor, first, requests) as (are_waiting, unanswered):
        run.start()
        assert are_waiting.wait(PATIENCE_SECONDS)
        run.kill()
        run.join()
    return unanswered


@contextmanager
def _held(vendor: Vendor, first: int, requests: int) -> Iterator[tuple[threading.Event, list[Request]]]:
    """The vendor does the work of those paid requests and keeps the answers until the block ends. Yields what is set
    when it has them all, and them."""
    are_waiting, may_answer, lock = threading.Event(), threading.Event(), threading.Lock()
    seen, unanswered = 0, list[Request]()

    def hold(request: Request) -> None:
        nonlocal seen
        if not costs(request):
            return
        with lock:
            seen += 1
            number = seen
            if number >= first:
                unanswered.append(request)
        if number == first + requests - 1:
            are_waiting.set()
        if number >= first:
            may_answer.wait(PATIENCE_SECONDS)

    vendor.before_answer = hold
    try:
        yield are_waiting, unanswered
    finally:
        vendor.before_answer = None
        may_answer.set()
