"""BriteVerify as documented: v1 one by one, bulk v3 lists; one server stands for both hosts."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import MAILBOX, Documented, Facts
from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

_WORDS: dict[Mailbox, tuple[str, str | None]] = {
    Mailbox.DELIVERABLE: ("valid", None),
    Mailbox.NO_MAILBOX: ("invalid", "email_account_invalid"),
    Mailbox.DISABLED: ("invalid", "email_account_invalid"),
    Mailbox.FULL: ("invalid", "mailbox_full_invalid"),
    Mailbox.CATCH_ALL: ("accept_all", None),
    Mailbox.DISPOSABLE: ("accept_all", "disposable"),
    Mailbox.ROLE: ("valid", "role_address"),
    Mailbox.SPAM_TRAP: ("valid", None),
    Mailbox.ABUSE: ("valid", None),
    Mailbox.GREYLISTED: ("unknown", None),
    Mailbox.SILENT: ("unknown", None),
}
_FLAGS = ("disposable", "role_address")


@dataclass
class _List:
    id: str
    polls: int
    emails: list[str] = field(default_factory=list)
    state: str = "open"


class BriteVerify(Vendor):
    """words: (status, reason) of single addresses, against the truth. polls: how often a list is still verifying.

    page_size: addresses on one export page.
    """

    name = "briteverify"

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.words: dict[str, tuple[str, str | None]] = {}
        self.polls = 1
        self.page_size = 100_000
        self.lists: dict[str, _List] = {}
        self._numbers = itertools.count(1)

    def answer(self, request: Request) -> Response:
        """By path."""
        if request.headers.get("authorization") != f"ApiKey: {self.key}":
            reason = "not authorized or over daily test limit for untrusted domains"
            return Response({"errors": {"user": reason}}, 401)
        match request.method, request.path.split("/")[2:]:
            case "GET", ["v1" | "v3", "accounts", "credits"]:
                return Response({"credits": self.credits, "credits_in_reserve": 0, "recorded_on": "2026-10-01"})
            case "POST", ["v1", "fullverify"]:
                return self._verify(request.json)
            case "POST", ["v3", "lists"]:
                return self._write(None, request.json)
            case "POST", ["v3", "lists", number]:
                if number not in self.lists:
                    return _error(404, "not_found", "No matching list found.")
                return self._write(self.lists[number], request.json)
            case "GET", ["v3", "lists", number]:
                return self._state(number)
            case "GET", ["v3", "lists", number, "export", page]:
                return self._export(number, int(page))
        return Response("Not Found", 404, "text/html")

    def _word(self, address: str) -> tuple[str, str | None]:
        return self.words.get(address) or _WORDS[mailbox_of(address)]

    def _verify(self, body: dict[str, Any]) -> Response:
        address = body.get("email")
        if not address:
            return Response({"errors": {"default": "invalid or missing query parameter"}}, 400)
        if self.credits <= 0:
            return Response({"errors": {"default": "out of credits"}}, 402)  # not documented
        self.bill(address)
        status, reason = self._word(address)
        account, _, domain = address.lower().partition("@")
        email: dict[str, Any] = {
            "address": address.lower(),
            "account": account,
            "domain": domain,
            "status": status,
            "connected": None,
            "disposable": reason == "disposable",
            "role_address": reason == "role_address",
        }
        if reason and reason not in _FLAGS:
            email |= {"error_code": reason, "error": reason.replace("_", " ").capitalize()}
        return Response({"email": email, "duration": 0.02})

    def _write(self, list_: _List | None, body: dict[str, Any]) -> Response:
        emails, directive = body.get("emails"), body.get("directive")
        if "emails" in body and "contacts" in body:
            return _error(400, "duplicate_data", "Request has both emails and contacts params")
        if directive not in (None, "start", "terminate"):
            return _error(400, "invalid_state", "Directive must be one of `terminate` or `start`")
        if emails is not None and not all(isinstance(email, str) for email in emails):
            return _error(400, "missing_data", "Request has empty emails array")
        if list_ is None and not emails:
            return _error(400, "missing_data", "Request has missing or invalid emails or contacts array.")
        if emails and len(emails) > 100_000:
            return _error(400, "exceeds_limit", "Request exceeds the limit of 100,000 entries in a single request")
        with self.lock:
            message = "updated existing list"
            if list_ is None:
                message = "created new list"
                list_ = _List(f"00000000-0000-4000-8000-{next(self._numbers):012d}", self.polls)
                self.lists[list_.id] = list_
            if list_.state != "open":
                text = f"The provided job is in an invalid state--state is '{list_.state}' and needs to be 'open'"
                return _error(400, "invalid_state", text)
            list_.emails += emails or []
            if directive == "start" and self.credits < len(list_.emails):
                return Response({"status": "invalid_data", "message": "Not enough credits."}, 422)
            if directive:
                list_.state = "verifying" if directive == "start" else "terminated"
        if directive == "start":
            message = "list queued for processing"
            for address in list_.emails:
                self.bill(address)
        return Response({"status": "success", "message": message, "list": self._list(list_)})

    def _state(self, number: str) -> Response:
        list_ = self.lists.get(number)
        if list_ is None:
            return _error(404, "not_found", "No matching list found")
        with self.lock:
            if list_.state == "verifying":
                list_.polls -= 1
                list_.state = "complete" if list_.polls < 0 else "verifying"
        return Response(self._list(list_))

    def _list(self, list_: _List) -> dict[str, Any]:
        is_complete = list_.state == "complete"
        return {
            "id": list_.id,
            "state": list_.state,
            "total_verified": len(list_.emails) if is_complete else 0,
            "page_count": self._pages(list_) if is_complete else 0,
            "progress": 100 if is_complete else 0,
            "created_at": "10-01-2026 08:00 am",
            "expiration_date": None,
            "results_path": None,
        }

    def _pages(self, list_: _List) -> int:
        return max(1, -(-len(list_.emails) // self.page_size))

    def _export(self, number: str, page: int) -> Response:
        list_ = self.lists.get(number)
        if list_ is None:
            return _error(400, "not_found", "No matching list found.")  # 400 here, 404 for its state
        if list_.state != "complete":
            return _error(400, "list_uploads_incomplete", "The list is not complete.")
        if not 1 <= page <= self._pages(list_):
            return _error(400, "invalid_page_number", f"Page number {page} invalid.")
        results = []
        for address in list_.emails[(page - 1) * self.page_size : page * self.page_size]:
            status, reason = self._word(address)
            results.append({"email": address, "status": status, "secondary_status": reason})
        # A text on the first pages, a number on the last: both are documented.
        pages: int | str = self._pages(list_)
        return Response({"status": "success", "num_pages": pages if page == pages else str(pages), "results": results})


def _error(status: int, word: str, message: str) -> Response:
    return Response({"status": word, "message": message}, status)


FACTS = Facts(
    simulator=BriteVerify,
    samples={Layer.MAILBOX: MAILBOX},
    unread=("start",),
    documented=(Documented((Layer.MAILBOX,), ((500, 60.0),)),),
)
