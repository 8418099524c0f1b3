"""FullContact's adapter when there is no answer, or one that must not be believed. Over real HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, ProviderRefused
from contact_pipeline.profiles.ports import PersonQuestion
from contact_pipeline.vendors.fullcontact import BUNDLES, FullContactCompany, FullContactPerson
from contact_pipeline_tests.lab.persons import known_company, known_person
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.fullcontact import FullContact, company_body, error, person_body
from contact_pipeline_tests.vendors.faults import HTML, refused, unavailable

MIA = "mia.holt@d2.lab.test"
DOMAIN = "d1.lab.test"
MIA_HOLT, FIRM = known_person(MIA, "fullcontact"), known_company(DOMAIN)
ALL = set(BUNDLES)


@pytest.fixture
def vendor() -> Iterator[FullContact]:
    with FullContact() as vendor:
        yield vendor


@pytest.fixture
def persons(vendor: FullContact) -> FullContactPerson:
    return FullContactPerson(vendor.key, vendor.url)


@pytest.fixture
def companies(vendor: FullContact) -> FullContactCompany:
    return FullContactCompany(vendor.key, vendor.url)


def test_an_address_of_somebody_else(vendor: FullContact, persons: FullContactPerson) -> None:
    body = person_body(MIA_HOLT, ALL, email="paul.kern@d1.lab.test")
    fault = unavailable(vendor, lambda: persons.ask(PersonQuestion(email=MIA)), Response(body))
    assert fault.fault is Fault.OTHER_SUBJECT
    vendor.fail.append(Response(body | {"email": MIA.upper()}))
    answer = persons.ask(PersonQuestion(email=MIA)).answer
    assert answer and answer.email == MIA.upper()


@pytest.mark.parametrize(
    ("changes", "details"),
    [
        ({"fullName": 1}, {}),
        ({"title": ["Buyer"]}, {}),
        ({"linkedin": {"url": "x"}}, {}),
        ({"avatar": True}, {}),
        ({"details": []}, {}),
        ({}, {"name": "Mia Holt"}),
        ({}, {"name": {"given": 5}}),
        ({}, {"emails": ["mia"]}),
        ({}, {"phones": {"value": "1"}}),
        ({}, {"phones": [{"label": "work", "value": 12025550100}]}),
        ({}, {"locations": [{"countryCode": 49}]}),
        ({}, {"employment": [{"name": "D2", "domain": "d2.lab.test", "current": "yes"}]}),
    ],
)
def test_person_of_another_type(
    vendor: FullContact, persons: FullContactPerson, changes: dict[str, Any], details: dict[str, Any]
) -> None:
    body = person_body(MIA_HOLT, ALL)
    body["details"] |= details
    caught = unavailable(vendor, lambda: persons.ask(PersonQuestion(email=MIA)), Response(body | changes))
    assert caught.fault is Fault.BAD_ANSWER
    assert "Mia" not in f"{caught!r} {caught.__context__!r}"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": 5},
        {"employees": "11-50"},
        {"employees": True},
        {"employees": 10.5},
        {"founded": "long ago"},
        {"website": ["https://d1.lab.test"]},
        {"details": {"industries": [{"name": 7}]}},
        {"details": {"industries": {"type": "SIC"}}},
        {"details": {"locations": "London"}},
    ],
)
def test_company_of_another_type(vendor: FullContact, companies: FullContactCompany, changes: dict[str, Any]) -> None:
    body = company_body(FIRM, **changes)
    assert unavailable(vendor, lambda: companies.ask(DOMAIN), Response(body)).fault is Fault.BAD_ANSWER


@pytest.mark.parametrize("status", [202, 404, 422])
@pytest.mark.parametrize("body", [HTML.body, "", {"status": 404}, {"message": 5}])
def test_status_that_is_not_its_own(vendor: FullContact, persons: FullContactPerson, status: int, body: Any) -> None:
    response = Response(body, status)
    caught = unavailable(vendor, lambda: persons.ask(PersonQuestion(email=MIA)), response)
    assert caught.fault is Fault.BAD_ANSWER


def test_503_says_when(vendor: FullContact, persons: FullContactPerson) -> None:
    response = Response({"status": 503, "message": "Down"}, 503, headers={"Retry-After": "90"})
    caught = unavailable(vendor, lambda: persons.ask(PersonQuestion(email=MIA)), response)
    assert (caught.fault, caught.retry_after_s) == (Fault.SERVER_ERROR, 90)


def test_429_may_be_repeated_at_once(vendor: FullContact, persons: FullContactPerson) -> None:
    vendor.fail.append(error(429, "Too many requests"))
    assert persons.ask(PersonQuestion(email=MIA)).answer
    assert len(vendor.requests) == 2


def test_rate_limit(no_retries: None) -> None:
    with FullContact(per_minute=1) as vendor:
        persons = FullContactPerson(vendor.key, vendor.url)
        persons.ask(PersonQuestion(email=MIA))
        caught = unavailable(vendor, lambda: persons.ask(PersonQuestion(email=MIA)))
    assert (caught.fault, caught.is_sent) == (Fault.RATE_LIMITED, False)


def test_wrong_key(vendor: FullContact) -> None:
    assert refused(lambda: FullContactPerson("wrong", vendor.url).ask(PersonQuestion(email=MIA))) is Fault.FORBIDDEN
    assert refused(lambda: FullContactCompany("wrong", vendor.url).ask(DOMAIN)) is Fault.FORBIDDEN


def test_used_up_quota() -> None:
    with FullContact(credits=1) as vendor:
        persons = FullContactPerson(vendor.key, vendor.url)
        assert persons.ask(PersonQuestion(email=MIA)).answer
        with pytest.raises(ProviderRefused, match="quota") as caught:
            persons.ask(PersonQuestion(email=MIA))
        assert caught.value.fault is Fault.FORBIDDEN
        assert MIA not in str(caught.value)


@pytest.mark.parametrize(
    ("response", "fault"),
    [
        (error(401, "401: Expired access token"), Fault.UNAUTHORIZED),
        (Response({"code": 400, "message": "Unable to process JSON"}, 400), Fault.BAD_REQUEST),
        (error(400, "Invalid webhookUrl"), Fault.BAD_REQUEST),
        (error(405, "Method not allowed"), Fault.BAD_REQUEST),
        (error(410, "Gone"), Fault.BAD_REQUEST),
    ],
)
def test_refusals(vendor: FullContact, persons: FullContactPerson, response: Response, fault: Fault) -> None:
    vendor.fail.append(response)
    assert refused(lambda: persons.ask(PersonQuestion(email=MIA))) is fault
    assert len(vendor.requests) == 1


def test_wrong_path_is_no_miss(vendor: FullContact) -> None:
    persons = FullContactPerson(vendor.key, vendor.url + "/v2")
    assert refused(lambda: persons.ask(PersonQuestion(email=MIA))) is Fault.BAD_REQUEST
