"""Hunter's persons and companies against a simulated Hunter, over real HTTP; and the faults the finder has as well."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, Outcome, Reply, Single
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.vendors.hunter.profiles import HunterCompany, HunterFinder, HunterPerson
from contact_pipeline_tests.lab.persons import known_company, known_person
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.hunter import Hunter, finding, firm, profile
from contact_pipeline_tests.vendors.faults import FAULTS, refused, unavailable

INES = "ines.okafor@d2.lab.test"
ELIN = "elin.varga@d3.lab.test"
_ines, _d2 = known_person(INES, "hunter"), known_company("d2.lab.test")
PAGE = f"https://www.linkedin.com/in/{_ines.linkedin}"
BY_EMAIL = PersonQuestion(email=INES, linkedin_url=PAGE, name="Ines Okafor")
BY_PAGE = PersonQuestion(linkedin_url=PAGE)
BY_NAME = PersonQuestion(name="Ines Okafor", given_name="Ines", family_name="Okafor", company_domain="d2.lab.test")
D2 = CompanyAnswer(
    name="D2 SAS",
    domain="d2.lab.test",
    industry=_d2.industry,
    employees=11,
    employee_range="11-50",
    founded_year=_d2.founded,
    location="Lyon, France",
    country="FR",
    linkedin_url="https://www.linkedin.com/company/d2-lab",
)
WHO = PersonAnswer(
    name="Ines Okafor",
    given_name="Ines",
    family_name="Okafor",
    email=INES,
    title="VP Sales",
    seniority="executive",
    company="D2 SAS",
    company_domain="d2.lab.test",
    linkedin_url=PAGE,
    location="Lyon, France",
    country="FR",
    has_photo=True,
    last_active_on=date(2026, 6, 10),
)
WHO_AT_D2 = replace(WHO, company_facts=D2)

Ask = Callable[[Hunter], Callable[[], Reply[Any]]]


def _person(vendor: Hunter) -> Callable[[], Reply[Any]]:
    return lambda: HunterPerson(vendor.key, vendor.url).ask(BY_EMAIL)


def _page(vendor: Hunter) -> Callable[[], Reply[Any]]:
    return lambda: HunterPerson(vendor.key, vendor.url).ask(BY_PAGE)


def _company(vendor: Hunter) -> Callable[[], Reply[Any]]:
    return lambda: HunterCompany(vendor.key, vendor.url).ask("d2.lab.test")


def _finder(vendor: Hunter) -> Callable[[], Reply[Any]]:
    return lambda: HunterFinder(vendor.key, vendor.url).ask(BY_NAME)


EVERY = pytest.mark.parametrize("ask", [_person, _page, _company, _finder])


@pytest.fixture
def vendor() -> Iterator[Hunter]:
    with Hunter() as vendor:
        yield vendor


@pytest.fixture
def persons(vendor: Hunter) -> HunterPerson:
    return HunterPerson(vendor.key, vendor.url)


@pytest.fixture
def companies(vendor: Hunter) -> HunterCompany:
    return HunterCompany(vendor.key, vendor.url)


@pytest.fixture
def finder(vendor: Hunter) -> HunterFinder:
    return HunterFinder(vendor.key, vendor.url)


def test_they_are_what_the_ports_ask(persons: HunterPerson, companies: HunterCompany, finder: HunterFinder) -> None:
    people: list[Single[PersonAnswer]] = [persons, finder]
    firms: Single[CompanyAnswer] = companies
    for provider in (*people, firms):
        assert provider.name == "hunter"
        assert provider.limits.calls / provider.limits.seconds <= min(15, 500 / 60)
        assert not hasattr(provider, "upload")


def test_person_by_address_with_their_company(vendor: Hunter, persons: HunterPerson) -> None:
    reply = persons.ask(BY_EMAIL)
    assert reply == Reply(BY_EMAIL, Outcome.ANSWERED, WHO_AT_D2, raw_status="200")
    assert reply.subject is BY_EMAIL
    assert [(r.path, r.query) for r in vendor.requests] == [("/v2/combined/find", {"email": INES})]
    assert vendor.paid.total() == 1


def test_person_by_page(vendor: Hunter, persons: HunterPerson) -> None:
    reply = persons.ask(BY_PAGE)
    assert reply == Reply(BY_PAGE, Outcome.ANSWERED, WHO, raw_status="200")
    assert vendor.requests[0].path == "/v2/people/find"
    assert vendor.requests[0].query == {"linkedin_handle": _ines.linkedin}


def test_no_photo_at_hunter_is_no_statement(persons: HunterPerson) -> None:
    answer = persons.ask(PersonQuestion(email=ELIN)).answer
    assert answer and answer.has_photo is None


def test_company(vendor: Hunter, companies: HunterCompany) -> None:
    assert companies.ask("d2.lab.test") == Reply("d2.lab.test", Outcome.ANSWERED, D2, raw_status="200")
    assert vendor.requests[0].query == {"domain": "d2.lab.test"}


@pytest.mark.parametrize(
    "question",
    [
        BY_NAME,
        PersonQuestion(phone="+4420794600"),
        PersonQuestion(email="a\nb@lab.test"),
        PersonQuestion(email="a" * 250 + "@lab.test"),
        PersonQuestion(linkedin_url="https://www.linkedin.com/in/"),
        PersonQuestion(linkedin_url="https://www.linkedin.com/company/d2-lab"),
    ],
)
def test_what_is_no_question_about_a_person(vendor: Hunter, persons: HunterPerson, question: PersonQuestion) -> None:
    reply = persons.ask(question)
    assert (reply.outcome, reply.is_billed, reply.subject) == (Outcome.REJECTED, False, question)
    assert not vendor.requests


def test_nobody_knows_them(vendor: Hunter, persons: HunterPerson, companies: HunterCompany) -> None:
    nobody = PersonQuestion(email="info@d2.lab.test")
    for reply in (persons.ask(nobody), companies.ask("webmail.lab.test")):
        assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.NOT_FOUND, None, False)
        assert (reply.raw_status, reply.raw_sub_status) == ("404", "not_found")
    vendor.fail.append(Response({"data": {"person": None, "company": None}, "meta": {"email": INES}}))
    assert persons.ask(BY_EMAIL).outcome is Outcome.NOT_FOUND
    assert not vendor.paid


@EVERY
def test_451_is_an_erasure_request(vendor: Hunter, ask: Ask) -> None:
    vendor.opted_out |= {INES, _ines.linkedin, "d2.lab.test"}
    reply = ask(vendor)()
    assert (reply.outcome, reply.answer, reply.is_billed) == (Outcome.OPTED_OUT, None, False)
    assert (reply.raw_status, reply.raw_sub_status) == ("451", "claimed_email")
    assert not vendor.paid


def test_opted_out_by_name(persons: HunterPerson) -> None:
    assert persons.ask(PersonQuestion(email="optout-ines.okafor@d2.lab.test")).outcome is Outcome.OPTED_OUT


@EVERY
@pytest.mark.parametrize("status", [404, 451])
def test_what_a_proxy_says_is_nothing_about_the_person(vendor: Hunter, ask: Ask, status: int) -> None:
    page = Response("<html>blocked in your country</html>", status, content_type="text/html")
    assert unavailable(vendor, ask(vendor), page).fault is Fault.BAD_ANSWER


@EVERY
def test_404_without_hunters_word(vendor: Hunter, ask: Ask) -> None:
    assert unavailable(vendor, ask(vendor), Response({"message": "no route"}, 404)).fault is Fault.BAD_ANSWER


def test_202_is_answered_later(vendor: Hunter, persons: HunterPerson, companies: HunterCompany) -> None:
    question = PersonQuestion(email="pending-ines.okafor@d2.lab.test")
    reply = persons.ask(question)
    assert reply == Reply(question, Outcome.PENDING, raw_status="202", is_billed=False)
    assert not vendor.paid
    assert persons.ask(question).outcome is Outcome.ANSWERED
    assert companies.ask("pending-7.test").outcome is Outcome.PENDING
    answer = companies.ask("pending-7.test").answer
    assert answer and answer.domain == "pending-7.test"


@EVERY
def test_key_and_nothing_else_in_no_url(vendor: Hunter, ask: Ask) -> None:
    ask(vendor)()
    [request] = vendor.requests
    assert request.headers["x-api-key"] == vendor.key
    assert vendor.key not in "".join((request.path, *request.query, *request.query.values()))


@EVERY
def test_wrong_key(vendor: Hunter, ask: Ask) -> None:
    call = ask(vendor)
    vendor.key = "another"
    assert refused(lambda: HunterPerson("wrong", vendor.url).ask(BY_EMAIL)) is Fault.UNAUTHORIZED
    vendor.fail.append(Response({"errors": [{"id": "authentication_failed", "code": 401}]}, 401))
    assert refused(call) is Fault.UNAUTHORIZED


@EVERY
def test_429_is_no_credits(no_retries: None, ask: Ask) -> None:
    with Hunter(credits=1) as vendor:
        assert ask(vendor)().answer
        assert ask(vendor)().answer  # again in the same period: free
        assert vendor.paid.total() == 1
        vendor.paid.clear()
        assert refused(ask(vendor)) is Fault.NO_CREDITS


@EVERY
def test_403_is_the_rate_limit(ask: Ask) -> None:
    with Hunter(per_second=1) as vendor:
        ask(vendor)()
        error = unavailable(vendor, ask(vendor))
    assert (error.fault, error.is_sent) == (Fault.RATE_LIMITED, False)


@EVERY
def test_400(vendor: Hunter, ask: Ask) -> None:
    vendor.fail.append(Response({"errors": [{"id": "invalid_domain", "code": 400}]}, 400))
    reply = ask(vendor)()
    assert (reply.outcome, reply.is_billed) == (Outcome.REJECTED, False)
    assert (reply.raw_status, reply.raw_sub_status) == ("400", "invalid_domain")
    for status in (400, 422):
        vendor.fail.append(Response({"errors": [{"id": "wrong_params", "code": status}]}, status))
        assert refused(ask(vendor)) is Fault.BAD_REQUEST


def test_the_simulator_refuses_what_hunter_refuses(persons: HunterPerson, companies: HunterCompany) -> None:
    assert persons.ask(PersonQuestion(email="nobody")).raw_sub_status == "invalid_email"
    assert companies.ask("nowhere").raw_sub_status == "invalid_domain"


@EVERY
@pytest.mark.parametrize(
    ("response", "fault"),
    [
        pytest.param(response, fault, id=status)
        for status, (response, fault) in FAULTS.items()
        if status not in ("401", "402", "403", "429")
    ],
)  # at Hunter 403 is the rate limit and 429 the quota; those for good: test_contract.py
def test_no_answer(vendor: Hunter, ask: Ask, response: Response, fault: Fault) -> None:
    error = unavailable(vendor, ask(vendor), response)
    assert error.fault is fault
    assert not any(word in str(error) for word in (INES, "Okafor", "d2.lab.test", vendor.key))
    assert error.__context__ is None


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("person",), "Ines Okafor"),
        (("person",), [1]),
        (("person", "name"), "Ines Okafor"),
        (("person", "name", "fullName"), 7),
        (("person", "email"), ["a@lab.test"]),
        (("person", "phone"), 4420794600),
        (("person", "employment"), []),
        (("person", "employment", "title"), {"en": "VP"}),
        (("person", "employment", "seniority"), True),
        (("person", "linkedin", "handle"), 12),
        (("person", "avatar"), True),
        (("person", "activeAt"), 1_790_000_000),
        (("person", "activeAt"), "last week"),
        (("person", "geo", "countryCode"), 33),
        (("company",), "D2 SAS"),
        (("company", "metrics", "employees"), 11),
        (("company", "foundedYear"), "2023"),
        (("company", "foundedYear"), 2023.5),
        (("company", "foundedYear"), True),
        (("company", "category"), "Textiles"),
    ],
)
def test_wrong_types(vendor: Hunter, persons: HunterPerson, path: tuple[str, ...], value: object) -> None:
    body: dict[str, Any] = {"person": profile(_ines), "company": firm(_d2)}
    place = body
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    error = unavailable(vendor, lambda: persons.ask(BY_EMAIL), Response({"data": body, "meta": {"email": INES}}))
    assert error.fault is Fault.BAD_ANSWER
    assert INES not in str(error) and error.__context__ is None
    place[path[-1]] = None  # null is no wrong type, wherever it stands
    vendor.fail.append(Response({"data": body, "meta": None}))
    assert persons.ask(BY_EMAIL).outcome is Outcome.ANSWERED


@pytest.mark.parametrize("aliases", ["d2.test", [2]])
def test_wrong_types_of_a_company(vendor: Hunter, companies: HunterCompany, aliases: object) -> None:
    body = {"data": firm(_d2) | {"domainAliases": aliases}}
    assert unavailable(vendor, lambda: companies.ask("d2.lab.test"), Response(body)).fault is Fault.BAD_ANSWER


def test_a_body_of_another_call(vendor: Hunter, persons: HunterPerson) -> None:
    body = Response({"data": profile(_ines)})  # without `person`
    assert unavailable(vendor, lambda: persons.ask(BY_EMAIL), body).fault is Fault.BAD_ANSWER


def test_answers_for_another(
    vendor: Hunter, persons: HunterPerson, companies: HunterCompany, finder: HunterFinder
) -> None:
    other, elsewhere = profile(_ines) | {"email": ELIN}, firm(_d2) | {"domain": "d3.lab.test"}
    moved = profile(_ines) | {"linkedin": {"handle": "in/elin-varga-3"}}
    found = finding("Ines", "Okafor", "d2.lab.test", _ines)
    calls: list[tuple[Callable[[], object], dict[str, Any]]] = [
        (lambda: persons.ask(BY_EMAIL), {"data": {"person": other, "company": None}}),
        (lambda: persons.ask(BY_EMAIL), {"data": {"person": None, "company": firm(_d2)}, "meta": {"email": ELIN}}),
        (lambda: persons.ask(BY_PAGE), {"data": moved}),
        (lambda: persons.ask(BY_PAGE), {"data": profile(_ines), "meta": {"params": {"linkedin_handle": "in/elin-3"}}}),
        (lambda: companies.ask("d2.lab.test"), {"data": elsewhere}),
        (lambda: companies.ask("d2.lab.test"), {"data": firm(_d2), "meta": {"domain": "d3.lab.test"}}),
        (lambda: finder.ask(BY_NAME), {"data": found, "meta": {"params": {"last_name": "Varga"}}}),
        (lambda: finder.ask(BY_NAME), {"data": found, "meta": {"params": {"domain": "d3.lab.test"}}}),
    ]
    for call, body in calls:
        error = unavailable(vendor, call, Response(body))
        assert error.fault is Fault.OTHER_SUBJECT
        assert "d3" not in str(error) and "elin" not in str(error).lower()


def test_the_same_in_another_writing(vendor: Hunter, persons: HunterPerson, companies: HunterCompany) -> None:
    shouted = profile(_ines) | {"email": INES.upper(), "linkedin": {"handle": f"{_ines.linkedin.upper()}/"}}
    vendor.fail.append(Response({"data": {"person": shouted, "company": None}, "meta": {"email": INES.title()}}))
    answer = persons.ask(BY_EMAIL).answer
    assert answer and (answer.linkedin_url, answer.company_facts) == (PAGE, None)
    vendor.fail.append(Response({"data": firm(_d2) | {"domain": "d2.test", "domainAliases": ["D2.lab.test"]}}))
    moved = companies.ask("d2.lab.test").answer
    assert moved and moved.domain == "d2.test"
    vendor.fail.append(Response({"data": firm(_d2) | {"domain": "d2.test"}, "meta": {"domain": "d2.lab.test"}}))
    assert companies.ask("d2.lab.test").answer == moved


def test_only_the_company_is_known(vendor: Hunter, persons: HunterPerson) -> None:
    vendor.fail.append(Response({"data": {"person": None, "company": firm(_d2)}, "meta": {"email": INES}}))
    assert persons.ask(BY_EMAIL).answer == PersonAnswer(company_facts=D2)


@pytest.mark.parametrize(
    ("text", "employees", "employee_range"),
    [
        ("51-200", 51, "51-200"),
        ("10001+", 10001, "10001+"),
        ("17", 17, None),
        ("10K-50K", None, "10K-50K"),
        ("1-", None, "1-"),
        ("9" * 5000, None, "9" * 5000),
        ("", None, None),
        (None, None, None),
    ],
)
def test_head_count(
    vendor: Hunter, companies: HunterCompany, text: str | None, employees: int | None, employee_range: str | None
) -> None:
    vendor.fail.append(Response({"data": firm(_d2) | {"metrics": {"employees": text}}}))
    answer = companies.ask("d2.lab.test").answer
    assert answer and (answer.employees, answer.employee_range) == (employees, employee_range)


def test_a_time_is_a_day(vendor: Hunter, persons: HunterPerson) -> None:
    vendor.fail.append(Response({"data": profile(_ines) | {"activeAt": "2026-06-10T23:59:00.000Z"}}))
    answer = persons.ask(BY_PAGE).answer
    assert answer and answer.last_active_on == date(2026, 6, 10)


@pytest.mark.parametrize("word", ["absurd", "formula", "stranger"])
def test_what_is_odd_is_passed_on_as_it_is(persons: HunterPerson, word: str) -> None:
    """Whether it is about the right person, and what of it may stay, is decided where all providers' answers come."""
    email = f"{word}-ines.okafor@d2.lab.test"
    person, answer = known_person(email), persons.ask(PersonQuestion(email=email)).answer
    assert answer
    assert (answer.name, answer.title, answer.last_active_on) == (person.name, person.title, person.last_active_on)
