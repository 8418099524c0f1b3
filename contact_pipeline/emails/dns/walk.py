"""Which questions to ask DNS about a domain, and what the answers add up to. No sockets: transports are in resolver.py
and bulk.py.

`walk` is a generator: it yields questions and is sent answers, so that both transports ask the same and a test can
answer from a table. Rules: RFC 5321 5.1 (MX, then the domain itself; never A when an MX exists), RFC 7505 (null MX),
RFC 2308 (negative answers), RFC 1034 3.6.2 (aliases).
"""

import ipaddress
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass

from contact_pipeline.emails.domain import is_public_address
from contact_pipeline.emails.ports import LookupFault, MailHost, MailHosts

SHORTEST_TTL = 300
LONGEST_TTL = 7 * 86_400
FAULT_TTL = 900  # a fault says nothing about the domain: ask again soon
NEGATIVE_TTL = 3_600  # RFC 2308 5: one to three hours, where the transport does not show the SOA record

MOST_HOSTS = 16  # a zone with hundreds of mail hosts is an accident or an attack; the rest counts as not asked
MOST_ALIASES = 8
LONGEST_NAME = 253  # RFC 1035 2.3.4, as text

_HOST_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*", re.IGNORECASE)

Question = tuple[str, str]  # name without the last dot, "MX" | "A" | "AAAA"


@dataclass(frozen=True, slots=True)
class Answer:
    """records: addresses as text, or MX as (preference, host). alias: where a CNAME led without any record at its end.

    exists is False for NXDOMAIN only; no records and no fault otherwise is NODATA.
    """

    addresses: tuple[str, ...] = ()
    exchanges: tuple[tuple[int, str], ...] = ()
    exists: bool = True
    alias: str | None = None
    fault: LookupFault | None = None
    ttl_seconds: int = NEGATIVE_TTL


Walk = Generator[Question, Answer, MailHosts]


def walk(domain: str, *, every_host: bool = False) -> Walk:
    """All that is asked about one domain: MX, then A (AAAA where A gave no public address) of its hosts, best first.

    Stops at the first host with a public address, as no later one can change the verdict; every_host: goes on, for who
    wants to fail over to them.
    """
    if not _is_host_name(domain):
        return MailHosts(exists=False, ttl_seconds=LONGEST_TTL)
    mx = yield from _ask(domain, "MX")
    if mx.fault is not None:
        return MailHosts(fault=mx.fault, ttl_seconds=FAULT_TTL)
    if not mx.exists:
        return MailHosts(exists=False, ttl_seconds=_bounded(mx.ttl_seconds))
    exchanges = sorted({(preference, host) for preference, host in mx.exchanges if host})
    if mx.exchanges and not exchanges:
        return MailHosts(is_null_mx=True, ttl_seconds=_bounded(mx.ttl_seconds))
    is_implicit = not exchanges
    if is_implicit:
        exchanges = [(0, domain)]
    hosts: list[MailHost] = []
    ttl = mx.ttl_seconds
    for preference, name in exchanges[:MOST_HOSTS]:
        host, host_ttl = yield from _walk_host(preference, name)
        hosts.append(host)
        ttl = min(ttl, host_ttl)
        if not every_host and any(map(is_public_address, host.addresses)):
            return MailHosts(tuple(hosts), is_implicit=is_implicit, ttl_seconds=_bounded(ttl))
    hosts.extend(MailHost(p, name, fault=LookupFault.FAILURE) for p, name in exchanges[MOST_HOSTS:])
    has_fault = any(host.fault for host in hosts)
    return MailHosts(tuple(hosts), is_implicit=is_implicit, ttl_seconds=FAULT_TTL if has_fault else _bounded(ttl))


def _walk_host(preference: int, name: str) -> Generator[Question, Answer, tuple[MailHost, int]]:
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761 6.3: never a question for DNS
        return MailHost(preference, name, ("127.0.0.1",)), LONGEST_TTL
    if not _is_host_name(name) or _is_address(name):
        return MailHost(preference, name, is_broken=True), LONGEST_TTL
    v4 = yield from _ask(name, "A")
    if v4.fault or not v4.exists or any(map(is_public_address, v4.addresses)):
        return MailHost(preference, name, v4.addresses, v4.fault), v4.ttl_seconds
    v6 = yield from _ask(name, "AAAA")
    return MailHost(preference, name, v4.addresses + v6.addresses, v6.fault), min(v4.ttl_seconds, v6.ttl_seconds)


def _ask(name: str, kind: str) -> Generator[Question, Answer, Answer]:
    """One question; again at the end of an alias where the resolver stopped short of it."""
    ttl = LONGEST_TTL
    for _ in range(MOST_ALIASES):
        answer = yield name, kind
        ttl = min(ttl, answer.ttl_seconds)
        if answer.alias is None:
            return answer
        name = answer.alias
    return Answer(fault=LookupFault.FAILURE, ttl_seconds=FAULT_TTL)  # a loop


def end_of_aliases(name: str, aliases: Mapping[str, str]) -> str:
    """Where the aliases of one message lead from `name`; a loop ends where it started again."""
    seen: set[str] = set()
    while name in aliases and name not in seen:
        seen.add(name)
        name = aliases[name]
    return name


def _is_host_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and _HOST_NAME.fullmatch(name) is not None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _bounded(ttl: int) -> int:
    return max(SHORTEST_TTL, min(LONGEST_TTL, ttl))
