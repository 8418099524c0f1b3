"""Reacher (check-if-email-exists): asks the mail server itself, from our machine. Free, and as good as its IP.

Needs REACHER_BASE_URL (self-hosted: http://localhost:8080, on another machine https) and, where its `header_secret` is
set, REACHER_API_KEY, sent as `x-reacher-secret`; on the hosted service (https://api.reacher.email) as `Authorization`.
Without port 25 and a reverse DNS name it answers `unknown` for nearly everything. Price: none, 0 per 1,000
(self-hosted; the hosted one sells plans). Limits: its own documentation advises 60 checks a minute and 10,000 a day for
one IP, lest that is put on block lists.

Rules: github reacherhq/check-if-email-exists, commit 81da93e8 of 2026-03-09. Its `is_reachable` is not enough:
- a role or disposable address is `risky` even if its mailbox does not exist, so `smtp` is read;
- `invalid` also covers "no connection" and "no MX", and the second also stands for a resolver that failed and for a
  domain that receives mail without MX (RFC 5321 5.1): neither says anything of the mailbox.
"""

import re
from typing import Any

from contact_pipeline.adapters.answers import Answer
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import (
    Fault,
    Layer,
    Limits,
    Outcome,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
    is_sendable,
)
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors.vendor import Offer, Vendor

BASE_URL = "http://localhost:8080"
HOSTED_URL = "https://api.reacher.email"
PRICE_PER_1000 = 0.0

Finding = tuple[EmailStatus, EmailSubStatus | None]

REACHABLE = frozenset({"safe", "risky", "invalid", "unknown"})

# smtp.description, then smtp.error.type: why it could not ask. All of them leave the mailbox unknown.
SMTP_FAULTS: dict[str, EmailSubStatus] = {
    "IpBlacklisted": EmailSubStatus.BLOCKED_US,
    "NeedsRDNS": EmailSubStatus.BLOCKED_US,
    "Timeout": EmailSubStatus.SMTP_TIMEOUT,
    "AsyncSmtpError": EmailSubStatus.SMTP_FAILURE,
    "IOError": EmailSubStatus.SMTP_FAILURE,
    "Socks5": EmailSubStatus.PROVIDER_ERROR,  # our proxy
    "HeadlessError": EmailSubStatus.PROVIDER_ERROR,  # our browser
    "YahooError": EmailSubStatus.PROVIDER_ERROR,
    "GmailError": EmailSubStatus.PROVIDER_ERROR,
    "Microsoft365Error": EmailSubStatus.PROVIDER_ERROR,
    "AnyhowError": EmailSubStatus.PROVIDER_ERROR,
}

_GREYLISTED = re.compile(r"gr[ae]y-?\s?list", re.IGNORECASE)
_WAIT = re.compile(r"wait (\d+(?:\.\d+)?)s")
_SMTP_FLAGS = ("can_connect_smtp", "has_full_inbox", "is_catch_all", "is_deliverable", "is_disabled")


class ReacherMailbox:
    """A Reacher server, one address at a time. `key` may be empty: it then asks for none."""

    name = "reacher"
    limits = Limits(calls=60, seconds=60.0, connections=5)

    def __init__(self, key: str = "", base_url: str = BASE_URL) -> None:
        header = "Authorization" if base_url.rstrip("/") == HOSTED_URL else "x-reacher-secret"
        self._http = HttpClient(
            self.name,
            base_url,
            connections=self.limits.connections,
            headers={header: key} if key else None,
            timeout_s=120.0,  # it talks to the other mail server meanwhile
        )

    def credits(self) -> float | None:
        """None: it has none. Asks for no address at all, which it refuses differently with and without its secret."""
        answer = self._http.request("POST", "/v1/check_email", json={"to_email": ""}, expected=(200, 400), is_free=True)
        if answer.status == 400:
            self._refuse_without_secret(answer)
        return None

    def ask(self, subject: str) -> Reply[MailboxAnswer]:
        """One conversation with the address's mail server."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request("POST", "/v1/check_email", json={"to_email": subject}, expected=(200, 400, 429))
        if answer.status == 429:
            wait = _WAIT.search(answer.text)
            pause = float(wait[1]) if wait else answer.retry_after_s
            raise ProviderUnavailable(self.name, Fault.RATE_LIMITED, is_sent=False, retry_after_s=pause)
        if answer.status == 400:
            self._refuse_without_secret(answer)
            raise ProviderRefused(self.name, Fault.BAD_REQUEST, "It does not understand our question.")
        return self._reply(subject, answer.json())

    def _refuse_without_secret(self, answer: Answer) -> None:
        """A missing or wrong secret is a 400 in plain text; every other 400 is JSON."""
        if "x-reacher-secret" in answer.text:
            raise ProviderRefused(self.name, Fault.UNAUTHORIZED, "Check its header_secret.")

    def _reply(self, subject: str, body: Any) -> Reply[MailboxAnswer]:
        match body:
            case {
                "input": str(asked),
                "is_reachable": str(word),
                "syntax": {"is_valid_syntax": bool(is_sound)},
                "mx": {"accepts_mail": bool()} | {"error": _} as mx,
                "misc": {"is_disposable": bool(), "is_role_account": bool()} | {"error": _} as misc,
                "smtp": dict(smtp),
            }:
                pass
            case _:
                raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)
        if asked.casefold() != subject.casefold():
            raise ProviderUnavailable(self.name, Fault.OTHER_SUBJECT)
        fault = self._fault(smtp)
        is_known = word in REACHABLE and (fault is None or fault in SMTP_FAULTS)
        is_disposable, is_role = misc.get("is_disposable"), misc.get("is_role_account")
        # It looks at misc and smtp only after syntax and MX; before, their `false` means "not looked".
        is_looked_at = is_sound and mx.get("accepts_mail") is True
        if not is_sound:
            finding: Finding = (EmailStatus.INVALID, EmailSubStatus.SYNTAX)
        elif not is_looked_at:
            finding = (EmailStatus.UNKNOWN, EmailSubStatus.DNS_FAILURE)
        elif fault is not None:
            finding = (EmailStatus.UNKNOWN, _smtp_fault(fault, smtp["error"].get("message")))
        elif word not in REACHABLE or word == "unknown":
            finding = (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)
        else:
            finding = _finding(smtp, is_disposable=is_disposable is True, is_role=is_role is True)
        answer = MailboxAnswer(
            *finding,
            is_catch_all=smtp["is_catch_all"] if is_looked_at and fault is None else None,
            is_disposable=is_disposable if is_looked_at else None,
            is_role=is_role if is_looked_at else None,
        )
        return Reply(
            subject, Outcome.ANSWERED, answer, raw_status=word, raw_sub_status=fault, is_billed=False, is_known=is_known
        )

    def _fault(self, smtp: dict[str, Any]) -> str | None:
        """Reacher's word for why it could not ask the mail server; None where it could."""
        match smtp:
            case {"error": {"type": str()}, "description": str(word)} | {"error": {"type": str(word)}}:
                return word
        if all(isinstance(smtp.get(name), bool) for name in _SMTP_FLAGS):
            return None
        raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)


def _finding(smtp: dict[str, Any], *, is_disposable: bool, is_role: bool) -> Finding:
    """What the mail server's answers mean; the worst for the sender wins."""
    if not smtp["can_connect_smtp"]:  # is_reachable says `invalid` here, and nobody was asked
        return EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE
    if smtp["is_disabled"]:
        return EmailStatus.INVALID, EmailSubStatus.MAILBOX_DISABLED
    if smtp["has_full_inbox"]:
        return EmailStatus.RISKY, EmailSubStatus.MAILBOX_FULL
    if not smtp["is_deliverable"] and not smtp["is_catch_all"]:
        return EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND
    if is_disposable:
        return EmailStatus.RISKY, EmailSubStatus.DISPOSABLE
    if is_role:
        return EmailStatus.RISKY, EmailSubStatus.ROLE_BASED
    if smtp["is_catch_all"]:
        return EmailStatus.CATCH_ALL, None
    return EmailStatus.VALID, None


def _smtp_fault(fault: str, message: object) -> EmailSubStatus:
    """Greylisting has no word of its own, only the other server's sentence."""
    if fault == "AsyncSmtpError" and isinstance(message, str) and _GREYLISTED.search(message):
        return EmailSubStatus.GREYLISTED
    return SMTP_FAULTS.get(fault, EmailSubStatus.PROVIDER_UNSURE)


VENDOR = Vendor(
    name=ReacherMailbox.name,
    variables={"key": "REACHER_API_KEY", "base_url": "REACHER_BASE_URL"},
    recipient="reacher (the controller's own server)",
    needs=("base_url",),  # a server of our own: which one has to be said, and it may do without a secret
    offers={
        Layer.MAILBOX: Offer(
            make=lambda access, _: ReacherMailbox(access.key, access.base_url), price=PRICE_PER_1000 / 1000
        )
    },
)
