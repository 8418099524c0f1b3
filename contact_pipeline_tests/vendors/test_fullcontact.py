"""FullContact's adapter against a simulated FullContact, over real HTTP."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from contact_pipeline.adapters import http
from contact_pipeline.core.providers import Outcome, Reply
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.fullcontact import BUNDLES, FullContactCompany, FullContactPerson
from contact_pipeline_tests.lab.persons import ABSURD_LENGTH, Person, known_company, known_person, person_with
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.fullcontact import FullContact, company_body, person_body

MIA = "mia.holt@d2.lab.test"
WITH_PHONE = "clara.dorn@d1.lab.test"  # and, as FullContact knows her, without a title
NUMBER = "+12025550101"
DOMAIN = "d1.lab.test"
MIA_HOLT, FIRM = known_person(MIA, "fullcontact"), known_company(DOMAIN)
ALL = set(BUNDLES)


def page_of(person: Person) -> str:
    return f"https://www.linkedin.com/in/{person.linkedin}"


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


def test_person(vendor: FullContact, persons: FullContactPerson) -> None:
    question = PersonQuestion(email=MIA)
    reply = persons.ask(question)
    assert reply.subject is question
    assert (reply.outcome, reply.raw_status, reply.is_billed, reply.is_known) == (Outcome.ANSWERED, "200", True, True)
    assert reply.answer == PersonAnswer(
        name="Mia Holt",
        given_name="Mia",
        family_name="Holt",
        email=MIA,
        title=MIA_HOLT.title,
        company=MIA_HOLT.company,
        company_domain="d2.lab.test",
        linkedin_url=page_of(MIA_HOLT),
        location=MIA_HOLT.location,
        country=MIA_HOLT.country,
        has_photo=True,
    )
    assert vendor.paid == {MIA: 1}


def test_work_phone_and_no_photo(persons: FullContactPerson) -> None:
    """A number at home is not taken, and a photo that FullContact lacks may exist."""
    answer, truth = persons.ask(PersonQuestion(email=WITH_PHONE)).answer, known_person(WITH_PHONE, "fullcontact")
    assert answer and truth.phone
    assert (answer.phone, answer.has_photo, answer.title) == (truth.phone, None, None)


def test_company(vendor: FullContact, companies: FullContactCompany) -> None:
    reply = companies.ask(DOMAIN)
    assert (reply.subject, reply.outcome, reply.raw_status, reply.is_billed) == (DOMAIN, Outcome.ANSWERED, "200", True)
    assert reply.answer == CompanyAnswer(
        name=FIRM.name,
        domain=DOMAIN,
        industry=FIRM.industry,
        employees=FIRM.employees,
        founded_year=FIRM.founded,
        location=FIRM.location,
        country=FIRM.country,
        linkedin_url=f"https://www.linkedin.com/company/{FIRM.linkedin}",
    )
    assert vendor.paid == {DOMAIN: 1}


def test_what_is_sent(vendor: FullContact, persons: FullContactPerson, companies: FullContactCompany) -> None:
    """Of a name FullContact makes nothing without a postal address, so it stays here."""
    page = page_of(MIA_HOLT)
    question = PersonQuestion(
        email=MIA, linkedin_url=page, phone=NUMBER, name="Mia Holt", given_name="Mia", company="X"
    )
    assert persons.ask(question).answer
    companies.ask(DOMAIN)
    person, firm = vendor.requests
    assert person.json == {
        "email": MIA,
        "phone": NUMBER,
        "profiles": [{"service": "linkedin", "url": page}],
        "dataFilter": ["individual", "professional", "social"],
    }
    assert firm.json == {"domain": DOMAIN}
    assert [(request.method, request.path) for request in vendor.requests] == [
        ("POST", "/v3/person.enrich"),
        ("POST", "/v3/company.enrich"),
    ]
    for request in vendor.requests:  # neither key nor subject in a URL
        assert not request.query
        assert request.headers["authorization"] == f"Bearer {vendor.key}"


def test_asks_for_no_household_and_keeps_no_private_fact(vendor: FullContact, persons: FullContactPerson) -> None:
    assert "household" in person_body(MIA_HOLT, vendor.bundles)["details"]
    vendor.fail.append(Response(person_body(MIA_HOLT, vendor.bundles)))  # as if it did not heed the filter
    answer = persons.ask(PersonQuestion(email=MIA)).answer
    assert answer
    kept = str(asdict(answer))
    assert not any(word in kept for word in ("Female", "35-44", "100k", "low", "0199"))


@pytest.mark.parametrize("kind", ["page", "number"])
def test_person_by_page_or_number(vendor: FullContact, persons: FullContactPerson, kind: str) -> None:
    somebody = MIA_HOLT if kind == "page" else person_with(NUMBER)
    assert somebody
    question = PersonQuestion(linkedin_url=page_of(somebody)) if kind == "page" else PersonQuestion(phone=NUMBER)
    answer = persons.ask(question).answer
    assert answer and (answer.name, answer.email) == (somebody.name, somebody.email)


@pytest.mark.parametrize(
    "question",
    [
        PersonQuestion(name="Mia Holt", company_domain="d2.lab.test"),
        PersonQuestion(),
        PersonQuestion(email="a\nb@d1.lab.test"),
        PersonQuestion(email=MIA, linkedin_url="https://www.linkedin.com/in/" + "x" * 300),
    ],
)
def test_never_sends_what_it_cannot_ask(
    vendor: FullContact, persons: FullContactPerson, question: PersonQuestion
) -> None:
    reply = persons.ask(question)
    assert (reply.outcome, reply.is_billed) == (Outcome.REJECTED, False)
    assert not vendor.requests


@pytest.mark.parametrize("domain", ["", "a\x00b.test", "d" * 255])
def test_never_sends_what_is_no_domain(vendor: FullContact, companies: FullContactCompany, domain: str) -> None:
    assert companies.ask(domain).outcome is Outcome.REJECTED
    assert not vendor.requests


@pytest.mark.parametrize("email", ["info@d1.lab.test", "optout-mia.holt@d2.lab.test"])
def test_nobody_is_no_charge(vendor: FullContact, persons: FullContactPerson, email: str) -> None:
    reply = persons.ask(PersonQuestion(email=email))
    assert (reply.outcome, reply.answer, reply.raw_status) == (Outcome.NOT_FOUND, None, "404")
    assert not reply.is_billed and not vendor.paid


def test_company_not_registered(vendor: FullContact, companies: FullContactCompany) -> None:
    reply = companies.ask("webmail.d1.lab.test")
    assert (reply.outcome, reply.raw_sub_status, reply.reference) == (Outcome.NOT_FOUND, "NOT_REGISTERED", "lab")
    assert not reply.is_billed and not vendor.paid


def test_queued_is_asked_again_and_paid_once(
    vendor: FullContact, persons: FullContactPerson, companies: FullContactCompany
) -> None:
    email, domain = "pending-mia.holt@d2.lab.test", "pending-7.test"

    def ask() -> list[Reply[Any]]:
        return [persons.ask(PersonQuestion(email=email)), companies.ask(domain)]

    for reply in ask():
        assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.PENDING, None, False)
        assert (reply.raw_status, reply.retry_after_s, reply.reference) == ("202", 120.0, "lab-queued")
    assert all(reply.answer for reply in ask())
    assert vendor.paid == {email: 1, domain: 1}


def test_422_is_about_this_subject_only(persons: FullContactPerson, companies: FullContactCompany) -> None:
    reply = companies.ask("localhost")
    assert (reply.outcome, reply.raw_status, reply.is_billed) == (Outcome.REJECTED, "422", False)


def test_values_are_left_as_they_are(persons: FullContactPerson, companies: FullContactCompany) -> None:
    """Whether they are fit to be kept is decided elsewhere."""
    absurd = persons.ask(PersonQuestion(email="absurd-1@d1.lab.test")).answer
    formula = persons.ask(PersonQuestion(email="formula-mia.holt@d2.lab.test")).answer
    firm = companies.ask("absurd-1.test").answer
    assert absurd and absurd.title and len(absurd.title) == ABSURD_LENGTH
    assert formula and formula.title and formula.title.startswith("=HYPERLINK(")
    assert formula.given_name == "\x1b[31mMia\x1b[0m"
    assert firm and (firm.founded_year, firm.employees) == (3021, 10**12)


def test_a_stranger_is_for_screening(persons: FullContactPerson, companies: FullContactCompany) -> None:
    """FullContact repeats no question, so nothing here can tell."""
    answer = persons.ask(PersonQuestion(email="stranger-mia.holt@d2.lab.test", name="Mia Holt")).answer
    firm = companies.ask("stranger-7.test").answer
    assert answer and answer.name != "Mia Holt" and answer.company_domain != "d2.lab.test"
    assert firm and firm.domain and firm.domain.startswith("elsewhere-")


def test_addresses_and_numbers(vendor: FullContact, persons: FullContactPerson) -> None:
    """Of several, that of work; private ones never; and of others than the one asked none."""
    body = person_body(MIA_HOLT, ALL)
    body["details"] |= {
        "emails": [
            {"label": "personal", "value": "mia@elsewhere.test"},
            {"label": "other", "value": "m.holt@d2.lab.test"},
            {"label": "work", "value": MIA, "md5": "0"},
            {"label": "work", "md5": "0"},
        ],
        "phones": [{"label": "home", "value": "+12025550111"}],
    }
    vendor.fail.extend([Response(body)] * 2)
    by_page = persons.ask(PersonQuestion(linkedin_url=page_of(MIA_HOLT))).answer
    by_other = persons.ask(PersonQuestion(email="m.h@d2.lab.test")).answer
    assert by_page and (by_page.email, by_page.phone) == (MIA, None)
    assert by_other and by_other.email is None


def test_nothing_is_told(vendor: FullContact, persons: FullContactPerson, companies: FullContactCompany) -> None:
    vendor.fail.append(Response({**dict.fromkeys(person_body(MIA_HOLT, set())), "details": None}))
    vendor.fail.append(Response(dict.fromkeys(company_body(FIRM))))
    for reply in (persons.ask(PersonQuestion(email=MIA)), companies.ask(DOMAIN)):
        assert reply.outcome is Outcome.ANSWERED and reply.is_billed
        assert reply.answer and reply.answer.settled_status() == "unknown"


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.d1.lab.test/en", "d1.lab.test"),
        ("D1.lab.test", "d1.lab.test"),
        ("https://[broken", None),
        ("https://", None),
        (None, None),
    ],
)
def test_domain_of_a_website(
    vendor: FullContact, companies: FullContactCompany, website: str | None, domain: str | None
) -> None:
    vendor.fail.append(Response(company_body(FIRM, website=website)))
    answer = companies.ask(DOMAIN).answer
    assert answer and answer.domain == domain


def test_domain_of_a_former_employer_is_not_hers(vendor: FullContact, persons: FullContactPerson) -> None:
    body = person_body(MIA_HOLT, ALL)
    body["details"]["employment"] = [
        {"name": body["organization"], "domain": "former.test", "current": False},
        {"name": "Second job", "domain": "second.test", "current": True},
        {"name": body["organization"], "domain": None, "current": True},
    ]
    vendor.fail.append(Response(body))
    answer = persons.ask(PersonQuestion(email=MIA)).answer
    assert answer and answer.company and answer.company_domain is None


def test_credits_are_not_told(vendor: FullContact, persons: FullContactPerson) -> None:
    assert persons.credits() is None
    assert not vendor.requests


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/v3/person.enrich", "{", 400),
        ("POST", "/v3/person.enrich", '{"fullName": "Mia Holt"}', 422),
        ("GET", "/v3/person.enrich", "", 405),
        ("POST", "/v3/person.find", "{}", 404),
    ],
)
def test_simulator_refuses(vendor: FullContact, method: str, path: str, body: str, status: int) -> None:
    client = http.HttpClient("lab", vendor.url, headers={"Authorization": f"Bearer {vendor.key}"})
    assert client.request(method, path, data=body, expected=(status,)).status == status
