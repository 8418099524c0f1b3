"""Answers that may be about somebody else are left to a person, and count in what we say of who somebody is."""

from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline.core.providers import Layer
from contact_pipeline.profiles.ports import PersonAnswer
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.profiles.test_enrichment_guards import Witness, hear

ADDRESS = "ada@ok.test"
HEADER, ROW = "Email,Name,Company", f"{ADDRESS},Ada Example,Ok Engines"
ADA = PersonAnswer(name="Ada Example", email=ADDRESS, title="Harbour Master", company="Ok Engines")
VALUES = ("name", "company", "company_domain", "title", "location", "linkedin_url")
REVIEWS = "select kind, field_name, details ->> 'proposed' from ops.reviews where closed_at is null order by 1, 2"
CHECKS = "profile_exists, name_matches, title_matches, company_matches, photo_exists, active_90_days, email_seen"


def heard(lab: Lab, *answers: PersonAnswer, rows: tuple[str, ...] = (ROW,), source: str = "crm") -> str:
    """Providers say this of everybody, each one thing."""
    lab.with_policy(enrichment={"cross_check": 2})
    names = ("hunter", "clearbit")[: len(answers)]
    hear(lab, {Layer.PERSON: [Witness(name, lambda q, said=said: said)  # type: ignore[misc]
                              for name, said in zip(names, answers, strict=True)]})  # fmt: skip
    return lab.drop(source, csv(HEADER, *rows))


def confirmed(lab: Lab, column: str) -> Any:
    return lab.value(f"select {column} from curated.identity_confirmation")


@pytest.mark.parametrize("name", ["Christian Example", "Otto Other"])
def test_the_very_address_under_another_name_opens_a_review_and_changes_nothing(lab: Lab, name: str) -> None:
    answer = replace(ADA, name=name, location="Kiel", linkedin_url="https://www.linkedin.com/in/otto")
    key = heard(lab, answer, rows=(ROW.replace("Ada", "Christina"),))
    assert lab.contacts(*VALUES) == [("Christina Example", "Ok Engines", "ok.test", None, None, None)]
    assert lab.value("select count(*) from core.profile_claims") == 0
    assert lab.rows(REVIEWS) == [("identity_conflict", "name", name)]
    assert lab.value("select facts ->> 'title' from core.provider_answers") is None  # only what decides is kept
    lab.passes(days=30)
    lab.replay(key)
    assert lab.rows(REVIEWS) == [("identity_conflict", "name", name)]


def test_the_same_name_at_another_companys_domain_opens_a_review_and_changes_nothing(lab: Lab) -> None:
    key = heard(lab, replace(ADA, company="Globex", company_domain="globex.test", location="Kiel"))
    for _ in range(2):
        assert lab.contacts(*VALUES) == [("Ada Example", "Ok Engines", "ok.test", None, None, None)]
        assert lab.value("select count(*) from core.profile_claims") == 0
        assert lab.rows(REVIEWS) == [("identity_conflict", "company", "Globex")]
        lab.replay(key)


def test_company_domain_and_title_of_one_answer_stay_together(lab: Lab) -> None:
    heard(lab, replace(ADA, company="Globex", company_domain=None))
    assert lab.contacts("company", "title") == [("Ok Engines", None)]
    fitting = replace(ADA, email=None, company="Globex", company_domain="mail.ok2.test")
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: fitting)]})
    lab.drop("crm", csv("Email,Name", "ada@ok2.test,Ada Example"), "other.csv")
    found = lab.rows("select company, company_domain, title from core.contacts where email = 'ada@ok2.test'")
    assert found == [("Globex", "mail.ok2.test", "Harbour Master")]


def test_every_published_contact_has_a_row_and_nobody_asked_is_unknown(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ROW, "bo@ok.test,Bo Sample,"))
    lab.take("crm", csv(HEADER, "cy@ok.test,Cy Sample,"), "unpublished.csv")
    rows = lab.rows(f"select {CHECKS}, email_sources, identity_confidence from curated.identity_confirmation")
    assert rows == [("unknown",) * 7 + (None, None)] * 2


def test_the_address_is_seen_by_the_providers_that_know_it(lab: Lab) -> None:
    heard(lab, replace(ADA, email_sources=7), ADA)
    assert (confirmed(lab, "email_seen"), confirmed(lab, "email_sources")) == ("yes", 2)


def test_a_refused_name_counts_as_a_no(lab: Lab) -> None:
    heard(lab, replace(ADA, name="Otto Other"))
    assert confirmed(lab, "name_matches") == "no"
    assert confirmed(lab, "evidence -> 'name_matches' ->> 'source'") == "provider:hunter"


def test_a_company_is_held_against_what_the_list_said(lab: Lab) -> None:
    """Not against what one provider made of it, which the next one repeats."""
    moved = replace(ADA, company="Globex", company_domain=None, email=None)
    lab.drop("fair", csv(HEADER, ROW))
    lab.passes(days=3000)
    hear(lab, {})
    lab.with_policy(enrichment={"cross_check": 2})
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda q: moved), Witness("clearbit", lambda q: moved)]})
    (key,) = (key for (key,) in lab.rows("select key from raw.drops"))
    lab.enrich(key)
    assert lab.contacts("company", "title") == [("Globex", "Harbour Master")]
    assert confirmed(lab, "company_matches") == "no"


def test_what_confirmed_an_old_value_does_not_confirm_a_new_one(lab: Lab) -> None:
    header = "Record ID,Email,Name,Company"
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: ADA)]})
    lab.drop("crm", csv(header, f"7,{ADDRESS},Ada Example,Ok Engines"))
    assert confirmed(lab, "name_matches") == "yes"
    hear(lab, {})
    lab.drop("crm", csv(header, f"7,{ADDRESS},Mary Roe,Ok Engines"), "new.csv")
    assert (confirmed(lab, "name_matches"), confirmed(lab, "identity_confidence")) == ("unknown", None)
