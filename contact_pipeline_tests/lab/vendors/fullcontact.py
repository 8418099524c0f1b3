"""FullContact v3 as documented on 2026-08-14: person.enrich and company.enrich. Only a match is billed, and each time
anew; 403 is a wrong key or a used-up quota; 202 is answered to the same question later."""

import time
from collections import Counter, deque
from dataclasses import replace
from typing import Any

from contact_pipeline.core.providers import Fault, Layer
from contact_pipeline_tests.lab.facts import COMPANY, PERSON, Documented, Facts
from contact_pipeline_tests.lab.persons import (
    Company,
    Oddity,
    Person,
    company_of,
    oddity_of,
    person_at,
    person_of,
    person_with,
)
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

_PERSON_FIELDS = (
    *("fullName", "ageRange", "gender", "location", "title", "organization", "twitter", "linkedin", "facebook"),
    *("bio", "avatar", "website"),
)
_INPUTS = frozenset({"email", "emails", "phone", "phones", "profiles"})


class FullContact(Vendor):
    """polls: how often a `pending-` subject is 202 before it is answered. per_minute: 429 beyond so many calls
    (documented: 6,000). bundles: what the account has; a request's dataFilter takes of these.

    paid: addresses, page addresses, numbers or domains, by what found them. A quota (`credits`) below one is 403."""

    name = "fullcontact"

    def __init__(self, *, polls: int = 1, per_minute: int | None = None, **base: Any) -> None:
        super().__init__(**base)
        self.polls = polls
        self.per_minute = per_minute
        self.bundles = {"individual", "professional", "social", "financial_services_and_insurance_insights"}
        self._asked: Counter[str] = Counter()
        self._arrivals: deque[float] = deque()

    def answer(self, request: Request) -> Response:
        calls = {"/v3/person.enrich": self._person, "/v3/company.enrich": self._company}
        if not (call := calls.get(request.path)):
            return error(404, f"Endpoint {request.method} {request.path} not found.")
        if request.method != "POST":
            return error(405, "Method not allowed")
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return error(403, "API Key is missing or invalid.", requestId="lab")
        if self._is_too_fast():
            return error(429, "Too many requests")
        if self.credits < 1:
            return error(403, "The quota of this API Key is used up.")
        try:
            asked = request.json
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            return Response({"code": 400, "message": "Unable to process JSON"}, 400)
        return call(asked)

    def _person(self, asked: dict[str, Any]) -> Response:
        if not asked.keys() & _INPUTS:  # a name goes only with a postal address
            return error(422, "Invalid or missing query parameter")
        pages = [profile["url"] for profile in asked.get("profiles", ())]
        for subject in filter(None, (asked.get("email"), *pages, asked.get("phone"))):
            if self._is_queued(subject.rpartition("/")[2]):
                return _queued()
            if person := self._known(subject):
                self.bill(subject)
                return Response(person_body(person, self.bundles & set(asked.get("dataFilter") or self.bundles)))
        return error(404, "Profile not found")

    def _known(self, subject: str) -> Person | None:
        if "@" in subject:
            return person_of(subject, self.name)
        if subject.startswith("+"):
            return person_with(subject)
        return person_at(subject.rstrip("/").rpartition("/")[2], self.name)

    def _company(self, asked: dict[str, Any]) -> Response:
        domain = asked.get("domain")
        if not isinstance(domain, str) or "." not in domain:
            return error(422, "Invalid or missing query parameter")
        if self._is_queued(domain):
            return _queued()
        company = company_of(domain)
        if not company:
            return error(404, "The domain is not registered.", requestId="lab", reasonCode="NOT_REGISTERED")
        self.bill(domain)
        return Response(company_body(company))

    def _is_queued(self, subject: str) -> bool:
        if oddity_of(subject) is not Oddity.PENDING:
            return False
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


def person_body(person: Person, bundles: set[str], **changes: Any) -> dict[str, Any]:
    """A match. What no bundle brings is null; without a filter the household comes along."""
    body: dict[str, Any] = dict.fromkeys(_PERSON_FIELDS)
    details: dict[str, Any] = {"emails": [], "phones": [], "profiles": {}, "employment": [], "photos": []}
    if "individual" in bundles:
        body |= {"fullName": person.name, "ageRange": "35-44", "gender": "Female", "location": person.location}
        details |= {
            "name": {"given": person.given, "family": person.family, "full": person.name},
            "age": {"range": "35-44", "value": 40},
            "gender": "Female",
            "locations": [
                {
                    "city": person.city,
                    "country": person.country_name,
                    "countryCode": person.country,
                    "formatted": person.location,
                }
            ],
        }
    if "professional" in bundles:
        body |= {"title": person.title, "organization": person.company}
        details["emails"] = [{"label": "work", "value": person.email}]
        details["phones"] = [{"label": "home", "value": "+12025550199"}]
        if person.phone:
            details["phones"].append({"label": "work", "value": person.phone})
        job = {"name": person.company, "domain": person.company_domain, "title": person.title, "current": True}
        details["employment"] = [job | {"start": {"year": 2021, "month": 3}}]
    if "social" in bundles:
        page = f"https://www.linkedin.com/in/{person.linkedin}"
        photo = f"https://img.fullcontact.test/{person.linkedin}.png" if person.has_photo else None
        body |= {"linkedin": page, "avatar": photo}
        details["profiles"] = {"linkedin": {"service": "linkedin", "username": person.linkedin, "url": page}}
        details["photos"] = [{"label": "avatar", "value": photo}] if photo else []
    if "financial_services_and_insurance_insights" in bundles:
        details |= {"household": {"finance": {"income": "100k-150k"}}, "finance": {"cashBalance": "low"}}
    return body | {"details": details, "updated": "2026-08-01"} | changes


def company_body(company: Company, **changes: Any) -> dict[str, Any]:
    """A match; a company repeats no domain, it has a website."""
    place = {"label": "work", "city": company.city, "country": company.country_name, "countryCode": company.country}
    return {
        "name": company.name,
        "location": company.location,
        "twitter": None,
        "linkedin": f"https://www.linkedin.com/company/{company.linkedin}",
        "facebook": None,
        "bio": None,
        "logo": None,
        "website": f"https://www.{company.domain}",
        "founded": company.founded,
        "employees": company.employees,
        "locale": "en",
        "category": "Other",
        "details": {
            "industries": [{"type": "SIC", "name": company.industry, "code": "9999"}],
            "locations": [place | {"formatted": company.location}],
            "emails": [{"label": "other", "value": f"info@{company.domain}"}],
            "phones": [],
        },
        "updated": "2026-08-01",
    } | changes


def error(status: int, message: str, **more: str) -> Response:
    """FullContact's form of all that is no match."""
    return Response({"status": status, "message": message} | more, status)


def _queued() -> Response:
    return error(202, "Queued for search. Ask again in about two minutes.", requestId="lab-queued")


FACTS = Facts(
    simulator=FullContact,
    samples={Layer.PERSON: replace(PERSON, other=None), Layer.COMPANY: replace(COMPANY, other=None)},
    documented=(Documented((Layer.PERSON, Layer.COMPANY), ((6_000, 60.0),)),),
    wrong_key=Fault.FORBIDDEN,
    no_credits=Fault.FORBIDDEN,
)
