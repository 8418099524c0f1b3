"""Both resolvers against a real server on loopback: the same facts, one question each, and patience with an end."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.emails.dns import resolver as dns_adapter
from contact_pipeline.emails.dns.bulk import BulkMailHostResolver
from contact_pipeline.emails.dns.resolver import DnsMailHostResolver, system_servers
from contact_pipeline.emails.dns.walk import FAULT_TTL, LONGEST_TTL, SHORTEST_TTL
from contact_pipeline.emails.domain import judge_domain
from contact_pipeline.emails.ports import LookupFault, MailHosts
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline_tests.dns_server import (
    NO_DATA,
    REFUSED,
    SERVFAIL,
    SILENT,
    SOA_MINIMUM,
    TTL,
    DnsServer,
    Node,
    Zone,
    address,
    mail_domain,
    serve,
)

PUBLIC = "93.184.216.34"
PATIENCE = 0.25

ZONE: Zone = {
    "ok.test": mail_domain("mx.test"),
    "also.test": mail_domain("mx.test"),
    "mx.test": address(PUBLIC),
    "v6.test": mail_domain("mx6.test"),
    "mx6.test": address("2606:4700::1"),
    "implicit.test": address(PUBLIC),
    "null.test": Node({"MX": ("0 .",)}),
    "null-and-more.test": Node({"MX": ("0 .", "10 mx.test.")}),
    "dangling.test": mail_domain("gone.test", "bare-host.test"),
    "bare-host.test": NO_DATA,
    "second-host.test": mail_domain("gone.test", "mx.test"),
    "fail-over.test": mail_domain("mx.test", "mx6.test"),
    "literal.test": mail_domain("10.1.2.3"),
    "localhost-mx.test": mail_domain("localhost"),
    "private.test": mail_domain("mx-private.test"),
    "mx-private.test": address("10.0.0.1", "fd00::1"),
    "implicit-private.test": address("127.0.0.1"),
    "nothing.test": NO_DATA,
    "servfail.test": SERVFAIL,
    "refused.test": REFUSED,
    "silent.test": SILENT,
    "half.test": mail_domain("gone.test", "silent.test"),
    "half-servfail.test": mail_domain("mx-private.test", "servfail.test"),
    "alias.test": Node({"CNAME": ("ok.test.",)}),
    "alias-to-host.test": mail_domain("mx-alias.test"),
    "mx-alias.test": Node({"CNAME": ("mx.test.",)}),
    "bare-alias.test": Node({"CNAME": ("ok.test.",)}, is_bare=True),
    "loop.test": Node({"CNAME": ("loop.test.",)}, is_bare=True),
    "alias-to-nowhere.test": Node({"CNAME": ("gone.test.",)}),
    "truncated.test": Node({"MX": ("10 mx.test.",)}, truncate=True),
    "short.test": Node({"MX": ("10 mx.test.",)}, ttl=1),
    "long.test": Node({"MX": ("10 mx-long.test.",)}, ttl=99_999_999),
    "mx-long.test": address(PUBLIC, ttl=99_999_999),
    "crowd.test": Node({"MX": tuple(f"{i} gone{i}.test." for i in range(40))}),
    "xn--fuball-cta.test": mail_domain("mx.test"),
}
VERDICTS = {
    "ok.test": "valid",
    "v6.test": "valid",
    "implicit.test": "valid",
    "null.test": "invalid/null_mx",
    "null-and-more.test": "valid",
    "dangling.test": "invalid/dangling_mx",
    "second-host.test": "valid",
    "literal.test": "invalid/dangling_mx",
    "localhost-mx.test": "invalid/private_address",
    "private.test": "invalid/private_address",
    "implicit-private.test": "invalid/private_address",
    "nothing.test": "invalid/no_mail_host",
    "gone.test": "invalid/nxdomain",
    "not a name.test": "invalid/nxdomain",
    "servfail.test": "unknown/dns_failure",
    "refused.test": "unknown/dns_failure",
    "silent.test": "unknown/dns_timeout",
    "half.test": "unknown/dns_timeout",
    "half-servfail.test": "unknown/dns_failure",
    "alias.test": "valid",
    "alias-to-host.test": "valid",
    "bare-alias.test": "valid",
    "loop.test": "unknown/dns_failure",
    "alias-to-nowhere.test": "invalid/nxdomain",
    "truncated.test": "valid",
    "crowd.test": "unknown/dns_failure",
    "xn--fuball-cta.test": "valid",
}

Resolver = Callable[[tuple[str, int]], "DnsMailHostResolver | BulkMailHostResolver"]


def by_dnspython(server: tuple[str, int]) -> DnsMailHostResolver:
    return DnsMailHostResolver(server, timeout_s=PATIENCE, concurrency=32)


def by_cares(server: tuple[str, int]) -> BulkMailHostResolver:
    return BulkMailHostResolver(server, timeout_s=PATIENCE, concurrency=64)


@pytest.fixture
def server() -> Iterator[DnsServer]:
    with serve(dict(ZONE)) as running:
        yield running


@pytest.fixture(params=[by_dnspython, by_cares])
def resolver(request: pytest.FixtureRequest) -> Resolver:
    return request.param  # type: ignore[no-any-return]


def verdict(answer: MailHosts) -> str:
    found = judge_domain(answer, rules=EmailRules())
    return "/".join(filter(None, (found.status, found.sub_status)))


def test_verdicts(server: DnsServer, resolver: Resolver) -> None:
    answers = dict(resolver(server.address).lookup(VERDICTS))
    assert {domain: verdict(answer) for domain, answer in answers.items()} == VERDICTS


def test_both_give_the_same_answers(server: DnsServer) -> None:
    """Equal but for the time to live of negative answers: c-ares does not show the SOA record."""
    domains = sorted({*ZONE, *VERDICTS})
    one = {d: dataclasses.replace(a, ttl_seconds=0) for d, a in by_dnspython(server.address).lookup(domains)}
    two = {d: dataclasses.replace(a, ttl_seconds=0) for d, a in by_cares(server.address).lookup(domains)}
    assert one == two
    assert sorted(one) == domains


def test_one_question_for_each_domain_and_each_mail_host(server: DnsServer, resolver: Resolver) -> None:
    for i in range(50):
        server.zone[f"d{i}.test"] = mail_domain("mx.test")
    domains = [f"d{i}.test" for i in range(50)]
    assert len(list(resolver(server.address).lookup(domains))) == 50
    assert [server.asked(domain) for domain in domains] == [1] * 50
    assert server.asked("mx.test") == 1


@pytest.mark.parametrize("kind", [DnsMailHostResolver, BulkMailHostResolver])
def test_who_fails_over_hears_of_every_host(server: DnsServer, kind: type[Any]) -> None:
    """The verdict needs the first public host only; the SMTP probe wants the others, too."""
    names = {
        every: [
            h.name
            for _, hosts in kind(server.address, every_host=every).lookup(["fail-over.test"])
            for h in hosts.hosts
        ]
        for every in (False, True)
    }
    assert names == {False: ["mx.test"], True: ["mx.test", "mx6.test"]}


def test_truncated_answers_are_asked_again_over_tcp(server: DnsServer, resolver: Resolver) -> None:
    assert [verdict(a) for _, a in resolver(server.address).lookup(["truncated.test"])] == ["valid"]
    assert server.over_tcp["truncated.test", "MX"] == 1


def test_time_to_live(server: DnsServer, resolver: Resolver) -> None:
    names = ["ok.test", "short.test", "long.test", "silent.test", "gone.test"]
    ttl = {domain: answer.ttl_seconds for domain, answer in resolver(server.address).lookup(names)}
    negative = SOA_MINIMUM if resolver is by_dnspython else 3_600
    assert ttl == {
        "ok.test": TTL,
        "short.test": SHORTEST_TTL,
        "long.test": LONGEST_TTL,
        "silent.test": FAULT_TTL,
        "gone.test": negative,
    }


def test_slow_domains_do_not_silence_the_resolver(server: DnsServer, resolver: Resolver) -> None:
    """More time-outs in a row than the limit: the resolver is asked whether it lives, and it does."""
    for i in range(40):
        server.zone[f"slow{i}.test"] = SILENT
    domains = [*(f"slow{i}.test" for i in range(40)), "ok.test"]
    answers = dict(resolver(server.address).lookup(domains))
    assert verdict(answers.pop("ok.test")) == "valid"
    assert {verdict(answer) for answer in answers.values()} == {"unknown/dns_timeout"}


def test_a_resolver_that_dies_stops_being_asked(
    server: DnsServer, resolver: Resolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns_adapter, "PROBE_SECONDS", 0.2)

    def domains() -> Iterator[str]:
        yield "ok.test"
        for i in range(300):
            yield f"ok{i}.test"
        server.is_silent = True
        for i in range(5_000):
            yield f"later{i}.test"

    start = time.monotonic()
    answers = dict(resolver(server.address).lookup(domains()))
    assert time.monotonic() - start < 8
    assert verdict(answers["ok.test"]) == "valid"
    later = [answers[f"later{i}.test"].fault for i in range(5_000)]
    assert set(later) <= {LookupFault.TIMEOUT, LookupFault.NO_RESOLVER}
    assert later.count(LookupFault.NO_RESOLVER) > 4_800
    assert sum(count for (name, _), count in server.questions.items() if name.startswith("later")) < 500


def test_no_resolver_is_said_at_once(server: DnsServer, resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    assert dns_adapter.PROBE_SECONDS * dns_adapter.PROBE_TRIES <= 3  # of the 5 s within which everything is said
    monkeypatch.setattr(dns_adapter, "PROBE_SECONDS", 0.3)
    server.is_silent = True
    start = time.monotonic()
    answers = list(resolver(server.address).lookup(f"d{i}.test" for i in range(10_000)))
    assert time.monotonic() - start < 2.5
    assert {answer.fault for _, answer in answers} == {LookupFault.NO_RESOLVER}
    assert sum(server.questions.values()) == 2  # the probe, twice


@pytest.mark.parametrize(
    "content", [None, "", "# nothing\nsearch example.test\n", "nameserver\n", "nameserver nonsense\n"]
)
def test_a_machine_without_resolvers(
    content: str | None, resolver: Resolver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "resolv.conf"
    if content is not None:
        path.write_text(content)
    monkeypatch.setattr(dns_adapter, "RESOLV_CONF", path)
    kind = DnsMailHostResolver if resolver is by_dnspython else BulkMailHostResolver
    assert [answer.fault for _, answer in kind(None).lookup(["a.test"])] == [LookupFault.NO_RESOLVER]


def test_the_systems_resolvers_without_the_search_list(tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("search example.test\nnameserver 192.0.2.1\nnameserver 2001:db8::1\noptions ndots:5\n")
    assert system_servers(path) == [("192.0.2.1", 53), ("2001:db8::1", 53)]


def test_it_streams(server: DnsServer, resolver: Resolver) -> None:
    """Takes no more domains than it has places for, and may be left in the middle."""
    taken = 0

    def domains() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield f"d{taken}.test"

    stream = resolver(server.address).lookup(domains())
    for _ in range(10):
        next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert taken < 300


def test_nothing_to_look_up(server: DnsServer, resolver: Resolver) -> None:
    assert list(resolver(server.address).lookup([])) == []


def test_a_system_resolver_that_denies_the_root_is_none(resolver: Resolver, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed networks answer NXDOMAIN to everything; a lab's server, named by hand, is believed all the same."""
    kind = DnsMailHostResolver if resolver is by_dnspython else BulkMailHostResolver
    with serve({}) as denier:
        monkeypatch.setattr(dns_adapter, "system_servers", lambda: [denier.address])
        assert [answer.fault for _, answer in kind(None).lookup(["a.test"])] == [LookupFault.NO_RESOLVER]
        assert [answer.exists for _, answer in kind(denier.address).lookup(["a.test"])] == [False]
