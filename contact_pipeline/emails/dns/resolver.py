"""Mail hosts through dnspython: the reference transport. bulk.py carries the same questions over c-ares.

Absolute names only, no search list. Truncated answers are asked again over TCP. Refuses to wait for a network that is
not there: a probe of at most 3 s decides before the first question, and then every domain is no_resolver at once.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver

from contact_pipeline.emails.dns.engine import Engine, Transport
from contact_pipeline.emails.dns.walk import NEGATIVE_TTL, Answer, Question, end_of_aliases
from contact_pipeline.emails.ports import LookupFault, MailHosts

Server = tuple[str, int]

PROBE_SECONDS = 1.5  # twice, so that without a network everything is said within 5 s
PROBE_TRIES = 2
TRIES = 2
RESOLV_CONF = Path("/etc/resolv.conf")
# Threads share one interpreter: beyond this many they only wait for each other.
MOST_THREADS = 64

_FAULTS = {
    LookupFault.TIMEOUT: Answer(fault=LookupFault.TIMEOUT),
    LookupFault.FAILURE: Answer(fault=LookupFault.FAILURE),
}


class DnsMailHostResolver:
    """MailHostResolver over dnspython, one thread for each question in flight (1,000 questions a second).

    server: host (an address) and port; None reads /etc/resolv.conf, and a missing or empty one means no resolver.
    timeout_s: for one try; a question is tried twice with each server. concurrency: walks in flight, at most 64.
    """

    def __init__(
        self, server: Server | None = None, *, timeout_s: float = 5.0, concurrency: int = 64, every_host: bool = False
    ) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._concurrency = min(concurrency, MOST_THREADS)
        self._every_host = every_host

    def lookup(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
        """See MailHostResolver.lookup."""
        return look_up(
            domains,
            self._server,
            lambda servers: _ThreadTransport(servers, self._timeout_s, self._concurrency),
            timeout_s=self._timeout_s,
            concurrency=self._concurrency,
            every_host=self._every_host,
        )


def look_up(
    domains: Iterable[str],
    server: Server | None,
    open_transport: Callable[[list[Server]], Transport],
    *,
    timeout_s: float,
    concurrency: int,
    every_host: bool = False,
) -> Iterator[tuple[str, MailHosts]]:
    """What both resolvers share: find servers that live, run the engine, clean up when the caller stops early."""
    knows_the_root = server is None  # a lab's server, named by hand, may serve its own zone only
    servers = living_servers([server] if server else system_servers(), knows_the_root=knows_the_root)
    if not servers:
        nobody = MailHosts(fault=LookupFault.NO_RESOLVER)
        yield from ((domain, nobody) for domain in domains)
        return
    transport = open_transport(servers)
    try:
        yield from Engine(
            transport,
            concurrency=concurrency,
            patience=timeout_s * TRIES * 4 * len(servers) + 10,
            is_alive=lambda: bool(living_servers(servers, knows_the_root=knows_the_root)),
            every_host=every_host,
        ).run(domains)
    finally:
        transport.close()


def system_servers(path: Path | None = None) -> list[Server]:
    """The system's resolvers, without its search list. Empty when the file is missing, unreadable or names none."""
    resolver = dns.resolver.Resolver(configure=False)
    try:
        with (path or RESOLV_CONF).open(encoding="utf-8", errors="replace") as file:
            resolver.read_resolv_conf(file)
    except (OSError, ValueError, dns.exception.DNSException):
        return []
    return [(str(address), resolver.port) for address in resolver.nameservers]


def living_servers(servers: list[Server], *, knows_the_root: bool = False) -> list[Server]:
    """Those that answer, in order. All are asked at the same time; at most 3 s.

    knows_the_root: leave out those that say the root does not exist. Resolvers of closed networks answer NXDOMAIN to
    everything, and believing them would call every address invalid.
    """
    if not servers:
        return []
    lives = partial(_lives, knows_the_root=knows_the_root)
    with ThreadPoolExecutor(len(servers), thread_name_prefix="dns-probe") as pool:
        return [server for server, answers in zip(servers, pool.map(lives, servers), strict=True) if answers]


def _lives(server: Server, *, knows_the_root: bool) -> bool:
    """Whatever it says, REFUSED included, it is there; but see living_servers for NXDOMAIN."""
    question = dns.message.make_query(dns.name.root, dns.rdatatype.NS)
    for _ in range(PROBE_TRIES):
        try:
            answer = dns.query.udp(
                question, server[0], timeout=PROBE_SECONDS, port=server[1], raise_on_truncation=False
            )
        except dns.exception.Timeout:
            continue
        except (OSError, ValueError):  # no route, no such address: waiting will not help
            return False
        except dns.exception.DNSException:  # it answered, if badly
            return True
        return not (knows_the_root and answer.rcode() == dns.rcode.NXDOMAIN)
    return False


class _ThreadTransport:
    """A question is a task of a thread pool."""

    def __init__(self, servers: list[Server], timeout_s: float, threads: int) -> None:
        self._servers = servers
        self._timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dns")
        self._inbox: SimpleQueue[tuple[Question, Answer]] = SimpleQueue()

    def ask(self, question: Question) -> None:
        self._pool.submit(self._run, question)

    def receive(self, patience: float) -> list[tuple[Question, Answer]]:
        answers: list[tuple[Question, Answer]] = []
        try:
            answers.append(self._inbox.get(timeout=patience))
            while True:
                answers.append(self._inbox.get_nowait())
        except Empty:
            return answers

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, question: Question) -> None:
        answer = _FAULTS[LookupFault.FAILURE]
        with contextlib.suppress(Exception):  # a thread that dies silently would leave its walk waiting
            answer = self._answer(*question)
        self._inbox.put((question, answer))

    def _answer(self, name: str, kind: str) -> Answer:
        try:
            question = dns.message.make_query(dns.name.from_text(name, dns.name.root), kind, use_edns=0, payload=1232)
        except (dns.exception.DNSException, UnicodeError):
            return Answer(exists=False)  # no name of DNS, so nobody can have it
        fault = LookupFault.TIMEOUT
        for server, port in self._servers * TRIES:
            try:
                answer, _ = dns.query.udp_with_fallback(question, server, timeout=self._timeout_s, port=port)
            except dns.exception.Timeout:
                continue
            except (OSError, dns.exception.DNSException, EOFError):
                fault = LookupFault.FAILURE
                continue
            if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                return read_answer(answer, kind)
            fault = LookupFault.FAILURE
        return _FAULTS[fault]


def read_answer(message: dns.message.Message, kind: str) -> Answer:
    """A NOERROR or NXDOMAIN message as an Answer. Aliases inside the message are followed."""
    wanted = dns.rdatatype.from_text(kind)
    name = message.question[0].name
    aliases = {
        _text(rrset.name): _text(rrset[0].target) for rrset in message.answer if rrset.rdtype == dns.rdatatype.CNAME
    }
    found: list[Any] = [rrset for rrset in message.answer if rrset.rdtype == wanted]
    ttls = [rrset.ttl for rrset in message.answer]
    if message.rcode() == dns.rcode.NXDOMAIN:
        return Answer(exists=False, ttl_seconds=_negative_ttl(message))
    if not found:
        if aliases and not message.authority:
            return Answer(alias=end_of_aliases(_text(name), aliases), ttl_seconds=min(ttls))
        return Answer(ttl_seconds=_negative_ttl(message))
    records = [record for rrset in found for record in rrset]
    if wanted == dns.rdatatype.MX:
        exchanges = tuple(sorted((record.preference, _text(record.exchange)) for record in records))
        return Answer(exchanges=exchanges, ttl_seconds=min(ttls))
    return Answer(addresses=tuple(sorted(record.address for record in records)), ttl_seconds=min(ttls))


def _negative_ttl(message: dns.message.Message) -> int:
    """RFC 2308 3: the lesser of the SOA's own TTL and its MINIMUM field."""
    for rrset in message.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return int(min(rrset.ttl, rrset[0].minimum))
    return NEGATIVE_TTL


def _text(name: dns.name.Name) -> str:
    """Lower case, without the last dot; the root is empty."""
    return name.to_text(omit_final_dot=True).lower() if name != dns.name.root else ""
