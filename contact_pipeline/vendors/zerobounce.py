"""ZeroBounce v2: mailboxes one by one, in batches and as files; activity one by one.

Needs ZEROBOUNCE_API_KEY. Limits as documented in August 2026: 80,000 single calls in 10 s, 30 batches of 100 a minute,
250 bulk calls a minute; too fast means a block of a minute to an hour. 200 calls an hour with a wrong key block too, so
a wrong key stops everything. Price: $39 for 2,000 (June 2026), the dearest step of its list; `unknown` is free. What
an activity look-up costs is not published. Its AI score (0-10) rates quality, not use: it becomes no engagement.

Rules: zerobounce.net docs, its Python SDK 2.3 and Go SDK. A file can be neither listed nor sent again for nothing: an
upload that breaks off is left for a person (is_findable = False).
"""

import csv
import io
import itertools
import json
from collections.abc import Iterator, Sequence

from contact_pipeline.adapters.answers import Fields, rows
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
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import ActivityAnswer, MailboxAnswer
from contact_pipeline.vendors.vendor import Offer, Vendor

NAME = "zerobounce"
BASE_URL = "https://api.zerobounce.net"
BULK_BASE_URL = "https://bulkapi.zerobounce.net"  # the same for all regions
PRICE_PER_1000 = 19.5

_SANDBOX = "@example.com"  # its test addresses; they cost nothing
_SERVER_TIMEOUT_S = 30
_UNSURE = MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)


def _answer(
    status: EmailStatus,
    sub_status: EmailSubStatus | None = None,
    *,
    is_catch_all: bool | None = None,
    is_disposable: bool | None = None,
    is_role: bool | None = None,
) -> MailboxAnswer:
    return MailboxAnswer(status, sub_status, None, is_catch_all, is_disposable, is_role)


_VALID = _answer(EmailStatus.VALID)
_CATCH_ALL = _answer(EmailStatus.CATCH_ALL, is_catch_all=True)
_ROLE = _answer(EmailStatus.RISKY, EmailSubStatus.ROLE_BASED, is_role=True)
_ROLE_CATCH_ALL = _answer(EmailStatus.RISKY, EmailSubStatus.ROLE_BASED, is_role=True, is_catch_all=True)
_DO_NOT_MAIL = _answer(EmailStatus.RISKY, EmailSubStatus.DO_NOT_MAIL)
_SMTP_FAILURE = _answer(EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE)
_SMTP_TIMEOUT = _answer(EmailStatus.UNKNOWN, EmailSubStatus.SMTP_TIMEOUT)

_MAILBOXES: dict[tuple[str, str], MailboxAnswer] = {
    ("valid", ""): _VALID,
    ("valid", "alias_address"): _VALID,
    ("valid", "alternate"): _VALID,
    ("valid", "leading_period_removed"): _VALID,
    ("valid", "gold"): _VALID,
    ("valid", "ai_agent_mailbox"): _VALID,
    ("valid", "accept_all"): _answer(EmailStatus.VALID, is_catch_all=True),
    ("valid", "role_based_accept_all"): _ROLE_CATCH_ALL,
    ("invalid", ""): _answer(EmailStatus.INVALID),
    ("invalid", "mailbox_not_found"): _answer(EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND),
    ("invalid", "no_dns_entries"): _answer(EmailStatus.INVALID, EmailSubStatus.NO_MAIL_HOST),
    ("invalid", "unroutable_ip_address"): _answer(EmailStatus.INVALID, EmailSubStatus.PRIVATE_ADDRESS),
    ("invalid", "does_not_accept_mail"): _answer(EmailStatus.INVALID, EmailSubStatus.NULL_MX),  # domain only sends
    ("invalid", "failed_syntax_check"): _answer(EmailStatus.INVALID, EmailSubStatus.SYNTAX),
    ("invalid", "possible_typo"): _answer(EmailStatus.INVALID, EmailSubStatus.TYPO),
    ("invalid", "mailbox_quota_exceeded"): _answer(EmailStatus.RISKY, EmailSubStatus.MAILBOX_FULL),  # it exists
    ("catch-all", ""): _CATCH_ALL,
    ("catch-all", "accept_all"): _CATCH_ALL,
    ("catch-all", "ai_agent_mailbox"): _CATCH_ALL,
    ("spamtrap", ""): _answer(EmailStatus.RISKY, EmailSubStatus.SPAM_TRAP),
    ("abuse", ""): _answer(EmailStatus.RISKY, EmailSubStatus.ABUSE),
    ("do_not_mail", ""): _DO_NOT_MAIL,
    ("do_not_mail", "disposable"): _answer(EmailStatus.RISKY, EmailSubStatus.DISPOSABLE, is_disposable=True),
    ("do_not_mail", "role_based"): _ROLE,
    ("do_not_mail", "role_based_catch_all"): _ROLE_CATCH_ALL,
    ("do_not_mail", "possible_trap"): _answer(EmailStatus.RISKY, EmailSubStatus.SPAM_TRAP),
    ("do_not_mail", "toxic"): _DO_NOT_MAIL,
    ("do_not_mail", "global_suppression"): _DO_NOT_MAIL,
    ("do_not_mail", "mx_forward"): _DO_NOT_MAIL,
    ("unknown", ""): _UNSURE,
    ("unknown", "greylisted"): _answer(EmailStatus.UNKNOWN, EmailSubStatus.GREYLISTED),
    ("unknown", "antispam_system"): _answer(EmailStatus.UNKNOWN, EmailSubStatus.BLOCKED_US),
    ("unknown", "mail_server_temporary_error"): _SMTP_FAILURE,
    ("unknown", "forcible_disconnect"): _SMTP_FAILURE,
    ("unknown", "failed_smtp_connection"): _SMTP_FAILURE,
    ("unknown", "mail_server_did_not_respond"): _SMTP_TIMEOUT,
    ("unknown", "timeout_exceeded"): _SMTP_TIMEOUT,
    ("unknown", "exception_occurred"): _UNSURE,
}
# The account's own lists answer before anything is checked; which status comes with them is not documented.
_OWN_LISTS: dict[str, MailboxAnswer] = {
    "allowed": _answer(EmailStatus.UNKNOWN, EmailSubStatus.MAILBOX_NOT_CHECKED),
    "blocked": _DO_NOT_MAIL,
}

# The word is the upper end of a range; its lower end is the next smaller word.
_ACTIVITIES: dict[str, ActivityAnswer] = {
    "30": ActivityAnswer(active_within_days=30),
    "60": ActivityAnswer(active_within_days=60, not_within_days=30),
    "90": ActivityAnswer(active_within_days=90, not_within_days=60),
    "180": ActivityAnswer(active_within_days=180, not_within_days=90),
    "365": ActivityAnswer(active_within_days=365, not_within_days=180),
    "365+": ActivityAnswer(not_within_days=365),
}

_STATES = {
    "queued": JobState.RUNNING,
    "processing": JobState.RUNNING,
    "in progress": JobState.RUNNING,
    "complete": JobState.FINISHED,
    "failed": JobState.FAILED,
}


class _Account:
    """Key, credits and the one error text for both wrong key and no credits."""

    name = NAME

    def __init__(self, key: str, base_url: str, connections: int) -> None:
        self._key = key
        self._http = HttpClient(NAME, base_url, connections=connections, timeout_s=_SERVER_TIMEOUT_S + 15)

    def credits(self) -> float:
        """Credits left."""
        fields = self._http.request("GET", "/v2/getcredits", params={"api_key": self._key}, is_free=True).fields()
        left = fields.number("Credits")
        if left < 0:  # documented for a wrong key, with HTTP 200
            raise ProviderRefused(NAME, Fault.UNAUTHORIZED, "Check ZEROBOUNCE_API_KEY.")
        return left

    def _refusal(self, text: str) -> ProviderRefused | ProviderUnavailable:
        """What an error text means. Wrong key and no credits share theirs: the balance tells them apart."""
        if "api key" in text.lower() or "api_key" in text.lower() or "credits" in text.lower():
            try:
                if self.credits() <= 0:
                    return ProviderRefused(NAME, Fault.NO_CREDITS, "Buy credits.")
            except ProviderRefused as refused:
                return refused
        return ProviderUnavailable(NAME, Fault.SERVER_ERROR, is_sent=False)


class ZeroBounceMailbox(_Account):
    """Whether a mailbox takes mail: Single, Batch and Job."""

    # Batches set the pace: they are what is used below `job_from`.
    limits = Limits(calls=30, seconds=60, connections=5, batch_size=100, job_size=100_000, job_from=1_000)
    is_findable = False

    def __init__(self, key: str, base_url: str = BASE_URL, *, bulk_base_url: str | None = None) -> None:
        super().__init__(key, base_url, self.limits.connections)
        is_official = base_url.rstrip("/").endswith(".zerobounce.net")
        bulk = bulk_base_url or (BULK_BASE_URL if is_official else base_url)
        self._batches = HttpClient(NAME, base_url, connections=self.limits.connections, timeout_s=130)
        self._bulk = HttpClient(NAME, bulk, timeout_s=120)

    def ask(self, subject: str) -> Reply[MailboxAnswer]:
        """GET /validate."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        params = {"api_key": self._key, "email": subject, "ip_address": "", "timeout": str(_SERVER_TIMEOUT_S)}
        fields = self._http.request("GET", "/v2/validate", params=params).fields()
        if "error" in fields:
            raise self._refusal(fields.text("error"))
        if "message" in fields or "Message" in fields:
            raise ProviderUnavailable(NAME, Fault.NOT_READY)
        reply = _reply(subject, fields)
        if not _is_same(subject, fields):
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        return reply

    def ask_batch(self, subjects: Sequence[str]) -> list[Reply[MailboxAnswer]]:
        """POST /validatebatch. A subject the answer leaves out comes back as FAILED."""
        open_subjects = [subject for subject in subjects if is_sendable(subject)]
        replies: list[Reply[MailboxAnswer]] = [
            Reply(subject, Outcome.REJECTED, is_billed=False) for subject in subjects if not is_sendable(subject)
        ]
        if not open_subjects:
            return replies
        body = {
            "api_key": self._key,
            "email_batch": [{"email_address": subject, "ip_address": ""} for subject in open_subjects],
            "timeout": "110",  # text: a JSON number is answered with the wrong-key error
        }
        fields = self._batches.request("POST", "/v2/validatebatch", json=body).fields()
        answers, errors = fields.objects("email_batch"), fields.objects("errors")
        for error in errors:
            if error.text("email_address") == "all":
                raise self._refusal(error.text("error"))
        for answer in answers:
            matches = [subject for subject in open_subjects if _is_same(subject, answer)]
            if not matches:
                raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
            replies += [_reply(subject, answer) for subject in matches]
        refused = {error.text("email_address").lower() for error in errors}
        answered = {reply.subject for reply in replies}
        for subject in (subject for subject in open_subjects if subject not in answered):
            outcome = Outcome.REJECTED if subject.lower() in refused else Outcome.FAILED
            replies.append(Reply(subject, outcome, is_billed=False))
        return replies

    def upload(self, subjects: Sequence[str], *, label: str) -> str:
        """POST /sendfile. It starts, and costs, at once."""
        sheet = io.StringIO()
        writer = csv.writer(sheet, lineterminator="\n")
        writer.writerow(["Email Address"])
        writer.writerows([subject] for subject in subjects if is_sendable(subject))
        fields = self._bulk.request(
            "POST",
            "/v2/sendfile",
            data={
                "api_key": self._key,
                "email_address_column": "1",
                "has_header_row": "true",
                "remove_duplicate": "true",
            },
            files={"file": (f"{label}.csv", sheet.getvalue().encode(), "text/csv")},
            expected=(200, 201),
        ).fields()
        if not _is_success(fields):
            raise self._bulk_refusal(fields)
        job = fields.text("file_id")
        if not job:
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        return job

    def find(self, label: str) -> str | None:
        """None: there is no list of files."""
        return None

    def start(self, job: str) -> None:
        """Nothing: a file starts by itself."""

    def state(self, job: str) -> JobState:
        """GET /filestatus."""
        fields = self._bulk.request(
            "GET", "/v2/filestatus", params={"api_key": self._key, "file_id": job}, is_free=True
        ).fields()
        if not _is_success(fields):
            refusal = self._bulk_refusal(fields)
            if isinstance(refusal, ProviderRefused):
                raise refusal
            return JobState.FAILED  # it does not know the file
        if fields.text_or_none("error_reason"):
            return JobState.FAILED
        return _STATES.get(fields.text("file_status").strip().lower(), JobState.RUNNING)

    def results(self, job: str) -> Iterator[Reply[MailboxAnswer]]:
        """GET /getfile, row by row. The first column is what was uploaded."""
        lines = self._bulk.lines("GET", "/v2/getfile", params={"api_key": self._key, "file_id": job})
        first = next(lines, "")
        if first.lstrip().startswith("{"):  # an error, with HTTP 200
            raise self._no_file(first + "".join(lines))
        table = rows(NAME, itertools.chain([first], lines))
        header = [name.strip().lower() for name in next(table, [])]
        if "zb status" not in header or "zb sub status" not in header:
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        status, sub_status = header.index("zb status"), header.index("zb sub status")
        for row in table:
            yield _reply(row[0], Fields(NAME, {"status": row[status], "sub_status": row[sub_status]}), job)

    def _bulk_refusal(self, fields: Fields) -> ProviderRefused | ProviderUnavailable:
        """Of the bulk host, where `message` is a text or a list of texts."""
        try:
            text = fields.text("message")
        except ProviderUnavailable:
            text = " ".join(fields.texts("message"))
        refusal = self._refusal(text)
        if isinstance(refusal, ProviderRefused):
            return refusal
        return ProviderUnavailable(NAME, Fault.JOB_FAILED, is_sent=False)

    def _no_file(self, text: str) -> ProviderRefused | ProviderUnavailable:
        try:
            fields = Fields(NAME, json.loads(text))
        except ValueError:
            return ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        if "not processed" in text:
            return ProviderUnavailable(NAME, Fault.NOT_READY)
        return self._bulk_refusal(fields)


class ZeroBounceActivity(_Account):
    """When an address was last used: Single."""

    # For /activity none is documented: a hundredth of what /validate may have.
    limits = Limits(calls=800, seconds=10, connections=20)

    def __init__(self, key: str, base_url: str = BASE_URL) -> None:
        super().__init__(key, base_url, self.limits.connections)

    def ask(self, subject: str) -> Reply[ActivityAnswer]:
        """GET /activity. The answer does not repeat the address."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        params = {"api_key": self._key, "email": subject}
        answer = self._http.request("GET", "/v2/activity", params=params, expected=(200, 400))
        fields = answer.fields()
        if "error" in fields:
            refusal = self._refusal(fields.text("error"))
            if answer.status == 400 and isinstance(refusal, ProviderUnavailable):
                return Reply(subject, Outcome.REJECTED, is_billed=False)
            raise refusal
        is_found = fields.flag("found")
        if is_found is None:
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        word = fields.text_or_none("active_in_days")
        if not is_found:
            return Reply(subject, Outcome.NOT_FOUND, raw_status=word)
        activity = _ACTIVITIES.get(word) if word else ActivityAnswer()
        return Reply(
            subject, Outcome.ANSWERED, activity or ActivityAnswer(), raw_status=word, is_known=activity is not None
        )


def _reply(subject: str, fields: Fields, job: str | None = None) -> Reply[MailboxAnswer]:
    status, sub_status = (
        fields.text("status").strip().lower(),
        (fields.text_or_none("sub_status") or "").strip().lower(),
    )
    if not status:
        raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
    answer = _OWN_LISTS.get(sub_status) or _MAILBOXES.get((status, sub_status))
    return Reply(
        subject,
        Outcome.ANSWERED,
        answer or _UNSURE,
        raw_status=status,
        raw_sub_status=sub_status or None,
        reference=job,
        is_billed=status != "unknown" and not subject.lower().endswith(_SANDBOX),
        is_known=answer is not None,
    )


def _is_same(subject: str, fields: Fields) -> bool:
    asked, answered = subject.lower(), fields.text("address").strip().lower()
    if asked == answered:
        return True
    return fields.text_or_none("sub_status") == "leading_period_removed" and asked.lstrip(".") == answered


def _is_success(fields: Fields) -> bool:
    """`success` is a boolean or, in some errors, the text "False"."""
    try:
        return fields.flag("success") is True
    except ProviderUnavailable:
        return fields.text("success").lower() == "true"


VENDOR = Vendor(
    name=NAME,
    variables={
        "key": "ZEROBOUNCE_API_KEY",
        "base_url": "ZEROBOUNCE_BASE_URL",
        "bulk_base_url": "ZEROBOUNCE_BULK_BASE_URL",
    },
    offers={
        Layer.MAILBOX: Offer(
            make=lambda access, _: ZeroBounceMailbox(
                access.key, access.base_url or BASE_URL, bulk_base_url=access.bulk_base_url
            ),
            price=PRICE_PER_1000 / 1000,
        ),
        Layer.ACTIVITY: Offer(
            make=lambda access, _: ZeroBounceActivity(access.key, access.base_url or BASE_URL),
            price=PRICE_PER_1000 / 1000,
        ),
    },
)
