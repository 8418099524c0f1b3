"""The DNS server of the benchmarks, asked for real; skipped where knot is not installed."""

from collections.abc import Iterator
from ipaddress import ip_address

import dns.resolver
import pytest

from benchmarks import dns_zone
from benchmarks.dns_zone import ZoneServer, ZoneServerUnavailableError, find_knotd
from benchmarks.domains import KINDS, domain_kind, domain_name

DOMAINS = 4000


@pytest.fixture(scope="module")
def resolver() -> Iterator[dns.resolver.Resolver]:
    if find_knotd() is None:
        pytest.skip("knotd is not installed (apt-get install knot): only benchmarks need it")
    with ZoneServer(domains=DOMAINS) as zone:
        asker = dns.resolver.Resolver(configure=False)
        asker.nameservers, asker.port, asker.lifetime = ["127.0.0.1"], zone.port, 3
        yield asker


def _answer(resolver: dns.resolver.Resolver, number: int) -> str:
    """What a sender finds, in the words of domains.KINDS as far as it shows."""
    name = domain_name(number)
    try:
        hosts = [str(record.exchange) for record in resolver.resolve(name, "MX")]
    except dns.resolver.NXDOMAIN:
        return "nxdomain"
    except dns.resolver.NoAnswer:
        try:
            resolver.resolve(name, "A")
        except dns.resolver.NoAnswer:
            return "no_mail"
        return "a_only"
    if hosts == ["."]:
        return "null_mx"
    try:
        addresses = [ip_address(str(record)) for record in resolver.resolve(hosts[0], "A")]
    except dns.resolver.NXDOMAIN:
        return "dangling_mx"
    if not all(address.is_global for address in addresses):
        return "private_mx"
    return "own_mx" if hosts[0] == f"mx.{name}." else "hosted_mx" if "hosting" in hosts[0] else "shared_mx"


def test_every_kind_answers_as_planned(resolver: dns.resolver.Resolver) -> None:
    first_of_kind = {domain_kind(n): n for n in reversed(range(DOMAINS))}
    assert {kind: _answer(resolver, n) for kind, n in first_of_kind.items()} == {kind: kind for kind in KINDS}


def test_other_domains_are_refused(resolver: dns.resolver.Resolver) -> None:
    with pytest.raises(dns.resolver.NoNameservers, match="REFUSED"):
        resolver.resolve("elsewhere.example", "MX")


def test_without_knot_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_zone, "find_knotd", lambda: None)
    with pytest.raises(ZoneServerUnavailableError, match="apt-get install knot"), ZoneServer(domains=1):
        pass
