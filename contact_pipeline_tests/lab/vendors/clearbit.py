"""Clearbit v2 as probed on 2026-08-13: combined and companies, ordinary and stream hosts at one address (streams below
/stream), 202 without a body, webhooks. 200, 202 and 404 count, each subject once in a billing period."""

import base64
import hashlib
import hmac
import json
import time
from collections import Counter, deque
from dataclasses import replace
from typing import Any

from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.facts import COMPANY, PERSON, Documented, Facts
from contact_pipeline_tests.lab.persons import (
    FAR_FUTURE,
    Company,
    Oddity,
    Person,
    company_of,
    oddity_of,
    person_of,
)
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

_STEPS = (
    *((1, 10, "1-10"), (11, 50, "11-50"), (51, 250, "51-250"), (251, 1000, "251-1K"), (1001, 5000, "1K-5K")),
    *((5001, 10_000, "5K-10K"), (10_001, 50_000, "10K-50K"), (50_001, 100_000, "50K-100K")),
)


class Clearbit(Vendor):
    """polls: how often a `pending-` subject is 202 at the ordinary host. is_stream_slow: at the stream host it is 202,
    too. queued_body: 202 has the body of older versions. per_minute: 429 beyond so many calls (documented: 600).

    paid: addresses and domains. Over its quota (`credits`), 402 for whatever was not asked before."""

    name = "clearbit"

    def __init__(
        self,
        *,
        polls: int = 1,
        is_stream_slow: bool = False,
        queued_body: bool = False,
        per_minute: int | None = None,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        self.polls = polls
        self.is_stream_slow = is_stream_slow
        self.queued_body = queued_body
        self.per_minute = per_minute
        self._asked: Counter[str] = Counter()
        self._arrivals: deque[float] = deque()

    def answer(self, request: Request) -> Response:
        is_stream = request.path.startswith("/stream/")
        path = request.path.removeprefix("/stream")
        if request.method != "GET" or path not in ("/v2/combined/find", "/v2/companies/find"):
            return error(404, "unknown_route", "There is no such route")
        if not (sent := request.headers.get("authorization")):
            return error(401, "auth_required", "Authentication is required")
        basic = base64.b64encode(f"{self.key}:".encode()).decode()
        if sent not in (f"Bearer {self.key}", f"Basic {basic}"):
            return error(401, "invalid_api_key", "There is no such key")
        if self._is_too_fast():
            reset = {"X-RateLimit-Limit": str(self.per_minute), "X-RateLimit-Remaining": "0"}
            reset["X-RateLimit-Reset"] = str(int(time.time()) + 30)
            return replace(error(429, "rate_limit", "Too many requests"), headers=reset)
        is_person = path == "/v2/combined/find"
        subject = request.query.get("email" if is_person else "domain", "")
        if is_person and "@" not in subject:
            return error(422, "email_invalid", "This is no address")
        if not is_person and "." not in subject:
            return error(422, "domain_invalid", "This is no domain")
        return self._find(subject, is_person, is_stream)

    def _find(self, subject: str, is_person: bool, is_stream: bool) -> Response:
        if self.credits < 1 and not self.paid[subject]:
            return error(402, "over_quota", "The quota of this plan is used up")
        if not self.paid[subject]:
            self.bill(subject)
        if self._is_queued(subject, is_stream):
            body = {"error": {"type": "queued", "message": "Queued"}} if self.queued_body else b""
            return Response(body, 202)
        found = self.combined(subject) if is_person else _company_or_none(subject)
        if not found:
            return error(404, "unknown_record", "Nobody of that name is known")
        return Response(found, headers={"X-API-Version": "2019-12-19"})

    def combined(self, email: str) -> dict[str, Any] | None:
        """Person and company; None where neither is known."""
        person = person_of(email, self.name)
        domain = person.company_domain if person else email.rpartition("@")[2]
        company = None if oddity_of(email) is Oddity.OPTED_OUT else _company_or_none(domain)
        return {"person": person and person_body(person), "company": company} if person or company else None

    def webhook(self, email: str, webhook_id: str) -> tuple[bytes, str]:
        """What it would post about an address that was queued, and the header X-Request-Signature."""
        found = self.combined(email)
        posted = {"id": webhook_id, "type": "person_company", "body": found, "status": 200 if found else 404}
        return signed(self.key, posted)

    def _is_queued(self, subject: str, is_stream: bool) -> bool:
        if oddity_of(subject) is not Oddity.PENDING:
            return False
        if is_stream:
            return self.is_stream_slow
        with self.lock:
            self._asked[subject] += 1
            return self._asked[subject] <= self.polls

    def _is_too_fast(self) -> bool:
        if self.per_minute is None:
            return False
        now = time.monotonic()
        with self.lock:
            while self._arrivals and self._arrivals[0] < now - 60:
                self._arrivals.popleft()
            self._arrivals.append(now)
            return len(self._arrivals) > self.per_minute


def person_body(person: Person, **changes: Any) -> dict[str, Any]:
    """The person of an answer."""
    seen = person.last_active_on
    return {
        "id": f"lab-{person.linkedin}",
        "name": {"fullName": person.name, "givenName": person.given, "familyName": person.family},
        "email": person.email,
        "location": person.location,
        "timeZone": None,
        "geo": {"city": person.city, "country": person.country_name, "countryCode": person.country},
        "bio": None,
        "site": None,
        "avatar": f"https://d1.clearbit.test/avatars/{person.linkedin}" if person.has_photo else None,
        "employment": {
            "domain": person.company_domain,
            "name": person.company,
            "title": person.title,
            "role": None,
            "seniority": person.seniority,
        },
        "facebook": {"handle": None},
        "linkedin": {"handle": f"in/{person.linkedin}"},
        "twitter": {"handle": None},
        "fuzzy": False,
        "emailProvider": False,
        "indexedAt": f"{FAR_FUTURE}T00:00:00.000Z",
        "activeAt": f"{seen}T06:30:00.000Z" if seen else None,
        "inactiveAt": None,
    } | changes


def company_body(company: Company, **changes: Any) -> dict[str, Any]:
    """The company of an answer."""
    steps = (word for low, high, word in _STEPS if company.employees <= high)
    return {
        "id": f"lab-{company.linkedin}",
        "name": company.name,
        "legalName": None,
        "domain": company.domain,
        "domainAliases": [],
        "category": {"sector": None, "industryGroup": None, "industry": company.industry, "sicCode": None},
        "foundedYear": company.founded,
        "location": company.location,
        "geo": {"city": company.city, "country": company.country_name, "countryCode": company.country},
        "logo": None,
        "linkedin": {"handle": f"company/{company.linkedin}"},
        "emailProvider": False,
        "type": "private",
        "phone": None,
        "metrics": {"employees": company.employees, "employeesRange": next(steps, "100K+"), "raised": None},
        "tech": [],
        "parent": {"domain": None},
    } | changes


def signed(key: str, posted: Any) -> tuple[bytes, str]:
    """A webhook's body and its signature, with the key as the vendor keeps it."""
    body = json.dumps(posted).encode()
    secret = key[3:] if key[:3] in ("pk_", "sk_") else key
    return body, f"sha1={hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()}"


def error(status: int, word: str, message: str) -> Response:
    """Clearbit's form of an error."""
    return Response({"error": {"type": word, "message": message}}, status, headers={"X-API-Version": "2019-12-19"})


def _company_or_none(domain: str) -> dict[str, Any] | None:
    company = company_of(domain)
    return company_body(company) if company else None


FACTS = Facts(
    simulator=Clearbit,
    samples={Layer.PERSON: PERSON, Layer.COMPANY: COMPANY},
    # Two calls for a question: what is queued is asked for again at the stream host.
    documented=tuple(Documented((layer,), ((600, 60.0),), calls=2) for layer in (Layer.PERSON, Layer.COMPANY)),
)
