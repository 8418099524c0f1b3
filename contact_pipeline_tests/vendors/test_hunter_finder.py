"""Hunter's e-mail finder against a simulated Hunter, over real HTTP. What it shares: test_hunter_profiles.py."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline.core.providers import Fault, Outcome, Reply
from contact_pipeline.profiles.ports import PersonAnswer, PersonQuestion
from contact_pipeline.vendors.hunter.profiles import HunterCompany, HunterFinder, HunterPerson
from contact_pipeline_tests.lab.persons import known_person
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.hunter import Hunter, finding
from contact_pipeline_tests.vendors.faults import refused, unavailable

INES = "ines.okafor@d2.lab.test"
_ines = known_person(INES, "hunter")
PAGE = f"https://www.linkedin.com/in/{_ines.linkedin}"
BY_NAME = PersonQuestion(name="Ines Okafor", given_name="Ines", family_name="Okafor", company_domain="d2.lab.test")


@pytest.fixture
def vendor() -> Iterator[Hunter]:
    with Hunter() as vendor:
        yield vendor


@pytest.fixture
def finder(vendor: Hunter) -> HunterFinder:
    return HunterFinder(vendor.key, vendor.url)


def test_finder(vendor: Hunter, finder: HunterFinder) -> None:
    reply = finder.ask(BY_NAME)
    answer = PersonAnswer(
        given_name="Ines",
        family_name="Okafor",
        email=INES,
        title="VP Sales",
        company="D2 SAS",
        company_domain="d2.lab.test",
        linkedin_url=PAGE,
        confidence=0.88,
        email_sources=2,
    )
    assert reply == Reply(BY_NAME, Outcome.ANSWERED, answer, raw_status="200", raw_sub_status="valid")
    assert vendor.requests[0].query == {"domain": "d2.lab.test", "first_name": "Ines", "last_name": "Okafor"}


def test_finder_with_whole_name_and_company(vendor: Hunter, finder: HunterFinder) -> None:
    vendor.companies["d2 sas"] = "d2.lab.test"
    question = PersonQuestion(name="Ines Okafor", given_name="Ines", company="D2 SAS")
    answer = finder.ask(question).answer
    assert answer and answer.email == INES
    assert vendor.requests[0].query == {"company": "D2 SAS", "full_name": "Ines Okafor"}


def test_finder_without_a_find_is_free(vendor: Hunter, finder: HunterFinder) -> None:
    question = PersonQuestion(name="Ada Nobody", company_domain="webmail.lab.test", company="Webmail")
    vendor.fail.append(Response({"data": finding("Ada", "Nobody", "webmail.lab.test", None), "meta": {}}))
    assert finder.ask(question) == Reply(question, Outcome.NOT_FOUND, raw_status="200", is_billed=False)
    assert not vendor.paid


@pytest.mark.parametrize(
    "question",
    [
        PersonQuestion(name="Ines Okafor"),
        PersonQuestion(company_domain="d2.lab.test"),
        PersonQuestion(given_name="Ines", company_domain="d2.lab.test"),
        PersonQuestion(family_name="Okafor", company="D2 SAS"),
        PersonQuestion(name="Ines\nOkafor", company="D2 SAS"),
        PersonQuestion(email=INES, linkedin_url=PAGE, name="Ines Okafor"),
    ],
)
def test_what_the_finder_is_not_asked(vendor: Hunter, finder: HunterFinder, question: PersonQuestion) -> None:
    reply = finder.ask(question)
    assert (reply.outcome, reply.is_billed, reply.subject) == (Outcome.REJECTED, False, question)
    assert not vendor.requests


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": 3},
        {"score": "97"},
        {"score": 101},
        {"score": -1},
        {"score": True},
        {"score": 0.97},
        {"sources": {"n": 2}},
        {"position": 1},
        {"verification": "valid"},
    ],
)
def test_wrong_types_of_the_finder(vendor: Hunter, finder: HunterFinder, wrong: dict[str, Any]) -> None:
    data = finding("Ines", "Okafor", "d2.lab.test", _ines)
    assert unavailable(vendor, lambda: finder.ask(BY_NAME), Response({"data": data | wrong})).fault is Fault.BAD_ANSWER
    vendor.fail.append(Response({"data": data | dict.fromkeys(wrong)}))
    assert finder.ask(BY_NAME).outcome is (Outcome.NOT_FOUND if "email" in wrong else Outcome.ANSWERED)
    del data["email"]
    assert unavailable(vendor, lambda: finder.ask(BY_NAME), Response({"data": data})).fault is Fault.BAD_ANSWER


@pytest.mark.parametrize(
    ("requests", "left"),
    [
        ({"credits": {"used": 10, "available": 50, "remaining": 40}, "searches": {"used": 0, "available": 9}}, 40),
        ({"credits": {"used": 10, "available": 50}}, 40),
        ({"searches": {"used": 1, "available": 9}, "verifications": {"used": 8, "available": 1000}}, 8),
    ],
)
def test_credits_are_the_accounts(vendor: Hunter, finder: HunterFinder, requests: dict[str, Any], left: float) -> None:
    vendor.fail.append(Response({"data": {"requests": requests}}))
    assert finder.credits() == left
    vendor.credits = 7
    for provider in (finder, HunterPerson(vendor.key, vendor.url), HunterCompany(vendor.key, vendor.url)):
        assert provider.credits() == 7
    assert unavailable(vendor, finder.credits, Response({"data": {"requests": {}}})).fault is Fault.BAD_ANSWER
    assert refused(HunterPerson("wrong", vendor.url).credits) is Fault.UNAUTHORIZED
