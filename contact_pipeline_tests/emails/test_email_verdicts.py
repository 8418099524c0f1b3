"""What DNS says becomes a verdict; what it does not say never does. A domain is asked once, an address when due."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from contact_pipeline.settings import NameServer
from contact_pipeline_tests.dns_server import DnsServer, mail_domain
from contact_pipeline_tests.lab.lab import START, Lab, csv

LAYERS = """
select layer, provider, status, sub_status from core.email_validations where email = %s order by id
"""
VERDICTS = {
    "ok.test": ("unknown", "mailbox_not_checked"),
    "implicit.test": ("unknown", "mailbox_not_checked"),
    "nullmx.test": ("invalid", "null_mx"),
    "nowhere.test": ("invalid", "nxdomain"),
    "dangling.test": ("invalid", "dangling_mx"),
    "private.test": ("invalid", "private_address"),
    "silent.test": ("unknown", "dns_timeout"),
    "servfail.test": ("unknown", "dns_failure"),
}
INFRASTRUCTURE = {"silent.test", "servfail.test"}


def test_each_way_a_domain_answers_is_one_verdict(lab: Lab) -> None:
    lab.drop("crm", csv("email", *(f"ada@{domain}" for domain in VERDICTS), "ada@", "info@ok.test"))
    found = {e.partition("@")[2]: v for e, *v in lab.contacts("email", "email_status", "email_sub_status") if "a@" in e}
    assert found == {domain: list(verdict) for domain, verdict in VERDICTS.items()} | {"": ["invalid", "syntax"]}
    verified = {email.partition("@")[2] for email, at in lab.contacts("email", "email_verified_at") if at}
    assert verified == (VERDICTS.keys() | {""}) - INFRASTRUCTURE
    assert lab.rows(LAYERS, "ada@ok.test") == [
        ("syntax", "email-validator", "valid", None),
        ("domain", "dns", "valid", None),
    ]
    assert lab.rows(LAYERS, "ada@nullmx.test")[1] == ("domain", "dns", "invalid", "null_mx")
    assert lab.rows(LAYERS, "ada@silent.test")[1] == ("domain", "dns", "unknown", "dns_timeout")
    assert lab.rows(LAYERS, "ada@") == [("syntax", "email-validator", "invalid", "syntax")]  # no domain to ask
    assert (lab.contact("info@ok.test")["email_status"], lab.contact("info@ok.test")["email_sub_status"]) == (
        "risky",
        "role_based",
    )


def test_without_a_resolver_nothing_is_said_about_anybody(lab: Lab, tmp_path: Path) -> None:
    lab.session = replace(lab.session, name_server=NameServer())
    with patch("contact_pipeline.emails.dns.resolver.RESOLV_CONF", tmp_path / "nothing"):
        key = lab.drop("crm", csv("email", "ada@ok.test", "bob@"))
    assert lab.contacts("email", "email_status", "email_sub_status", "email_verified_at") == [
        ("ada@ok.test", "unknown", "no_resolver", None),
        ("bob@", "invalid", "syntax", START + timedelta(minutes=1)),
    ]
    assert lab.value("select published_at is not null from raw.drops where key = %s", key)


def test_a_domain_is_asked_once_until_its_answer_expires(lab: Lab, dns: DnsServer) -> None:
    lab.drop("crm", csv("email", "ada@short.test", "bob@short.test", "cy@Short.test"))
    asked = dns.asked("short.test")
    assert asked == 1
    lab.drop("fair", csv("email", "dan@short.test"))
    assert dns.asked("short.test") == asked  # remembered across drops
    lab.passes(seconds=600)  # the zone's time to live
    lab.drop("fair", csv("email", "eve@short.test"))
    assert dns.asked("short.test") == asked + 1
    assert lab.row("select verdict, reason from ops.domains where domain = 'short.test'") == ("valid", None)


def test_a_resolver_that_failed_is_asked_again_soon_and_only_then(lab: Lab, dns: DnsServer) -> None:
    key = lab.drop("crm", csv("email", "ada@servfail.test", "bob@ok.test"))
    dns.zone["servfail.test"] = mail_domain("mx.ok.test")
    lab.validate_emails(key)
    assert lab.contact("ada@servfail.test")["email_sub_status"] == "dns_failure"
    lab.passes(minutes=16)
    assert lab.validate_emails(key).counts["due"] == 1
    ada = lab.contact("ada@servfail.test")
    assert (ada["email_sub_status"], ada["email_verified_at"]) == ("mailbox_not_checked", lab.now)


def test_an_answer_is_not_undone_by_a_fault(lab: Lab, dns: DnsServer) -> None:
    key = lab.drop("crm", csv("email", "ada@ok.test"))
    verified = lab.contact("ada@ok.test")["email_verified_at"]
    lab.passes(days=91)
    dns.zone["ok.test"] = dns.zone["servfail.test"]
    lab.validate_emails(key)
    ada = lab.contact("ada@ok.test")
    assert (ada["email_status"], ada["email_sub_status"], ada["email_verified_at"]) == (
        "unknown",
        "dns_failure",
        verified,
    )


def test_a_refresh_touches_only_what_is_due(lab: Lab) -> None:
    key = lab.drop("crm", csv("email", "ada@ok.test", "bob@ok.test"))
    lab.do("update core.contacts set email_due_at = email_due_at - interval '10 days' where email = 'ada@ok.test'")
    assert lab.stale_drops(limit=9) == []
    lab.passes(days=81)
    assert lab.stale_drops(limit=9) == [key]
    reports = lab.run(key)
    assert [report.up_to_date for report in reports] == [True, True, False, True, False]
    assert reports[2].counts["due"] == 1
    assert dict(lab.contacts("email", "email_verified_at")) == {
        "ada@ok.test": lab.now,
        "bob@ok.test": START + timedelta(minutes=1),
    }
    assert lab.value("select count(*) from core.email_validations where email = 'bob@ok.test'") == 2
    assert lab.stale_drops(limit=9) == []


def test_an_address_changed_by_hand_loses_its_verdict_and_permission_at_once(lab: Lab) -> None:
    key = lab.drop("crm", csv("email,name", "ada@ok.test,Ada Example"))
    assert lab.may("ada@ok.test")[0]
    lab.do("update core.contacts set email = 'ada@nullmx.test'")
    ada = lab.contact("ada@nullmx.test")
    assert (ada["email_key"], ada["email_status"], ada["email_sub_status"], ada["email_verified_at"]) == (
        None,
        "unknown",
        "not_checked",
        None,
    )
    assert not ada["can_email"]
    assert lab.why("ada@nullmx.test")[0] == "not_identified"
    lab.run(key)
    ada = lab.contact("ada@nullmx.test")
    assert (ada["email_status"], ada["email_sub_status"], ada["can_email"]) == ("invalid", "null_mx", False)
    assert ada["email_key"] is not None


def test_further_addresses_are_judged_too(lab: Lab) -> None:
    lab.drop("crm", csv("email,email 2", "ada@ok.test,ada@nullmx.test"))
    assert lab.rows("select value, status, sub_status, email_key is not null from core.contact_points") == [
        ("ada@nullmx.test", "invalid", "null_mx", True)
    ]
    assert len(lab.rows(LAYERS, "ada@nullmx.test")) == 2
    assert lab.contact("ada@ok.test")["email_status"] == "unknown"


@pytest.mark.parametrize(("allowed", "verdict"), [(False, "special_use_domain"), (True, "mailbox_not_checked")])
def test_a_switch_of_the_policy_makes_every_verdict_due(lab: Lab, allowed: bool, verdict: str) -> None:
    key = lab.drop("crm", csv("email", "ada@ok.test"))
    lab.with_policy(email={"allow_special_use_domains": allowed})
    lab.run(key)
    assert lab.contact("ada@ok.test")["email_sub_status"] == verdict
