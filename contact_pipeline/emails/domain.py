"""Facts of DNS → a verdict about a domain. Pure: the questions are asked in emails/dns/resolver.py.

A fault of the infrastructure is only ever unknown, and a host that could not be asked may be the good one: nothing is
invalid while any host is unresolved for our own or the resolver's reasons.
"""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import LookupFault, MailHosts
from contact_pipeline.emails.rules import EmailRules

FAULT_REASON = {
    LookupFault.TIMEOUT: EmailSubStatus.DNS_TIMEOUT,
    LookupFault.FAILURE: EmailSubStatus.DNS_FAILURE,
    LookupFault.NO_RESOLVER: EmailSubStatus.NO_RESOLVER,
}

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: global by registry, but only wraps an IPv4 address


@dataclass(frozen=True, slots=True)
class DomainVerdict:
    """valid (mail can be handed over), invalid or unknown; the reason is None for valid only."""

    status: EmailStatus
    sub_status: EmailSubStatus | None


def judge_domain(answer: MailHosts, *, rules: EmailRules) -> DomainVerdict:
    """The verdict that an answer of DNS allows.

    Rules: RFC 7505 (null MX), RFC 5321 5.1 (implicit MX, and no fall-back to A when an MX exists),
    IANA special-purpose address registries through `ipaddress` (private addresses).
    """
    if answer.fault is not None:
        return DomainVerdict(EmailStatus.UNKNOWN, FAULT_REASON[answer.fault])
    if not answer.exists:
        return _invalid(EmailSubStatus.NXDOMAIN)
    if answer.is_null_mx:
        return _invalid(EmailSubStatus.NULL_MX)
    addresses = [address for host in answer.hosts for address in host.addresses]
    if any(rules.allow_private_addresses or is_public_address(address) for address in addresses):
        return DomainVerdict(EmailStatus.VALID, None)
    faults = [host.fault for host in answer.hosts if host.fault is not None]
    if faults:
        return DomainVerdict(EmailStatus.UNKNOWN, FAULT_REASON[faults[0]])
    if addresses:
        return _invalid(EmailSubStatus.PRIVATE_ADDRESS)
    if answer.is_implicit or not answer.hosts:
        return _invalid(EmailSubStatus.NO_MAIL_HOST)
    return _invalid(EmailSubStatus.DANGLING_MX)


def _invalid(reason: EmailSubStatus) -> DomainVerdict:
    return DomainVerdict(EmailStatus.INVALID, reason)


@lru_cache(maxsize=65_536)
def is_public_address(text: str) -> bool:
    """Whether mail can be delivered there from the public Internet. What is no address is not public."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public_address(str(inner))
    # is_global is True for most multicast, where no mail server can listen.
    return address.is_global and not address.is_multicast
