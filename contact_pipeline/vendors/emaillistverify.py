"""EmailListVerify: mailboxes one by one and as files; it knows no activity.

Needs EMAILLISTVERIFY_API_KEY. Documented: 10 calls a second; 5 files at once, of up to a million rows (here 100,000,
so that one fits into memory). Price: $5 for 1,000 (June 2026), the dearest step of its list; unknown, antispam_system,
smtp_protocol and invalid_syntax are free. A file can be neither listed nor found by its name: an upload that breaks
off is left for a person (is_findable = False).

Rules: the OpenAPI description of api.emaillistverify.com and its JavaScript SDK 1.1. `error_credit` (no credits) comes
as a word in an answer with HTTP 200. The heading of the result file is not documented, so its column is looked for.
"""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Sequence

from contact_pipeline.adapters.answers import Answer, Fields, rows
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import (
    Fault,
    JobState,
    Layer,
    Limits,
    Outcome,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
    is_sendable,
)
from contact_pipeline.core.verdicts import EMAIL_SEVERITY, EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors.vendor import Offer, Vendor

NAME = "emaillistverify"
BASE_URL = "https://api.emaillistverify.com"
PRICE_PER_1000 = 5.0

_JOB_ID = re.compile(r"[0-9A-Za-z-]{6,64}")

_Finding = tuple[EmailStatus, EmailSubStatus | None]

_UNSURE: _Finding = (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)
_RESULTS: dict[str, _Finding] = {
    "ok": (EmailStatus.VALID, None),
    "ok_for_all": (EmailStatus.CATCH_ALL, None),
    "email_disabled": (EmailStatus.INVALID, EmailSubStatus.MAILBOX_DISABLED),
    "invalid_mx": (EmailStatus.INVALID, EmailSubStatus.NO_MAIL_HOST),
    "invalid_syntax": (EmailStatus.INVALID, EmailSubStatus.SYNTAX),
    "disposable": (EmailStatus.RISKY, EmailSubStatus.DISPOSABLE),
    "spamtrap": (EmailStatus.RISKY, EmailSubStatus.SPAM_TRAP),
    "dead_server": (EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE),  # no connection: the server's fault, not a no
    "smtp_protocol": (EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE),
    "antispam_system": (EmailStatus.UNKNOWN, EmailSubStatus.BLOCKED_US),
    "unknown": _UNSURE,
}
_FREE = {"unknown", "antispam_system", "smtp_protocol", "invalid_syntax"}

_STATES = {
    "uploaded": JobState.RUNNING,  # no call to start a list is documented
    "inQueue": JobState.RUNNING,
    "starting": JobState.RUNNING,
    "processing": JobState.RUNNING,
    "finished": JobState.FINISHED,
    "error": JobState.FAILED,
}


class EmailListVerifyMailbox:
    """Whether a mailbox takes mail: Single and Job."""

    name = NAME
    limits = Limits(calls=10, seconds=1, connections=10, job_size=100_000, job_from=1_000)
    is_findable = False

    def __init__(self, key: str, base_url: str = BASE_URL) -> None:
        headers = {"x-api-key": key}
        self._http = HttpClient(NAME, base_url, connections=self.limits.connections, headers=headers, timeout_s=60)
        self._bulk = HttpClient(NAME, base_url, headers=headers, timeout_s=120)

    def credits(self) -> float:
        """Bought credits and those of the subscription."""
        fields = self._http.request("GET", "/api/credits", is_free=True).fields()
        left = fields.object("onDemand").number("available")
        return left + (fields.object("subscription").number("available") if "subscription" in fields else 0.0)

    def ask(self, subject: str) -> Reply[MailboxAnswer]:
        """verifyEmailDetailed: at the price of the plain call it also knows role accounts."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request(
            "GET", "/api/verifyEmailDetailed", params={"email": subject}, expected=(200, 400, 403)
        )
        if answer.status == 400:
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        _check(answer)
        fields = answer.fields()
        word = fields.text("result")
        _check_word(word)
        if fields.text("email").lower() != subject.lower():
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        return _reply(subject, word, is_role=fields.flag("isRole"))

    def upload(self, subjects: Sequence[str], *, label: str) -> str:
        """verifyApiFile. It starts, and costs, at once; the answer is the bare id."""
        sheet = io.StringIO()
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(["email"])
        writer.writerows([subject] for subject in subjects if is_sendable(subject))
        answer = self._bulk.request(
            "POST",
            "/api/verifyApiFile",
            files={"file_contents": (f"{label}.csv", sheet.getvalue().encode(), "text/csv")},
            expected=(200, 201, 403),
        )
        _check(answer)
        job = answer.text.strip().strip('"')
        if not _JOB_ID.fullmatch(job):
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        return job

    def find(self, label: str) -> str | None:
        """None: there is no list of files."""
        return None

    def start(self, job: str) -> None:
        """Nothing: a file starts by itself."""

    def state(self, job: str) -> JobState:
        """maillists/{id}/progress."""
        answer = self._bulk.request("GET", f"/api/maillists/{job}/progress", expected=(200, 404), is_free=True)
        if answer.status == 404:
            return JobState.FAILED
        return _STATES.get(answer.fields().text("status"), JobState.RUNNING)

    def results(self, job: str) -> Iterator[Reply[MailboxAnswer]]:
        """maillists/{id} as CSV: our column first, the result in the first one whose heading says so."""
        params = {"format": "csv", "addOriginal": "true", "addResult": "true"}
        lines = self._bulk.lines("GET", f"/api/maillists/{job}", params=params, expected=(200, 400, 404))
        first = next(lines, "")
        if first.lstrip().startswith("{"):
            raise _no_file(first + "".join(lines))
        table = rows(NAME, itertools.chain([first], lines))
        header = [name.strip().lower() for name in next(table, [])]
        column = next((at for at, name in enumerate(header) if at and "result" in name), None)
        if column is None:
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        for row in table:
            yield _reply(row[0], row[column].strip(), job)


def _check(answer: Answer) -> None:
    """The errors of this service: 403 with a text, and words with HTTP 200."""
    if answer.status == 403:
        text = answer.text.lower()
        is_own = text.lstrip().startswith("{")  # else a shield in front of it
        if is_own and "credit" in text:
            raise ProviderRefused(NAME, Fault.NO_CREDITS, "Buy credits.")
        if is_own and "too many" in text:  # lists are running; one more has to wait
            raise ProviderUnavailable(NAME, Fault.RATE_LIMITED, is_sent=False)
        raise ProviderUnavailable(NAME, Fault.FORBIDDEN)
    _check_word(answer.text.strip().strip('"'))


def _check_word(word: str) -> None:
    if word == "error_credit":
        raise ProviderRefused(NAME, Fault.NO_CREDITS, "Buy credits.")
    if word == "key_not_valid":  # of the older generation
        raise ProviderRefused(NAME, Fault.UNAUTHORIZED, "Check EMAILLISTVERIFY_API_KEY.")


def _reply(subject: str, word: str, job: str | None = None, is_role: bool | None = None) -> Reply[MailboxAnswer]:
    if not word:
        raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
    is_known = word in _RESULTS
    status, reason = _RESULTS.get(word, _UNSURE)
    if is_role and is_known and EMAIL_SEVERITY.index(status) > EMAIL_SEVERITY.index(EmailStatus.RISKY):
        status, reason = EmailStatus.RISKY, EmailSubStatus.ROLE_BASED
    answer = MailboxAnswer(
        status,
        reason,
        is_catch_all=True if word == "ok_for_all" else None,
        is_disposable=True if word == "disposable" else None,
        is_role=is_role,
    )
    return Reply(
        subject,
        Outcome.ANSWERED,
        answer,
        raw_status=word,
        reference=job,
        is_billed=word not in _FREE,
        is_known=is_known,
    )


def _no_file(text: str) -> ProviderUnavailable:
    try:
        message = Fields(NAME, json.loads(text)).text("message")
    except ValueError:
        return ProviderUnavailable(NAME, Fault.BAD_ANSWER)
    is_early = "not finished" in message.lower() or "not yet" in message.lower()
    return ProviderUnavailable(NAME, Fault.NOT_READY if is_early else Fault.JOB_FAILED)


VENDOR = Vendor(
    name=NAME,
    variables={"key": "EMAILLISTVERIFY_API_KEY", "base_url": "EMAILLISTVERIFY_BASE_URL"},
    offers={
        Layer.MAILBOX: Offer(
            make=lambda access, _: EmailListVerifyMailbox(access.key, access.base_url or BASE_URL),
            price=PRICE_PER_1000 / 1000,
        )
    },
)
