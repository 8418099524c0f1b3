"""Hunter as documented on 2026-08-13: the verifier with its 202, 222, 403 for too fast and 429 for no credits; persons,
companies and the e-mail finder; 451 for people who opted out. What it cannot find or verify is free, and so is the same
question again."""

import time
from collections import Counter, deque
from typing import Any

from contact_pipeline.core.providers import Fault, Layer
from contact_pipeline.profiles.ports import PersonQuestion
from contact_pipeline_tests.lab.facts import COMPANY, MAILBOX, PERSON, Documented, Facts, Sample
from contact_pipeline_tests.lab.persons import (
    Company,
    Oddity,
    Person,
    company_of,
    email_of,
    oddity_of,
    person_at,
    person_of,
)
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
    per_second: answers 403 beyond so many calls a second (documented: 10). companies: domains by name, for the finder.
    `webmail.` domains are webmail. paid: verifications by their address, the rest as `person:`, `company:`, `finder:`.
    """

    name = "hunter"

    def __init__(self, *, polls: int = 0, per_second: int | None = None, **base: Any) -> None:
        super().__init__(**base)
        self.polls = polls
        self.per_second = per_second
        self.opted_out: set[str] = set()
        self.companies: dict[str, str] = {}
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
        if request.method != "GET":
            return _error(404, "not_found", "No such resource")
        if request.path != "/v2/account" and self._is_too_fast():
            return _error(403, "too_many_requests", "Rate limit reached")
        query = request.query
        match request.path:
            case "/v2/account":
                return Response({"data": self._account(), "meta": {}})
            case "/v2/email-verifier":
                return self._verify(query.get("email", ""))
            case "/v2/people/find" if "linkedin_handle" in query and "email" not in query:
                return self._profile(query["linkedin_handle"].removeprefix("in/"))
            case "/v2/people/find" | "/v2/combined/find":
                return self._person(query.get("email", ""), with_company="combined" in request.path)
            case "/v2/companies/find":
                return self._company(query.get("domain", ""))
            case "/v2/email-finder":
                return self._find(query)
        return _error(404, "not_found", "No such resource")

    def _account(self) -> dict[str, Any]:
        left = {"used": 0, "available": self.credits}
        return {
            "plan_name": "Lab",
            "requests": {"credits": left | {"remaining": self.credits}, "verifications": left, "searches": left},
        }

    def _verify(self, email: str) -> Response:
        if self._has_opted_out(email):
            return _LEGAL
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

    def _person(self, email: str, *, with_company: bool) -> Response:
        if not email:
            return _error(400, "wrong_params", "You are missing the email parameter")
        if "@" not in email:
            return _error(400, "invalid_email", "This is no e-mail address")
        person = person_of(email, self.name)
        if response := self._instead(f"person:{email}", email, person):
            return response
        assert person
        data: dict[str, Any] = profile(person)
        if with_company:
            company = company_of(person.company_domain)
            data = {"person": data, "company": company and firm(company)}
        return Response({"data": data, "meta": {"email": email}})

    def _profile(self, slug: str) -> Response:
        person = person_at(slug, self.name)
        if response := self._instead(f"person:{slug}", slug, person):
            return response
        assert person
        return Response({"data": profile(person), "meta": {"linkedin_handle": slug}})

    def _company(self, domain: str) -> Response:
        if not domain:
            return _error(400, "wrong_params", "You are missing the domain parameter")
        if "." not in domain:
            return _error(400, "invalid_domain", "This is no domain")
        company = company_of(domain)
        if response := self._instead(f"company:{domain}", domain, company):
            return response
        assert company
        return Response({"data": firm(company), "meta": {"domain": domain}})

    def _find(self, query: Any) -> Response:
        names = ("first_name", "last_name", "full_name", "domain", "company", "max_duration")
        params = {name: query.get(name) for name in names}
        if not (params["domain"] or params["company"]):
            return _error(400, "wrong_params", "You are missing the domain parameter or the company parameter")
        given, family = params["first_name"], params["last_name"]
        if params["full_name"]:
            given, _, family = params["full_name"].rpartition(" ")
        if not (given and family):
            return _error(400, "wrong_params", "You are missing the first_name or the last_name parameter")
        domain = params["domain"] or self.companies.get(params["company"].casefold(), "")
        email = email_of(given, family, domain)
        person = person_of(email, self.name) if email else None
        if response := self._instead(
            f"finder:{given} {family}@{domain}", email or domain, person, is_null_if_unknown=True
        ):
            return response
        return Response({"data": finding(given, family, domain, person), "meta": {"params": params}})

    def _instead(
        self, paid_as: str, subject: str, found: object, *, is_null_if_unknown: bool = False
    ) -> Response | None:
        """What is said instead of an answer; else None, and the question is charged where there is one."""
        if self._has_opted_out(subject):
            return _LEGAL
        if self.credits < 1 and paid_as not in self.paid:
            return _error(429, "too_many_requests", "Out of credits for this billing period")
        with self.lock:
            self._asked[paid_as] += 1
            is_first = self._asked[paid_as] == 1
        if oddity_of(subject) is Oddity.PENDING and is_first:
            return Response({"data": None, "meta": {}}, 202)
        if found and paid_as not in self.paid:
            self.bill(paid_as)
        return None if found or is_null_if_unknown else _error(404, "not_found", "No such person or company")

    def _has_opted_out(self, subject: str) -> bool:
        return subject in self.opted_out or oddity_of(subject) is Oddity.OPTED_OUT

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


def profile(person: Person) -> dict[str, Any]:
    """A person as the enrichments have them."""
    return {
        "id": f"lab-{person.linkedin}",
        "name": {"fullName": person.name, "givenName": person.given, "familyName": person.family},
        "email": person.email,
        "location": person.location,
        "timeZone": None,
        "utcOffset": 2,
        "geo": {"city": person.city, "state": None, "country": person.country_name, "countryCode": person.country},
        "bio": "Likes bread.",
        "avatar": f"https://photos.lab.test/{person.linkedin}.jpg" if person.has_photo else None,
        "employment": {
            "domain": person.company_domain,
            "name": person.company,
            "title": person.title,
            "role": None,
            "subRole": None,
            "seniority": person.seniority,
        },
        "facebook": {"handle": None},
        "twitter": {"handle": None, "id": None, "followers": None},
        "linkedin": {"handle": f"in/{person.linkedin}"},
        "gravatar": {"handle": None, "urls": [], "avatar": None, "avatars": []},
        "fuzzy": False,
        "emailProvider": None,
        "indexedAt": "2026-09-02",
        "phone": person.phone,
        "activeAt": person.last_active_on and person.last_active_on.isoformat(),
        "inactiveAt": None,
    }


def firm(company: Company) -> dict[str, Any]:
    """A company as the enrichments have it."""
    return {
        "id": f"lab-{company.linkedin}",
        "name": company.name,
        "legalName": None,
        "domain": company.domain,
        "domainAliases": [],
        "site": {"phoneNumbers": [], "emailAddresses": [f"info@{company.domain}"]},
        "category": {"sector": None, "industryGroup": None, "industry": company.industry, "subIndustry": None},
        "tags": ["Lab"],
        "foundedYear": company.founded,
        "location": company.location,
        "geo": {"city": company.city, "country": company.country_name, "countryCode": company.country, "lat": 0.5},
        "linkedin": {"handle": f"company/{company.linkedin}"},
        "type": "private",
        "metrics": {"employees": company.employee_range, "trafficRank": "low", "raised": None},
        "indexedAt": "2026-09-02",
        "tech": [],
        "parent": {"domain": None},
    }


def finding(given: str, family: str, domain: str, person: Person | None) -> dict[str, Any]:
    """What the finder says of a name at a domain."""
    page = {"domain": domain, "uri": f"https://{domain}/team", "extracted_on": "2026-03-02", "still_on_page": True}
    return {
        "first_name": given,
        "last_name": family,
        "email": person and person.email,
        "score": person and 70 + 9 * person.pages,
        "domain": domain,
        "accept_all": False if person else None,
        "position": person and person.title,
        "twitter": None,
        "linkedin_url": person and f"https://www.linkedin.com/in/{person.linkedin}",
        "phone_number": None,
        "company": person and person.company,
        "sources": [page] * person.pages if person else [],
        "verification": {"date": "2026-08-30", "status": "valid"} if person else {"date": None, "status": None},
    }


def _error(status: int, word: str, details: str) -> Response:
    return Response({"errors": [{"id": word, "code": status, "details": details}]}, status)


_LEGAL = _error(451, "claimed_email", "This person asked for no processing")


FACTS = Facts(
    simulator=Hunter,
    samples={
        Layer.MAILBOX: MAILBOX,
        Layer.PERSON: PERSON,
        Layer.COMPANY: COMPANY,
        Layer.ADDRESS: Sample(
            subject=PersonQuestion(given_name="Ines", family_name="Okafor", company_domain="d2.lab.test"),
            right={"email": "ines.okafor@d2.lab.test"},
            other=PersonQuestion(given_name="Paul", family_name="Kern", company_domain="d1.lab.test"),
            nobody=PersonQuestion(given_name="Tom", family_name="Reed", company_domain="d1.lab.test"),
        ),
    },
    documented=(
        Documented((Layer.MAILBOX,), ((10, 1.0), (300, 60.0))),
        Documented((Layer.PERSON, Layer.ADDRESS, Layer.COMPANY), ((15, 1.0), (500, 60.0))),
    ),
    faults={
        "403": Fault.RATE_LIMITED,
        "429": Fault.NO_CREDITS,
        "credits 403": Fault.FORBIDDEN,
        "credits 429": Fault.RATE_LIMITED,
    },
)
