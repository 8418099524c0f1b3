"""dnspython for few domains, c-ares for many, and a sample of the many by both."""

import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from contact_pipeline.emails.dns import choosing
from contact_pipeline.emails.dns.bulk import BulkMailHostResolver
from contact_pipeline.emails.dns.choosing import FEW, SAMPLED_EVERY, ChoosingResolver
from contact_pipeline.emails.dns.walk import NEGATIVE_TTL
from contact_pipeline.emails.ports import MailHosts
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.settings import NameServer
from contact_pipeline_tests.dns_server import SOA_MINIMUM, DnsServer, address, mail_domain, serve

MANY = [f"d{number}.test" for number in range(2 * SAMPLED_EVERY + 1)]


@pytest.fixture(scope="module")
def server() -> Iterator[DnsServer]:
    zone = {name: mail_domain("mx.test") for name in MANY} | {"mx.test": address("93.184.216.34")}
    with serve(zone) as server:
        yield server


def ask(server: DnsServer, domains: Iterable[str]) -> tuple[ChoosingResolver, dict[str, MailHosts]]:
    resolver = ChoosingResolver(NameServer(server.address, timeout_s=1.0), rules=EmailRules())
    return resolver, dict(resolver.lookup(domains))


def test_few_domains_have_the_true_time_of_a_negative_answer(server: DnsServer) -> None:
    _, answers = ask(server, [*MANY[: FEW - 1], "gone.test"])
    assert len(answers) == FEW
    assert not answers["gone.test"].exists
    assert answers["gone.test"].ttl_seconds == SOA_MINIMUM != NEGATIVE_TTL


def test_of_many_domains_a_sample_is_asked_twice_and_agrees(server: DnsServer) -> None:
    resolver, answers = ask(server, MANY)
    assert set(answers) == set(MANY)
    assert all(answer.hosts for answer in answers.values())
    assert (resolver.sampled, resolver.differing) == (3, 0)


def test_one_domain_more_than_few_is_for_the_other(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Noted(BulkMailHostResolver):
        def lookup(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
            asked.extend(domains := list(domains))
            return super().lookup(domains)

    monkeypatch.setattr("contact_pipeline.emails.dns.bulk.BulkMailHostResolver", Noted)
    ask(server, MANY[:FEW])
    assert asked == []
    ask(server, MANY[: FEW + 1])
    assert asked == MANY[: FEW + 1]


def test_a_resolver_that_says_something_else_is_noticed(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lying(BulkMailHostResolver):
        def lookup(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
            return ((domain, replace(answer, exists=False)) for domain, answer in super().lookup(domains))

    monkeypatch.setattr("contact_pipeline.emails.dns.bulk.BulkMailHostResolver", Lying)
    resolver, _ = ask(server, MANY)
    assert (resolver.sampled, resolver.differing) == (3, 3)


def test_without_c_ares_the_other_answers_all(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "contact_pipeline.emails.dns.bulk", None)
    resolver, answers = ask(server, MANY)
    assert len(answers) == len(MANY)
    assert resolver.sampled == 0


def test_the_sample_stays_small(server: DnsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choosing, "SAMPLED_EVERY", 1)
    resolver, _ = ask(server, MANY)
    assert resolver.sampled == choosing.MOST_SAMPLED
