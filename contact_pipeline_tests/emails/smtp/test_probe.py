"""The SMTP probe against real servers on loopback: every verdict, and how little it asks to get there."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from contact_pipeline.core.providers import Outcome, Reply
from contact_pipeline.emails.dns.resolver import DnsMailHostResolver
from contact_pipeline.emails.ports import MailboxAnswer, MailHosts
from contact_pipeline.emails.smtp.domain import FAILURES_TO_LEAVE, RECIPIENTS_PER_CONNECTION
from contact_pipeline.emails.smtp.probe import SmtpProbe
from contact_pipeline_tests.dns_server import DnsServer, address, mail_domain, serve
from contact_pipeline_tests.lab.mail import ADDRESSES, GREYLIST_S, HANG_UP, MailHost, MailLab, by_truth, unless_nobody
from contact_pipeline_tests.lab.zone import DNS_DOMAINS, DOMAINS, MAIL_DOMAINS, zone

Replies = dict[str, Reply[MailboxAnswer]]
D0 = "127.0.1.1"


class Memory(dict[str, bool]):
    """Remembers for ever."""

    def put(self, domain: str, is_catch_all: bool) -> None:
        self[domain] = is_catch_all


@pytest.fixture(scope="module")
def dns() -> Iterator[DnsServer]:
    with serve(zone(ordinary_domains=30)) as running:
        yield running


@pytest.fixture
def lab() -> Iterator[MailLab]:
    with MailLab(ordinary=30) as running:
        yield running


Make = Callable[..., SmtpProbe]


@pytest.fixture
def make(dns: DnsServer, lab: MailLab) -> Make:
    def probe(**changes: Any) -> SmtpProbe:
        asked: dict[str, Any] = {"helo_name": "probe.us.test", "mail_from": "verify@us.test", "memory": Memory(),
                                 "port": lab.port, "timeout_s": 0.5, "allow_private_addresses": True}  # fmt: skip
        return SmtpProbe(DnsMailHostResolver(dns.address, timeout_s=0.5), **asked | changes)

    return probe


def verdict(reply: Reply[MailboxAnswer]) -> str:
    assert reply.answer is not None
    return "/".join(filter(None, (reply.answer.status, reply.answer.sub_status)))


def ask(probe: SmtpProbe, *addresses: str) -> Replies:
    replies = list(probe.ask_many(addresses))
    assert sorted(reply.subject for reply in replies) == sorted(set(addresses))
    return {reply.subject: reply for reply in replies}


def verdicts(probe: SmtpProbe, *addresses: str) -> list[str]:
    replies = ask(probe, *addresses)
    return [verdict(replies[address]) for address in addresses]


def test_every_domain_of_the_lab(make: Make, lab: MailLab) -> None:
    assert len(DNS_DOMAINS) >= 40
    assert len(MAIL_DOMAINS) >= 40
    # Time enough for 80 conversations at once on a busy machine: who answers at all must not be late.
    replies = ask(make(timeout_s=1.5), *(f"clara.dorn@{domain.name}" for domain in DOMAINS))
    assert {r.subject.partition("@")[2]: verdict(r) for r in replies.values()} == {d.name: d.expected for d in DOMAINS}
    for reply in replies.values():
        assert not reply.is_billed
        assert reply.outcome is Outcome.ANSWERED
        assert "clara" not in f"{reply.raw_status} {reply.raw_sub_status}"
        assert (reply.retry_after_s == GREYLIST_S) is (verdict(reply) == "unknown/greylisted")


def test_the_truth_of_ordinary_hosts(make: Make) -> None:
    truth = {
        "clara.dorn": "valid",
        "no_mailbox-1": "invalid/mailbox_not_found",
        "disabled-1": "invalid/mailbox_disabled",
        "full-1": "risky/mailbox_full",
        "greylisted-1": "unknown/greylisted",
        "silent-1": "unknown/smtp_timeout",
    }
    got = verdicts(make(), *(f"{local}@d{number}.lab.test" for number, local in enumerate(truth)))
    assert got == list(truth.values())


def test_one_conversation_for_a_domain(make: Make, lab: MailLab) -> None:
    people = [f"person.{n}@d0.lab.test" for n in range(RECIPIENTS_PER_CONNECTION - 1)]
    assert set(verdicts(make(), *people)) == {"valid"}
    assert lab.seen.connections == {D0: 1}
    verbs = [line.partition(" ")[0] for line in lab.seen.lines]
    assert verbs == ["EHLO", "MAIL", *["RCPT"] * (len(people) + 1), "RSET", "QUIT"]
    assert lab.seen.lines[:2] == ["EHLO probe.us.test", "MAIL FROM:<verify@us.test>"]


def test_a_conversation_has_an_end(make: Make, lab: MailLab) -> None:
    people = [f"person.{n}@d0.lab.test" for n in range(2 * RECIPIENTS_PER_CONNECTION + 5)]
    assert set(verdicts(make(), *people)) == {"valid"}
    assert (lab.seen.connections[D0], lab.seen.most_at_once[D0]) == (3, 1)


def test_a_transaction_for_each_where_wanted(make: Make, lab: MailLab) -> None:
    assert set(verdicts(make(recipients_per_mail=1), "a.b@d0.lab.test", "c.d@d0.lab.test")) == {"valid"}
    verbs = [line.partition(" ")[0] for line in lab.seen.lines]
    assert verbs == ["EHLO", *["MAIL", "RCPT", "RSET"] * 3, "QUIT"]


def test_never_data(make: Make, lab: MailLab) -> None:
    ask(make(), *(f"clara.dorn@{domain.name}" for domain in MAIL_DOMAINS))
    assert {verb for _, verb in lab.seen.commands} == {"EHLO", "HELO", "STARTTLS", "MAIL", "RCPT", "RSET", "QUIT"}


def test_catch_all_is_asked_once_and_remembered(make: Make, lab: MailLab) -> None:
    memory = Memory()
    people = [f"person.{n}@catch-all.lab.test" for n in range(50)]
    seen_when_told = []
    for reply in make(memory=memory).ask_many(people):
        assert verdict(reply) == "catch_all"
        assert reply.answer is not None and reply.answer.is_catch_all is True
        seen_when_told.append(memory.get("catch-all.lab.test"))
    assert seen_when_told == [True] * 50
    assert lab.seen.recipients.total() == 2  # the first person, and nobody
    assert set(verdicts(make(memory=memory), *people)) == {"catch_all"}
    assert lab.seen.connections.total() == 1


def test_that_it_is_none_is_remembered_too(make: Make, lab: MailLab) -> None:
    memory = Memory()
    for _ in range(2):
        (reply,) = ask(make(memory=memory), "clara.dorn@d0.lab.test").values()
        assert reply.answer == MailboxAnswer(reply.answer.status, is_catch_all=False) if reply.answer else False
    assert memory == {"d0.lab.test": False}
    assert lab.seen.recipients.total() == 3


def test_no_made_up_address_where_nobody_was_accepted(make: Make, lab: MailLab) -> None:
    memory = Memory()
    verdicts(make(memory=memory), "no_mailbox-1@d0.lab.test", "full-1@d0.lab.test")
    assert (lab.seen.recipients.total(), memory) == (2, {})


def test_an_unclear_answer_to_the_made_up_address_makes_nobody_valid(make: Make, lab: MailLab) -> None:
    memory = Memory()
    (reply,) = ask(make(memory=memory), "clara.dorn@made-up-blocked.lab.test").values()
    assert verdict(reply) == "unknown/blocked_us"
    assert reply.answer is not None and reply.answer.is_catch_all is None
    assert memory == {}


def test_the_made_up_address_is_asked_about_once_even_without_an_answer(make: Make) -> None:
    people = [f"person.{n}@d0.lab.test" for n in range(5)]
    with MailLab(ordinary_host=MailHost(unless_nobody("451 4.3.0 Local error"))) as lab:
        assert set(verdicts(make(port=lab.port), *people)) == {"unknown/smtp_failure"}
    assert lab.seen.recipients.total() == 6


def test_a_greylist_lets_both_pass_the_second_time(make: Make, lab: MailLab) -> None:
    now = 1000.0
    lab.clock = lambda: now
    started = time.monotonic()
    (reply,) = ask(make(), "clara.dorn@greylist.lab.test").values()
    assert (verdict(reply), reply.retry_after_s) == ("unknown/greylisted", GREYLIST_S)
    assert time.monotonic() - started < 2
    now += GREYLIST_S - 100
    assert [r.retry_after_s for r in make().ask_many(["clara.dorn@greylist.lab.test"])] == [100]
    now += 100
    assert verdicts(make(), "clara.dorn@greylist.lab.test") == ["valid"]


def test_a_verdict_is_not_asked_for_elsewhere(make: Make, lab: MailLab) -> None:
    assert verdicts(make(), "clara.dorn@first-full.lab.test") == ["risky/mailbox_full"]
    assert lab.seen.connections == {ADDRESSES["full"]: 1}


@pytest.mark.parametrize("host", ["tarpit", "hangs-up"])
def test_nor_is_anything_else_once_somebody_was_named(make: Make, lab: MailLab, dns: DnsServer, host: str) -> None:
    name = f"first-{host}.lab.test"
    dns.zone |= {name: mail_domain(f"mx0.{name}", f"mx1.{name}")}
    dns.zone |= {f"mx0.{name}": address(ADDRESSES[host]), f"mx1.{name}": address(D0)}
    got = verdicts(make(timeout_s=0.2), *(f"person.{n}@{name}" for n in range(4)))
    assert len(set(got)) == 1
    assert set(lab.seen.connections) == {ADDRESSES[host]}


def test_silence_before_and_after_the_connection(make: Make) -> None:
    replies = ask(make(timeout_s=0.2), "a@never-greets.lab.test", "a@black-hole.lab.test", "a@d0.lab.test")
    assert replies["a@never-greets.lab.test"].raw_status == "timeout"
    assert replies["a@black-hole.lab.test"].raw_status == "no connection"


@pytest.mark.parametrize("host", ["overloaded", "rate-limited", "blocked", "blocked-at-door"])
def test_who_wants_to_be_left_alone_is(make: Make, lab: MailLab, dns: DnsServer, host: str) -> None:
    names = shared(dns, ADDRESSES[host], 8)
    probe = make(per_host_connections=1)
    first = set(verdicts(probe, *(f"clara.dorn@{name}" for name in names)))
    again = set(verdicts(probe, *(f"max.tarn@{name}" for name in names)))
    assert first == again
    assert first <= {"unknown/blocked_us", "unknown/smtp_failure"}
    assert lab.seen.connections.total() == 1


def test_a_dead_host_is_not_knocked_at_for_ever(make: Make, lab: MailLab, dns: DnsServer) -> None:
    names = shared(dns, ADDRESSES["hangs-up-at-door"], 20)
    assert set(verdicts(make(per_host_connections=1), *(f"a@{name}" for name in names))) == {"unknown/smtp_failure"}
    assert lab.seen.connections.total() == FAILURES_TO_LEAVE


def test_few_connections_to_one_host_and_bounded_in_all(make: Make, dns: DnsServer) -> None:
    names = shared(dns, D0, 12) + [f"d{n}.lab.test" for n in range(1, 30)]
    with MailLab(ordinary=30, latency_s=0.01) as lab:
        ask(make(port=lab.port, per_host_connections=3, connections=7), *(f"clara.dorn@{name}" for name in names))
    assert lab.seen.most_at_once[D0] == 3
    assert 3 < lab.seen.most_in_all <= 7


def shared(dns: DnsServer, host: str, count: int) -> list[str]:
    """So many domains on one host."""
    names = [f"s{n}-{host.replace('.', '-')}.lab.test" for n in range(count)]
    for name in names:
        dns.zone |= {name: mail_domain(f"mx.{name}"), f"mx.{name}": address(host)}
    return names


def test_a_tarpit_has_no_more_than_its_time(make: Make, lab: MailLab) -> None:
    """It answers each command just in time; the clock is the test's, so that nobody waits."""
    now = 0.0

    def a_minute_later(line: str) -> None:
        nonlocal now
        now += 60

    lab.before_reply = a_minute_later
    people = [f"person.{n}@d0.lab.test" for n in range(6)]
    got = verdicts(make(clock=lambda: now, dialogue_s=300), *people)
    assert got == ["valid", "valid", *["unknown/smtp_timeout"] * 4]
    assert lab.seen.recipients.total() == 3


@pytest.mark.parametrize("number", [1, 5])
def test_hanging_up_on_one_recipient_costs_that_one(make: Make, number: int) -> None:
    hangs_up = MailHost(lambda lab, session, to: HANG_UP if to.startswith("hated") else by_truth(lab, session, to))
    people = [f"person.{n}@d0.lab.test" for n in range(number)] + ["hated@d0.lab.test", "clara.dorn@d0.lab.test"]
    with MailLab(ordinary_host=hangs_up) as lab:
        got = verdicts(make(port=lab.port), *people)
    assert got == [*["valid"] * number, "unknown/smtp_failure", "valid"]


def test_hanging_up_on_everybody_is_believed_after_the_second(make: Make, lab: MailLab) -> None:
    people = [f"person.{n}@hangs-up.lab.test" for n in range(10)]
    assert set(verdicts(make(), *people)) == {"unknown/smtp_failure"}
    assert lab.seen.connections.total() == 2


def test_smtputf8_where_the_address_needs_it(make: Make, lab: MailLab) -> None:
    probe = make()
    assert verdicts(probe, "jürgen@d0.lab.test", "clara.dorn@d0.lab.test") == ["valid", "valid"]
    mails = [line for line in lab.seen.lines if line.startswith("MAIL")]
    assert sorted(mails) == ["MAIL FROM:<verify@us.test>", "MAIL FROM:<verify@us.test> SMTPUTF8"] or len(mails) == 3
    replies = ask(probe, "jürgen@no-utf8.lab.test", "clara.dorn@no-utf8.lab.test")
    assert verdict(replies["jürgen@no-utf8.lab.test"]) == "unknown/smtp_failure"
    assert replies["jürgen@no-utf8.lab.test"].raw_status == "no SMTPUTF8"
    assert verdict(replies["clara.dorn@no-utf8.lab.test"]) == "valid"


def test_domains_are_asked_in_their_ascii_form(make: Make, lab: MailLab) -> None:
    assert verdicts(make(), "clara@fußball.lab.test", "Clara@D0.Lab.Test") == ["valid", "valid"]
    assert {to for _, to in lab.seen.recipients} >= {"clara@xn--fuball-cta.lab.test", "Clara@d0.lab.test"}


def test_starttls_where_offered(make: Make, lab: MailLab) -> None:
    assert verdicts(make(), "clara.dorn@starttls.lab.test") == ["valid"]
    host = ADDRESSES["starttls"]
    assert lab.seen.commands[host, "EHLO"] == 2
    assert lab.seen.in_tls[host] == sum(n for (at, _), n in lab.seen.commands.items() if at == host) - 2


@pytest.mark.parametrize("host", ["starttls-broken", "starttls-refused"])
def test_without_tls_where_it_fails_and_that_is_known_then(make: Make, lab: MailLab, host: str) -> None:
    probe = make()
    for local in ("clara.dorn", "max.tarn"):
        assert verdicts(probe, f"{local}@{host}.lab.test") == ["valid"]
    assert lab.seen.connections[ADDRESSES[host]] == 3
    assert lab.seen.commands[ADDRESSES[host], "STARTTLS"] == 1


def test_one_recipient_at_a_time_where_the_host_wants_it(make: Make, lab: MailLab) -> None:
    people = ["a.b@one-recipient.lab.test", "no_mailbox-1@one-recipient.lab.test", "c.d@one-recipient.lab.test"]
    assert verdicts(make(), *people) == ["valid", "invalid/mailbox_not_found", "valid"]
    assert lab.seen.connections.total() == 1


def test_private_addresses_are_not_connected_to(make: Make, lab: MailLab) -> None:
    names = [f"clara.dorn@{name}.lab.test" for name in ("d0", "catch-all", "implicit", "localhost-mx", "many-mx")]
    assert set(verdicts(make(allow_private_addresses=False), *names)) == {"invalid/private_address"}
    assert not lab.seen.connections


@pytest.mark.parametrize(
    "address",
    [
        "", "nobody", "@d0.lab.test", "clara@", "clara@localhost", "clara@[127.0.0.1]", "a b@d0.lab.test",
        "a>@d0.lab.test", '"a"@d0.lab.test', "a\r\nRCPT TO:<b@d0.lab.test", "a\x00b@d0.lab.test",
        "a\u0085b@d0.lab.test",
        "x" * 250 + "@d0.lab.test", "a@d0.lab.test\n", "a@" + "\u0640" * 3 + ".test",
    ],
)  # fmt: skip
def test_what_is_no_address_is_not_sent(make: Make, lab: MailLab, address: str) -> None:
    (reply,) = make().ask_many([address])
    assert (reply.subject, reply.outcome, reply.answer) == (address, Outcome.REJECTED, None)
    assert not lab.seen.connections


def test_an_address_is_answered_once(make: Make, lab: MailLab) -> None:
    assert len(list(make().ask_many(["clara.dorn@d0.lab.test"] * 3))) == 1
    assert list(make().ask_many([])) == []


def test_who_stops_listening_hangs_up(make: Make) -> None:
    with MailLab(ordinary=30, latency_s=0.05) as lab:
        replies = make(port=lab.port).ask_many(f"person.{n}@d{n % 30}.lab.test" for n in range(600))
        next(replies)
        replies.close()  # type: ignore[attr-defined]
        assert not [thread for thread in threading.enumerate() if thread.name == "smtp-probe"]
        assert lab.seen.recipients.total() < 600


class BrokenResolver:
    def lookup(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
        raise RuntimeError("resolver")
        yield


class BrokenMemory(Memory):
    def put(self, domain: str, is_catch_all: bool) -> None:
        raise RuntimeError("memory")


def test_faults_of_our_own_are_the_callers(make: Make, lab: MailLab) -> None:
    broken = SmtpProbe(BrokenResolver(), helo_name="probe.us.test", mail_from="", memory=Memory())
    with pytest.raises(RuntimeError, match="resolver"):
        ask(broken, "clara.dorn@d0.lab.test")
    with pytest.raises(RuntimeError, match="memory"):
        ask(make(memory=BrokenMemory()), "clara.dorn@d0.lab.test")


def test_the_null_sender(make: Make, lab: MailLab) -> None:
    probe = make(mail_from="")
    assert verdicts(probe, "clara.dorn@d0.lab.test") == ["valid"]
    assert "MAIL FROM:<>" in lab.seen.lines
    assert probe.credits() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"helo_name": ""},
        {"helo_name": "a b.test"},
        {"helo_name": "localhost"},
        {"mail_from": "verify"},
        {"mail_from": "a>b@us.test"},
        {"mail_from": "jürgen@us.test"},
    ],
)
def test_an_identity_is_needed(make: Make, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        make(**changes)
