"""FullContact (fullcontact.com): who is behind an address, a LinkedIn page or a number, and what a domain's company is.

Needs FULLCONTACT_API_KEY, sent as a bearer token. Documented limit: 6,000 calls a minute for each key; both classes, at
50 a second each, keep it together. Price: by contract only (fullcontact.com/pricing leads to a form); 100 dollars per
1,000 matches is our assumption, so that a budget holds, not FullContact's word. Only a match (200) is billed.

Rules: docs.fullcontact.com and github fullcontact-python-client 4.0.0, as read on 2026-08-14. 202 is queued: the same
question again after two minutes. 403 is a wrong key or a used-up quota. An answer repeats no question, so whether it is
about the right person is for screening; only where it carries an address of its own must that be the one asked.

`dataFilter` names the bundles that we get and pay for: no household, finance, health, vehicles. What comes all the same
(gender, age, private addresses and numbers) is not read. A name alone is not accepted: it needs a postal address.
"""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from contact_pipeline.adapters.answers import Fields
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import (
    Fault,
    Layer,
    Limits,
    Outcome,
    ProviderRefused,
    ProviderUnavailable,
    Reply,
    is_sendable,
)
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.vendor import Offer, Vendor

NAME = "fullcontact"
BASE_URL = "https://api.fullcontact.com"
PERSON_PRICE_PER_1000 = 100.0
COMPANY_PRICE_PER_1000 = 100.0

BUNDLES = ("individual", "professional", "social")
AGAIN_AFTER_S = 120.0  # "within about 2 minutes"

_PRIVATE = frozenset({"home", "personal"})


class _FullContact:
    """What both share."""

    name = NAME
    limits = Limits(calls=50, seconds=1.0, connections=20)

    def __init__(self, key: str, base_url: str = BASE_URL) -> None:
        self._http = HttpClient(
            NAME,
            base_url,
            connections=self.limits.connections,
            headers={"Authorization": f"Bearer {key}"},
            timeout_s=60.0,
        )

    def credits(self) -> float | None:
        """None: it has no such call."""
        return None

    def _asked(self, subject: Any, path: str, body: dict[str, Any], known_by: set[str]) -> Fields | Reply[Any]:
        """A match, told by the `known_by` fields, null or not; or a reply, where that is all there is to say."""
        answer = self._http.request("POST", path, json=body, expected=(200, 202, 403, 404, 422))
        if answer.status == 403 and not _is_own_error(answer.text):
            raise ProviderUnavailable(NAME, Fault.FORBIDDEN)  # a proxy's, not FullContact's
        fields = answer.fields()
        if answer.status == 200:
            if not answer.json().keys() & known_by:
                raise _bad()
            return fields
        message = fields.text("message")
        outcome = Outcome.NOT_FOUND
        match answer.status:
            case 202:
                outcome = Outcome.PENDING
            case 403:
                raise ProviderRefused(NAME, Fault.FORBIDDEN, "Check its key, and the quota of its plan.")
            case 404 if message.startswith("Endpoint "):
                raise ProviderRefused(NAME, Fault.BAD_REQUEST, "It does not know this call.")
            case 422:
                outcome = Outcome.REJECTED
        return Reply(
            subject,
            outcome,
            raw_status=str(answer.status),
            raw_sub_status=fields.text_or_none("reasonCode"),
            reference=fields.text_or_none("requestId"),
            is_billed=False,
            retry_after_s=AGAIN_AFTER_S if outcome is Outcome.PENDING else None,
        )


class FullContactPerson(_FullContact):
    """person.enrich, by all that the question has of address, LinkedIn page and number."""

    gives = frozenset(
        {"name", "given_name", "family_name", "email", "phone", "title", "company", "linkedin_url", "location"}
    )

    def ask(self, subject: PersonQuestion) -> Reply[PersonAnswer]:
        """One enrichment."""
        asked = {"email": subject.email, "phone": subject.phone}
        body: dict[str, Any] = {name: value for name, value in asked.items() if value}
        if subject.linkedin_url:
            body["profiles"] = [{"service": "linkedin", "url": subject.linkedin_url}]
        values = filter(None, (subject.email, subject.phone, subject.linkedin_url))
        if not body or not all(is_sendable(value) for value in values):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        body["dataFilter"] = list(BUNDLES)
        found = self._asked(subject, "/v3/person.enrich", body, {"fullName", "title", "details"})
        if isinstance(found, Reply):
            return found
        return Reply(subject, Outcome.ANSWERED, _person(found, subject.email), raw_status="200")


class FullContactCompany(_FullContact):
    """company.enrich."""

    def ask(self, subject: str) -> Reply[CompanyAnswer]:
        """One enrichment."""
        if not is_sendable(subject):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        found = self._asked(subject, "/v3/company.enrich", {"domain": subject}, {"name", "website", "details"})
        if isinstance(found, Reply):
            return found
        return Reply(subject, Outcome.ANSWERED, _company(found), raw_status="200")


def _person(person: Fields, asked: str | None) -> PersonAnswer:
    own = person.text_or_none("email")
    if own and asked and own.casefold() != asked.casefold():
        raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
    details = person.object_or_empty("details")
    name = details.object_or_empty("name")
    organization = person.text_or_none("organization")
    listed = _values(_parts(details, "emails"))
    if asked:  # of others than the one asked we need none
        listed = [email for email in listed if email.casefold() == asked.casefold()]
    phones = _values(_parts(details, "phones"))
    photos = _values(_parts(details, "photos"))
    return PersonAnswer(
        name=person.text_or_none("fullName"),
        given_name=name.text_or_none("given"),
        family_name=name.text_or_none("family"),
        email=own or next(iter(listed), None),
        phone=person.text_or_none("phone") or next(iter(phones), None),
        title=person.text_or_none("title"),
        company=organization,
        company_domain=_employer_domain(_parts(details, "employment"), organization),
        linkedin_url=person.text_or_none("linkedin"),
        location=person.text_or_none("location"),
        country=_country(_parts(details, "locations")),
        has_photo=True if person.text_or_none("avatar") or photos else None,  # none here says nothing of the person
    )


def _company(company: Fields) -> CompanyAnswer:
    details = company.object_or_empty("details")
    industries = (each.text_or_none("name") for each in _parts(details, "industries"))
    return CompanyAnswer(
        name=company.text_or_none("name"),
        domain=_domain(company.text_or_none("website")),
        industry=next(filter(None, industries), None),
        employees=company.whole_or_none("employees"),
        founded_year=company.whole_or_none("founded"),
        location=company.text_or_none("location"),
        country=_country(_parts(details, "locations")),
        linkedin_url=company.text_or_none("linkedin"),
    )


def _values(entries: Iterable[Fields]) -> list[str]:
    """Of a list of {label, value}: those of work first, private ones not at all."""
    pairs = [(each.text_or_none("label"), each.text_or_none("value")) for each in entries]
    kept = [(label, value) for label, value in pairs if value and label not in _PRIVATE]
    return [value for _, value in sorted(kept, key=lambda pair: pair[0] != "work")]


def _employer_domain(jobs: Iterable[Fields], organization: str | None) -> str | None:
    """Of the present job at that organization."""
    for job in jobs:
        employer, domain = job.text_or_none("name"), job.text_or_none("domain")
        if job.flag("current") and domain and organization in (None, employer):
            return domain
    return None


def _country(locations: Iterable[Fields]) -> str | None:
    """A code only: of a country's name there are too many forms (USA, United States)."""
    return next(filter(None, (each.text_or_none("countryCode") for each in locations)), None)


def _domain(website: str | None) -> str | None:
    """A company has no field of its own for it."""
    if not website:
        return None
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _parts(fields: Fields, name: str) -> list[Fields]:
    """The list of objects of that name; null and missing are empty."""
    return fields.objects(name) if name in fields else []


def _is_own_error(text: str) -> bool:
    """JSON, where a proxy would send a page."""
    return text.lstrip().startswith("{")


def _bad() -> ProviderUnavailable:
    return ProviderUnavailable(NAME, Fault.BAD_ANSWER)


VENDOR = Vendor(
    name=NAME,
    variables={"key": "FULLCONTACT_API_KEY", "base_url": "FULLCONTACT_BASE_URL"},
    offers={
        Layer.PERSON: Offer(
            make=lambda access, _: FullContactPerson(access.key, access.base_url or BASE_URL),
            price=PERSON_PRICE_PER_1000 / 1000,
        ),
        Layer.COMPANY: Offer(
            make=lambda access, _: FullContactCompany(access.key, access.base_url or BASE_URL),
            price=COMPANY_PRICE_PER_1000 / 1000,
        ),
    },
)
