"""SendGrid v3 as documented in January 2026: marketing contacts, suppressions, erasure, and the Event Webhook."""

import math
import re
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from contact_pipeline_tests.lab.vendor import Request, Response, Vendor
from contact_pipeline_tests.lab.vendors.sendgrid_contacts import Contacts
from contact_pipeline_tests.lab.vendors.sendgrid_events import Event, EventWebhook
from contact_pipeline_tests.lab.vendors.sendgrid_suppressions import Group, Suppressions, error
from contact_pipeline_tests.lab.vendors.signed_files import SignedFiles

MOST_ERASED = 5_000  # addresses of one job
MOST_ERASED_BYTES = 256_000
ERASED_PER_MINUTE = 100  # requests
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class SendGrid(Vendor):
    """polls: how often a job or an export is still pending. per_minute: calls before a 429; an erasure has its own.
    forbidden: beginnings of paths that the key has no scope for. erased: addresses that were to be erased. clock: now.
    """

    name = "sendgrid"

    def __init__(
        self, *, polls: int = 1, per_minute: int = 600, clock: Callable[[], float] = time.time, **base: Any
    ) -> None:
        super().__init__(**base)
        self.per_minute = per_minute
        self.forbidden: set[str] = set()
        self.erased: list[str] = []
        self.files = SignedFiles(self.url, clock)
        self.contacts = Contacts(self.url, self.files, clock, polls)
        self.suppressions = Suppressions(clock)
        self.webhook = EventWebhook(clock)
        self._clock = clock
        self._minutes: dict[str, tuple[float, int]] = {}
        self._state = threading.RLock()

    def answer(self, request: Request) -> Response:
        """The rate headers are on everything that a valid key is told."""
        with self._state:
            if file := self.files.answer(request):
                return file
            if request.headers.get("authorization") != f"Bearer {self.key}":
                return error(401, "authorization required")
            is_over, limits = self._count("erasejob" if request.path.endswith("/erasejob") else "")
            response = error(429, "too many requests") if is_over else self._allowed(request)
            return replace(response, headers=dict(response.headers) | limits)

    def signed_delivery(self, events: Sequence[Event], *, at: int | None = None) -> tuple[dict[str, str], bytes]:
        """Headers and body of one delivery of the webhook."""
        return self.webhook.signed_delivery(events, at=at)

    def send_events(self, url: str, events: Sequence[Event], *, tries: int = 3, is_signed: bool = True) -> list[int]:
        """Deliver, and again until a 2xx; returns the statuses."""
        return self.webhook.send(url, events, tries=tries, is_signed=is_signed)

    def with_group(self, id: int, name: str) -> None:
        """There is an unsubscribe group."""
        self.suppressions.groups[id] = Group(name)

    def bounced(self, email: str, *, reason: str = "550 5.1.1 User unknown", status: str = "5.1.1") -> Event:
        """A hard bounce: on its list, and said so."""
        self.suppressions.add("bounces", email, reason=reason, status=status)
        said = {"reason": reason, "status": status, "bounce_classification": "Invalid Address"}
        return self.webhook.event("bounce", email, type="bounce", **said)

    def blocked(self, email: str, *, reason: str = "421 4.7.0 Try later", status: str | None = "4.7.0") -> Event:
        """A soft bounce, after which it is written to again. status None: as for a domain that does not exist."""
        self.suppressions.add("blocks", email, reason=reason, status=status or "4.0.0")
        said = {"reason": reason, "status": status, "bounce_classification": "Reputation"}
        return self.webhook.event("bounce", email, type="blocked", **said)

    def reported_spam(self, email: str) -> Event:
        """The reader pressed the button."""
        self.suppressions.add("spam_reports", email, ip="192.0.2.7")
        return self.webhook.event("spamreport", email)

    def unsubscribed(self, email: str) -> Event:
        """The reader wants no mail at all."""
        self.suppressions.add("unsubscribes", email)
        return self.webhook.event("unsubscribe", email)

    def dropped(self, email: str) -> Event:
        """Mail to somebody on a list, which the vendor does not even try to send."""
        reasons = {"bounces": "Bounced Address", "unsubscribes": "Unsubscribed Address"}
        reasons |= {"spam_reports": "Spam Reporting Address", "invalid_emails": "Invalid"}
        kind = next(kind for kind in reasons if email.lower() in self.suppressions.lists[kind])
        return self.webhook.event("dropped", email, reason=reasons[kind])

    def left_group(self, email: str, group: int) -> Event:
        """The reader wants no mail of that group."""
        self.suppressions.leave(group, [email])
        return self.webhook.event("group_unsubscribe", email, asm_group_id=group, ip="192.0.2.7")

    def rejoined_group(self, email: str, group: int) -> Event:
        """The reader wants mail of that group again."""
        self.suppressions.groups[group].members.pop(email.lower(), None)
        return self.webhook.event("group_resubscribe", email, asm_group_id=group, ip="192.0.2.7")

    def _allowed(self, request: Request) -> Response:
        if any(request.path.startswith(path) for path in self.forbidden):
            return error(403, "access forbidden")
        try:
            if request.body and not isinstance(request.json, dict):
                return error(400, "must be an object")
        except ValueError:
            return error(400, "invalid JSON")
        try:
            return self._routed(request)
        except KeyError as missing:  # of the body
            return error(400, "required", str(missing.args[0]))

    def _routed(self, request: Request) -> Response:
        _, version, *parts = (unquote(part) for part in request.path.split("/"))
        match request.method, parts:
            case _ if version != "v3":
                return error(404, "resource not found")
            case _, ["marketing", *rest]:
                return self.contacts.answer(request, rest)
            case _, ["asm" | "suppression", *_]:
                return self.suppressions.answer(request, parts)
            case "POST", ["recipients", "erasejob"]:
                return self._erase(request)
            case "GET", ["user", "webhooks", "event", "settings", "signed", *id]:
                return Response({"id": "".join(id), "public_key": self.webhook.public_key})
        return error(404, "resource not found")

    def _erase(self, request: Request) -> Response:
        """All or nothing. Marketing contacts and suppressions stay: that they would go is documented nowhere."""
        emails = list(dict.fromkeys(request.json["email_addresses"]))
        if not 1 <= len(emails) <= MOST_ERASED or len(request.body) > MOST_ERASED_BYTES:
            return error(400, "too many email addresses", "email_addresses")
        if wrong := [email for email in emails if not _ADDRESS.fullmatch(email)]:
            errors = [{"message": f"Email_address {one} is not valid", "field": "email_addresses"} for one in wrong]
            return Response({"errors": errors}, 400)
        self.erased += emails
        return Response({"job_id": str(uuid.uuid4())}, 202)

    def _count(self, kind: str) -> tuple[bool, dict[str, str]]:
        """Whether a call is one too many in this minute, and the headers that say how it stands."""
        limit = ERASED_PER_MINUTE if kind else self.per_minute
        now = self._clock()
        start, calls = self._minutes.get(kind, (now, 0))
        if now >= start + 60:
            start, calls = now, 0
        self._minutes[kind] = (start, calls + 1)
        # X-RateLimit-Reset is a moment, but that of an erasure the seconds to it (its own specification).
        reset = math.ceil(start + 60 - now if kind else start + 60)
        left = max(0, limit - calls - 1)
        values = {"Limit": limit, "Remaining": left, "Reset": reset}
        return calls >= limit, {f"X-RateLimit-{name}": str(value) for name, value in values.items()}
