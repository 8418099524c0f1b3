"""From an alert to a person: who is told what, when, how often, and who is not."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.alerting.deciding import acknowledge, list_alerts, mute, unmute
from contact_pipeline.alerting.planning import GROUPED_FROM
from contact_pipeline.alerting.telling import tell
from contact_pipeline.core.alerts import (
    ALERT_RULES,
    BACKUP_OLD,
    BUDGET,
    DAEMON_SILENT,
    DROP_FAILED,
    DROP_HELD,
    FILE_REJECTED,
    INVALID_EMAILS,
    OPT_OUT_LATE,
    PROVIDER_FAILING,
    PROVIDER_STOPPED,
    REQUEST_OVERDUE,
    AlertRule,
    reason_of,
    rule_named,
)
from contact_pipeline_tests.lab.lab import Lab, crowd, csv
from contact_pipeline_tests.lab.receivers import CHIEF, TEAM, Receivers, connect

EVERY = {"slack", "email", "webhook", "pagerduty"}


def opens(lab: Lab, rule: AlertRule, subject: str = "all", **counts: int) -> None:
    with lab.session.connection("test") as connection:
        Alerts(connection).open_alert(rule, subject, counts=counts)


def closes(lab: Lab, rule: AlertRule, subject: str = "all") -> None:
    with lab.session.connection("test") as connection:
        Alerts(connection).close_alert(rule, subject)


def heard(lab: Lab) -> list[tuple[str, str, str]]:
    """channel, kind and rule of everything that was taken."""
    return lab.rows(
        "select d.channel, d.kind, a.rule from ops.alert_deliveries d join ops.alerts a on a.id = d.alert_id"
        " where d.state = 'sent' order by d.id"
    )


def test_an_error_reaches_everybody_with_what_where_and_what_to_do(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    opens(lab, REQUEST_OVERDUE, requests=2)
    tell(lab.session)
    assert {channel for channel, *_ in heard(lab)} == EVERY
    (text,) = told.slack.texts
    (mail,) = told.mails
    (event,) = told.webhook.events.values()
    for said in (text, mail):
        assert "Data subject request overdue" in said
        assert "the whole database" in said
        assert "2 requests" in said
        assert "requests list --open" in said
        assert "http://127.0.0.1:8080/" in said
    assert f"To: {TEAM}" in mail and "Auto-Submitted: auto-generated" in mail
    assert event["type"] == "alert.opened"
    assert event["data"]["fingerprint"] == "request_overdue:all"
    assert told.pagerduty.incidents == {"request_overdue:all": "trigger"}


def test_a_drop_with_too_many_invalid_addresses_is_told_by_the_title_of_the_rule(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    drop = lab.drop("crm", csv("email,name", *crowd(8), *crowd(2, "nullmx.test")))
    tell(lab.session)
    (text,) = told.slack.texts
    assert "E-mail validation failure rate" in text
    assert drop in text and "2 bad, 10 rows" in text and "@" not in text
    assert {channel for channel, *_ in heard(lab)} == EVERY - {"pagerduty"}  # nobody is woken for a warning


def test_an_alert_is_told_once_repeated_daily_and_its_end_is_told(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    opens(lab, BUDGET, "hunter", percent=81)
    for _ in range(3):
        tell(lab.session)
        lab.passes(hours=7)
    assert len(told.slack.texts) == 1
    lab.passes(hours=4)
    tell(lab.session)
    assert len(told.slack.texts) == 2 and "Still open" in told.slack.texts[1]
    closes(lab, BUDGET, "hunter")
    for _ in range(2):
        tell(lab.session)
    assert len(told.slack.texts) == 3 and "Resolved: Provider budget" in told.slack.texts[2]
    assert len(told.mails) == 3
    threads = {line for mail in told.mails for line in mail.splitlines() if line.startswith("References")}
    assert len(threads) == 1


def test_an_alert_that_flickers_is_told_once_and_again_when_it_stays(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    for _ in range(5):
        opens(lab, BUDGET, "hunter")
        tell(lab.session)
        closes(lab, BUDGET, "hunter")
        tell(lab.session)
    assert len(told.slack.texts) == 2
    opens(lab, BUDGET, "hunter")
    lab.do(
        "update ops.alerts set (opened_at, closed_at) = (opened_at - t, closed_at - t) from make_interval(mins => 11) t"
    )
    tell(lab.session)
    assert len(told.slack.texts) == 3


def test_what_passes_before_anybody_heard_of_it_is_not_told(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    opens(lab, BUDGET, "hunter")
    closes(lab, BUDGET, "hunter")
    tell(lab.session)
    assert heard(lab) == []


def test_an_error_that_nobody_acknowledges_goes_on_and_an_acknowledged_one_does_not(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment, escalate_after_hours=4)
    opens(lab, REQUEST_OVERDUE)
    opens(lab, DROP_FAILED, "d1")
    tell(lab.session)
    acknowledge(replace(lab.session, actor="mia"), "drop_failed:d1", reason="on it")
    lab.passes(hours=5)
    tell(lab.session)
    tell(lab.session)
    escalated = [(channel, rule) for channel, kind, rule in heard(lab) if kind == "escalated"]
    assert sorted(escalated) == [(channel, "request_overdue") for channel in sorted(EVERY)]
    assert f"{CHIEF}" in told.mails[-1] and "Nobody acknowledged" in told.mails[-1]
    assert told.pagerduty.incidents["drop_failed:d1"] == "acknowledge"
    found = list_alerts(lab.session, with_closed=True)
    assert [row["acknowledged_by"] for row in found["alerts"]] == [None, "mia"]
    (decision,) = found["decisions"]
    assert (decision["decided_by"], decision["about"], decision["reason"]) == ("mia", "drop_failed:d1", "on it")
    lab.passes(hours=25)
    tell(lab.session)
    assert [kind for _, kind, rule in heard(lab) if rule == "drop_failed"].count("repeated") == 0
    closes(lab, DROP_FAILED, "d1")
    tell(lab.session)
    assert told.pagerduty.incidents["drop_failed:d1"] == "resolve"


def test_a_warning_that_becomes_an_error_is_told_at_once(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    opens(lab, OPT_OUT_LATE)
    tell(lab.session)
    assert told.pagerduty.incidents == {}
    with lab.session.connection("test") as connection:
        Alerts(connection).open_alert(OPT_OUT_LATE, "all", counts={}, is_grave=True)
    tell(lab.session)
    tell(lab.session)
    assert told.pagerduty.incidents == {"opt_out_late:all": "trigger"}
    assert len(told.slack.texts) == 2


@pytest.mark.parametrize(
    ("cause", "cause_subject", "rule", "subject", "follows"),
    [
        (DROP_FAILED, "d1", DROP_HELD, "d1", True),
        (DROP_FAILED, "d1", INVALID_EMAILS, "d2", False),
        (PROVIDER_STOPPED, "hunter:no_credits", PROVIDER_FAILING, "hunter:person:d1", True),
        (PROVIDER_STOPPED, "hunter:no_credits", PROVIDER_FAILING, "clearbit:person:d1", False),
        (DAEMON_SILENT, "daemon", BACKUP_OLD, "all", True),
    ],
)  # fmt: skip
def test_what_follows_from_a_failure_is_no_second_alert(
    lab: Lab, told: Receivers, cause: AlertRule, cause_subject: str, rule: AlertRule, subject: str, follows: bool
) -> None:
    connect(lab, told.environment)
    opens(lab, rule, subject)
    opens(lab, cause, cause_subject)
    tell(lab.session)
    assert (rule.name in {name for *_, name in heard(lab)}) is not follows
    assert cause.name in {name for *_, name in heard(lab)}
    (shown,) = [row for row in list_alerts(lab.session)["alerts"] if row["rule"] == rule.name]
    assert shown["because_of"] == (f"{cause.name}:{cause_subject}" if follows else None)
    closes(lab, cause, cause_subject)
    tell(lab.session)
    assert rule.name in {name for *_, name in heard(lab)}  # it stands for itself now


def test_no_alert_is_explained_in_a_circle() -> None:
    """Two that explain one another would both be silent."""
    names = {rule.name for rule in ALERT_RULES}
    for rule in ALERT_RULES:
        assert rule.follows.keys() <= names
        above, seen = set(rule.follows) - {rule.name}, set[str]()
        while above:
            assert rule.name not in above, f"{rule.name} follows from itself"
            seen |= above
            above = {name for one in above if (known := rule_named(one)) for name in known.follows} - seen
    week, month = "bounce_rate:7 days", "bounce_rate:30 days"
    every = {week: "bounce_rate", month: "bounce_rate"}
    assert (reason_of(month, every), reason_of(week, every)) == (week, None)
    assert reason_of("by_hand:x", {"drop_failed:x": "drop_failed"}) is None


def test_many_alerts_of_one_rule_share_a_message_but_at_pagerduty(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment, routes={"warning": ["slack", "pagerduty"]})
    rule = FILE_REJECTED.of("too_large")
    for number in range(GROUPED_FROM + 8):
        opens(lab, rule, f"f{number}", files=1)
    tell(lab.session)
    (text,) = told.slack.texts
    assert "File rejected (12)" in text and "and 2 more" in text and "12 files" in text
    assert len(told.pagerduty.incidents) == 12
    closes(lab, rule, "f3")
    tell(lab.session)
    assert len(told.slack.texts) == 2 and "Resolved: File rejected" in told.slack.texts[1]


def test_quiet_hours_hold_warnings_back_and_let_errors_through(lab: Lab, told: Receivers) -> None:
    lab.passes(hours=13)  # 22:00 UTC, 23:00 in Berlin
    connect(lab, told.environment, quiet_hours={"start": "22:30", "end": "07:00", "timezone": "Europe/Berlin"})
    opens(lab, BUDGET, "hunter")
    opens(lab, REQUEST_OVERDUE)
    tell(lab.session)
    assert {rule for *_, rule in heard(lab)} == {"request_overdue"}
    lab.passes(hours=9)
    tell(lab.session)
    assert {rule for *_, rule in heard(lab)} == {"request_overdue", "budget"}


def test_a_muted_rule_or_alert_is_told_to_nobody_until_the_mute_ends(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    opens(lab, BUDGET, "hunter")
    opens(lab, REQUEST_OVERDUE)
    mute(lab.session, "budget", until=lab.now + timedelta(hours=3), reason="month's end")
    mute(lab.session, "request_overdue:all", until=lab.now + timedelta(days=3), reason="known")
    tell(lab.session)
    assert heard(lab) == []
    assert [row["about"] for row in list_alerts(lab.session)["mutes"]] == ["budget", "request_overdue:all"]
    unmute(lab.session, "request_overdue:all")
    tell(lab.session)
    assert {rule for *_, rule in heard(lab)} == {"request_overdue"}
    lab.passes(hours=4)
    tell(lab.session)
    assert {rule for *_, rule in heard(lab)} == {"request_overdue", "budget"}


def test_whoever_configures_a_channel_later_hears_what_is_open(lab: Lab, told: Receivers) -> None:
    opens(lab, REQUEST_OVERDUE)
    tell(lab.session)
    assert lab.value("select told_at from ops.alerts") is None
    connect(lab, told.environment)
    tell(lab.session)
    assert len(told.slack.texts) == 1


def test_an_alert_that_was_written_by_hand_is_told_by_its_own_name(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    lab.do("insert into ops.alerts (rule, severity, fingerprint, counts) values ('by_hand', 'info', 'by_hand:x', '{}')")
    lab.do("insert into ops.alerts (rule, severity, fingerprint) values ('odd', 'error', E'odd:a\r\nBcc: eve@ok.test')")
    tell(lab.session)
    assert json.dumps(list(told.webhook.events.values())).count("by_hand") >= 2
    assert {row[:2] for row in lab.rows("select channel, state from ops.alert_deliveries")} == {
        (channel, "sent") for channel in EVERY
    }
    assert not [mail for mail in told.mails if "\nBcc" in mail]
