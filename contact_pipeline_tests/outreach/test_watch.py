"""What the bounces say of us: rates and broken promises open alerts, too few messages say nothing."""

import pytest

from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.outreach.told import bounced, happened, tell

PEOPLE = [f"person{n}@ok.test" for n in range(20)]


@pytest.fixture
def sent(lab: Lab) -> Lab:
    """Twenty people whose mailboxes a provider has called valid; the policy looks at ten messages and more."""
    lab.with_policy(alerts={"answers_from": 10})
    lab.drop("shop", csv("Email,Name", *(f"{email},Person Number{n}" for n, email in enumerate(PEOPLE))))
    lab.do(
        "insert into core.email_validations (contact_id, email, layer, provider, status, validated_at)"
        " select id, email, 'mailbox', 'zerobounce', 'valid', %s from core.contacts",
        lab.now,
    )
    lab.passes(hours=1)
    return lab


def send(lab: Lab, *, bounces: int, of: int) -> dict[str, bool]:
    events = [happened("delivered", email, f"m{n}") for n, email in enumerate(PEOPLE[bounces:of])]
    report = tell(lab, "event", *events)
    if bounces:
        report = tell(lab, "bounce", *(bounced(email, message_id="b") for email in PEOPLE[:bounces]))
    return {check.name: check.passed for check in report.checks}


def alerts(lab: Lab) -> list[str]:
    return [name for (name,) in lab.rows("select fingerprint from ops.alerts where closed_at is null order by 1")]


def test_more_bounces_than_the_policy_takes(sent: Lab) -> None:
    assert send(sent, bounces=5, of=20) == {"bounces_few": False, "verdicts_hold": False}
    assert alerts(sent) == ["bounce_rate:30 days", "bounce_rate:7 days", "verdicts_broken:valid"]
    told = "messages, bounces, hard_bounces, bounce_rate, bounce_rate_low < 0.25, bounce_rate_high > 0.25"
    quality = f"select {told} from curated.verdict_quality where layer = 'mailbox'"
    assert sent.row(quality) == (20, 5, 5, 0.25, True, True)
    sent.passes(days=31)
    tell(sent, "event", happened("delivered", PEOPLE[9], "later"))
    assert alerts(sent) == ["verdicts_broken:valid"]


def test_few_enough_bounces_are_no_word_worth(sent: Lab) -> None:
    assert send(sent, bounces=0, of=20) == {"bounces_few": True, "verdicts_hold": True}
    assert alerts(sent) == []


def test_too_few_messages_say_nothing(sent: Lab) -> None:
    assert send(sent, bounces=5, of=8) == {"bounces_few": True, "verdicts_hold": True}


def test_a_verdict_after_the_message_did_not_foresee_it(sent: Lab) -> None:
    tell(sent, "bounce", bounced(PEOPLE[0], occurred_at="2026-10-01T09:00:00+00:00"))
    assert sent.value("select count(*) from curated.verdict_quality") == 0


def test_bounces_are_counted_by_whose_servers_took_the_mail(sent: Lab) -> None:
    assert sent.row("select mail_host_family from ops.domains where domain = 'ok.test'") == ("other",)
    sent.do("update ops.domains set mail_host_family = 'microsoft' where domain = 'ok.test'")
    send(sent, bounces=5, of=20)
    families = "select mail_host_family, messages, bounces from curated.verdict_quality where layer = 'mailbox'"
    assert sent.rows(families) == [("microsoft", 20, 5)]
    sent.do("delete from ops.domains")
    assert sent.rows(families) == [("unknown", 20, 5)]
