"""The lab's DNS: names under lab.test for the hosts of mail.py, and every way in which DNS itself can misbehave.

One table, `DOMAINS`. `d0.lab.test`, `d1.lab.test` … are ordinary. Served by dns_server.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from contact_pipeline_tests.dns_server import (
    NO_DATA,
    REFUSED,
    SERVFAIL,
    SILENT,
    Node,
    Zone,
    address,
    mail_domain,
)
from contact_pipeline_tests.lab.mail import ADDRESSES, HAS_IPV6, ordinary_address

ROOT = "lab.test"
GOOD = f"mx.d0.{ROOT}"  # the ordinary host of d0
LONG_LABEL = "l" * 63


@dataclass(frozen=True)
class LabDomain:
    """expected: what the mailbox layer must say of clara.dorn@name the first time. nodes: its part of the zone."""

    name: str
    what: str
    expected: str
    nodes: Zone = field(default_factory=dict)


def _named(name: str, what: str, expected: str, node: Node | None, **others: Node) -> LabDomain:
    """others: names below the domain."""
    full = f"{name}.{ROOT}"
    nodes = {f"{below}.{full}": each for below, each in others.items()}
    return LabDomain(full, what, expected, nodes | ({full: node} if node else {}))


def _mail(name: str, what: str, expected: str, *hosts: str) -> LabDomain:
    """hosts: of mail.py, best first; all at names of this domain."""
    hosts = hosts or (name,)
    full = f"{name}.{ROOT}"
    names = [f"mx{i}.{full}" for i in range(len(hosts))]
    spots = (ADDRESSES.get(host) or ordinary_address(0) for host in hosts)
    return LabDomain(
        full, what, expected, {full: mail_domain(*names)} | dict(zip(names, map(address, spots), strict=True))
    )


_HERE = ordinary_address(0)
_DEAD = ADDRESSES["refused"]

DNS_DOMAINS = (
    _named("null-mx", "takes no mail (RFC 7505)", "invalid/null_mx", Node({"MX": ("0 .",)})),
    _named("null-and-more", "a null MX beside a real one, which counts", "valid", Node({"MX": ("0 .", f"10 {GOOD}.")})),
    _named("implicit", "no MX: the domain is the host", "valid", address(_HERE)),
    _named("self-mx", "an MX that is the domain itself", "valid",
           Node({"MX": (f"10 self-mx.{ROOT}.",), "A": (_HERE,)})),
    _named("gone", "NXDOMAIN", "invalid/nxdomain", None),
    _named("nothing", "exists, without MX and address", "invalid/no_mail_host", NO_DATA),
    _named("text-only", "TXT v=spf1 -all only", "invalid/no_mail_host", Node({"TXT": ('"v=spf1 -all"',)})),
    _named("dangling", "an MX that is NXDOMAIN", "invalid/dangling_mx", mail_domain(f"mx.gone.{ROOT}")),
    _named("dangling-two", "one MX NXDOMAIN, one without address", "invalid/dangling_mx",
           mail_domain(f"mx.gone.{ROOT}", f"nothing.{ROOT}")),
    _named("dangling-first", "the second MX is good", "valid", mail_domain(f"mx.gone.{ROOT}", GOOD)),
    _named("literal-mx", "an IP address where a name should be", "invalid/dangling_mx", mail_domain("10.1.2.3")),
    _named("literal-first", "an IP address first, then a good host", "valid", mail_domain("10.1.2.3", GOOD)),
    _named("broken-name-mx", "an MX that is no host name", "invalid/dangling_mx", mail_domain(f"-bad-.{ROOT}")),
    _named("localhost-mx", "an MX of localhost: nobody listens", "unknown/smtp_failure", mail_domain("localhost")),
    _named("many-mx", "the fifth host is the first alive", "valid",
           mail_domain(*(f"dead{i}.many-mx.{ROOT}" for i in range(4)), GOOD),
           **{f"dead{i}": address(_DEAD) for i in range(4)}),
    _named("many-addresses", "a host with a dead address and a good one", "valid",
           mail_domain(f"mx.many-addresses.{ROOT}"), mx=address(_DEAD, _HERE)),
    _named("crowd", "40 hosts that do not exist: an accident", "unknown/dns_failure",
           Node({"MX": tuple(f"{i} gone{i}.{ROOT}." for i in range(40))})),
    _named("equal", "two hosts of one preference", "valid", Node({"MX": (f"10 {GOOD}.", f"10 mx.equal.{ROOT}.")}),
           mx=address(_HERE)),
    _named("twice", "the same host at two preferences", "valid", Node({"MX": (f"10 {GOOD}.", f"20 {GOOD}.")})),
    _named("extremes", "preferences 0 and 65535", "valid", Node({"MX": (f"0 {GOOD}.", f"65535 mx.gone.{ROOT}.")})),
    _named("alias", "a CNAME to a domain with MX", "valid", Node({"CNAME": (f"d0.{ROOT}.",)})),
    _named("bare-alias", "a CNAME without its end, as lazy forwarders give", "valid",
           Node({"CNAME": (f"d0.{ROOT}.",)}, is_bare=True)),
    _named("chain", "four aliases in a row", "valid", Node({"CNAME": (f"c1.chain.{ROOT}.",)}),
           c1=Node({"CNAME": (f"c2.chain.{ROOT}.",)}), c2=Node({"CNAME": (f"c3.chain.{ROOT}.",)}),
           c3=Node({"CNAME": (f"d0.{ROOT}.",)})),
    _named("loop", "an alias of itself", "unknown/dns_failure", Node({"CNAME": (f"loop.{ROOT}.",)}, is_bare=True)),
    _named("alias-to-nowhere", "an alias of NXDOMAIN", "invalid/nxdomain", Node({"CNAME": (f"gone.{ROOT}.",)})),
    _named("alias-mx", "an MX that is an alias (forbidden, common)", "valid", mail_domain(f"mx.alias-mx.{ROOT}"),
           mx=Node({"CNAME": (f"{GOOD}.",)})),
    _named("servfail", "SERVFAIL", "unknown/dns_failure", SERVFAIL),
    _named("dns-refused", "REFUSED", "unknown/dns_failure", REFUSED),
    _named("silent", "no answer", "unknown/dns_timeout", SILENT),
    _named("half-silent", "one MX NXDOMAIN, one without answer", "unknown/dns_timeout",
           mail_domain(f"mx.gone.{ROOT}", f"silent.{ROOT}")),
    _named("half-servfail", "one MX NXDOMAIN, one SERVFAIL", "unknown/dns_failure",
           mail_domain(f"mx.gone.{ROOT}", f"servfail.{ROOT}")),
    _named("second-servfail", "a good MX, and one SERVFAIL", "valid", mail_domain(GOOD, f"servfail.{ROOT}")),
    _named("truncated", "comes whole over TCP only", "valid", Node({"MX": (f"10 {GOOD}.",)}, truncate=True)),
    _named("short-lived", "TTL 1", "valid", mail_domain(GOOD, ttl=1)),
    _named("long-lived", "TTL of three years", "valid", mail_domain(GOOD, ttl=99_999_999)),
    _named("no-ttl", "TTL 0", "valid", mail_domain(GOOD, ttl=0)),
    _named("xn--fuball-cta", "an IDN", "valid", mail_domain(GOOD)),
    _named(LONG_LABEL, "a label of 63 octets", "valid", mail_domain(GOOD)),
    _named("a.b.c.d.e.f.g.h", "eight labels deep", "valid", mail_domain(GOOD)),
    _named("1-2-3", "digits and hyphens", "valid", mail_domain(GOOD)),
    _named("underscore", "an MX with an underscore (no host name, common)", "valid",
           mail_domain(f"mx_1.underscore.{ROOT}"), mx_1=address(_HERE)),
)  # fmt: skip

MAIL_DOMAINS = (
    _mail("catch-all", "takes every recipient", "catch_all"),
    _mail("late", "takes every recipient, refuses after DATA, which nobody sees", "catch_all"),
    _mail("half-catch-all", "takes first.last: cannot be told from an ordinary one", "valid"),
    _mail("greylist", "come again in 300 s", "unknown/greylisted"),
    _mail("busy", "451 for everybody", "unknown/smtp_failure"),
    _mail("full", "452 4.2.2", "risky/mailbox_full"),
    _mail("disabled", "550 5.2.1", "invalid/mailbox_disabled"),
    _mail("no-reason", "550 without a reason", "unknown/provider_unsure"),
    _mail("unverifiable", "252", "unknown/provider_unsure"),
    _mail("relay", "does not know its own domain", "unknown/smtp_failure"),
    _mail("microsoft", "5.4.1 for who is not in the directory", "valid"),
    _mail("qmail", "(#5.1.1) at the end of the text", "valid"),
    _mail("policy", "5.7.1 for everybody", "unknown/blocked_us"),
    _mail("blocked", "we are on a block list, says the reply to RCPT", "unknown/blocked_us"),
    _mail("blocked-at-door", "we are on a block list, says the greeting", "unknown/blocked_us"),
    _mail("overloaded", "421 instead of a greeting", "unknown/smtp_failure"),
    _mail("rate-limited", "421 4.7.0 to RCPT", "unknown/blocked_us"),
    _mail("made-up-blocked", "refuses us for the made-up address", "unknown/blocked_us"),
    _mail("no-sender", "does not like our sender", "unknown/blocked_us"),
    _mail("refused", "connection refused", "unknown/smtp_failure"),
    _mail("black-hole", "no answer to the connection", "unknown/smtp_timeout"),
    _mail("never-greets", "connects and says nothing", "unknown/smtp_timeout"),
    _mail("tarpit", "no reply to RCPT", "unknown/smtp_timeout"),
    _mail("hangs-up", "hangs up after RCPT", "unknown/smtp_failure"),
    _mail("hangs-up-on-nobody", "hangs up on unknown recipients", "unknown/smtp_failure"),
    _mail("hangs-up-at-door", "hangs up before its greeting", "unknown/smtp_failure"),
    _mail("not-smtp", "a web server", "unknown/smtp_failure"),
    _mail("long-greeting", "a greeting of three lines", "valid"),
    _mail("helo-only", "does not know EHLO", "valid"),
    _mail("no-utf8", "offers no SMTPUTF8", "valid"),
    _mail("one-recipient", "one recipient in a transaction", "valid"),
    _mail("starttls", "offers STARTTLS; certificate expired, self-signed, for another name", "valid"),
    _mail("starttls-refused", "offers STARTTLS and refuses it", "valid"),
    _mail("starttls-broken", "its handshake fails", "valid"),
    _mail("first-refused", "the second host is alive", "valid", "refused", "ordinary"),
    _mail("first-overloaded", "the first host says 421", "valid", "overloaded", "ordinary"),
    _mail("first-silent", "the first host never greets", "valid", "never-greets", "ordinary"),
    _mail("first-black-hole", "the first host is unreachable", "valid", "black-hole", "ordinary"),
    _mail("first-full", "the first host's verdict counts", "risky/mailbox_full", "full", "ordinary"),
    _mail("all-dead", "refused, hung up", "unknown/smtp_failure", "refused", "hangs-up-at-door"),
)

IPV6_DOMAINS = (_mail("ipv6", "a host with an IPv6 address only", "valid"),)  # where the machine has IPv6

DOMAINS = DNS_DOMAINS + MAIL_DOMAINS + (IPV6_DOMAINS if HAS_IPV6 else ())


def ordinary(count: int) -> Iterator[tuple[str, Node]]:
    """Nodes of d0 … d<count - 1>."""
    for number in range(count):
        yield f"d{number}.{ROOT}", mail_domain(f"mx.d{number}.{ROOT}")
        yield f"mx.d{number}.{ROOT}", address(ordinary_address(number))


def zone(*, ordinary_domains: int = 1) -> Zone:
    """All of it, for dns_server.serve."""
    nodes = dict(ordinary(ordinary_domains))
    for domain in DOMAINS:
        nodes |= domain.nodes
    return nodes
