"""BriteVerify (Validity): mailboxes one by one (v1) and as lists (bulk v3).

Needs BRITEVERIFY_API_KEY. Documented: 500 verifications a minute one by one, about 4,000 a minute as lists, 100,000
addresses in one request, 10 lists at once; results stay for 7 days. Price: $10 for 1,000, as resold (quickmail.io); its
own list is not published. Whether `unknown` costs is not said, so all answers count as billed.

It has no activity: neither its public API collection nor its support pages know such a call, so none is built.

Rules: docs.briteverify.com (copy of 2023), knowledge.validity.com, briteverify-rs 0.2. An uploaded list stays `open`,
costs nothing until the `start` directive, and ends by itself after 15 idle minutes: a lost upload needs no finding
(is_findable = True, `find` answers None). An external id would make it findable, but whose ids are accepted is not
documented.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from contact_pipeline.adapters.answers import Answer
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
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.vendors.vendor import Offer, Vendor

NAME = "briteverify"
BASE_URL = "https://bpi.briteverify.com"
BULK_BASE_URL = "https://bulk-api.briteverify.com"
PRICE_PER_1000 = 10.0

_JOB_ID = re.compile(r"[0-9A-Za-z-]{6,64}")

_Finding = tuple[EmailStatus, EmailSubStatus | None]

_UNSURE: _Finding = (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)
_MAILBOX_FULL: _Finding = (EmailStatus.RISKY, EmailSubStatus.MAILBOX_FULL)  # it exists, so it is no `invalid`
# By status and error_code (v1) or secondary_status (v3).
_RESULTS: dict[tuple[str, str | None], _Finding] = {
    ("valid", None): (EmailStatus.VALID, None),
    ("accept_all", None): (EmailStatus.CATCH_ALL, None),
    ("unknown", None): _UNSURE,
    ("invalid", None): (EmailStatus.INVALID, None),
    ("invalid", "email_address_invalid"): (EmailStatus.INVALID, EmailSubStatus.SYNTAX),
    ("invalid", "email_domain_invalid"): (EmailStatus.INVALID, EmailSubStatus.NO_MAIL_HOST),
    ("invalid", "email_account_invalid"): (EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND),
    ("invalid", "mailbox_full_invalid"): _MAILBOX_FULL,
    ("invalid", "mailbox_full"): _MAILBOX_FULL,
    ("valid", "mailbox_full"): _MAILBOX_FULL,
    ("accept_all", "mailbox_full"): _MAILBOX_FULL,
    ("unknown", "mailbox_full"): _MAILBOX_FULL,
}
# Flags in v1; in v3 each is a secondary_status. The first that applies.
_FLAGS = {"disposable": EmailSubStatus.DISPOSABLE, "role_address": EmailSubStatus.ROLE_BASED}

_STATES = {
    "open": JobState.WAITING,
    "pending": JobState.RUNNING,
    "prepped": JobState.RUNNING,
    "closed": JobState.RUNNING,
    "verifying": JobState.RUNNING,
    "complete": JobState.FINISHED,
    "delivered": JobState.FINISHED,
    "success": JobState.FINISHED,
    "terminated": JobState.FAILED,
    "expired": JobState.FAILED,
    "deleted": JobState.FAILED,
    "import_error": JobState.FAILED,
}
_EARLY = {"list_uploads_incomplete", "invalid_state"}


class BriteVerifyMailbox:
    """Whether a mailbox takes mail: Single and Job."""

    name = NAME
    limits = Limits(calls=500, seconds=60, connections=10, job_size=100_000, job_from=1_000)
    is_findable = True

    def __init__(self, key: str, base_url: str = BASE_URL, *, bulk_base_url: str | None = None) -> None:
        headers = {"Authorization": f"ApiKey: {key}"}  # with the colon
        is_official = base_url.rstrip("/").endswith(".briteverify.com")
        bulk = bulk_base_url or (BULK_BASE_URL if is_official else base_url)
        self._http = HttpClient(NAME, base_url, connections=self.limits.connections, headers=headers)
        self._bulk = HttpClient(NAME, bulk, headers=headers, timeout_s=120)

    def credits(self) -> float:
        """Credits left."""
        return self._http.request("GET", "/api/v1/accounts/credits", is_free=True).fields().number("credits")

    def ask(self, subject: str) -> Reply[MailboxAnswer]:
        """fullverify with an address only."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request("POST", "/api/v1/fullverify", json={"email": subject}, expected=(200, 400))
        if answer.status == 400:
            answer.fields().object("errors")  # else it is not this API that refuses
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        fields = answer.fields().object("email")
        if fields.text("address").lower() != subject.lower():
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        flags = {flag: fields.flag(flag) for flag in _FLAGS}
        return _reply(subject, fields.text("status"), fields.text_or_none("error_code"), flags)

    def upload(self, subjects: Sequence[str], *, label: str) -> str:
        """A list without directive: it stays open. There is no field for our label."""
        body = {"emails": [subject for subject in subjects if is_sendable(subject)]}
        answer = self._bulk.request("POST", "/api/v3/lists", json=body, expected=(200, 201, 400, 422))
        _check(answer)
        job = answer.fields().object("list").text("id")
        if not _JOB_ID.fullmatch(job):
            raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
        return job

    def find(self, label: str) -> str | None:
        """None: see above."""
        return None

    def start(self, job: str) -> None:
        """The `start` directive. Its documented answer shows another call's body, so only its status is read."""
        answer = self._bulk.request(
            "POST", f"/api/v3/lists/{job}", json={"directive": "start"}, expected=(200, 201, 400, 404, 422)
        )
        if answer.status >= 400 and answer.fields().text("status") == "invalid_state":
            return  # started before, or ended: `state` tells
        _check(answer)

    def state(self, job: str) -> JobState:
        """GET lists/{id}."""
        answer = self._bulk.request("GET", f"/api/v3/lists/{job}", expected=(200, 404), is_free=True)
        if answer.status == 404:
            return JobState.FAILED
        fields = answer.fields()
        if "errors" in fields and any(error.text("code") == "expired" for error in fields.objects("errors")):
            return JobState.FAILED  # an expired list still says `complete`
        return _STATES.get(fields.text("state"), JobState.RUNNING)

    def results(self, job: str) -> Iterator[Reply[MailboxAnswer]]:
        """GET lists/{id}/export/{page}."""
        page, pages = 1, 1
        while page <= pages:
            answer = self._bulk.request(
                "GET", f"/api/v3/lists/{job}/export/{page}", expected=(200, 400, 404, 422), is_free=True
            )
            _check(answer)
            fields = answer.fields()
            pages = int(fields.number("num_pages"))  # a number, or a text
            results = fields.objects("results")
            if not results:  # however many pages it speaks of: else it could keep us asking for ever
                return
            for result in results:
                reason = result.text_or_none("secondary_status")
                flags = {flag: True if flag == reason else None for flag in _FLAGS}  # one reason at a time
                yield _reply(result.text("email"), result.text("status"), reason, flags, job)
            page += 1


def _check(answer: Answer) -> None:
    """The errors of the bulk host: `status` is a word."""
    if answer.status < 400:
        return
    fields = answer.fields()
    word = fields.text("status")
    if "credit" in (fields.text_or_none("message") or "").lower():
        raise ProviderRefused(NAME, Fault.NO_CREDITS, "Buy credits.")
    if word in _EARLY:
        raise ProviderUnavailable(NAME, Fault.NOT_READY)
    if word in {"not_found", "list_expired"}:
        raise ProviderUnavailable(NAME, Fault.JOB_FAILED)
    raise ProviderRefused(NAME, Fault.BAD_REQUEST)


def _reply(
    subject: str, status: str, reason: str | None, flags: Mapping[str, bool | None], job: str | None = None
) -> Reply[MailboxAnswer]:
    if not status:
        raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)
    finding = _RESULTS.get((status, None if reason in _FLAGS else reason))
    is_known = finding is not None
    finding = finding or _UNSURE
    risk = next((word for flag, word in _FLAGS.items() if flags[flag]), None)
    if risk and is_known and finding[0] is not EmailStatus.INVALID:
        finding = (EmailStatus.RISKY, risk)
    answer = MailboxAnswer(
        *finding,
        is_catch_all=True if status == "accept_all" else None,
        is_disposable=flags["disposable"],
        is_role=flags["role_address"],
    )
    return Reply(
        subject,
        Outcome.ANSWERED,
        answer,
        raw_status=status,
        raw_sub_status=reason or ",".join(flag for flag in _FLAGS if flags[flag]) or None,
        reference=job,
        is_known=is_known,
    )


VENDOR = Vendor(
    name=NAME,
    variables={
        "key": "BRITEVERIFY_API_KEY",
        "base_url": "BRITEVERIFY_BASE_URL",
        "bulk_base_url": "BRITEVERIFY_BULK_BASE_URL",
    },
    offers={
        Layer.MAILBOX: Offer(
            make=lambda access, _: BriteVerifyMailbox(
                access.key, access.base_url or BASE_URL, bulk_base_url=access.bulk_base_url
            ),
            price=PRICE_PER_1000 / 1000,
        )
    },
)
