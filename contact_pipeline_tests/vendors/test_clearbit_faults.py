"""Clearbit's adapter when there is no answer, or one that must not be believed. Over real HTTP."""

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, Outcome, ProviderUnavailable
from contact_pipeline.profiles.ports import PersonQuestion
from contact_pipeline.vendors.clearbit import ClearbitCompany, ClearbitPerson, read_webhook
from contact_pipeline_tests.lab.persons import known_company, known_person
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.clearbit import Clearbit, company_body, error, person_body, signed
from contact_pipeline_tests.vendors.faults import HTML, refused, unavailable

MIA = "mia.holt@d2.lab.test"
DOMAIN = "d2.lab.test"
MIA_HOLT, FIRM = known_person(MIA, "clearbit"), known_company(DOMAIN)
ASK_MIA = PersonQuestion(email=MIA)


def both(**changes: Any) -> dict[str, Any]:
    """The body of combined/find for Mia; `changes` to her."""
    return {"person": person_body(MIA_HOLT, **changes), "company": company_body(FIRM)}


@pytest.fixture
def vendor() -> Iterator[Clearbit]:
    with Clearbit(key="sk_lab-key") as vendor:
        yield vendor


@pytest.fixture
def persons(vendor: Clearbit) -> ClearbitPerson:
    return ClearbitPerson(vendor.key, vendor.url)


@pytest.fixture
def companies(vendor: Clearbit) -> ClearbitCompany:
    return ClearbitCompany(vendor.key, vendor.url)


@pytest.mark.parametrize(
    "response",
    [
        Response("Oops", 500),
        Response(HTML.body, 403, "text/html"),
        error(429, "rate_limit", "Too many"),
        Response(both(), cut=True),
    ],
)
def test_a_fault_of_the_stream_leaves_it_queued(vendor: Clearbit, no_retries: None, response: Response) -> None:
    persons = ClearbitPerson(vendor.key, vendor.url)
    vendor.fail.extend([Response(b"", 202), response])
    reply = persons.ask(ASK_MIA)
    assert (reply.outcome, reply.is_billed, len(vendor.requests)) == (Outcome.PENDING, False, 2)


def test_another_subject(vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany) -> None:
    other = Response(both(email="paul.kern@d1.lab.test"))
    assert unavailable(vendor, lambda: persons.ask(ASK_MIA), other).fault is Fault.OTHER_SUBJECT
    assert unavailable(vendor, lambda: companies.ask("stranger-7.test")).fault is Fault.OTHER_SUBJECT


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Mia Holt"},
        {"name": {"fullName": 5}},
        {"email": [MIA]},
        {"employment": {"title": 7}},
        {"employment": {"seniority": True}},
        {"geo": {"countryCode": 49}},
        {"linkedin": "in/mia"},
        {"avatar": 1},
        {"activeAt": 1786600000},
        {"activeAt": "yesterday"},
    ],
)
def test_person_of_another_type(vendor: Clearbit, persons: ClearbitPerson, changes: dict[str, Any]) -> None:
    caught = unavailable(vendor, lambda: persons.ask(ASK_MIA), Response(both(**changes)))
    assert caught.fault is Fault.BAD_ANSWER
    assert not any(value in f"{caught!r} {caught.__context__!r}" for value in ("Mia", "yesterday"))


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 5},
        {"domain": 5},
        {"domainAliases": "d2.lab.test"},
        {"domainAliases": [1]},
        {"foundedYear": "long ago"},
        {"category": "Software"},
        {"category": {"industry": 1}},
        {"metrics": {"employees": "11-50"}},
        {"metrics": {"employees": 1.5}},
        {"metrics": {"employees": True}},
        {"metrics": {"employeesRange": 11}},
        {"metrics": []},
    ],
)
def test_company_of_another_type(
    vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany, changes: dict[str, Any]
) -> None:
    body = company_body(FIRM, **changes)
    assert unavailable(vendor, lambda: companies.ask(DOMAIN), Response(body)).fault is Fault.BAD_ANSWER
    if "domainAliases" not in changes:
        combined = Response({"person": None, "company": body})
        assert unavailable(vendor, lambda: persons.ask(ASK_MIA), combined).fault is Fault.BAD_ANSWER


@pytest.mark.parametrize(
    "response",
    [
        Response(HTML.body, 404, "text/html"),
        Response({"message": "no such page"}, 404),
        Response({"error": "unknown_record"}, 404),
        Response(HTML.body, 422, "text/html"),
        Response({"person": "Mia Holt"}),
        Response({"person": None, "company": [1]}),
    ],
)
def test_status_that_is_not_its_own(vendor: Clearbit, persons: ClearbitPerson, response: Response) -> None:
    assert unavailable(vendor, lambda: persons.ask(ASK_MIA), response).fault is Fault.BAD_ANSWER


@pytest.mark.parametrize("body", [HTML.body, {"error": {"type": "tired"}}, {"status": "queued"}])
def test_202_of_somebody_else(vendor: Clearbit, body: Any) -> None:
    persons = ClearbitPerson(vendor.key, vendor.url, use_stream=False)
    assert unavailable(vendor, lambda: persons.ask(ASK_MIA), Response(body, 202)).fault is Fault.BAD_ANSWER


def test_wrong_key(vendor: Clearbit) -> None:
    assert refused(lambda: ClearbitPerson("wrong", vendor.url).ask(ASK_MIA)) is Fault.UNAUTHORIZED
    assert refused(lambda: ClearbitCompany("wrong", vendor.url).ask(DOMAIN)) is Fault.UNAUTHORIZED


def test_over_quota() -> None:
    with Clearbit(credits=1) as vendor:
        persons = ClearbitPerson(vendor.key, vendor.url)
        assert persons.ask(ASK_MIA).answer
        assert persons.ask(ASK_MIA).answer  # again in the same period: free
        assert refused(lambda: persons.ask(PersonQuestion(email="paul.kern@d1.lab.test"))) is Fault.NO_CREDITS
    assert vendor.paid == {MIA: 1}


def test_wrong_path_is_no_miss(vendor: Clearbit) -> None:
    persons = ClearbitPerson(vendor.key, vendor.url + "/v9")
    assert refused(lambda: persons.ask(ASK_MIA)) is Fault.BAD_REQUEST


def test_rate_limit_says_when_its_minute_ends(no_retries: None) -> None:
    with Clearbit(per_minute=1) as vendor:
        persons = ClearbitPerson(vendor.key, vendor.url)
        persons.ask(ASK_MIA)
        caught = unavailable(vendor, lambda: persons.ask(ASK_MIA))
    assert (caught.fault, caught.is_sent) == (Fault.RATE_LIMITED, False)
    assert caught.retry_after_s is not None and 25 < caught.retry_after_s <= 30


@pytest.mark.parametrize(
    ("reset", "pause"),
    [("1", 0.0), (str(int(time.time()) + 9000), 60.0), ("soon", None), ("", None), (None, None)],
    ids=["long ago", "in hours", "no number", "empty", "absent"],  # the same in every worker, whatever the time
)
def test_odd_end_of_the_minute(vendor: Clearbit, no_retries: None, reset: str | None, pause: float | None) -> None:
    persons = ClearbitPerson(vendor.key, vendor.url)
    response = error(429, "rate_limit", "Too many")
    response = replace(response, headers={} if reset is None else {"X-RateLimit-Reset": reset})
    assert unavailable(vendor, lambda: persons.ask(ASK_MIA), response).retry_after_s == pause


@pytest.mark.parametrize("signature", ["", "sha1=", "sha1=" + "0" * 40, "sha256=" + "0" * 64, "ü", "\udc80"])
def test_webhook_with_a_wrong_signature(vendor: Clearbit, signature: str) -> None:
    body, right = vendor.webhook(MIA, "question-42")
    for args in ((vendor.key, body, signature), (vendor.key, body + b" ", right), ("sk_other", body, right)):
        with pytest.raises(ProviderUnavailable) as caught:
            read_webhook(*args)
        assert caught.value.fault is Fault.BAD_ANSWER
        assert MIA not in f"{caught.value!r} {caught.value.__context__!r}"


@pytest.mark.parametrize(
    "posted",
    [
        [],
        {"id": 42, "type": "person", "body": {}, "status": 200},
        {"id": "42", "type": "robot", "body": {}, "status": 200},
        {"id": "42", "type": "person", "body": None, "status": 200},
        {"id": "42", "type": "person", "body": {}, "status": 500},
        {"id": "42", "type": "person", "body": {}},
    ],
)
def test_webhook_of_another_form(posted: Any) -> None:
    with pytest.raises(ProviderUnavailable) as caught:
        read_webhook("sk_abc", *signed("sk_abc", posted))
    assert caught.value.fault is Fault.BAD_ANSWER
