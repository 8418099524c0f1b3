"""Which channels are configured: their variables in the environment, recipients and routes in the policy."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from contact_pipeline.alerting.channels import mail as email
from contact_pipeline.alerting.channels import pagerduty, slack, webhook
from contact_pipeline.alerting.channels.message import Message
from contact_pipeline.alerting.channels.port import Channel, Outcome, Sent
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.stage.session import Session


@dataclass(frozen=True)
class Unusable:
    """One whose configuration is wrong: whatever is sent there fails, with the reason."""

    name: str
    why: str

    def send(self, message: Message, *, key: str, thread: str, is_escalated: bool = False) -> Sent:
        """See Channel."""
        return Sent(Outcome.BROKEN, self.why)


def configured_channels(session: Session) -> Mapping[str, Channel]:
    """By name. A wrong variable stops no other channel, and no run: it is a channel that fails."""
    return dict(_configured(session))


def _configured(session: Session) -> Iterator[tuple[str, Channel]]:
    settings = session.settings
    makers: dict[str, Callable[[], Channel]] = {}
    if url := settings.variable(slack.VARIABLE):
        makers["slack"] = lambda: slack.Slack(url)
    if smtp := settings.variable(email.VARIABLE):
        makers["email"] = lambda: _mail(smtp, session)
    if target := settings.variable(webhook.URL):
        secrets = [one.strip() for one in settings.variable(webhook.SECRET).split(",")]
        makers["webhook"] = lambda: webhook.Webhook(target, secrets, session.clock)
    if key := settings.variable(pagerduty.VARIABLE):
        makers["pagerduty"] = lambda: pagerduty.PagerDuty(key, settings.origin(pagerduty.ADDRESS))
    for name, make in makers.items():
        try:
            yield name, make()
        except ConfigurationError as error:
            yield name, Unusable(name, str(error))


def _mail(url: str, session: Session) -> Channel:
    policy = session.policy.alerts.email
    if not policy.to:
        raise ConfigurationError(f"{email.VARIABLE} is set, and the policy names nobody: [alerts.email] to.")
    return email.Mail(email.server_of(url), sender=policy.sender, to=policy.to, escalation_to=policy.escalation_to)
