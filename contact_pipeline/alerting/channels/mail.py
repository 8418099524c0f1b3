"""E-mail over SMTP, by the standard library. One message to all recipients; Message-ID is the same in every try."""

import hashlib
import platform
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from contact_pipeline.alerting.channels.message import Kind, Message
from contact_pipeline.alerting.channels.port import Outcome, Sent
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.origins import is_loopback

VARIABLE = "CONTACT_PIPELINE_SMTP_URL"
PORTS = {"smtp": 587, "smtps": 465}
TIMEOUT_S = 20.0
MOST_SUBJECT = 200
ID_DOMAIN = "contact-pipeline.invalid"  # RFC 6761: nobody's


@dataclass(frozen=True)
class Server:
    """Where and as whom. is_tls: from the first byte; else STARTTLS, without which nothing leaves this machine."""

    host: str
    port: int
    user: str
    password: str
    is_tls: bool


def server_of(url: str) -> Server:
    """Of smtp://user:password@host:port or smtps://…; raises ConfigurationError, which quotes nothing of it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigurationError(f"{VARIABLE} must be smtp://user:password@host:port, or smtps://…")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return Server(parts.hostname, port or PORTS[parts.scheme], user, password, parts.scheme == "smtps")


class Mail:
    """To these recipients."""

    name = "email"

    def __init__(self, server: Server, *, sender: str, to: Sequence[str], escalation_to: Sequence[str] = ()) -> None:
        self._server = server
        self._sender = sender or (
            server.user if "@" in server.user else f"contact-pipeline@{platform.node() or 'localhost'}"
        )
        self._to, self._escalation_to = tuple(to), tuple(escalation_to)

    def send(self, message: Message, *, key: str, thread: str, is_escalated: bool = False) -> Sent:
        """See Channel. Who refuses one recipient of several has taken it."""
        to = self._to + tuple(one for one in self._escalation_to if is_escalated and one not in self._to)
        return self._deliver(as_mail(message, key=key, thread=thread, sender=self._sender, to=to), to)

    def send_page(self, title: str, html: str, text: str, *, key: str) -> Sent:
        """A page of ours as a mail, its words as plain text beside it. key: the same for the same page."""
        mail = _automatic(title, key=key, sender=self._sender, to=self._to, at=datetime.now(UTC))
        mail.set_content(text)
        mail.add_alternative(html, subtype="html")
        return self._deliver(mail, self._to)

    def _deliver(self, mail: EmailMessage, to: Sequence[str]) -> Sent:
        try:
            with self._connected() as smtp:
                refused = smtp.send_message(mail, from_addr=self._sender, to_addrs=list(to))
        except smtplib.SMTPAuthenticationError:
            return Sent(Outcome.BROKEN, "the server refuses user or password")
        except smtplib.SMTPRecipientsRefused as error:
            return _by_code(max(code for code, _ in error.recipients.values()), "every recipient is refused")
        except smtplib.SMTPResponseException as error:
            return _by_code(error.smtp_code, "the server refuses")
        except smtplib.SMTPNotSupportedError:
            return Sent(Outcome.BROKEN, "the server offers no TLS, or no login")
        except ssl.SSLError as error:
            return Sent(Outcome.BROKEN, f"no TLS ({error.reason or 'certificate'})")
        except (OSError, smtplib.SMTPException) as error:
            return Sent(Outcome.LATER, f"no answer ({type(error).__name__})")
        return Sent(Outcome.SENT, f"{len(refused)} of {len(to)} recipients refused" if refused else "")

    def _connected(self) -> smtplib.SMTP:
        where, context = self._server, ssl.create_default_context()
        if is_loopback(where.host):  # a relay of this machine has a certificate of its own making
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if where.is_tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(where.host, where.port, timeout=TIMEOUT_S, context=context)
        else:
            smtp = smtplib.SMTP(where.host, where.port, timeout=TIMEOUT_S)
        try:
            smtp.ehlo()
            if not where.is_tls and (smtp.has_extn("starttls") or not is_loopback(where.host)):
                smtp.starttls(context=context)
                smtp.ehlo()
            if where.user:
                smtp.login(where.user, where.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def as_mail(message: Message, *, key: str, thread: str, sender: str, to: Sequence[str]) -> EmailMessage:
    """In one thread for each alert."""
    at = datetime.fromisoformat(message.reported_at) if message.reported_at else datetime.now(UTC)
    mail = _automatic(f"[{message.severity}] {message.headline}: {message.where}", key=key, sender=sender, to=to, at=at)
    root = f"<{hashlib.sha256(thread.encode()).hexdigest()[:32]}@{ID_DOMAIN}>"
    mail["References"] = root
    mail["In-Reply-To"] = root
    if message.severity == "error" and message.kind in (Kind.OPENED, Kind.ESCALATED):
        mail["Importance"] = "high"
    mail.set_content(message.text)
    return mail


def _automatic(subject: str, *, key: str, sender: str, to: Sequence[str], at: datetime) -> EmailMessage:
    """A mail that no vacation notice answers (RFC 3834)."""
    mail = EmailMessage()
    mail["Subject"] = subject[:MOST_SUBJECT]
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{key}@{ID_DOMAIN}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    return mail


def _by_code(code: int, what: str) -> Sent:
    """4xx may pass by itself (RFC 5321 4.2.1)."""
    if not 400 <= code < 600:
        return Sent(Outcome.LATER, "what answers is no mail server")
    return Sent(Outcome.LATER if code < 500 else Outcome.BROKEN, f"{what} ({code})")
