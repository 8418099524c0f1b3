"""Pages that go out by mail: reports. Not alerts, which wait in their own table until they are taken."""

import hashlib
from collections.abc import Sequence

from contact_pipeline.alerting.channels import mail
from contact_pipeline.alerting.channels.port import Sent
from contact_pipeline.stage.session import Session


def mail_page(
    session: Session, *, title: str, html: str, text: str, key: str, to: Sequence[str] | None = None
) -> Sent | None:
    """Send a page to these addresses; None: to whom alerts go ([alerts.email] to). key: names the page, so a second
    mail of it is known as the same. Returns what became of it; None where no mail server is configured, or nobody to
    write to. Raises ConfigurationError for a wrong CONTACT_PIPELINE_SMTP_URL."""
    url, policy = session.settings.variable(mail.VARIABLE), session.policy.alerts.email
    recipients = tuple(policy.to if to is None else to)
    if not url or not recipients:
        return None
    sender = mail.Mail(mail.server_of(url), sender=policy.sender, to=recipients)
    return sender.send_page(title, html, text, key=hashlib.sha256(key.encode()).hexdigest()[:32])
