"""Hunter's verifier and account, as documented on 2026-08-13: 202 until it is done, 222, 403 for too fast, 429 for no
credits, 451 for people who opted out. What it cannot verify is free, and so is the same address again."""

import time
from collections import Counter, deque
from typing import Any

from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

# status, result, score, and the checks that are not as for a good address
_TRUTH: dict[Mailbox, tuple[str, str, int, dict[str, bool]]] = {
    Mailbox.DELIVERABLE: ("valid", "deliverable", 97, {}),
    Mailbox.NO_MAILBOX: ("invalid", "undeliverable", 0, {"smtp_check": False}),
    Mailbox.DISABLED: ("invalid", "undeliverable", 0, {"smtp_check": False}),
    Mailbox.FULL: ("unknown", "risky", 40, {"smtp_check": False}),
    Mailbox.CATCH_ALL: ("accept_all", "risky", 76, {"accept_all": True}),
    Mailbox.DISPOSABLE: ("disposable", "risky", 0, {"disposable": True}),
    Mailbox.ROLE: ("valid", "deliverable", 91, {}),
    Mailbox.SPAM_TRAP: ("valid", "deliverable", 88, {}),
    Mailbox.ABUSE: ("valid", "deliverable", 88, {}),
    Mailbox.GREYLISTED: ("unknown", "risky", 35, {"smtp_check": False}),
}


class Hunter(Vendor):
    """polls: how often a verification is 202 before it is done. opted_out: addresses whose owners had them removed.
    per_second: answers 403 beyond so many calls a second (documented: 10). `webmail.` domains are webmail."""

    name = "hunter"

    def __init__(self, *, polls: int = 0, per_second: int | None = None, **base: Any) -> None:
        super().__init__(**base)
        self.polls = polls
        self.per_second = per_second
        self.opted_out: set[str] = set()
        self._asked: Counter[str] = Counter()
        self._arrivals: deque[float] = deque()

    def answer(self, request: Request) -> Response:
        keys = (
            request.query.get("api_key"),
            request.headers.get("x-api-key"),
            request.headers.get("authorization", "").removeprefix("Bearer "),
        )
        if self.key not in keys:
            return _error(401, "authentication_failed", "No user found for the API key supplied")
        match request.method, request.path:
            case "GET", "/v2/account":
                return Response({"data": self._account(), "meta": {}})
            case "GET", "/v2/email-verifier":
                return self._verify(request.query.get("email", ""))
        return _error(404, "not_found", "No such resource")

    def _account(self) -> dict[str, Any]:
        left = {"used": 0, "available": self.credits}
        return {"plan_name": "Lab", "requests": {"credits": left | {"remaining": self.credits}, "verifications": left}}

    def _verify(self, email: str) -> Response:
        if self._is_too_fast():
            return _error(403, "too_many_requests", "Rate limit reached")
        if email in self.opted_out:
            return _error(451, "claimed_email", "This person asked for no processing")
        if "@" not in email:
            return _error(400, "invalid_email", "This is no e-mail address")
        if self.credits < 0.5 and email not in self.paid:
            return _error(429, "too_many_requests", "Out of verifications for this billing period")
        with self.lock:
            self._asked[email] += 1
            is_done = self._asked[email] > self.polls
        if not is_done:
            return Response({"data": {"status": None, "email": email}, "meta": {"params": {"email": email}}}, 202)
        mailbox = mailbox_of(email)
        if mailbox is Mailbox.SILENT:
            return _error(222, "verification_failed", "The remote SMTP server gave no useful answer")
        status, result, score, checks = _TRUTH[mailbox]
        if status in ("valid", "invalid") and email.partition("@")[2].startswith("webmail."):
            status = "webmail"
        if status != "unknown" and email not in self.paid:
            self.bill(email, 0.5)
        return Response(verdict(email, status, result, score, **checks))

    def _is_too_fast(self) -> bool:
        if self.per_second is None:
            return False
        now = time.monotonic()
        with self.lock:
            while self._arrivals and self._arrivals[0] < now - 1:
                self._arrivals.popleft()
            self._arrivals.append(now)
            return len(self._arrivals) > self.per_second


def verdict(email: str, status: str, result: str = "risky", score: int = 50, **checks: bool | None) -> dict[str, Any]:
    """The body of a verification; a good address but for `checks`. Hunter lower-cases what it was asked."""
    data: dict[str, Any] = {
        "status": status,
        "result": result,
        "_deprecation_notice": "result is deprecated",
        "score": score,
        "email": email.lower(),
        "regexp": True,
        "gibberish": False,
        "disposable": False,
        "webmail": status == "webmail",
        "mx_records": True,
        "smtp_server": True,
        "smtp_check": True,
        "accept_all": False,
        "block": False,
        "sources": [],
    }
    return {"data": data | checks, "meta": {"params": {"email": email}}}


def _error(status: int, word: str, details: str) -> Response:
    return Response({"errors": [{"id": word, "code": status, "details": details}]}, status)
