"""Whose servers take a domain's mail."""

import pytest

from contact_pipeline.emails.mail_hosts import FAMILIES, OTHER, mail_host_family
from contact_pipeline.emails.ports import LookupFault, MailHost, MailHosts


def told(*names: str) -> MailHosts:
    return MailHosts(tuple(MailHost(number, name) for number, name in enumerate(names)))


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("aspmx.l.google.com", "google"),
        ("ALT1.ASPMX.L.GOOGLE.COM.", "google"),
        ("smtp.google.com", "google"),
        ("quux-example.mail.protection.outlook.com", "microsoft"),
        ("quux-example.a-v1.mx.microsoft", "microsoft"),
        ("mta5.am0.yahoodns.net", "yahoo"),
        ("mx01.mail.icloud.com", "apple"),
        ("mx-ha.web.de", "united_internet"),
        ("mx00.kundenserver.de", "united_internet"),
        ("mxa-000.pphosted.com", "proofpoint"),
        ("mx.quux.example", OTHER),
        ("notgoogle.com", OTHER),
        ("google.com.quux.example", OTHER),
    ],
)
def test_by_the_host_that_dns_names(name: str, family: str) -> None:
    assert mail_host_family(told(name)) == family
    assert family in FAMILIES


def test_the_best_host_counts() -> None:
    assert mail_host_family(told("mx.quux.example", "aspmx.l.google.com")) == OTHER


def test_unknown_is_an_answer() -> None:
    nothing = MailHosts(), MailHosts(is_null_mx=True), MailHosts(exists=False), MailHosts(fault=LookupFault.TIMEOUT)
    assert {mail_host_family(one) for one in nothing} == {None}
