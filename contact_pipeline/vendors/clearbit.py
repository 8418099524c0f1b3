"""Clearbit (since 2024 HubSpot's Breeze Intelligence): who is behind an address, with their company in the same call;
and what a domain's company is.

Needs CLEARBIT_API_KEY, sent as a bearer token. Accounts made after 2023 get no key, but its hosts still answered in
August 2026. Documented limit: 600 calls a minute for each API; a question may take two calls, so we stay at 5 a second.
Price: by contract only; 99 dollars a month for 2,500 look-ups, 39.60 per 1,000, stood on an old list (from memory, not
verified). 200, 202 and 404 count alike, each address or domain once in a billing period.

Rules: probes of 2026-08-13, help.clearbit.com, clearbit-ruby, clearbit-node 1.3.5. 202 without a body is queued: we ask
once more at the stream host, which waits up to 60 seconds for the answer; where that has none either, again in minutes
(PENDING). 429 comes without Retry-After, but with the second at which its minute ends. The words of seniority are from
memory, the bodies of 422 and 429 unconfirmed.
"""

import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contact_pipeline.adapters.answers import Answer, Fields, day
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
from contact_pipeline.profiles.ports import PROFESSIONAL_FIELDS, CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.vendor import Offer, Vendor

NAME = "clearbit"
BASE_URL = "https://person.clearbit.com"
COMPANY_BASE_URL = "https://company.clearbit.com"
STREAM_BASE_URL = "https://person-stream.clearbit.com"
COMPANY_STREAM_BASE_URL = "https://company-stream.clearbit.com"
PERSON_PRICE_PER_1000 = 39.6
COMPANY_PRICE_PER_1000 = 39.6

AGAIN_AFTER_S = 300.0  # "a few minutes"
SENIORITIES = frozenset({"executive", "director", "manager"})
MISSES = frozenset({"unknown_record"})
REJECTIONS = frozenset({"email_invalid", "domain_invalid"})

_STREAMS = {BASE_URL: STREAM_BASE_URL, COMPANY_BASE_URL: COMPANY_STREAM_BASE_URL}
_LINKEDIN = "https://www.linkedin.com/"
_WINDOW_S = 60.0
_FROM = re.compile(r"(\d{1,9})(K?)(?:-\d+K?|\+)?", re.ASCII)  # 11-50, 251-1K, 100K+


class _Clearbit:
    """What both share."""

    name = NAME
    limits = Limits(calls=5, seconds=1.0, connections=10)

    _is_of_companies: bool
    _path: str
    _known_by: frozenset[str]  # of these an answer has one, null or not

    def __init__(
        self,
        key: str,
        base_url: str = BASE_URL,
        *,
        company_base_url: str | None = None,
        stream_base_url: str | None = None,
        company_stream_base_url: str | None = None,
        use_stream: bool = True,
    ) -> None:
        """None: Clearbit's own hosts; where base_url is another one, all are there, the streams below /stream.

        use_stream: False leaves what is queued to a later run.
        """
        own, stream = base_url.rstrip("/"), stream_base_url
        if self._is_of_companies:
            own = (company_base_url or (COMPANY_BASE_URL if own == BASE_URL else own)).rstrip("/")
            stream = company_stream_base_url
        # Below its own host, where that is a lab: what is asked there must not go on to the real stream.
        stream = stream or _STREAMS.get(own) or f"{own}/stream"
        headers, connections = {"Authorization": f"Bearer {key}"}, self.limits.connections
        self._http = HttpClient(NAME, own, connections=connections, headers=headers)
        self._stream: HttpClient | None = None
        if use_stream:
            self._stream = HttpClient(NAME, stream, connections=connections, headers=headers, timeout_s=75.0)

    def credits(self) -> float | None:
        """None: it has no such call, and any other would count."""
        return None

    def _asked(self, subject: Any, params: Mapping[str, str]) -> Fields | Reply[Any]:
        """What was found; or a reply, where that is all there is to say."""
        if not all(is_sendable(value) for value in params.values()):
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        answer = self._http.request("GET", self._path, params=params, expected=(200, 202, 404, 422, 429))
        if answer.status == 202:
            answer = self._streamed(answer, params)
        match answer.status:
            case 200:
                found = answer.fields()
                if not answer.json().keys() & self._known_by:
                    raise _bad()
                return found
            case 429:
                pause = _until_reset(answer.headers.get("X-RateLimit-Reset"))
                if pause is None:
                    pause = answer.retry_after_s
                raise ProviderUnavailable(NAME, Fault.RATE_LIMITED, is_sent=False, retry_after_s=pause)
            case 202:
                if answer.content.strip() and _error(answer) != "queued":  # empty, but in older versions
                    raise _bad()
                # Counted by Clearbit, once with the answer that follows: what is billed is that one.
                return Reply(subject, Outcome.PENDING, raw_status="202", is_billed=False, retry_after_s=AGAIN_AFTER_S)
        return _nothing(subject, answer)

    def _streamed(self, queued: Answer, params: Mapping[str, str]) -> Answer:
        """The answer of the stream host. A fault there leaves the question queued, and counted, as it is."""
        if self._stream is None:
            return queued
        try:
            return self._stream.request("GET", self._path, params=params, expected=(200, 202, 404, 422))
        except ProviderUnavailable:
            return queued


class ClearbitPerson(_Clearbit):
    """combined/find, by address. Where only the company is known, that is all the answer has."""

    gives = PROFESSIONAL_FIELDS

    _is_of_companies = False
    _path = "/v2/combined/find"
    _known_by = frozenset({"person", "company"})

    def ask(self, subject: PersonQuestion) -> Reply[PersonAnswer]:
        """One enrichment."""
        if not subject.email:
            return Reply(subject, Outcome.REJECTED, is_billed=False)
        found = self._asked(subject, {"email": subject.email})
        if isinstance(found, Reply):
            return found
        return _combined(subject, found, subject.email)


class ClearbitCompany(_Clearbit):
    """companies/find, by domain."""

    _is_of_companies = True
    _path = "/v2/companies/find"
    _known_by = frozenset({"name", "domain"})

    def ask(self, subject: str) -> Reply[CompanyAnswer]:
        """One enrichment. A company may have another main domain, and then lists the one that was asked."""
        found = self._asked(subject, {"domain": subject})
        if isinstance(found, Reply):
            return found
        domain = found.text_or_none("domain")
        aliases = found.texts("domainAliases") if "domainAliases" in found else []
        if domain and not any(_is_same(each, subject) for each in (domain, *aliases)):
            raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
        answer = _company(found)
        if domain and not _is_same(domain, subject):
            answer = replace(answer, domain=subject)  # an alias: the name that we know it by
        return Reply(subject, Outcome.ANSWERED, answer, raw_status="200")


def is_signed(key: str, body: bytes, signature: str) -> bool:
    """Whether Clearbit posted it: HMAC-SHA-1 of the raw body by the key without its prefix. It carries no time."""
    secret = key.removeprefix("pk_").removeprefix("sk_")
    expected = "sha1=" + hmac.new(secret.encode(), body, "sha1").hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode(errors="replace"))


def read_webhook(key: str, body: bytes, signature: str) -> Reply[Any]:
    """What Clearbit posts to a webhook_url when a queued question is answered. The web edge hears only that it is.

    signature: the X-Request-Signature header. The reply's subject is the `webhook_id` that was sent along: nothing else
    names the question, so whoever sent it compares. Not billed: the 202 was. A wrong signature is BAD_ANSWER.
    """
    if not is_signed(key, body, signature):
        raise _bad()
    posted = Answer(NAME, 200, {}, body).fields()
    subject, kind, status = posted.text("id"), posted.text("type"), posted.number("status")
    if status == 404:
        return Reply(subject, Outcome.NOT_FOUND, raw_status="404", is_billed=False)
    if status != 200:
        raise _bad()
    match kind:
        case "person":
            return _found(subject, posted.object("body"), None, is_billed=False)
        case "company":
            facts = _company(posted.object("body"))
            return Reply(subject, Outcome.ANSWERED, facts, raw_status="200", is_billed=False)
        case "person_company":
            return _combined(subject, posted.object("body"), None, is_billed=False)
    raise _bad()


def _combined(subject: Any, both: Fields, asked: str | None, *, is_billed: bool = True) -> Reply[PersonAnswer]:
    """Either half may be null."""
    person = both.object("person") if "person" in both else None
    facts = _company(both.object("company")) if "company" in both else None
    if person is None and facts is None:
        return Reply(subject, Outcome.NOT_FOUND, raw_status="200", is_billed=is_billed)
    if person is None:
        answer = PersonAnswer(company_facts=facts)
        return Reply(subject, Outcome.ANSWERED, answer, raw_status="200", is_billed=is_billed)
    email = person.text_or_none("email")
    if asked and email and not _is_same(email, asked):
        raise ProviderUnavailable(NAME, Fault.OTHER_SUBJECT)
    return _found(subject, person, facts, is_billed=is_billed)


def _found(subject: Any, person: Fields, facts: CompanyAnswer | None, *, is_billed: bool) -> Reply[PersonAnswer]:
    answer = _person(person, facts)
    is_known = answer.seniority is None or answer.seniority in SENIORITIES
    return Reply(
        subject,
        Outcome.ANSWERED,
        answer,
        raw_status="200",
        raw_sub_status=None if is_known else answer.seniority,
        is_billed=is_billed,
        is_known=is_known,
    )


def _nothing(subject: Any, answer: Answer) -> Reply[Any]:
    """404 and 422, by the word in the body."""
    word = _error(answer)
    if answer.status == 422:
        is_known = word in REJECTIONS
        return Reply(
            subject, Outcome.REJECTED, raw_status="422", raw_sub_status=word, is_billed=False, is_known=is_known
        )
    if word is None:  # not Clearbit's own 404
        raise _bad()
    if word == "unknown_route":
        raise ProviderRefused(NAME, Fault.BAD_REQUEST, "It does not know this call.")
    return Reply(subject, Outcome.NOT_FOUND, raw_status="404", raw_sub_status=word, is_known=word in MISSES)


def _person(person: Fields, facts: CompanyAnswer | None) -> PersonAnswer:
    name, job, geo = (person.object_or_empty(part) for part in ("name", "employment", "geo"))
    seniority = job.text_or_none("seniority")
    return PersonAnswer(
        name=name.text_or_none("fullName"),
        given_name=name.text_or_none("givenName"),
        family_name=name.text_or_none("familyName"),
        email=person.text_or_none("email"),
        title=job.text_or_none("title"),
        seniority=seniority.lower() if seniority else None,
        company=job.text_or_none("name"),
        company_domain=job.text_or_none("domain"),
        linkedin_url=_profile(person.object_or_empty("linkedin").text_or_none("handle"), "in"),
        location=person.text_or_none("location"),
        country=geo.text_or_none("countryCode"),
        has_photo=True if person.text_or_none("avatar") else None,  # null: Clearbit has none, no more
        last_active_on=day(NAME, person.text_or_none("activeAt")),
        company_facts=facts,
    )


def _company(company: Fields) -> CompanyAnswer:
    metrics = company.object_or_empty("metrics")
    size = metrics.text_or_none("employeesRange")
    counted = metrics.whole_or_none("employees")
    return CompanyAnswer(
        name=company.text_or_none("name"),
        domain=company.text_or_none("domain"),
        industry=company.object_or_empty("category").text_or_none("industry"),
        employees=_lower_end(size) if counted is None else counted,
        employee_range=size,
        founded_year=company.whole_or_none("foundedYear"),
        location=company.text_or_none("location"),
        country=company.object_or_empty("geo").text_or_none("countryCode"),
        linkedin_url=_profile(company.object_or_empty("linkedin").text_or_none("handle"), "company"),
    )


def _lower_end(size: str | None) -> int | None:
    found = _FROM.fullmatch(size or "")
    return int(found[1]) * (1000 if found[2] else 1) if found else None


def _profile(handle: str | None, kind: str) -> str | None:
    """`in/slug`, `company/slug` or the slug alone, as the address of the page."""
    slug = (handle or "").strip("/")
    if not slug or "://" in slug:
        return handle or None
    return _LINKEDIN + (slug if "/" in slug else f"{kind}/{slug}")


def _until_reset(second: str | None) -> float | None:
    """Seconds until then, never more than the minute it counts."""
    if not (second and second.isascii() and second.isdigit()):
        return None
    return min(max(int(second) - time.time(), 0.0), _WINDOW_S)


def _is_same(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _error(answer: Answer) -> str | None:
    """The word of an error, where the body is the documented one."""
    match answer.json():
        case {"error": {"type": str(word)}}:
            return word
    return None


def _bad() -> ProviderUnavailable:
    return ProviderUnavailable(NAME, Fault.BAD_ANSWER)


VENDOR = Vendor(
    name=NAME,
    variables={"key": "CLEARBIT_API_KEY", "base_url": "CLEARBIT_BASE_URL"},
    offers={
        Layer.PERSON: Offer(
            make=lambda access, _: ClearbitPerson(access.key, access.base_url or BASE_URL),
            price=PERSON_PRICE_PER_1000 / 1000,
        ),
        Layer.COMPANY: Offer(
            make=lambda access, _: ClearbitCompany(access.key, access.base_url or BASE_URL),
            price=COMPANY_PRICE_PER_1000 / 1000,
        ),
    },
)
