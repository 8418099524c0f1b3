"""Whoever is told: Slack, PagerDuty and a webhook of one's own, on loopback; mails go to lab/mail.py."""

import base64
import hmac
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.lab.mail import MailHost, MailLab, ordinary_address
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

SECRET = "whsec_" + base64.b64encode(b"a secret of the receivers' bench").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"an older secret of that bench, too").decode()
TEAM, CHIEF, SENDER = "team@ok.test", "chief@ok.test", "alerts@ok.test"
LOGIN = "alerts:pass word"


class Slack(Vendor):
    """Incoming webhooks: text in, `ok` out."""

    name = "slack"
    path = "/services/T0/B0/secret"

    def answer(self, request: Request) -> Response:
        if request.path != self.path:
            return Response("no_service", 404, "text/plain")
        if not request.json.get("text") or len(request.json.get("blocks", [])) > 50:
            return Response("invalid_payload", 400, "text/plain")
        return Response("ok", content_type="text/plain")

    @property
    def texts(self) -> list[str]:
        """Of all messages that were taken, blocks included."""
        return [str(request.json) for request in self.requests if request.path == self.path]


class PagerDuty(Vendor):
    """Events v2. incidents: state by dedup_key, as its users see them."""

    name = "pagerduty"

    def __init__(self) -> None:
        super().__init__(key="routing-key-of-the-bench")
        self.incidents: dict[str, str] = {}

    def answer(self, request: Request) -> Response:
        event = request.json
        if request.path != "/v2/enqueue" or event["routing_key"] != self.key:
            return Response({"status": "invalid event", "errors": ["Invalid routing key"]}, 400)
        if event["event_action"] == "trigger" and not {"summary", "source", "severity"} <= event["payload"].keys():
            return Response({"status": "invalid event", "errors": ["Length of 'summary' is incorrect"]}, 400)
        self.incidents[event["dedup_key"]] = event["event_action"]
        return Response({"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}, 202)


class Webhook(Vendor):
    """Standard Webhooks. events: bodies by webhook-id, so that a repetition is one."""

    name = "webhook"

    def __init__(self) -> None:
        super().__init__()
        self.events: dict[str, Any] = {}
        self.calls: list[str] = []

    def answer(self, request: Request) -> Response:
        number, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{number}.{stamp}.".encode() + request.body
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
        if wanted not in request.headers["webhook-signature"].split():
            return Response(status=401)
        self.calls.append(number)
        self.events[number] = request.json
        return Response(status=204)


@dataclass
class Receivers:
    """All four, and the environment that names them."""

    slack: Slack
    pagerduty: PagerDuty
    webhook: Webhook
    mail: MailLab

    @property
    def environment(self) -> Mapping[str, str]:
        """As an operator sets it."""
        return {
            "SLACK_WEBHOOK_URL": self.slack.url + self.slack.path,
            "PAGERDUTY_ROUTING_KEY": self.pagerduty.key,
            "PAGERDUTY_BASE_URL": self.pagerduty.url,
            "CONTACT_PIPELINE_ALERT_WEBHOOK_URL": f"{self.webhook.url}/alerts?team=data",
            "CONTACT_PIPELINE_ALERT_WEBHOOK_SECRET": f"{OLD_SECRET},{SECRET}",
            "CONTACT_PIPELINE_SMTP_URL": self.smtp_url(),
        }

    def smtp_url(self, login: str = "", scheme: str = "smtp") -> str:
        """Of the mail server; login: user:password, as a URL writes it."""
        return f"{scheme}://{f'{login}@' if login else ''}{ordinary_address(0)}:{self.mail.port}"

    def mail_host(self, host: MailHost) -> None:
        """How the mail server behaves from now on."""
        self.mail.hosts[ordinary_address(0)] = host

    @property
    def mails(self) -> list[str]:
        """Of all that came, in order."""
        return [mail.decode() for mail in self.mail.seen.mails]


@contextmanager
def receivers() -> Iterator[Receivers]:
    """Running."""
    with ExitStack() as opened:
        yield Receivers(*(opened.enter_context(one) for one in (Slack(), PagerDuty(), Webhook(), MailLab())))  # type: ignore[arg-type]


def connect(lab: Lab, environment: Mapping[str, str], **alerts: object) -> None:
    """The lab was started with these variables and this [alerts]."""
    lab.with_policy(alerts={"email": {"to": [TEAM], "escalation_to": [CHIEF], "sender": SENDER}, **alerts})
    lab.session = replace(lab.session, settings=replace(lab.session.settings, environment=environment))
