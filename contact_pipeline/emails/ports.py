"""What the e-mail room asks of the outside world: where a domain receives mail, or why nobody could say.

The answer is facts only; what they mean is `judge_domain`. Adapters: emails/dns/resolver.py, emails/dns/bulk.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus


class LookupFault(StrEnum):
    """Why a question has no answer. Always about the infrastructure, never about the domain's owner."""

    TIMEOUT = "timeout"
    FAILURE = "failure"  # SERVFAIL, REFUSED, a malformed answer, or more mail hosts than anybody asks for
    NO_RESOLVER = "no_resolver"


@dataclass(frozen=True, slots=True)
class MailHost:
    """One mail host. `addresses` in text form; empty with no fault means that it has none.

    is_broken: the MX record names no host at all (an IP literal, an impossible name), so nobody was asked.
    """

    preference: int
    name: str
    addresses: tuple[str, ...] = ()
    fault: LookupFault | None = None
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class MailHosts:
    """Where a domain receives mail, as DNS says.

    exists: False for NXDOMAIN only. is_null_mx: RFC 7505. is_implicit: no MX, the domain itself is the host (RFC 5321
    5.1). hosts: by preference; asking stops at the first with a public address, so later ones are left out.
    fault: the question for the domain itself had no answer; then nothing else is known.
    ttl_seconds: how long the answer may be remembered (300 s to 7 days; 900 s where a fault is part of it).
    """

    hosts: tuple[MailHost, ...] = ()
    exists: bool = True
    is_null_mx: bool = False
    is_implicit: bool = False
    fault: LookupFault | None = None
    ttl_seconds: int = 900


class MailHostResolver(Protocol):
    """Asks DNS. Implementations bound their own concurrency and never raise for a domain."""

    def lookup(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
        """domains: A-labels, lower case, each once. Yields each with its answer, in the order answers arrive.

        Streams: takes from `domains` only as fast as results are taken, in the caller's thread.
        """
        ...


@dataclass(frozen=True, slots=True)
class MailboxAnswer:
    """What a mailbox provider says of one address, in our words.

    score: deliverability 0-100, only where the provider states one. Flags are None where it says nothing.
    """

    status: EmailStatus
    sub_status: EmailSubStatus | None = None
    score: int | None = None
    is_catch_all: bool | None = None
    is_disposable: bool | None = None
    is_role: bool | None = None

    def settled_status(self) -> str:
        """`unknown` where another provider may know more."""
        return str(self.status)


@dataclass(frozen=True, slots=True)
class ActivityAnswer:
    """When and how an address is used, as far as a provider tells. All scores 0-100; None: it says nothing.

    active_within_days, not_within_days: last use lies between the two (30, 60: more than 30 and at most 60 days ago).
    engagement_score: high is good. risk_score: high is bad, and never an engagement.
    """

    active_within_days: int | None = None
    not_within_days: int | None = None
    engagement_score: int | None = None
    open_likelihood: int | None = None
    click_likelihood: int | None = None
    risk_score: int | None = None

    def settled_status(self) -> str:
        """`unknown` where nothing was told."""
        told = (self.active_within_days, self.not_within_days, self.engagement_score, self.risk_score)
        return "unknown" if all(fact is None for fact in told) else "known"
