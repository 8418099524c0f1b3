"""Pages that go out by mail: reports. Not alerts, which wait in their own table until they are taken."""

import hashlib
from collections.abc import Sequence

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.alerting.channels import mail
from contact_pipeline.alerting.channels.port import Outcome, Sent
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
OPTION = {"freshness": "--week", "compliance": "--month"}


def mail_reports(session: Session) -> int:
    """Send the reports of the last days that nobody has been sent yet, to [alerts.email] report_to; returns how many a
    mail server took. One that was not taken is tried again with the next call."""
    policy, taken = session.policy.alerts.email, 0
    with session.connection("reports: mail") as connection, connection.transaction():
        steps = Script(connection, STEPS, now=session.clock())
        for row in steps.rows("waiting"):
            period = f"{row['period']:%Y-%m-%d}" if row["kind"] == "freshness" else f"{row['period']:%Y-%m}"
            text = f"{row['title']}. The same: contact-pipeline report {OPTION[row['kind']]} {period}\n"
            sent = mail_page(
                session,
                title=row["title"],
                html=row["html"],
                text=text,
                key=f"report {row['kind']} {period}",
                to=policy.report_to or policy.to,
            )
            if sent is None or sent.outcome is not Outcome.SENT:
                break
            steps.run("note_mailed", id=row["id"])
            taken += 1
    return taken


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
