"""Our own mailbox provider: asks each domain's mail hosts by SMTP whether they take mail for an address.

Off by default. Costs nothing but reputation: read docs/smtp-probe.md first. Sends no mail. One conversation at a time
for a domain, few for a mail host; a host that wants to be left alone is left alone for the rest of the run, a run being
the life of one SmtpProbe. Never waits for a greylist: `retry_after_s` says when to come again. Refuses private
addresses, so that somebody's MX record cannot make it knock at the inner network.

Whether a domain is a catch-all is asked once, with a made-up address, when its first address was accepted: before that
it makes no difference. The made-up address is the same every time, so that a greylist lets it pass the second time. A
domain that takes made-up addresses by pattern only (half a catch-all) cannot be told from an ordinary one.

The resolver decides how far fail-over reaches: it is as long as the hosts it names.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import SimpleQueue
from typing import Protocol

import idna

from contact_pipeline.core.providers import Limits, Outcome, Reply
from contact_pipeline.emails.ports import MailboxAnswer, MailHostResolver, MailHosts
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.emails.smtp.dialogue import Dialogue
from contact_pipeline.emails.smtp.domain import NOT_ASKED, RECIPIENTS_PER_CONNECTION, DomainAsker, Known
from contact_pipeline.emails.smtp.replies import SmtpFinding

PRICE_PER_1000 = 0.0
LONGEST_ADDRESS = 254  # RFC 5321 4.5.3.1.3


class CatchAllMemory(Protocol):
    """Remembers catch-all domains. Only ever called from the thread that iterates `ask_many`."""

    def get(self, domain: str) -> bool | None:
        """None: not known, or not any more. domain: A-labels, lower case."""
        ...

    def put(self, domain: str, is_catch_all: bool) -> None:
        """Found out just now."""
        ...


class SmtpProbe:
    """`ask_many` streams; one at a time on one instance.

    helo_name: our host's name, which its address's PTR record must give back. mail_from: an address of ours that takes
    mail; empty for the null sender. timeout_s, dialogue_s: for one reply, for one conversation. recipients_per_mail:
    RSET and MAIL again after so many; 1 makes each its own transaction. allow_private_addresses: for labs only.
    clock: seconds; what the time for a conversation is measured with.
    """

    name = "smtp"

    def __init__(
        self,
        resolver: MailHostResolver,
        *,
        helo_name: str,
        mail_from: str,
        memory: CatchAllMemory,
        port: int = 25,
        timeout_s: float = 30.0,
        dialogue_s: float = 180.0,
        per_host_connections: int = 2,
        connections: int = 50,
        recipients_per_mail: int = RECIPIENTS_PER_CONNECTION,
        allow_private_addresses: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not helo_name.isascii() or not helo_name.isprintable() or " " in helo_name or "." not in helo_name:
            raise ValueError("helo_name must be a full host name.")
        if mail_from and (_parts(mail_from) is None or not mail_from.isascii()):
            raise ValueError("mail_from must be an ASCII address, or empty.")
        self.limits = Limits(calls=1_000, seconds=1.0, connections=connections, batch_size=10_000)
        self._resolver = resolver
        self._memory = memory
        self._known = Known()
        self._rules = EmailRules(allow_private_addresses=allow_private_addresses)
        self._per_host_connections = per_host_connections
        self._mail_from = mail_from

        def dialogue(address: str, host: str, with_tls: bool) -> Dialogue:
            return Dialogue(
                address,
                port=port,
                server_name=host,
                helo_name=helo_name,
                mail_from=mail_from,
                timeout_s=timeout_s,
                dialogue_s=dialogue_s,
                recipients_per_mail=recipients_per_mail,
                with_tls=with_tls,
                clock=clock,
            )

        self._dialogue = dialogue

    def credits(self) -> float | None:
        """It has none."""
        return None

    def ask_many(self, addresses: Iterable[str]) -> Iterator[Reply[MailboxAnswer]]:
        """A reply for each distinct address, in the order answers arrive. Reads all addresses first: it groups them."""
        domains: dict[str, dict[str, str]] = {}  # domain → subject → as it is sent
        for subject in addresses:
            parts = _parts(subject)
            if parts is None:
                yield Reply(subject, Outcome.REJECTED, raw_status="not an address", is_billed=False)
            else:
                domains.setdefault(parts[1], {})[subject] = "@".join(parts)
        catch_all = self._known.catch_all
        for domain in list(domains):
            if domain not in catch_all and (remembered := self._memory.get(domain)) is not None:
                catch_all[domain] = remembered
            if catch_all.get(domain):
                yield from (_reply(subject, NOT_ASKED) for subject in domains.pop(domain))
        if domains:
            yield from self._stream(domains)

    def _stream(self, domains: dict[str, dict[str, str]]) -> Iterator[Reply[MailboxAnswer]]:
        outbox: _Outbox = SimpleQueue()
        asker = DomainAsker(
            self._known,
            self._dialogue,
            rules=self._rules,
            per_host_connections=self._per_host_connections,
            connections=self.limits.connections,
            secret=self._mail_from,
            tell=lambda subject, finding: outbox.put(_reply(subject, finding)),
            learn=lambda domain, is_catch_all: outbox.put((domain, is_catch_all)),
        )
        loop = _LoopThread(self._resolver, asker, domains, outbox)
        loop.start()
        try:
            while (item := outbox.get()) is not None:
                if isinstance(item, Reply):
                    yield item
                elif isinstance(item, tuple):
                    self._memory.put(*item)
                else:
                    raise item
        finally:
            loop.stop()


_Outbox = SimpleQueue[Reply[MailboxAnswer] | tuple[str, bool] | BaseException | None]


class _LoopThread:
    """An event loop in a thread of its own, so that conversations go on while the caller stores what was answered."""

    def __init__(
        self,
        resolver: MailHostResolver,
        asker: DomainAsker,
        domains: dict[str, dict[str, str]],
        outbox: _Outbox,
    ) -> None:
        self._resolver = resolver
        self._asker = asker
        self._domains = domains
        self._outbox = outbox
        self._thread = threading.Thread(target=self._work, name="smtp-probe", daemon=True)
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._is_stopping = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Hang up, whatever is under way."""
        self._is_stopping = True
        with suppress(RuntimeError):  # the loop has ended already
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join()

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _work(self) -> None:
        """Whatever goes wrong belongs to the caller's thread."""
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._main())
        except BaseExceptionGroup as group:
            self._outbox.put(group.exceptions[0] if len(group.exceptions) == 1 else group)
        except BaseException as error:
            self._outbox.put(error)
        self._outbox.put(None)

    async def _main(self) -> None:
        self._task = asyncio.current_task()
        answers: asyncio.Queue[tuple[str, MailHosts] | None] = asyncio.Queue()
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.to_thread(self._look_up, answers))
            while (answer := await answers.get()) is not None:
                domain, hosts = answer
                group.create_task(self._asker.ask(domain, hosts, deque(self._domains[domain].items())))
        self._asker.finish()

    def _look_up(self, answers: asyncio.Queue[tuple[str, MailHosts] | None]) -> None:
        """In another thread: the resolver blocks."""
        try:
            for answer in self._resolver.lookup(list(self._domains)):
                if self._is_stopping:
                    break
                self._loop.call_soon_threadsafe(answers.put_nowait, answer)
        finally:
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(answers.put_nowait, None)


def _reply(subject: str, finding: SmtpFinding) -> Reply[MailboxAnswer]:
    return Reply(
        subject,
        Outcome.ANSWERED,
        finding.answer,
        raw_status=finding.raw_status,
        raw_sub_status=finding.raw_text or None,
        is_billed=False,
        is_known=finding.is_known,
        retry_after_s=finding.retry_after_s,
    )


def _parts(address: str) -> tuple[str, str] | None:
    """Local part and domain in A-labels; None for what must not go into a command."""
    local, _, domain = address.rpartition("@")
    if not local or len(address) > LONGEST_ADDRESS or not address.isprintable():
        return None
    if any(c in address for c in ' <>"[]\\'):
        return None
    try:
        domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return None
    return (local, domain) if "." in domain else None
