"""Hunter (hunter.io): is there a mailbox behind an address? Single questions only; its bulk check is a web page.
Persons, companies and the e-mail finder are in profiles.py; account and error forms here are theirs too.

Needs HUNTER_API_KEY, sent as X-API-KEY so that it stands in no URL. Documented limits of the verifier: 10 calls a
second and 300 a minute for each key; we stay at 5 a second, which keeps both. Price: a verification takes half a credit
(Hunter's help pages, 2026); the smallest plan sells 1,000 credits for about 24.50 dollars (from memory, not verified),
so 12.25 per 1,000. What Hunter cannot verify (`unknown`) is free, and so is the same address again in a billing period.

Rules: hunter.io/api-documentation/v2 as read on 2026-08-13. Its statuses are not everybody's: 202 still working (ask
the same again, billed once), 222 the other mail server misbehaved, 403 too fast, 429 out of credits, 451 this person
asked Hunter to stop processing their data: OPTED_OUT.
"""

import time
from collections.abc import Mapping
from typing import Any

from contact_pipeline.adapters.answers import Answer
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import (
    Fault,
    Limits,
    Outcome,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
    is_sendable,
)
from contact_pipeline.core.verdicts import EmailStatus, EmailSubStatus
from contact_pipeline.emails.ports import MailboxAnswer

NAME = "hunter"
BASE_URL = "https://api.hunter.io"
PRICE_PER_1000 = 12.25

_TRIES = 3
_STILL_WORKING, _SMTP_MISBEHAVED, _LEGAL = 202, 222, 451

# Answers that say why there is none, for `refused`.
REFUSALS = (400, 403, 429, _LEGAL)

Finding = tuple[EmailStatus, EmailSubStatus | None]

UNSURE: Finding = (EmailStatus.UNKNOWN, EmailSubStatus.PROVIDER_UNSURE)

# Where the word alone does not say why (None), the checks below do.
STATUSES: dict[str, Finding | None] = {
    "valid": (EmailStatus.VALID, None),
    "invalid": None,
    "accept_all": (EmailStatus.CATCH_ALL, None),
    "disposable": (EmailStatus.RISKY, EmailSubStatus.DISPOSABLE),
    "webmail": None,
    "unknown": None,
}

# `invalid`: the first check that failed is the reason. No connection is a fault of infrastructure, so no verdict.
INVALID_BY_CHECK: dict[str, Finding] = {
    "regexp": (EmailStatus.INVALID, EmailSubStatus.SYNTAX),
    "mx_records": (EmailStatus.INVALID, EmailSubStatus.NO_MAIL_HOST),
    "smtp_server": (EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE),
    "smtp_check": (EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND),
}


class HunterMailbox:
    """Hunter's e-mail verifier.

    A person who had Hunter delete their data (HTTP 451) is an OPTED_OUT reply. It is an erasure request: Hunter demands
    that whoever gets it stops processing the address as well.
    """

    name = NAME
    limits = Limits(calls=5, seconds=1.0, connections=10)
    credits_per_subject = 0.5  # of one account, which counts other work in whole ones

    def __init__(self, key: str, base_url: str = BASE_URL, *, wait_s: float = 2.0) -> None:
        """wait_s: between two questions for a verification that is still under way."""
        self._http = HttpClient(
            self.name, base_url, connections=self.limits.connections, headers={"X-API-KEY": key}, timeout_s=60.0
        )
        self._wait_s = wait_s

    def credits(self) -> float | None:
        """Credits left on plans that count in credits (a verification takes half of one), else verifications left."""
        return credits_left(self._http, "verifications")

    def ask(self, subject: str) -> Reply[MailboxAnswer]:
        """One verification."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._verified(subject)
        match answer.status:
            case 200:
                return self._reply(subject, answer.json())
            case 222:  # the address's own mail server misbehaved: an answer about it, for now
                nothing = MailboxAnswer(EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE)
                return Reply(subject, Outcome.ANSWERED, nothing, raw_status="222", is_billed=False)
            case 202:
                raise ProviderUnavailable(self.name, Fault.NOT_READY)
        return refused(subject, answer)

    def _verified(self, subject: str) -> Answer:
        """The same question until it is done, a few times: Hunter bills it once."""
        for left in reversed(range(_TRIES)):
            answer = self._http.request(
                "GET",
                "/v2/email-verifier",
                params={"email": subject},
                expected=(200, _STILL_WORKING, _SMTP_MISBEHAVED, *REFUSALS),
            )
            if answer.status != _STILL_WORKING or not left:
                break
            time.sleep(self._wait_s)
        return answer

    def _reply(self, subject: str, body: Any) -> Reply[MailboxAnswer]:
        match body:
            case {"data": {"status": str(word), "email": str(email)} as data}:
                pass
            case _:
                raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)
        if email.casefold() != subject.casefold():
            raise ProviderUnavailable(self.name, Fault.OTHER_SUBJECT)
        score = data.get("score")
        checks = {name: data.get(name) for name in (*INVALID_BY_CHECK, "disposable", "accept_all", "block")}
        if not (score is None or (type(score) is int and 0 <= score <= 100)) or not all(
            flag is None or isinstance(flag, bool) for flag in checks.values()
        ):
            raise ProviderUnavailable(self.name, Fault.BAD_ANSWER)
        result = data.get("result")
        status, sub_status = _finding(word, checks, result)
        answer = MailboxAnswer(
            status, sub_status, score=score, is_catch_all=checks["accept_all"], is_disposable=checks["disposable"]
        )
        return Reply(
            subject,
            Outcome.ANSWERED,
            answer,
            raw_status=word,
            raw_sub_status=result if isinstance(result, str) else None,
            is_billed=word != "unknown",
            is_known=word in STATUSES,
        )


def _finding(word: str, checks: Mapping[str, bool | None], result: object) -> Finding:
    fixed = STATUSES.get(word, UNSURE)
    if fixed:
        return fixed
    match word:
        case "invalid":
            failed = (name for name in INVALID_BY_CHECK if checks[name] is False)
            reason = next(failed, None)
            return INVALID_BY_CHECK[reason] if reason else (EmailStatus.INVALID, None)
        case "webmail":  # only a kind of domain: whether there is a mailbox say the checks
            if result == "undeliverable":
                return EmailStatus.INVALID, EmailSubStatus.MAILBOX_NOT_FOUND
            if checks["accept_all"]:
                return EmailStatus.CATCH_ALL, None
            return (EmailStatus.VALID, None) if checks["smtp_check"] and checks["accept_all"] is False else UNSURE
    if checks["block"] or checks["smtp_server"] is False:  # refused Hunter, or was not there
        return EmailStatus.UNKNOWN, EmailSubStatus.SMTP_FAILURE
    return UNSURE


def credits_left(http: HttpClient, quota: str) -> float:
    """GET /account, free: what is left on plans that count in credits, else of that quota of the older plans."""
    body = http.request("GET", "/v2/account", is_free=True).json()
    match body:
        case {"data": {"requests": {"credits": {"remaining": int() | float() as left}}}}:
            return float(left)
        case {"data": {"requests": dict(quotas)}}:
            match quotas.get("credits") or quotas.get(quota):
                case {"used": int() | float() as used, "available": int() | float() as available}:
                    return float(available - used)
    raise ProviderUnavailable(NAME, Fault.BAD_ANSWER)


def refused(subject: Any, answer: Answer) -> Reply[Any]:
    """What the statuses in REFUSALS mean. All but 403 and 429 must be JSON: a proxy may say 451 as well."""
    match answer.status:
        case 403:
            raise ProviderUnavailable(NAME, Fault.RATE_LIMITED, is_sent=False)
        case 429:
            raise ProviderRefused(NAME, Fault.NO_CREDITS, "Its credits of this billing period are used up.")
    error = error_id(answer)
    if answer.status == _LEGAL:
        return Reply(subject, Outcome.OPTED_OUT, raw_status="451", raw_sub_status=error, is_billed=False)
    if error and error.startswith("invalid_"):  # this address, name or domain
        return Reply(subject, Outcome.REJECTED, raw_status="400", raw_sub_status=error, is_billed=False)
    raise ProviderRefused(NAME, Fault.BAD_REQUEST, "It does not understand our question.")


def error_id(answer: Answer) -> str | None:
    """The word of the first error, where there is one."""
    match answer.json():
        case {"errors": [{"id": str(word)}, *_]}:
            return word
    return None
