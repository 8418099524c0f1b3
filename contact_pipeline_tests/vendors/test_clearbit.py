"""Clearbit's adapter against a simulated Clearbit, over real HTTP."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from contact_pipeline.adapters import http
from contact_pipeline.core.providers import Outcome, Reply
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.clearbit import ClearbitCompany, ClearbitPerson, read_webhook
from contact_pipeline_tests.lab.persons import ABSURD_LENGTH, FAR_FUTURE, Company, known_company, known_person
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.clearbit import Clearbit, company_body, error, person_body, signed

MIA = "mia.holt@d2.lab.test"
QUEUED = "pending-mia.holt@d2.lab.test"
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


def facts_of(truth: Company, employee_range: str) -> CompanyAnswer:
    return CompanyAnswer(
        name=truth.name,
        domain=truth.domain,
        industry=truth.industry,
        employees=truth.employees,
        employee_range=employee_range,
        founded_year=truth.founded,
        location=truth.location,
        country=truth.country,
        linkedin_url=f"https://www.linkedin.com/company/{truth.linkedin}",
    )


def test_person_with_company(vendor: Clearbit, persons: ClearbitPerson) -> None:
    reply = persons.ask(ASK_MIA)
    assert reply.subject is ASK_MIA
    assert (reply.outcome, reply.raw_status, reply.is_billed, reply.is_known) == (Outcome.ANSWERED, "200", True, True)
    assert reply.answer == PersonAnswer(
        name="Mia Holt",
        given_name="Mia",
        family_name="Holt",
        email=MIA,
        title=MIA_HOLT.title,
        seniority=MIA_HOLT.seniority,
        company=MIA_HOLT.company,
        company_domain=DOMAIN,
        linkedin_url=f"https://www.linkedin.com/in/{MIA_HOLT.linkedin}",
        location=MIA_HOLT.location,
        country=MIA_HOLT.country,
        has_photo=True,
        last_active_on=MIA_HOLT.last_active_on,
        company_facts=facts_of(FIRM, company_body(FIRM)["metrics"]["employeesRange"]),
    )
    assert vendor.paid == {MIA: 1}


def test_company(vendor: Clearbit, companies: ClearbitCompany) -> None:
    reply = companies.ask(DOMAIN)
    assert (reply.subject, reply.outcome, reply.raw_status, reply.is_billed) == (DOMAIN, Outcome.ANSWERED, "200", True)
    assert reply.answer == facts_of(FIRM, company_body(FIRM)["metrics"]["employeesRange"])
    assert vendor.paid == {DOMAIN: 1}


def test_company_only(vendor: Clearbit, persons: ClearbitPerson) -> None:
    """Nobody of that address, but the company is known."""
    reply = persons.ask(PersonQuestion(email=f"info@{DOMAIN}"))
    assert reply.outcome is Outcome.ANSWERED
    assert reply.answer and reply.answer.company_facts and reply.answer.company_facts.domain == DOMAIN
    assert reply.answer == PersonAnswer(company_facts=reply.answer.company_facts)


def test_person_only(vendor: Clearbit, persons: ClearbitPerson) -> None:
    vendor.fail.append(Response(both() | {"company": None}))
    answer = persons.ask(ASK_MIA).answer
    assert answer and answer.name == "Mia Holt" and answer.company_facts is None


def test_neither(vendor: Clearbit, persons: ClearbitPerson) -> None:
    vendor.fail.append(Response({"person": None, "company": None}))
    reply = persons.ask(ASK_MIA)
    assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.NOT_FOUND, None, True)


def test_what_is_sent(vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany) -> None:
    persons.ask(PersonQuestion(email=MIA, name="Mia Holt", phone="+12025550100", company_domain=DOMAIN))
    companies.ask(DOMAIN)
    assert [(request.method, request.path, request.query) for request in vendor.requests] == [
        ("GET", "/v2/combined/find", {"email": MIA}),
        ("GET", "/v2/companies/find", {"domain": DOMAIN}),
    ]
    assert {request.headers["authorization"] for request in vendor.requests} == {f"Bearer {vendor.key}"}


@pytest.mark.parametrize(
    "question",
    [
        PersonQuestion(name="Mia Holt", company_domain=DOMAIN),
        PersonQuestion(linkedin_url="https://www.linkedin.com/in/mia-holt-1"),
        PersonQuestion(email="a\nb@d1.lab.test"),
        PersonQuestion(email="ä" * 125 + "@lab.test"),
    ],
)
def test_never_sends_what_it_cannot_ask(vendor: Clearbit, persons: ClearbitPerson, question: PersonQuestion) -> None:
    reply = persons.ask(question)
    assert (reply.subject, reply.outcome, reply.is_billed) == (question, Outcome.REJECTED, False)
    assert not vendor.requests


def test_a_miss_counts(vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany) -> None:
    for reply in (persons.ask(PersonQuestion(email="optout-1@d2.lab.test")), companies.ask("webmail.d2.lab.test")):
        assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.NOT_FOUND, None, True)
        assert (reply.raw_status, reply.raw_sub_status, reply.is_known) == ("404", "unknown_record", True)
    assert vendor.paid.total() == 2


def test_the_stream_waits_for_what_is_queued(
    vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany
) -> None:
    assert persons.ask(PersonQuestion(email=QUEUED)).answer
    assert companies.ask("pending-7.test").answer
    paths = [request.path for request in vendor.requests]
    assert paths == [
        *("/v2/combined/find", "/stream/v2/combined/find"),
        *("/v2/companies/find", "/stream/v2/companies/find"),
    ]
    assert vendor.paid == {QUEUED: 1, "pending-7.test": 1}


@pytest.mark.parametrize("queued_body", [False, True])
@pytest.mark.parametrize("use_stream", [False, True])
def test_still_queued(queued_body: bool, use_stream: bool) -> None:
    with Clearbit(is_stream_slow=True, queued_body=queued_body) as vendor:
        persons = ClearbitPerson(vendor.key, vendor.url, use_stream=use_stream)
        companies = ClearbitCompany(vendor.key, vendor.url, use_stream=use_stream)
        question = PersonQuestion(email=QUEUED)
        first: list[Reply[Any]] = [persons.ask(question), companies.ask("pending-7.test")]
        assert len(vendor.requests) == (4 if use_stream else 2)
        for reply in first:
            assert (reply.outcome, reply.answer, reply.raw_status) == (Outcome.PENDING, None, "202")
            assert (reply.is_billed, reply.retry_after_s) == (False, 300.0)
        assert persons.ask(question).answer and companies.ask("pending-7.test").answer
        assert vendor.paid == {QUEUED: 1, "pending-7.test": 1}


def test_stream_hosts_of_their_own(vendor: Clearbit) -> None:
    """Person and company have a pair of hosts each; only one lab knows them all."""
    with Clearbit(key=vendor.key) as other:
        persons = ClearbitPerson(vendor.key, vendor.url, stream_base_url=f"{other.url}/stream")
        companies = ClearbitCompany(
            vendor.key, company_base_url=other.url, company_stream_base_url=f"{vendor.url}/stream"
        )
        assert persons.ask(PersonQuestion(email=QUEUED)).answer
        assert companies.ask("pending-7.test").answer
        assert [request.path for request in vendor.requests] == ["/v2/combined/find", "/stream/v2/companies/find"]
        assert [request.path for request in other.requests] == ["/stream/v2/combined/find", "/v2/companies/find"]


@pytest.mark.parametrize(
    ("overridden", "hosts"),
    [
        ({}, ["https://company.clearbit.com", "https://company-stream.clearbit.com"]),
        ({"base_url": "https://person.clearbit.com/"}, ["https://company.clearbit.com", None]),
        ({"base_url": "http://lab.test"}, ["http://lab.test", "http://lab.test/stream"]),
        ({"company_base_url": "http://lab.test"}, ["http://lab.test", "http://lab.test/stream"]),
        ({"company_stream_base_url": "http://lab.test"}, ["https://company.clearbit.com", "http://lab.test"]),
        ({"use_stream": False}, ["https://company.clearbit.com"]),
    ],
)
def test_hosts(monkeypatch: pytest.MonkeyPatch, overridden: dict[str, Any], hosts: list[str | None]) -> None:
    """What is asked of a lab never goes on to Clearbit's own stream."""
    built: list[str] = []
    monkeypatch.setattr("contact_pipeline.vendors.clearbit.HttpClient", lambda _, url, **__: built.append(url))
    ClearbitCompany("key", **overridden)
    assert all(expected in (None, url) for expected, url in zip(hosts, built, strict=True))


def test_hosts_of_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[str] = []
    monkeypatch.setattr("contact_pipeline.vendors.clearbit.HttpClient", lambda _, url, **__: built.append(url))
    ClearbitPerson("key")
    assert built == ["https://person.clearbit.com", "https://person-stream.clearbit.com"]


@pytest.mark.parametrize("word", ["email_invalid", "email_role"])
def test_422_is_about_this_address_only(vendor: Clearbit, persons: ClearbitPerson, word: str) -> None:
    vendor.fail.append(error(422, word, "No"))
    reply = persons.ask(ASK_MIA)
    assert (reply.outcome, reply.raw_status, reply.raw_sub_status) == (Outcome.REJECTED, "422", word)
    assert (reply.is_billed, reply.is_known) == (False, word == "email_invalid")


def test_422_of_the_simulator(vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany) -> None:
    """The body of a 422 is unconfirmed."""
    assert persons.ask(PersonQuestion(email="mia")).raw_sub_status == "email_invalid"
    assert companies.ask("localhost").raw_sub_status == "domain_invalid"
    vendor.fail.append(Response({"message": "no"}, 422))
    reply = companies.ask(DOMAIN)
    assert (reply.outcome, reply.raw_sub_status, reply.is_known) == (Outcome.REJECTED, None, False)


def test_unknown_words(vendor: Clearbit, persons: ClearbitPerson) -> None:
    vendor.fail.append(Response(both(employment={"seniority": "Overlord"})))
    vendor.fail.append(error(404, "gone", "?"))
    reply, miss = persons.ask(ASK_MIA), persons.ask(ASK_MIA)
    assert reply.answer and reply.answer.seniority == "overlord"
    assert (reply.is_known, reply.raw_sub_status) == (False, "overlord")
    assert (miss.outcome, miss.is_known, miss.raw_sub_status) == (Outcome.NOT_FOUND, False, "gone")


@pytest.mark.parametrize(
    ("metrics", "employees", "employee_range"),
    [
        ({"employees": 120, "employeesRange": "51-250"}, 120, "51-250"),
        ({"employees": None, "employeesRange": "11-50"}, 11, "11-50"),
        ({"employeesRange": "251-1K"}, 251, "251-1K"),
        ({"employeesRange": "1K-5K"}, 1000, "1K-5K"),
        ({"employeesRange": "100K+"}, 100_000, "100K+"),
        ({"employeesRange": "plenty"}, None, "plenty"),
        ({"employees": 0}, 0, None),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_head_count(
    vendor: Clearbit,
    companies: ClearbitCompany,
    metrics: dict[str, Any] | None,
    employees: int | None,
    employee_range: str | None,
) -> None:
    vendor.fail.append(Response(company_body(FIRM, metrics=metrics)))
    answer = companies.ask(DOMAIN).answer
    assert answer and (answer.employees, answer.employee_range) == (employees, employee_range)


@pytest.mark.parametrize(
    ("handle", "url"),
    [
        ("in/mia-holt-1", "https://www.linkedin.com/in/mia-holt-1"),
        ("/in/mia-holt-1/", "https://www.linkedin.com/in/mia-holt-1"),
        ("Mia-Holt-1", "https://www.linkedin.com/in/Mia-Holt-1"),
        ("pub/mia/1/2", "https://www.linkedin.com/pub/mia/1/2"),
        ("https://www.linkedin.com/in/mia-holt-1", "https://www.linkedin.com/in/mia-holt-1"),
        ("", None),
        (None, None),
    ],
)
def test_linkedin(vendor: Clearbit, persons: ClearbitPerson, handle: str | None, url: str | None) -> None:
    vendor.fail.append(Response(both(linkedin={"handle": handle})))
    answer = persons.ask(ASK_MIA).answer
    assert answer and answer.linkedin_url == url


def test_values_are_left_as_they_are(persons: ClearbitPerson, companies: ClearbitCompany) -> None:
    """Whether they are fit to be kept is decided elsewhere."""
    absurd = persons.ask(PersonQuestion(email="absurd-1@d2.lab.test")).answer
    formula = persons.ask(PersonQuestion(email="formula-mia.holt@d2.lab.test")).answer
    firm = companies.ask("formula-1.test").answer
    assert absurd and absurd.title and len(absurd.title) == ABSURD_LENGTH and absurd.last_active_on == FAR_FUTURE
    assert formula and formula.title and formula.title.startswith("=HYPERLINK(")
    assert formula.name == "\x1b[31mMia\x1b[0m Holt"
    assert firm and firm.name and firm.name.startswith("=HYPERLINK(")


def test_a_stranger_under_the_same_address_is_for_screening(persons: ClearbitPerson) -> None:
    answer = persons.ask(PersonQuestion(email="stranger-mia.holt@d2.lab.test", name="Mia Holt")).answer
    assert answer and answer.name != "Mia Holt" and answer.company_domain != "d2.lab.test"


def test_nothing_is_told(vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany) -> None:
    person, firm = dict.fromkeys(both()["person"]), dict.fromkeys(both()["company"])
    vendor.fail.extend([Response({"person": person, "company": None}), Response(firm)])
    for reply in (persons.ask(ASK_MIA), companies.ask(DOMAIN)):
        assert reply.outcome is Outcome.ANSWERED and reply.is_known
        assert reply.answer and reply.answer.settled_status() == "unknown"


def test_day_of_last_activity(vendor: Clearbit, persons: ClearbitPerson) -> None:
    vendor.fail.append(Response(both(activeAt="2026-02-03")))
    answer = persons.ask(ASK_MIA).answer
    assert answer and answer.last_active_on == date(2026, 2, 3)


def test_same_subject_in_other_words(vendor: Clearbit, persons: ClearbitPerson, companies: ClearbitCompany) -> None:
    vendor.fail.append(Response(both(email=MIA.upper())))
    vendor.fail.append(Response(company_body(FIRM, domain="d.lab.test", domainAliases=["x.test", DOMAIN])))
    assert persons.ask(ASK_MIA).answer
    answer = companies.ask(DOMAIN).answer
    assert answer and answer.domain == DOMAIN


def test_credits_are_not_told(vendor: Clearbit, persons: ClearbitPerson) -> None:
    assert persons.credits() is None
    assert not vendor.requests


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Basic c2tfbGFiLWtleTo="}, 200)],  # the key, a colon, no password
)
def test_simulator_asks_for_a_key(vendor: Clearbit, headers: dict[str, str], status: int) -> None:
    client = http.HttpClient("lab", vendor.url, headers=headers)
    answer = client.request("GET", "/v2/combined/find", params={"email": MIA}, expected=(status,))
    assert status == 200 or answer.json()["error"]["type"] == "auth_required"


def test_webhook(vendor: Clearbit) -> None:
    reply = read_webhook(vendor.key, *vendor.webhook(MIA, "question-42"))
    assert (reply.subject, reply.outcome, reply.is_billed) == ("question-42", Outcome.ANSWERED, False)
    assert isinstance(reply.answer, PersonAnswer) and reply.answer.email == MIA and reply.answer.company_facts
    miss = read_webhook(vendor.key, *vendor.webhook("optout-1@d2.lab.test", "question-43"))
    assert (miss.subject, miss.outcome, miss.is_billed) == ("question-43", Outcome.NOT_FOUND, False)


@pytest.mark.parametrize("key", ["sk_abc", "pk_abc", "abc"])
def test_webhook_of_a_half(key: str) -> None:
    """The key goes into the signature without its prefix."""
    person = signed("abc", {"id": "1", "type": "person", "body": both()["person"], "status": 200})
    firm = signed("abc", {"id": "2", "type": "company", "body": both()["company"], "status": 200})
    about_person, about_firm = read_webhook(key, *person), read_webhook(key, *firm)
    assert isinstance(about_person.answer, PersonAnswer) and about_person.answer.name == "Mia Holt"
    assert isinstance(about_firm.answer, CompanyAnswer) and about_firm.answer.domain == DOMAIN
