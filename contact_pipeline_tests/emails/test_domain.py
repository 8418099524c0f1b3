"""What an answer of DNS means, and that a fault never means anything about the domain."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.algebra import combine
from contact_pipeline.emails.domain import is_public_address, judge_domain
from contact_pipeline.emails.ports import LookupFault, MailHost, MailHosts
from contact_pipeline.emails.rules import EmailRules

STRICT = EmailRules()
LAB = EmailRules(allow_private_addresses=True)
PUBLIC, PRIVATE = "93.184.216.34", "10.0.0.1"


def _hosts(*addresses: tuple[str, ...], is_implicit: bool = False) -> MailHosts:
    return MailHosts(
        tuple(MailHost(10 * i, f"mx{i}.example", texts) for i, texts in enumerate(addresses)), is_implicit=is_implicit
    )


@pytest.mark.parametrize(
    ("answer", "strict", "lab"),
    [
        (_hosts((PUBLIC,)), "valid", "valid"),
        (_hosts((PUBLIC,), is_implicit=True), "valid", "valid"),
        (_hosts((), (PRIVATE, PUBLIC)), "valid", "valid"),
        (_hosts((PRIVATE,)), "invalid/private_address", "valid"),
        (_hosts((PRIVATE,), is_implicit=True), "invalid/private_address", "valid"),
        (_hosts((), ("fe80::1",)), "invalid/private_address", "valid"),
        (_hosts(()), "invalid/dangling_mx", "invalid/dangling_mx"),
        (MailHosts((MailHost(10, "10.0.0.1", is_broken=True),)), "invalid/dangling_mx", "invalid/dangling_mx"),
        (_hosts((), is_implicit=True), "invalid/no_mail_host", "invalid/no_mail_host"),
        (MailHosts(exists=False), "invalid/nxdomain", "invalid/nxdomain"),
        (MailHosts(is_null_mx=True), "invalid/null_mx", "invalid/null_mx"),
        (MailHosts(fault=LookupFault.TIMEOUT), "unknown/dns_timeout", "unknown/dns_timeout"),
        (MailHosts(fault=LookupFault.FAILURE), "unknown/dns_failure", "unknown/dns_failure"),
        (MailHosts(fault=LookupFault.NO_RESOLVER), "unknown/no_resolver", "unknown/no_resolver"),
    ],
)
def test_verdicts(answer: MailHosts, strict: str, lab: str) -> None:
    for rules, expected in ((STRICT, strict), (LAB, lab)):
        verdict = judge_domain(answer, rules=rules)
        assert "/".join(filter(None, (verdict.status, verdict.sub_status))) == expected


ADDRESSES = st.lists(st.sampled_from([PUBLIC, PRIVATE, "::1", "2606:4700::1", "127.0.0.1"]), max_size=2).map(tuple)
HOSTS = st.builds(
    MailHost,
    preference=st.integers(0, 100),
    name=st.just("mx.example"),
    addresses=ADDRESSES,
    fault=st.sampled_from([None, *LookupFault]),
    is_broken=st.booleans(),
)


@settings(max_examples=300, deadline=None)
@given(
    hosts=st.lists(HOSTS, max_size=4).map(tuple),
    fault=st.sampled_from([None, *LookupFault]),
    rules=st.sampled_from([STRICT, LAB]),
    is_disposable=st.booleans(),
    is_role=st.booleans(),
)
def test_no_fault_makes_an_address_invalid_or_catch_all(
    hosts: tuple[MailHost, ...], fault: LookupFault | None, rules: EmailRules, is_disposable: bool, is_role: bool
) -> None:
    answer = MailHosts(hosts, fault=fault)
    verdict = judge_domain(answer, rules=rules)
    status, reason = combine(
        syntax=(EmailStatus.VALID, None),
        domain=(verdict.status, verdict.sub_status),
        is_disposable=is_disposable,
        is_role=is_role,
    )
    if fault is not None or any(host.fault for host in hosts):
        assert status not in (EmailStatus.INVALID, EmailStatus.CATCH_ALL)
    assert status is not EmailStatus.VALID  # nobody asked the mailbox
    assert reason is not None


@pytest.mark.parametrize(
    ("address", "is_public"),
    [
        (PUBLIC, True),
        ("2606:4700::1", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("169.254.1.1", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::1", False),
        ("localhost", False),
    ],
)
def test_public_addresses(address: str, is_public: bool) -> None:
    assert is_public_address(address) is is_public


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ({"syntax": ("invalid", "syntax"), "is_role": True, "is_disposable": True}, ("invalid", "syntax")),
        ({"domain": ("invalid", "nxdomain"), "is_disposable": True}, ("invalid", "nxdomain")),
        ({"is_role": True, "is_disposable": True}, ("risky", "disposable")),
        ({"is_role": True, "domain": ("unknown", "dns_timeout")}, ("risky", "role_based")),
        ({"domain": ("unknown", "no_resolver")}, ("unknown", "no_resolver")),
        ({"domain": None}, ("unknown", "mailbox_not_checked")),
        ({"mailbox": ("catch_all", None), "domain": ("unknown", "dns_timeout")}, ("catch_all", None)),
        ({"mailbox": ("valid", None)}, ("valid", None)),
    ],
)
def test_order_of_findings(findings: dict[str, object], expected: tuple[str, str | None]) -> None:
    def finding(name: str, default: object) -> object:
        value = findings.get(name, default)
        return (EmailStatus(value[0]), value[1] and EmailSubStatus(value[1])) if isinstance(value, tuple) else None

    assert (
        combine(
            syntax=finding("syntax", ("valid", None)),  # type: ignore[arg-type]
            domain=finding("domain", ("valid", None)),  # type: ignore[arg-type]
            mailbox=finding("mailbox", None),  # type: ignore[arg-type]
            is_disposable=bool(findings.get("is_disposable")),
            is_role=bool(findings.get("is_role")),
        )
        == expected
    )
