"""All conversations about one domain: fail-over to its next host, catch-all or not, whom to leave alone, whose fault.

Runs in one event loop; `Known` outlives it for as long as the SmtpProbe does (a run). No address of a person is kept
here. Failing over stops where a recipient was named: a verdict is not asked for a second time elsewhere.
"""

import asyncio
import hashlib
import ipaddress
import logging
from base64 import b32encode
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.domain import is_public_address, judge_domain
from contact_pipeline.emails.ports import MailboxAnswer, MailHosts
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.emails.smtp.dialogue import Dialogue, DialogueEnded, End, NoSmtpUtf8
from contact_pipeline.emails.smtp.replies import SmtpFinding, judge_rcpt, judge_session

log = logging.getLogger(__name__)

RECIPIENTS_PER_CONNECTION = 20  # Postfix' smtpd_hard_error_limit: so many unknown ones, and it hangs up
MOST_ROUTES = 6  # addresses tried for one domain
FAILURES_TO_LEAVE = 3  # in a row: then the host is left alone
DISCONNECTIONS = 2  # in a row, that answered nothing
HOSTS_TO_BLAME_OURSELVES = 3  # so many silent hosts and no answer from anybody: our own port is closed
HOSTS_TO_GIVE_UP = 10  # … and nobody else is tried


def _unknown(reason: EmailSubStatus, raw_status: str) -> SmtpFinding:
    return SmtpFinding(MailboxAnswer(EmailStatus.UNKNOWN, reason), raw_status)


_ENDS = {
    End.OWN_NETWORK: _unknown(EmailSubStatus.PORT_BLOCKED, "own network unreachable"),
    End.UNREACHABLE: _unknown(EmailSubStatus.SMTP_TIMEOUT, "no connection"),
    End.REFUSED: _unknown(EmailSubStatus.SMTP_FAILURE, "connection refused"),
    End.DISCONNECTED: _unknown(EmailSubStatus.SMTP_FAILURE, "disconnected"),
    End.TLS: _unknown(EmailSubStatus.SMTP_FAILURE, "TLS failed"),
    End.TIMEOUT: _unknown(EmailSubStatus.SMTP_TIMEOUT, "timeout"),
}
# When a domain's hosts fail in different ways: what came nearest to an answer is what is said.
_NEARNESS = (End.OWN_NETWORK, End.UNREACHABLE, End.REFUSED, End.TLS, End.DISCONNECTED, End.TIMEOUT, End.REPLY)
_PORT_BLOCKED = _unknown(EmailSubStatus.PORT_BLOCKED, "no host answered")
_NO_UTF8 = _unknown(EmailSubStatus.SMTP_FAILURE, "no SMTPUTF8")
_VALID = MailboxAnswer(EmailStatus.VALID, is_catch_all=False)
_CATCH_ALL = MailboxAnswer(EmailStatus.CATCH_ALL, is_catch_all=True)
NOT_ASKED = SmtpFinding(_CATCH_ALL, "not asked: catch-all")


@dataclass(frozen=True)
class Failure:
    """is_inside: after a recipient was named, so no other host is asked instead."""

    end: End
    finding: SmtpFinding
    is_inside: bool = False

    @classmethod
    def of(cls, error: DialogueEnded, *, is_inside: bool) -> "Failure":
        if error.end is End.REPLY:
            return cls(End.REPLY, judge_session(error.code, error.text), is_inside)
        return cls(error.end, _ENDS[error.end], is_inside)


@dataclass
class Host:
    """What this run knows of one address. left: why it is asked no more."""

    failures: int = 0
    left: Failure | None = None
    with_tls: bool = True

    def note(self, failure: Failure) -> None:
        self.failures += 1
        if failure.finding.is_leave or self.failures >= FAILURES_TO_LEAVE:
            self.left = replace(failure, is_inside=False)


Route = tuple[str, str]  # address, host name
Waiting = deque[tuple[str, str]]  # subject, and as it is sent


@dataclass
class Known:
    """What this run knows. hosts: by address. unsettled: domains whose made-up address got no clear answer. silent:
    addresses that nothing came back from, and the domains that have no other."""

    hosts: defaultdict[str, Host] = field(default_factory=lambda: defaultdict(Host))
    catch_all: dict[str, bool] = field(default_factory=dict)
    unsettled: dict[str, SmtpFinding] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    silent_domains: set[str] = field(default_factory=set)
    is_anybody_there: bool = False

    def is_silence_general(self, hosts: int) -> bool:
        """So many hosts, and of more than one domain: one domain's hosts may well be dead together."""
        return len(self.silent) >= hosts and len(self.silent_domains) > 1


class DomainAsker:
    """`ask` one domain after the other or many at once, then `finish`.

    dialogue: (address, host name, with TLS) → a conversation, not opened. tell: gets each subject with its finding.
    learn: gets a domain and whether it is a catch-all, before `tell` gets anything that rests on it. secret: what the
    made-up addresses are made of.
    """

    def __init__(
        self,
        known: Known,
        dialogue: Callable[[str, str, bool], Dialogue],
        *,
        rules: EmailRules,
        per_host_connections: int,
        connections: int,
        secret: str,
        tell: Callable[[str, SmtpFinding], None],
        learn: Callable[[str, bool], None],
    ) -> None:
        self._known = known
        self._dialogue = dialogue
        self._rules = rules
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_host_connections))
        self._connections = asyncio.Semaphore(connections)
        self._secret = secret
        self._emit = tell
        self._learn = learn
        self._undecided: list[str] = []  # their hosts are silent, and so far so is everybody

    async def ask(self, domain: str, answer: MailHosts, waiting: Waiting) -> None:
        """Tells of everybody in `waiting`, which is empty afterwards. answer: what DNS says of the domain."""
        verdict = judge_domain(answer, rules=self._rules)
        if verdict.status is not EmailStatus.VALID:
            finding = SmtpFinding(MailboxAnswer(verdict.status, verdict.sub_status), "not asked: DNS")
            self._tell_rest(waiting, finding)
            return
        routes = self._routes(answer)
        lost = 0  # conversations in a row that answered nothing
        while waiting:
            before = len(waiting)
            failure = await self._converse(domain, routes, waiting)
            if self._known.catch_all.get(domain):
                self._tell_rest(waiting, NOT_ASKED)
            elif failure is not None:
                if failure.end is End.UNREACHABLE:
                    self._known.silent_domains.add(domain)
                lost = 0 if self._answered_more(before, waiting, failure) else lost + 1
                # It may have hung up on one recipient only: the others are asked again, unless that happens twice.
                if failure.end is not End.DISCONNECTED or not failure.is_inside or lost >= DISCONNECTIONS:
                    self._tell_rest(waiting, failure.finding)

    @staticmethod
    def _answered_more(before: int, waiting: Waiting, failure: Failure) -> bool:
        """Whether anybody was answered but the one on whom the host hung up."""
        return before - len(waiting) > failure.is_inside

    def _routes(self, answer: MailHosts) -> list[Route]:
        """By preference (RFC 5321 5.1); only where we may go."""
        return [
            (address, host.name)
            for host in answer.hosts
            for address in host.addresses
            if is_public_address(address) or (self._rules.allow_private_addresses and _is_address(address))
        ][:MOST_ROUTES]

    async def _converse(self, domain: str, routes: list[Route], waiting: Waiting) -> Failure | None:
        """One conversation with the first host that lets us ask. Takes from `waiting` who was answered.

        Returns why there was none, or why it broke off; None when it ended in peace.
        """
        nearest: Failure | None = None
        for route in routes:
            async with self._slots[route[0]], self._connections:
                failure = (
                    self._known.hosts[route[0]].left or self._hopeless() or await self._talk(route, domain, waiting)
                )
            if failure is None or failure.is_inside:
                return failure
            if nearest is None or _NEARNESS.index(failure.end) > _NEARNESS.index(nearest.end):
                nearest = failure
        return nearest

    async def _talk(self, route: Route, domain: str, waiting: Waiting) -> Failure | None:
        host = self._known.hosts[route[0]]
        dialogue = self._dialogue(*route, host.with_tls)
        try:
            try:
                await dialogue.open()
            except DialogueEnded as error:
                if error.end is not End.TLS:
                    raise
                dialogue.hang_up()
                host.with_tls = False
                dialogue = self._dialogue(*route, host.with_tls)
                await dialogue.open()
            for asked in range(RECIPIENTS_PER_CONNECTION):
                if not waiting or (asked and not dialogue.is_open) or self._known.catch_all.get(domain):
                    break
                finding = await self._ask(dialogue, domain, waiting[0][1])
                host.failures = 0
                self._tell(waiting.popleft()[0], finding)
                if finding.is_leave:
                    host.left = Failure(End.REPLY, _about_the_host(finding))
                    return replace(host.left, is_inside=True)
            await dialogue.close()
        except DialogueEnded as error:
            failure = Failure.of(error, is_inside=dialogue.has_asked)
            host.note(failure)
            if error.end is End.UNREACHABLE:
                self._known.silent.add(route[0])
            if failure.is_inside and error.end is not End.REPLY:
                self._tell(waiting.popleft()[0], failure.finding)  # its silence was about this one
            return failure
        finally:
            dialogue.hang_up()
            if dialogue.was_connected:
                self._somebody_is_there()
        return None

    async def _ask(self, dialogue: Dialogue, domain: str, address: str) -> SmtpFinding:
        try:
            finding = judge_rcpt(*await dialogue.ask(address), recipient=address)
        except NoSmtpUtf8:
            return _NO_UTF8
        if finding.answer.sub_status is EmailSubStatus.GREYLISTED and dialogue.is_open:
            with suppress(DialogueEnded):  # so that the made-up address has waited too when we come again
                await self._is_catch_all(dialogue, domain)
        if finding.answer.status is not EmailStatus.VALID:
            return finding
        is_catch_all = await self._is_catch_all(dialogue, domain)
        if is_catch_all is None:
            # Accepted, but by whom? Never valid on half the evidence.
            return replace(self._known.unsettled[domain], raw_status=f"{finding.raw_status}, made-up address unsettled")
        return replace(finding, answer=_CATCH_ALL if is_catch_all else _VALID)

    async def _is_catch_all(self, dialogue: Dialogue, domain: str) -> bool | None:
        """Whether the domain takes anything; None where its host does not say. Asked once in a run."""
        known = self._known
        if domain not in known.catch_all and domain not in known.unsettled:
            finding = judge_rcpt(*await dialogue.ask(f"{_made_up(domain, self._secret)}@{domain}"))
            is_refused = finding.raw_status.startswith("5") and not finding.is_leave
            if finding.answer.status is EmailStatus.VALID:
                known.catch_all[domain] = True
            elif is_refused and finding.answer.sub_status is not EmailSubStatus.SMTP_FAILURE:
                # Any other permanent no is enough here: what it took a moment ago shows that it is not about us.
                known.catch_all[domain] = False
            else:
                known.unsettled[domain] = _about_the_host(finding)
            if domain in known.catch_all:
                self._learn(domain, known.catch_all[domain])
        return known.catch_all.get(domain)

    def _hopeless(self) -> Failure | None:
        """Our own port is closed, by all that was seen: no more waiting."""
        known = self._known
        if known.is_anybody_there or not known.is_silence_general(HOSTS_TO_GIVE_UP):
            return None
        return Failure(End.UNREACHABLE, _ENDS[End.UNREACHABLE])

    def _somebody_is_there(self) -> None:
        if not self._known.is_anybody_there:
            self._known.is_anybody_there = True
            self.finish()

    def finish(self) -> None:
        """Silence everywhere is our own network's; silence of a few, among others that answer, is theirs."""
        is_blocked = not self._known.is_anybody_there and self._known.is_silence_general(HOSTS_TO_BLAME_OURSELVES)
        if is_blocked and self._undecided:
            log.warning("no mail host answers: our own port seems closed; unknown: %d", len(self._undecided))
        for subject in self._undecided:
            self._emit(subject, _PORT_BLOCKED if is_blocked else _ENDS[End.UNREACHABLE])
        self._undecided.clear()

    def _tell(self, subject: str, finding: SmtpFinding) -> None:
        if finding is _ENDS[End.UNREACHABLE] and not self._known.is_anybody_there:
            self._undecided.append(subject)
        else:
            self._emit(subject, finding)

    def _tell_rest(self, waiting: Waiting, finding: SmtpFinding) -> None:
        while waiting:
            self._tell(waiting.popleft()[0], finding)


def _about_the_host(finding: SmtpFinding) -> SmtpFinding:
    """What was said to one recipient, as others may be told of it: never a verdict."""
    if finding.answer.status is EmailStatus.UNKNOWN:
        return finding
    return replace(finding, answer=MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE))


def _made_up(domain: str, secret: str) -> str:
    """A local part that nobody has, the same each time."""
    return b32encode(hashlib.blake2b(f"{secret} {domain}".encode(), digest_size=12).digest()).decode().lower()[:19]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
