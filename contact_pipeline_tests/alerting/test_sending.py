"""What waits is sent, whatever fails: nothing is lost, nothing comes twice in effect, who fails is seen elsewhere."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import default as mail_policy
from typing import Any

import pytest

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.alerting.channels import mail as mail_module
from contact_pipeline.alerting.channels.message import Message
from contact_pipeline.alerting.channels.port import Outcome, Sent
from contact_pipeline.alerting.deciding import list_alerts, try_channels
from contact_pipeline.alerting.mailing import mail_page, mail_reports
from contact_pipeline.alerting.planning import plan_messages
from contact_pipeline.alerting.sending import send_waiting
from contact_pipeline.alerting.telling import tell, telling
from contact_pipeline.core.alerts import BUDGET, REQUEST_OVERDUE
from contact_pipeline.core.errors import UsageError
from contact_pipeline.policy.alerts import AlertPolicy
from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.lab.mail import MailHost, always
from contact_pipeline_tests.lab.receivers import CHIEF, LOGIN, TEAM, Receivers, connect
from contact_pipeline_tests.lab.vendor import Response

SLACK_ONLY = ("SLACK_WEBHOOK_URL",)


def only(told: Receivers, *names: str) -> Mapping[str, str]:
    return {name: value for name, value in told.environment.items() if name.startswith(names)}


def opens(lab: Lab, subject: str = "all") -> None:
    with lab.session.connection("test") as connection:
        Alerts(connection).open_alert(REQUEST_OVERDUE, subject, counts={"requests": 1})


def states(lab: Lab) -> list[tuple[Any, ...]]:
    return lab.rows("select channel, kind, state, attempts, fault from ops.alert_deliveries order by id")


def test_an_outage_delays_and_loses_nothing_and_the_order_stays(lab: Lab, told: Receivers) -> None:
    connect(lab, only(told, *SLACK_ONLY))
    told.slack.fail.extend([Response("rollup_error", 500)])
    opens(lab)
    tell(lab.session)
    assert states(lab) == [("slack", "opened", "waiting", 1, "HTTP 500 rollup_error")]
    lab.do("update ops.alerts set closed_at = now()")
    tell(lab.session)
    assert len(told.slack.requests) == 1  # not due yet, and what came after waits behind it
    lab.passes(minutes=1)
    tell(lab.session)
    assert [state for _, _, state, *_ in states(lab)] == ["sent", "sent"]
    assert "Resolved" not in told.slack.texts[-2] and "Resolved" in told.slack.texts[-1]


def test_retry_after_is_heeded(lab: Lab, told: Receivers) -> None:
    connect(lab, only(told, *SLACK_ONLY))
    told.slack.fail.append(Response("rate_limited", 429, headers={"Retry-After": "1800"}))
    opens(lab)
    tell(lab.session)
    lab.passes(minutes=29)
    tell(lab.session)
    assert len(told.slack.requests) == 1
    lab.passes(minutes=2)
    tell(lab.session)
    assert states(lab)[0][2:4] == ("sent", 2)


def test_a_channel_that_refuses_is_told_on_the_others_and_closes_when_it_is_mended(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    told.slack.path = "/services/T0/B0/another"
    opens(lab)
    tell(lab.session)
    assert told.pagerduty.incidents == {"request_overdue:all": "trigger", "alerts_undelivered:slack": "trigger"}
    heard = "select channel from ops.alert_deliveries where message ->> 'rule' = 'alerts_undelivered' order by 1"
    assert lab.rows(heard) == [("email",), ("pagerduty",), ("webhook",)]
    (slack,) = [row for row in list_alerts(lab.session)["channels"] if row["channel"] == "slack"]
    assert (slack["waiting"], slack["fault"]) == (1, "HTTP 404 no_service")
    told.slack.path = "/services/T0/B0/secret"
    lab.passes(minutes=16)
    tell(lab.session)
    tell(lab.session)
    assert len(told.slack.texts) == 2  # the first try, refused, and the one that was taken
    assert told.pagerduty.incidents["alerts_undelivered:slack"] == "resolve"


def test_what_is_never_taken_is_given_up_and_seen(lab: Lab, told: Receivers) -> None:
    connect(lab, only(told, *SLACK_ONLY))
    told.slack.fail.append(Response("invalid_payload", 400))
    opens(lab)
    tell(lab.session)
    assert states(lab)[0] == ("slack", "opened", "failed", 1, "HTTP 400 invalid_payload")
    opens(lab, "second")
    tell(lab.session)
    assert len(told.slack.texts) == 2  # the next one is not held up


def test_three_days_are_the_end(lab: Lab, told: Receivers) -> None:
    connect(lab, only(told, *SLACK_ONLY), repeat_hours=1000)
    told.slack.fail.extend(Response("rollup_error", 500) for _ in range(2))
    opens(lab)
    tell(lab.session)
    lab.passes(days=3, minutes=1)
    tell(lab.session)
    assert states(lab)[0][2:4] == ("failed", 2)


@dataclass
class Killed(BaseException):
    """The process is killed."""


def test_a_fault_of_ours_in_one_message_holds_up_no_other(lab: Lab, told: Receivers) -> None:
    connect(lab, only(told, *SLACK_ONLY))
    opens(lab)
    plan_messages(lab.session, ["slack"])
    lab.do("update ops.alert_deliveries set message = message - 'title'")
    opens(lab, "second")
    tell(lab.session)
    assert [state for _, _, state, *_ in states(lab)] == ["failed", "sent"]


@dataclass
class Recorder:
    """A channel that remembers what it was told, by key, and does on the way what a test wants."""

    name: str = "webhook"
    keys: list[str] = field(default_factory=list)
    dies: bool = False
    entered: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def send(self, message: Message, *, key: str, thread: str, is_escalated: bool = False) -> Sent:
        self.keys.append(key)
        self.entered.set()
        if self.dies:
            raise Killed
        assert self.go_on.wait(20)
        return Sent(Outcome.SENT)


def test_a_try_whose_end_nobody_wrote_down_is_made_again_with_its_key(lab: Lab) -> None:
    opens(lab)
    dying, living = Recorder(dies=True), Recorder()
    living.go_on.set()
    plan_messages(lab.session, ["webhook"])
    with pytest.raises(Killed):
        send_waiting(lab.session, {"webhook": dying})
    assert states(lab)[0][2:4] == ("sending", 1)
    send_waiting(lab.session, {"webhook": living})
    assert states(lab)[0][2:4] == ("sent", 2)
    assert dying.keys == living.keys and len(living.keys) == 1


def test_two_processes_send_nothing_twice(lab: Lab) -> None:
    opens(lab)
    slow, other = Recorder(), Recorder()
    plan_messages(lab.session, ["webhook"])
    plan_messages(lab.session, ["webhook"])
    first = threading.Thread(target=send_waiting, args=(lab.session, {"webhook": slow}))
    first.start()
    assert slow.entered.wait(20)
    send_waiting(lab.session, {"webhook": other})
    slow.go_on.set()
    first.join(20)
    assert (len(slow.keys), other.keys) == (1, [])
    assert [row[2] for row in states(lab)] == ["sent"]


def test_beside_a_program_people_are_told_by_the_policy_as_it_is_now(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    heard = threading.Event()
    told.slack.before_answer = lambda _: heard.set()
    new = lab.session.policy.model_copy(
        update={"alerts": AlertPolicy.model_validate({"routes": {"error": ["slack"]}, "email": {"to": [TEAM]}})}
    )
    opens(lab)
    with telling(lab.session, read_policy=lambda: new, every_s=0.01):
        assert heard.wait(20)
    assert {row[0] for row in states(lab)} == {"slack"}


def test_a_repetition_is_one_event_to_the_webhook(lab: Lab, told: Receivers) -> None:
    """It did what was asked, and its answer was lost."""
    connect(lab, only(told, "CONTACT_PIPELINE_ALERT"))
    opens(lab)
    tell(lab.session)
    lab.do("update ops.alert_deliveries set state = 'sending', finished_at = null")
    tell(lab.session)
    assert len(told.webhook.calls) == 2 and len(told.webhook.events) == 1


def test_nothing_secret_and_no_address_is_kept_or_said(
    lab: Lab, told: Receivers, capfd: pytest.CaptureFixture[str]
) -> None:
    told.mail_host(MailHost(always("550 5.1.1 <{to}>: no such person"), login=LOGIN))
    connect(lab, dict(told.environment) | {"CONTACT_PIPELINE_SMTP_URL": told.smtp_url("alerts:pass%20word")})
    for vendor in (told.slack, told.webhook, told.pagerduty):
        vendor.fail.append(Response("secret-of-theirs", 403))
    opens(lab)
    tell(lab.session)
    kept = repr(lab.rows("select * from ops.alert_deliveries")) + repr(lab.rows("select * from ops.alerts"))
    said = kept + "".join(capfd.readouterr())
    for secret in ("services/T0", "whsec_", told.pagerduty.key, "pass word", "pass%20word", TEAM, "secret-of-theirs"):
        assert secret not in said
    assert "every recipient is refused (550)" in kept


@pytest.mark.parametrize(
    ("host", "login", "result"),
    [
        (MailHost(), "", "sent"),
        (MailHost(starttls="220 Go ahead"), "", "sent"),
        (MailHost(login=LOGIN), "alerts:pass%20word", "sent"),
        (MailHost(login=LOGIN), "alerts:wrong", "broken: the server refuses user or password"),
        (MailHost(), "alerts:wrong", "broken: the server offers no TLS, or no login"),
        (MailHost(always("450 4.2.0 Greylisted")), "", "later: every recipient is refused (450)"),
        (MailHost(after_data="554 5.7.1 Spam"), "", "broken: the server refuses (554)"),
        (MailHost(greeting="421 4.3.2 Closing"), "", "later: the server refuses (421)"),
        (MailHost(greeting="HTTP/1.1 400 Bad Request"), "", "later: what answers is no mail server"),
        (MailHost(lambda _, __, to: "550 5.1.1 Nobody" if to == CHIEF else "250 Ok"), "", "sent"),
    ],
)  # fmt: skip
def test_what_a_mail_server_says(lab: Lab, told: Receivers, host: MailHost, login: str, result: str) -> None:
    told.mail_host(host)
    connect(lab, {"CONTACT_PIPELINE_SMTP_URL": told.smtp_url(login)})
    assert dict(try_channels(lab.session)) == {"email": result}
    if host.starttls:
        assert told.mail.seen.in_tls.total() > 0
    if result == "sent":
        (mail,) = told.mails
        assert "Subject: [warning] Test: contact_pipeline can reach you" in mail


def test_beyond_this_machine_mail_goes_encrypted_to_who_proves_who_he_is(
    lab: Lab, told: Receivers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bench's host is on loopback; what is another machine is said here."""
    monkeypatch.setattr(mail_module, "is_loopback", lambda _: False)
    connect(lab, {"CONTACT_PIPELINE_SMTP_URL": told.smtp_url("alerts:pass%20word")})
    told.mail_host(MailHost(login=LOGIN))
    assert dict(try_channels(lab.session)) == {"email": "broken: the server offers no TLS, or no login"}
    told.mail_host(MailHost(login=LOGIN, starttls="220 Go ahead"))  # signed by nobody, and expired
    assert try_channels(lab.session)["email"].startswith("broken: no TLS (CERTIFICATE_VERIFY_FAILED)")
    assert not [line for line in told.mail.seen.lines if line.startswith(("AUTH", "MAIL"))]


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"SLACK_WEBHOOK_URL": "http://hooks.slack.example/services/x"}, "must begin with https://"),
        ({"SLACK_WEBHOOK_URL": "https://hooks.slack.example"}, "copy the whole URL"),
        ({"CONTACT_PIPELINE_SMTP_URL": "mail.example:25"}, "must be smtp://user:password@host:port"),
        ({"CONTACT_PIPELINE_ALERT_WEBHOOK_URL": "https://a.example", "CONTACT_PIPELINE_ALERT_WEBHOOK_SECRET": "x"},
         "must be whsec_"),
        ({"PAGERDUTY_ROUTING_KEY": "k", "PAGERDUTY_BASE_URL": "https://a.example/path"}, "without a path"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_a_channel_that_fails_and_stops_nothing(
    lab: Lab, told: Receivers, variables: Mapping[str, str], why: str
) -> None:
    connect(lab, variables)
    (result,) = try_channels(lab.session).values()
    assert result.startswith("broken: ") and why in result
    opens(lab)
    tell(lab.session)
    assert states(lab)[0][2] == "waiting"
    assert not told.slack.requests


def test_a_page_goes_out_by_mail_and_is_known_again(lab: Lab, told: Receivers) -> None:
    page: dict[str, Any] = {"title": "Freshness", "html": "<p>80 %</p>", "text": "80 %", "key": "freshness 2026-W44"}
    assert mail_page(lab.session, **page) is None  # no mail server
    connect(lab, only(told, "CONTACT_PIPELINE_SMTP"))
    for _ in range(2):
        assert mail_page(lab.session, **page) == Sent(Outcome.SENT)
    first, second = (BytesParser(policy=mail_policy).parsebytes(mail) for mail in told.mail.seen.mails)
    assert first["Message-ID"] == second["Message-ID"] and first["To"] == TEAM
    assert [part.get_content().strip() for part in first.iter_parts()] == ["80 %", "<p>80 %</p>"]
    told.mail_host(MailHost(after_data="554 5.7.1 Spam"))
    assert mail_page(lab.session, **page) == Sent(Outcome.BROKEN, "the server refuses (554)")


def test_a_report_is_mailed_once_and_waits_where_it_was_not_taken(lab: Lab, told: Receivers) -> None:
    lab.do(
        "insert into ops.reports (kind, period, title, html, made_at) values"
        " ('freshness', '2026-10-26', 'Freshness, week of 2026-10-26', '<p>80 %%</p>', %s),"
        " ('compliance', '2026-09-01', 'Compliance, September 2026', '<p>old</p>', %s - interval '8 days')",
        lab.now, lab.now,
    )  # fmt: skip
    assert mail_reports(lab.session) == 0, "no mail server"
    connect(lab, only(told, "CONTACT_PIPELINE_SMTP"), email={"to": [TEAM], "report_to": [CHIEF]})
    told.mail_host(MailHost(after_data="451 4.3.0 Later"))
    assert mail_reports(lab.session) == 0
    told.mail_host(MailHost())
    assert (mail_reports(lab.session), mail_reports(lab.session)) == (1, 0)
    mail = BytesParser(policy=mail_policy).parsebytes(told.mail.seen.mails[-1])
    assert (mail["To"], mail["Subject"]) == (CHIEF, "Freshness, week of 2026-10-26")
    assert "--week 2026-10-26" in next(mail.iter_parts()).get_content()


def test_mail_without_recipients_says_where_to_name_them(lab: Lab, told: Receivers) -> None:
    connect(lab, only(told, "CONTACT_PIPELINE_SMTP"), email={})
    assert "[alerts.email] to" in try_channels(lab.session)["email"]


def test_a_test_reaches_every_channel_and_leaves_no_incident(lab: Lab, told: Receivers) -> None:
    connect(lab, told.environment)
    assert set(try_channels(lab.session).values()) == {"sent"}
    assert told.pagerduty.incidents == {"test:test": "resolve"}
    assert try_channels(lab.session, "slack") == {"slack": "sent"}
    connect(lab, {})
    with pytest.raises(UsageError, match="No channel is configured"):
        try_channels(lab.session)
    assert lab.rows("select 1 from ops.alert_deliveries") == []


def test_what_was_only_planned_when_it_passed_is_dropped(lab: Lab, told: Receivers) -> None:
    connect(lab, only(told, *SLACK_ONLY))
    with lab.session.connection("test") as connection:
        Alerts(connection).open_alert(BUDGET, "hunter", counts={})
    plan_messages(lab.session, ["slack"])
    lab.do("update ops.alerts set closed_at = now()")
    tell(lab.session)
    assert states(lab) == [("slack", "opened", "dropped", 0, None)]
    assert told.slack.requests == []
