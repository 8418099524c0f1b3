"""Keeps many walks over one transport: bounded, streaming, each question once, and no more questions for a dead
resolver.

Runs in the caller's thread. Refuses to believe silence: before it gives up on a resolver it asks it something every
resolver answers at once (the root's name servers).
"""

import logging
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

from contact_pipeline.emails.dns.walk import Answer, Question, Walk, walk
from contact_pipeline.emails.ports import LookupFault, MailHosts

log = logging.getLogger(__name__)

# Silence of so many questions in a row, with no answer between them, makes us ask whether anybody is there.
SILENCES_BEFORE_PROBE = 16
# Mail hosts remembered within one look-up: about 10 MB. Shared hosts (the large providers) are asked once, as the least
# recently used leave first.
MOST_REMEMBERED_HOSTS = 20_000

_NOBODY = Answer(fault=LookupFault.NO_RESOLVER)
_SILENCE = Answer(fault=LookupFault.TIMEOUT)


class Transport(Protocol):
    """Carries questions to a resolver."""

    def ask(self, question: Question) -> None:
        """Returns at once. Never raises for a question."""
        ...

    def receive(self, patience: float) -> list[tuple[Question, Answer]]:
        """Waits for answers, at least one, and takes all that have come. Empty after `patience` seconds of nothing."""
        ...

    def close(self) -> None:
        """Frees sockets and threads; questions still open may stay unanswered."""
        ...


class Engine:
    """One look-up. `patience`: seconds after which a transport that lost a question is no longer waited for."""

    def __init__(
        self,
        transport: Transport,
        *,
        concurrency: int,
        patience: float,
        is_alive: Callable[[], bool],
        every_host: bool = False,
    ) -> None:
        self._transport = transport
        self._concurrency = concurrency
        self._patience = patience
        self._is_alive = is_alive
        self._every_host = every_host
        self._waiting: dict[Question, list[tuple[str, Walk]]] = {}
        self._remembered: OrderedDict[Question, Answer] = OrderedDict()
        self._steps: deque[tuple[str, Walk, Answer | None]] = deque()
        self._ready: deque[tuple[str, MailHosts]] = deque()
        self._walks = 0
        self._silences = 0
        self._is_open = False

    def run(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
        """See MailHostResolver.lookup."""
        for domain in domains:
            self._walks += 1
            self._steps.append((domain, walk(domain, every_host=self._every_host), None))
            self._step()
            while self._walks >= self._concurrency:
                self._receive()
            while self._ready:
                yield self._ready.popleft()
        while self._walks or self._ready:
            while self._ready:
                yield self._ready.popleft()
            if self._walks:
                self._receive()

    def _step(self) -> None:
        """Takes every walk as far as it gets without a new answer."""
        while self._steps:
            domain, walk_, answer = self._steps.popleft()
            try:
                question = next(walk_) if answer is None else walk_.send(answer)
            except StopIteration as end:
                self._walks -= 1
                self._ready.append((domain, end.value))
                continue
            if self._is_open:
                self._steps.append((domain, walk_, _NOBODY))
            elif (known := self._remembered.get(question)) is not None:
                self._remembered.move_to_end(question)
                self._steps.append((domain, walk_, known))
            elif (others := self._waiting.get(question)) is not None:
                others.append((domain, walk_))
            else:
                self._waiting[question] = [(domain, walk_)]
                self._transport.ask(question)

    def _receive(self) -> None:
        """Waits for answers and takes the walks on."""
        answers = self._transport.receive(self._patience)
        if not answers:
            # Never seen; a lost call-back must cost unknowns, not a run that hangs.
            log.warning("the DNS transport lost %d questions", len(self._waiting))
            answers = [(lost, _SILENCE) for lost in self._waiting]
        for question, answer in answers:
            self._take(question, answer)
        self._step()

    def _take(self, question: Question, answer: Answer) -> None:
        if answer.fault is not LookupFault.TIMEOUT:
            self._silences = 0
        elif self._is_open:
            answer = _NOBODY
        else:
            self._silences += 1
            if self._silences >= SILENCES_BEFORE_PROBE:
                self._silences = 0
                self._is_open = not self._is_alive()
                if self._is_open:
                    log.warning("the DNS resolver stopped answering; the rest of this look-up is no_resolver")
                    answer = _NOBODY
        if answer.fault is None and question[1] != "MX":
            self._remembered[question] = answer
            if len(self._remembered) > MOST_REMEMBERED_HOSTS:
                self._remembered.popitem(last=False)
        self._settle(question, answer)

    def _settle(self, question: Question, answer: Answer) -> None:
        for domain, walk_ in self._waiting.pop(question, ()):
            self._steps.append((domain, walk_, answer))
