"""Whose fault a silence is, where we may go, and that the lab's hosts speak SMTP to somebody else's client too."""

import asyncio
import errno
import smtplib
from collections import deque
from typing import Any

import aiosmtplib
import pytest

from contact_pipeline.emails.ports import MailHost, MailHosts
from contact_pipeline.emails.rules import EmailRules
from contact_pipeline.emails.smtp.dialogue import DialogueEnded, End, _end_of
from contact_pipeline.emails.smtp.domain import HOSTS_TO_GIVE_UP, MOST_ROUTES, DomainAsker, Known
from contact_pipeline.emails.smtp.replies import SmtpFinding
from contact_pipeline_tests.lab.mail import ADDRESSES, MailLab, ordinary_address

PUBLIC = "93.184.216.{}"


class FakeDialogue:
    """Ends at once, or takes everybody but the made-up address."""

    def __init__(self, end: End | None) -> None:
        self._end = end
        self.has_asked = False
        self.is_open = True
        self.was_connected = end not in (End.OWN_NETWORK, End.UNREACHABLE)

    async def open(self) -> None:
        await asyncio.sleep(0)
        if self._end:
            raise DialogueEnded(self._end, 421, "closing")

    async def ask(self, recipient: str) -> tuple[int, str]:
        self.has_asked = True
        return (250, "ok") if recipient.startswith("clara") else (550, "5.1.1 no")

    async def close(self) -> None:
        pass

    def hang_up(self) -> None:
        pass


def ask(
    domains: dict[str, list[str]], ends: dict[str, End], *, known: Known | None = None, **rules: bool
) -> tuple[dict[str, str], list[str]]:
    """Verdicts by domain, and the addresses that were connected to. ends: of an address; else it takes mail."""
    told: dict[str, SmtpFinding] = {}
    connected: list[str] = []

    def dialogue(address: str, host: str, with_tls: bool) -> Any:
        connected.append(address)
        return FakeDialogue(ends.get(address))

    async def run() -> None:
        asker = DomainAsker(
            known or Known(),
            dialogue,
            rules=EmailRules(**rules),
            per_host_connections=2,
            connections=1,
            secret="",
            tell=told.__setitem__,
            learn=lambda domain, is_catch_all: None,
        )
        for domain, addresses in domains.items():
            hosts = tuple(MailHost(i, f"mx{i}.{domain}", (address,)) for i, address in enumerate(addresses))
            await asker.ask(domain, MailHosts(hosts), deque([(domain, f"clara@{domain}")]))
        asker.finish()

    asyncio.run(run())
    return {d: "/".join(filter(None, (f.answer.status, f.answer.sub_status))) for d, f in told.items()}, connected


def silent(*numbers: int) -> dict[str, End]:
    return {PUBLIC.format(n): End.UNREACHABLE for n in numbers}


def own(count: int, start: int = 1) -> dict[str, list[str]]:
    """Domains with one host each."""
    return {f"d{n}.example": [PUBLIC.format(n)] for n in range(start, start + count)}


BLOCKED, TIMEOUT, FAILURE = "unknown/port_blocked", "unknown/smtp_timeout", "unknown/smtp_failure"


def test_silence_everywhere_is_our_own_port() -> None:
    got, _ = ask(own(3), silent(1, 2, 3))
    assert set(got.values()) == {BLOCKED}


def test_two_silent_hosts_prove_nothing() -> None:
    assert set(ask(own(2), silent(1, 2))[0].values()) == {TIMEOUT}


def test_one_domain_proves_nothing() -> None:
    hosts = {"d.example": [PUBLIC.format(n) for n in (1, 2, 3, 4)]}
    assert ask(hosts, silent(1, 2, 3, 4))[0] == {"d.example": TIMEOUT}


@pytest.mark.parametrize("end", [None, End.REFUSED, End.DISCONNECTED, End.TIMEOUT, End.REPLY])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_one_answer_anywhere_makes_silence_theirs(end: End | None, place: int) -> None:
    answering = {"e.example": [PUBLIC.format(99)]}
    domains = own(place) | answering | own(4 - place, place + 1)
    got, _ = ask(domains, silent(1, 2, 3, 4) | ({PUBLIC.format(99): end} if end else {}))
    assert {got[domain] for domain in own(4)} == {TIMEOUT}
    assert got["e.example"] != BLOCKED


def test_an_answer_of_an_earlier_batch_counts() -> None:
    known = Known()
    ask(own(1, 50), {}, known=known)
    assert set(ask(own(5), silent(*range(1, 6)), known=known)[0].values()) == {TIMEOUT}


def test_nobody_waits_for_a_closed_port_for_ever() -> None:
    got, connected = ask(own(40), silent(*range(1, 41)))
    assert set(got.values()) == {BLOCKED}
    assert len(connected) == HOSTS_TO_GIVE_UP


def test_no_route_is_our_own_network() -> None:
    assert ask(own(1), {PUBLIC.format(1): End.OWN_NETWORK})[0] == {"d1.example": BLOCKED}


def test_what_came_nearest_to_an_answer_is_said() -> None:
    ends = {PUBLIC.format(1): End.UNREACHABLE, PUBLIC.format(2): End.REPLY, PUBLIC.format(3): End.REFUSED}
    assert ask({"d.example": list(ends)}, ends)[0] == {"d.example": FAILURE}
    ends = {PUBLIC.format(1): End.TIMEOUT, PUBLIC.format(2): End.REFUSED}
    assert ask({"d.example": list(ends)}, ends)[0] == {"d.example": TIMEOUT}


PRIVATE = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "0.0.0.0"]


@pytest.mark.parametrize("private", PRIVATE)
def test_only_public_addresses_are_connected_to(private: str) -> None:
    got, connected = ask({"d.example": [private, PUBLIC.format(1), private]}, {})
    assert (got, connected) == ({"d.example": "valid"}, [PUBLIC.format(1)])
    assert ask({"d.example": [private]}, {}) == ({"d.example": "invalid/private_address"}, [])
    assert ask({"d.example": [private]}, {}, allow_private_addresses=True)[1] == [private]


def test_a_name_is_no_address() -> None:
    assert ask({"d.example": ["mx.example", PUBLIC.format(1)]}, {}, allow_private_addresses=True)[1] == [
        PUBLIC.format(1)
    ]


def test_few_hosts_of_many_are_tried() -> None:
    hosts = [PUBLIC.format(n) for n in range(1, 30)]
    assert len(ask({"d.example": hosts}, silent(*range(1, 30)))[1]) == MOST_ROUTES


@pytest.mark.parametrize(
    ("cause", "end"),
    [
        (OSError(errno.ENETUNREACH, ""), End.OWN_NETWORK),
        (PermissionError(errno.EACCES, ""), End.OWN_NETWORK),
        (PermissionError(errno.EPERM, ""), End.OWN_NETWORK),
        (OSError(errno.EHOSTUNREACH, ""), End.UNREACHABLE),
        (TimeoutError(errno.ETIMEDOUT, ""), End.UNREACHABLE),
        (ConnectionRefusedError(errno.ECONNREFUSED, ""), End.REFUSED),
        (ConnectionResetError(errno.ECONNRESET, ""), End.REFUSED),
        (aiosmtplib.SMTPServerDisconnected(""), End.DISCONNECTED),
        (None, End.REFUSED),
    ],
)
def test_why_there_is_no_connection(cause: BaseException | None, end: End) -> None:
    assert _end_of(cause) is end


def test_the_labs_hosts_speak_smtp_to_the_standard_library() -> None:
    """Another client than ours, and whole mails: refused after DATA, greylisted, over TLS."""
    with MailLab() as lab:

        def send(to: str, address: str, *, with_tls: bool = False) -> dict[str, tuple[int, bytes]]:
            with smtplib.SMTP(address, lab.port, "client.us.test", timeout=5) as client:
                if with_tls:
                    client.starttls()
                return client.sendmail("verify@us.test", ["clara.dorn@d0.lab.test", to], "Subject: a\r\n\r\nb\r\n")

        plain = ordinary_address(0)
        assert send("max.tarn@d0.lab.test", plain) == {}
        assert send("no_mailbox-1@d0.lab.test", plain)["no_mailbox-1@d0.lab.test"][0] == 550
        assert send("greylisted-1@d0.lab.test", plain)["greylisted-1@d0.lab.test"][0] == 451
        assert send("max.tarn@d0.lab.test", ADDRESSES["starttls"], with_tls=True) == {}
        with pytest.raises(smtplib.SMTPDataError):
            send("max.tarn@d0.lab.test", ADDRESSES["late"])
        with pytest.raises(smtplib.SMTPConnectError):
            send("max.tarn@d0.lab.test", ADDRESSES["overloaded"])
