"""NeverBounce v4.2: mailboxes as jobs, and single ones; it knows no activity.

Needs NEVERBOUNCE_API_KEY (a V4 key). Its policy forbids to loop the single check over a list and locks accounts for it,
so a job is used from two addresses on. Documented: 10 jobs at once, 50 a day, 25 MB for an upload (90,000 addresses of
254 bytes); the rate is set for each app in its dashboard. Price: $8 for 1,000 (help page of March 2024); a single check
always costs, a job costs its `billable` addresses from `jobs/start` on. An uploaded job waits, costs nothing and is
found again by its file name (is_findable = True).

Rules: developers.neverbounce.com and the vendor's Python, Go, Node and .NET SDKs. Errors come with HTTP 200. Role
account, disposable and spam trap are flags beside the result. Key and address travel in the body, never in a URL.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from contact_pipeline.adapters.answers import Fields
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

NAME = "neverbounce"
BASE_URL = "https://api.neverbounce.com"
PRICE_PER_1000 = 8.0

_SERVER_TIMEOUT_S = 10  # then it answers `unknown`
_PAGE = 1_000

_Finding = tuple[EmailStatus, EmailSubStatus | None]

_RESULTS: dict[str, _Finding] = {
    "valid": (EmailStatus.VALID, None),
    "invalid": (EmailStatus.INVALID, None),
    "disposable": (EmailStatus.RISKY, EmailSubStatus.DISPOSABLE),
    "catchall": (EmailStatus.CATCH_ALL, None),
    "unknown": (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE),
}
# What a flag makes of a result, the first that applies; the other documented flags change nothing.
_REASONS: dict[str, tuple[tuple[str, EmailSubStatus], ...]] = {
    "invalid": (
        ("bad_syntax", EmailSubStatus.SYNTAX),
        ("spelling_mistake", EmailSubStatus.TYPO),
        ("bad_dns", EmailSubStatus.NO_MAIL_HOST),
        ("smtp_connectable", EmailSubStatus.MAILBOX_NOT_FOUND),  # its server was asked and said no
    ),
    "unknown": (
        ("temporary_dns_error", EmailSubStatus.DNS_FAILURE),
        ("connect_fails", EmailSubStatus.SMTP_FAILURE),
    ),
}
_RISKS = (
    ("spamtrap_network", EmailSubStatus.SPAM_TRAP),
    ("disposable_email", EmailSubStatus.DISPOSABLE),
    ("role_account", EmailSubStatus.ROLE_BASED),
)

_STATES = {
    "waiting": JobState.WAITING,
    "waiting_analyzed": JobState.WAITING,
    "uploading": JobState.RUNNING,
    "parsing": JobState.RUNNING,
    "queued": JobState.RUNNING,
    "running": JobState.RUNNING,
    "under_review": JobState.RUNNING,
    "complete": JobState.FINISHED,
    "failed": JobState.FAILED,
}


class NeverBounceMailbox:
    """Whether a mailbox takes mail: Single and Job."""

    name = NAME
    limits = Limits(calls=10, seconds=1, connections=5, job_size=90_000, job_from=2)
    is_findable = True

    def __init__(self, key: str, base_url: str = BASE_URL) -> None:
        self._key = key
        self._http = HttpClient(NAME, base_url, connections=self.limits.connections, timeout_s=_SERVER_TIMEOUT_S + 15)
        self._bulk = HttpClient(NAME, base_url, timeout_s=120)

    def credits(self) -> float | None:
        """Paid and free credits; None for an account that is billed by the month."""
        fields = self._call("account/info", {}, is_free=True).object("credits_info")
        if "paid_credits_remaining" not in fields:
            return None
        return fields.number("paid_credits_remaining") + fields.number("free_credits_remaining")

    def ask(self, subject: str) -> Reply[MailboxAnswer]:
        """single/check. With address_info, which repeats the address it answers for."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        fields = self._call("single/check", {"email": subject, "address_info": 1, "timeout": _SERVER_TIMEOUT_S})
        if "address_info" in fields:
            answered = fields.object("address_info").text("original_email")
            if answered.lower() != subject.lower():
                raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        return _reply(subject, fields)

    def upload(self, subjects: Sequence[str], *, label: str) -> str:
        """jobs/create, parsed but not started."""
        fields = self._call(
            "jobs/create",
            {
                "input_location": "supplied",
                "input": [{"email": subject} for subject in subjects if is_sendable(subject)],
                "filename": label,
                "auto_parse": 1,
                "auto_start": 0,
                "run_sample": 0,
            },
            is_bulk=True,
        )
        return _job_id(fields, "job_id")

    def find(self, label: str) -> str | None:
        """jobs/search. Of several, one that was started already: starting another would be paid again."""
        fields = self._call("jobs/search", {"filename": label, "page": 1, "items_per_page": 100}, is_free=True)
        found = [job for job in fields.objects("results") if job.text("filename") == label]
        found.sort(key=lambda job: _state(job) is JobState.WAITING)
        return next((_job_id(job, "id") for job in found if _state(job) is not JobState.FAILED), None)

    def start(self, job: str) -> None:
        """jobs/start. Cannot be stopped. Its answer may have been lost once: a job that runs already is no error."""
        try:
            self._call("jobs/start", {"job_id": int(job)}, is_bulk=True)
        except ProviderUnavailable as failure:
            if failure.fault is not Fault.JOB_FAILED or self.state(job) is JobState.WAITING:
                raise

    def state(self, job: str) -> JobState:
        """jobs/status. A job it does not know is lost."""
        try:
            return _state(self._call("jobs/status", {"job_id": int(job)}, is_free=True))
        except ProviderUnavailable as failure:
            if failure.fault is not Fault.JOB_FAILED:
                raise
            return JobState.FAILED

    def results(self, job: str) -> Iterator[Reply[MailboxAnswer]]:
        """jobs/results, page by page. `data` repeats what was uploaded."""
        page, pages = 1, 1
        while page <= pages:
            fields = self._call(
                "jobs/results", {"job_id": int(job), "page": page, "items_per_page": _PAGE}, is_bulk=True, is_free=True
            )
            pages = int(fields.number("total_pages"))
            results = fields.objects("results")
            if not results:  # however many pages it speaks of: else it could keep us asking for ever
                return
            for result in results:
                yield _reply(result.object("data").text("email"), result.object("verification"), job)
            page += 1

    def _call(self, path: str, body: dict[str, Any], *, is_bulk: bool = False, is_free: bool = False) -> Fields:
        """POST, as the vendor's own SDK does; and the errors that come with HTTP 200."""
        http = self._bulk if is_bulk else self._http
        fields = http.request("POST", f"/v4.2/{path}", json={"key": self._key, **body}, is_free=is_free).fields()
        match fields.text("status"):
            case "success":
                return fields
            case "auth_failure":
                raise ProviderRefused(NAME, Fault.UNAUTHORIZED, "Check NEVERBOUNCE_API_KEY.")
            case "bad_referrer":
                raise ProviderRefused(NAME, Fault.FORBIDDEN, "Allow this server in the app's settings.")
            case "throttle_triggered":
                raise ProviderUnavailable(NAME, Fault.RATE_LIMITED, is_sent=False)
            case "temp_unavail":
                raise ProviderUnavailable(NAME, Fault.SERVER_ERROR, is_sent=False)
            case "general_failure":
                if "credit" in (fields.text_or_none("message") or "").lower():
                    raise ProviderRefused(NAME, Fault.NO_CREDITS, "Buy credits.")
                if "job_id" in body:  # about this job, not about us
                    raise ProviderUnavailable(NAME, Fault.JOB_FAILED, is_sent=False)
                raise ProviderRefused(NAME, Fault.BAD_REQUEST)
        raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)


def _reply(subject: str, fields: Fields, job: str | None = None) -> Reply[MailboxAnswer]:
    result, flags = fields.text("result"), fields.texts("flags")
    is_known = result in _RESULTS
    status, reason = _RESULTS.get(result, (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE))
    reason = next((word for flag, word in _REASONS.get(result, ()) if flag in flags), reason)
    risk = next((word for flag, word in _RISKS if flag in flags), None)
    if risk and is_known and EMAIL_SEVERITY.index(status) > EMAIL_SEVERITY.index(EmailStatus.RISKY):
        status, reason = EmailStatus.RISKY, risk
    is_catch_all = result == "catchall" or "accepts_all" in flags
    answer = MailboxAnswer(
        status,
        reason,
        is_catch_all=is_catch_all or (None if result == "unknown" or not is_known else False),
        is_disposable=result == "disposable" or "disposable_email" in flags,
        is_role="role_account" in flags,
    )
    return Reply(
        subject,
        Outcome.ANSWERED,
        answer,
        raw_status=result,
        raw_sub_status=",".join(flags) or None,
        reference=job,
        is_billed=job is None or "bad_syntax" not in flags,
        is_known=is_known,
    )


def _state(job: Fields) -> JobState:
    """A word nobody has seen keeps the job waiting for a better one; the engine's deadline ends that."""
    return _STATES.get(job.text("job_status"), JobState.RUNNING)


def _job_id(fields: Fields, name: str) -> str:
    return str(int(fields.number(name)))


VENDOR = Vendor(
    name=NAME,
    variables={"key": "NEVERBOUNCE_API_KEY", "base_url": "NEVERBOUNCE_BASE_URL"},
    offers={
        Layer.MAILBOX: Offer(
            make=lambda access, _: NeverBounceMailbox(access.key, access.base_url or BASE_URL),
            price=PRICE_PER_1000 / 1000,
        )
    },
)
