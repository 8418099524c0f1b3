"""Hunter (hunter.io): persons, companies, and the likely address of somebody with a name. The verifier: verifier.py.

Needs HUNTER_API_KEY, as there. Documented limits of these calls: 15 a second and 500 a minute for each key; we stay at
8 a second, which keeps both. Price: the e-mail finder takes one credit for an address it finds (Hunter's help pages,
2026), 24.50 dollars per 1,000 on the smallest plan (from memory, not verified). What an enrichment takes is nowhere in
what we could read; one credit is our assumption. What is not found is free.

Rules: hunter.io/api-documentation/v2 as read on 2026-08-13. A person or company nobody knows is 404, an address that is
not found is a 200 with null, 451 is an opt-out. 202 is documented for the verifier only; here it means the same. Only
the documented types are read, and of a profile only what PersonAnswer and CompanyAnswer hold.
"""

import re
from collections.abc import Mapping
from typing import Any

from contact_pipeline.adapters.answers import day
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import Fault, Limits, Outcome, ProviderUnavailable, Reply, is_sendable
from contact_pipeline.profiles.ports import PROFESSIONAL_FIELDS, CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.hunter.verifier import BASE_URL, NAME, REFUSALS, credits_left, error_id, refused

PERSON_PRICE_PER_1000 = 24.5
COMPANY_PRICE_PER_1000 = 24.5
FINDER_PRICE_PER_1000 = 24.5

_LINKEDIN = "https://www.linkedin.com/"
_HEAD_COUNT = re.compile(r"(\d{1,9})(?:-\d+|\+)?", re.ASCII)  # 51-200, 10001+, 17


class _Hunter:
    """What the three share."""

    name = NAME
    limits = Limits(calls=8, seconds=1.0, connections=10)

    def __init__(self, key: str, base_url: str = BASE_URL) -> None:
        self._http = HttpClient(
            NAME, base_url, connections=self.limits.connections, headers={"X-API-KEY": key}, timeout_s=60.0
        )

    def credits(self) -> float | None:
        """The account's credits, else the searches left on older plans."""
        return credits_left(self._http, "searches")

    def _asked(self, subject: Any, path: str, params: Mapping[str, str]) -> Any:
        """The body of an answer to this very question; or a reply, where that is all there is to say."""
        if not all(is_sendable(value) for value in params.values()):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request("GET", path, params=params, expected=(200, 202, 404, *REFUSALS))
        match answer.status:
            case 200:
                body = answer.json()
                _check_echo(body, params)
                return body
            case 202:
                return Reply(subject, Outcome.PENDING, raw_status="202", is_billed=False)
            case 404:
                if (error := error_id(answer)) is None:  # not Hunter's own 404
                    raise _bad()
                return Reply(subject, Outcome.NOT_FOUND, raw_status="404", raw_sub_status=error, is_billed=False)
        return refused(subject, answer)


class HunterPerson(_Hunter):
    """Who is behind an address, with their company in the same call; or behind a LinkedIn profile, without it."""

    gives = PROFESSIONAL_FIELDS

    def ask(self, subject: PersonQuestion) -> Reply[PersonAnswer]:
        """One enrichment: by address where there is one, else by LinkedIn handle."""
        if subject.email:
            return self._by_email(subject, subject.email)
        handle = (subject.linkedin_url or "").partition("/in/")[2].rstrip("/")
        if not handle:
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        body = self._asked(subject, "/v2/people/find", {"linkedin_handle": handle})
        if isinstance(body, Reply):
            return body
        data = _object(body, "data")
        answered = _text(data, "linkedin", "handle")
        if answered and not _is_same(_slug(answered), _slug(handle)):
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        return Reply(subject, Outcome.ANSWERED, _person(data), raw_status="200")

    def _by_email(self, subject: PersonQuestion, email: str) -> Reply[PersonAnswer]:
        body = self._asked(subject, "/v2/combined/find", {"email": email})
        if isinstance(body, Reply):
            return body
        data = _object(body, "data")
        if not data.keys() & {"person", "company"}:
            raise _bad()
        person, company = _at(data, "person"), _at(data, "company")
        if person is None and company is None:
            return Reply(subject, Outcome.NOT_FOUND, raw_status="200", is_billed=False)
        answered = _text(person, "email")
        if answered and not _is_same(answered, email):
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        facts = None if company is None else _company(company)
        return Reply(subject, Outcome.ANSWERED, _person(person, facts), raw_status="200")


class HunterCompany(_Hunter):
    """What a domain's company is."""

    def ask(self, subject: str) -> Reply[CompanyAnswer]:
        """One enrichment. A company may have another main domain; then `meta` or its list has the one asked for."""
        body = self._asked(subject, "/v2/companies/find", {"domain": subject})
        if isinstance(body, Reply):
            return body
        data = _object(body, "data")
        domain = _text(data, "domain")
        known = [domain, *_texts(data, "domainAliases"), *_echoes(body, "domain")]
        if domain and not any(name and _is_same(name, subject) for name in known):
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        return Reply(subject, Outcome.ANSWERED, _company(data), raw_status="200")


class HunterFinder(_Hunter):
    """The most likely address of somebody at a company."""

    gives = frozenset({"email", "title", "company", "linkedin_url", "phone"})

    def ask(self, subject: PersonQuestion) -> Reply[PersonAnswer]:
        """One search; needs a full name, whole or in two parts, and a company, best by its domain."""
        params = _finder_params(subject)
        if params is None:
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        body = self._asked(subject, "/v2/email-finder", params)
        if isinstance(body, Reply):
            return body
        data = _object(body, "data")
        if "email" not in data:
            raise _bad()
        email = _text(data, "email")
        if email is None:
            return Reply(subject, Outcome.NOT_FOUND, raw_status="200", is_billed=False)
        score, sources = _whole(data, "score"), _at(data, "sources")
        if not (score is None or 0 <= score <= 100) or not (sources is None or isinstance(sources, list)):
            raise _bad()
        answer = PersonAnswer(
            given_name=_text(data, "first_name"),
            family_name=_text(data, "last_name"),
            email=email,
            phone=_text(data, "phone_number"),
            title=_text(data, "position"),
            company=_text(data, "company"),
            company_domain=_text(data, "domain"),
            linkedin_url=_text(data, "linkedin_url"),
            confidence=None if score is None else score / 100,
            email_sources=None if sources is None else len(sources),
        )
        verified = _text(data, "verification", "status")
        return Reply(subject, Outcome.ANSWERED, answer, raw_status="200", raw_sub_status=verified)


def _finder_params(subject: PersonQuestion) -> dict[str, str] | None:
    params: dict[str, str] = {}
    if subject.company_domain:
        params["domain"] = subject.company_domain
    elif subject.company:
        params["company"] = subject.company
    else:
        return None
    if subject.given_name and subject.family_name:
        return params | {"first_name": subject.given_name, "last_name": subject.family_name}
    return params | {"full_name": subject.name} if subject.name else None


def _person(data: Any, facts: CompanyAnswer | None = None) -> PersonAnswer:
    seniority = _text(data, "employment", "seniority")
    return PersonAnswer(
        name=_text(data, "name", "fullName"),
        given_name=_text(data, "name", "givenName"),
        family_name=_text(data, "name", "familyName"),
        email=_text(data, "email"),
        phone=_text(data, "phone"),
        title=_text(data, "employment", "title"),
        seniority=seniority.lower() if seniority else None,
        company=_text(data, "employment", "name"),
        company_domain=_text(data, "employment", "domain"),
        linkedin_url=_profile(_text(data, "linkedin", "handle"), "in"),
        location=_text(data, "location"),
        country=_text(data, "geo", "countryCode"),
        has_photo=True if _text(data, "avatar") else None,  # null: Hunter has none, which says nothing of the person
        last_active_on=day(NAME, _text(data, "activeAt")),
        company_facts=facts,
    )


def _company(data: Any) -> CompanyAnswer:
    size = _text(data, "metrics", "employees")  # a text, also where it is one number
    counted = _HEAD_COUNT.fullmatch(size or "")
    return CompanyAnswer(
        name=_text(data, "name"),
        domain=_text(data, "domain"),
        industry=_text(data, "category", "industry"),
        employees=int(counted[1]) if counted else None,
        employee_range=None if counted and counted[0] == counted[1] else size,
        founded_year=_whole(data, "foundedYear"),
        location=_text(data, "location"),
        country=_text(data, "geo", "countryCode"),
        linkedin_url=_profile(_text(data, "linkedin", "handle"), "company"),
    )


def _check_echo(body: Any, params: Mapping[str, str]) -> None:
    """Another question repeated means another one's answer."""
    for name, value in params.items():
        for echo in _echoes(body, name):
            if echo and not _is_same(_slug(echo), _slug(value)):
                raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)


def _echoes(body: Any, name: str) -> tuple[str | None, str | None]:
    """`meta` repeats the question, directly or in `params`."""
    return _text(body, "meta", name), _text(body, "meta", "params", name)


def _is_same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _slug(handle: str) -> str:
    """A handle with or without `in/`; anything else as it is."""
    return handle.removeprefix("in/")


def _profile(handle: str | None, kind: str) -> str | None:
    """`in/slug`, `company/slug` or the slug alone, as the address of the page."""
    slug = (handle or "").strip("/").lower()
    if not slug:
        return None
    return _LINKEDIN + (slug if "/" in slug else f"{kind}/{slug}")


def _at(data: Any, *path: str) -> Any:
    """The value there; None where it, or an object above it, is null or missing."""
    for name in path:
        if data is None:
            return None
        if not isinstance(data, dict):
            raise _bad()
        data = data.get(name)
    return data


def _object(data: Any, *path: str) -> dict[str, Any]:
    value = _at(data, *path)
    if not isinstance(value, dict):
        raise _bad()
    return value


def _text(data: Any, *path: str) -> str | None:
    """None for empty, too."""
    value = _at(data, *path)
    if value is None or isinstance(value, str):
        return value or None
    raise _bad()


def _texts(data: Any, *path: str) -> list[str]:
    value = _at(data, *path)
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return value
    raise _bad()


def _whole(data: Any, *path: str) -> int | None:
    value = _at(data, *path)
    if value is None or type(value) is int:  # True is an int, too
        return value
    raise _bad()


def _bad() -> ProviderUnavailable:
    return ProviderUnavailable(NAME, Fault.BAD_ANSWER)
