"""What is asked for, what is told of a person to ask it, and when it is known well enough."""

from dataclasses import fields, replace
from datetime import date
from typing import Any, get_args

import pytest

from contact_pipeline.policy.sections import EnrichmentPolicy, KeyField
from contact_pipeline.profiles.planning import FIELDS, Wanted, claims_of, question_about, still_wanted, wanted_fields
from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion, person_from
from contact_pipeline.profiles.precedence import Candidate, FieldRule, Origin, Precedence
from contact_pipeline_tests.profiles.people import NOW, contact, says

KEY_FIELDS = ("name", "email", "phone", "company", "title", "linkedin_url", "location")
WANTED = Wanted(KEY_FIELDS, profile_days=90, company_days=180)
VERIFICATION = {"valid": 1.0, "unknown": 0.7, "risky": 0.4, "invalid": 0.0}
TABLE = Precedence(
    trust={"provider:hunter": 0.8, "provider:clearbit": 0.75},
    fields={name: FieldRule(verification=VERIFICATION) for name in ("email", "phone")},
    sufficient=0.5,
)
FULL: dict[str, Any] = {
    "name": "Jane Doe", "email": "jane@acme.test", "phone": "+12025550101", "company": "Acme", "title": "Engineer",
    "linkedin_url": "https://www.linkedin.com/in/jane-doe", "location": "Berlin",
}  # fmt: skip


def wanted(candidates: dict[str, list[Candidate]] | None = None, **known: Any) -> set[str]:
    return wanted_fields(contact(**known), candidates or {}, wanted=WANTED, table=TABLE, now=NOW)


def test_what_is_missing_is_wanted() -> None:
    assert wanted() == set(KEY_FIELDS)
    assert wanted(**FULL) == set()
    assert wanted(**FULL | {"title": None, "location": ""}) == {"title", "location"}


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ({"email_status": "invalid"}, {"email"}),
        ({"email_status": "valid", "hard_bounce": True}, {"email"}),
        ({"phone_status": "invalid"}, {"phone"}),
        ({"email_status": "risky", "phone_status": "unknown"}, set()),
        ({"email_status": "a new word"}, set()),
    ],
)
def test_what_is_dead_is_wanted(verdict: dict[str, Any], expected: set[str]) -> None:
    assert wanted(**FULL | verdict) == expected


@pytest.mark.parametrize(
    ("field", "days", "is_wanted"),
    [
        ("title", 81, False),
        ("title", 81.1, True),
        ("email", 81.1, True),
        ("company", 162, False),
        ("company", 162.1, True),
    ],
)
def test_what_was_bought_decays(field: str, days: float, is_wanted: bool) -> None:
    """A tenth early, as a contact's turn may come."""
    bought = says("provider:hunter", FULL[field], days=days)
    assert wanted({field: [bought]}, **FULL) == ({field} if is_wanted else set())


@pytest.mark.parametrize("source", ["crm", "person:ann"])
def test_what_the_person_gave_us_does_not_decay(source: str) -> None:
    ours = says(source, "Engineer", days=5000)
    assert wanted({"title": [ours]}, **FULL) == set()
    assert wanted({"title": [says("list", "Engineer", days=5000), ours]}, **FULL) == set()


def test_one_fresh_word_for_the_same_value_is_enough() -> None:
    old, fresh = says("list", "Engineer", days=400), says("provider:hunter", "Engineer", days=3)
    assert wanted({"title": [old]}, **FULL) == {"title"}
    assert wanted({"title": [old, fresh]}, **FULL) == set()
    another = replace(fresh, value="Chief Engineer")
    assert wanted({"title": [old, another]}, **FULL) == {"title"}


def test_what_nobody_claims_was_typed_and_stays() -> None:
    assert wanted({"title": [says("provider:hunter", "Chief Engineer", days=400)]}, **FULL) == set()


def test_only_key_fields_are_wanted() -> None:
    only = Wanted(("title",), profile_days=90, company_days=180)
    assert wanted_fields(contact(), {}, wanted=only, table=TABLE, now=NOW) == {"title"}


def test_every_key_field_of_the_policy_can_be_answered() -> None:
    assert set(get_args(KeyField)) <= set(FIELDS) <= {f.name for f in fields(PersonAnswer)}
    assert set(EnrichmentPolicy().fields) <= set(FIELDS)


def test_claims_are_each_value_of_each_answer() -> None:
    first = PersonAnswer(name="Jane Doe", title="Engineer", country="", has_photo=True, confidence=0.6, email_sources=3)
    second = PersonAnswer(title="Chief Engineer", company_facts=CompanyAnswer(name="Acme"))
    claims = claims_of([("hunter", NOW, first), ("clearbit", NOW, second)])
    bought = Origin.BOUGHT
    assert claims == {
        "name": [Candidate("Jane Doe", bought, "provider:hunter", 0.6, NOW)],
        "title": [
            Candidate("Engineer", bought, "provider:hunter", 0.6, NOW),
            Candidate("Chief Engineer", bought, "provider:clearbit", 1.0, NOW),  # at its word
        ],
    }
    assert claims_of([]) == {}
    assert claims_of([("hunter", NOW, PersonAnswer(title="Engineer", confidence=0.0))])["title"][0].confidence == 0.0


@pytest.mark.parametrize(
    ("provider", "confidence", "is_wanted"),
    [
        ("hunter", None, False),
        ("hunter", 0.625, False),  # 0.8 x 0.625 is just enough
        ("hunter", 0.62, True),
        ("clearbit", 0.66, True),
        ("a new one", 0.5, False),
        ("hunter", 0.0, True),
    ],
)
def test_a_field_is_wanted_until_somebody_is_believed(provider: str, confidence: float | None, is_wanted: bool) -> None:
    claims = claims_of([(provider, NOW, PersonAnswer(title="Engineer", confidence=confidence))])
    found = still_wanted(contact(), {"title", "phone"}, claims, table=TABLE)
    assert found == ({"title", "phone"} if is_wanted else {"phone"})


def test_two_who_are_not_believed_do_not_add_up() -> None:
    doubtful = PersonAnswer(title="Engineer", confidence=0.5)
    claims = claims_of([("hunter", NOW, doubtful), ("clearbit", NOW, doubtful)])
    assert still_wanted(contact(), {"title"}, claims, table=TABLE) == {"title"}
    assert still_wanted(contact(), set(), claims, table=TABLE) == set()


@pytest.mark.parametrize("echo", ["Jane@acme.test", "jane@ACME.test"])
def test_who_repeats_a_dead_address_makes_nothing_known(echo: str) -> None:
    row = contact(email="Jane@acme.test", email_status="invalid")
    repeated = claims_of([("hunter", NOW, PersonAnswer(email=echo))])
    assert still_wanted(row, {"email"}, repeated, table=TABLE) == {"email"}
    assert still_wanted(row | {"email_status": "valid"}, {"email"}, repeated, table=TABLE) == set()
    found = claims_of([("hunter", NOW, PersonAnswer(email="j.doe@globex.test"))])
    assert still_wanted(row, {"email"}, found, table=TABLE) == set()
    dead = says("provider:hunter", "j.doe@globex.test", status="invalid")
    assert still_wanted(row, {"email"}, {"email": [dead]}, table=TABLE) == {"email"}


def test_who_is_asked_about_is_told_by_what_we_have() -> None:
    row = contact(
        **FULL,
        phone_e164="+12025550199",
        given_name="Jane",
        family_name="Doe",
        company_domain="acme.test",
        country="DE",
    )
    expected = PersonQuestion(
        email="jane@acme.test",
        linkedin_url="https://www.linkedin.com/in/jane-doe",
        phone="+12025550199",
        name="Jane Doe",
        given_name="Jane",
        family_name="Doe",
        company="Acme",
        company_domain="acme.test",
    )
    assert question_about(row) == expected
    assert question_about(row | {"email_status": "invalid", "hard_bounce": True}) == expected
    assert question_about(row | {"email_is_free": None}) == expected


def test_the_domain_of_a_public_provider_is_no_employer() -> None:
    row = contact(email="jane@webmail.test", company_domain="webmail.test", email_is_free=True)
    assert question_about(row) == PersonQuestion(email="jane@webmail.test")


@pytest.mark.parametrize(
    ("question", "is_askable"),
    [
        (PersonQuestion(), False),
        (PersonQuestion(name="Jane Doe"), False),
        (PersonQuestion(company="Acme", company_domain="acme.test"), False),
        (PersonQuestion(name="Jane Doe", company="Acme"), True),
        (PersonQuestion(name="Jane Doe", company_domain="acme.test"), True),
        (PersonQuestion(email="jane@acme.test"), True),
        (PersonQuestion(phone="+12025550101"), False),
        (PersonQuestion(phone="+12025550101", name="Jane Doe"), True),
        (PersonQuestion(linkedin_url="https://www.linkedin.com/in/jane-doe"), True),
        (PersonQuestion(email="jane@acme.test", name="Jane\nDoe"), False),
        (PersonQuestion(email="jane@acme.test", company="A" * 255), False),
    ],
)
def test_who_can_be_asked_about(question: PersonQuestion, is_askable: bool) -> None:
    assert question.is_askable is is_askable


def test_an_answer_is_remembered_by_the_strongest_thing_that_names_the_person() -> None:
    whole = PersonQuestion(
        email="Jane@acme.test",
        linkedin_url="https://www.linkedin.com/in/jane-doe",
        phone="+12025550101",
        name="Jane Doe",
        company="Acme",
        company_domain="acme.test",
    )
    found = [whole.identity]
    for stronger in ("email", "linkedin_url", "phone", "company_domain"):
        whole = replace(whole, **{stronger: None})
        found.append(whole.identity)
    assert found == [
        "email:jane@acme.test", "linkedin:https://www.linkedin.com/in/jane-doe", "phone:+12025550101\x1fjane doe",
        "name:jane doe\x1facme.test", "name:jane doe\x1facme",
    ]  # fmt: skip


def test_an_answer_comes_back_as_it_was_stored() -> None:
    facts = {"title": "Engineer", "last_active_on": "2026-08-31", "company_facts": {"name": "Acme", "employees": 7}}
    answer = PersonAnswer(
        title="Engineer", last_active_on=date(2026, 8, 31), company_facts=CompanyAnswer(name="Acme", employees=7)
    )
    assert person_from(facts) == answer
    assert person_from({"title": "Engineer"}) == PersonAnswer(title="Engineer")
    assert [a.settled_status() for a in (answer, PersonAnswer(), CompanyAnswer(), CompanyAnswer(employees=0))] == [
        "known", "unknown", "unknown", "known",
    ]  # fmt: skip
