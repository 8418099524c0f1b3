"""What is not kept of an answer, and which answers are about somebody else."""

from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.profiles.ports import CompanyAnswer, PersonAnswer, PersonQuestion
from contact_pipeline.profiles.screening import About, Screened, about, screen_company, screen_person

TODAY = date(2026, 9, 1)
JANE = PersonQuestion(email="jane.doe@acme.test", name="Jane Doe", company="Acme", company_domain="acme.test")
BY_NAME = PersonQuestion(name="Jane Doe", company="Acme", company_domain="acme.test")
PAGE = "https://www.linkedin.com/in/jane-doe"
NAMELESS = PersonQuestion(email="jane.doe@acme.test", company_domain="acme.test")
RULES = {"too_long", "control_characters", "formula", "impossible_date", "impossible_number", "other_person"}


def screen(question: PersonQuestion = JANE, **said: Any) -> Screened:
    return screen_person(question, PersonAnswer(**said), today=TODAY)


def kept(screened: Screened) -> dict[str, Any]:
    assert screened.answer is not None
    return {name: value for name, value in asdict(screened.answer).items() if value is not None}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (JANE, {"name": "John Doe", "email": "john.doe@acme.test"}),
        (replace(JANE, linkedin_url=PAGE), {"name": "John Doe", "linkedin_url": PAGE + "-2"}),
        (JANE, {"email": "john.roe@acme.test"}),
        (NAMELESS, {"name": "John Roe", "email": "john.roe@acme.test"}),
        (NAMELESS, {"name": "John Roe", "company_domain": "globex.test"}),
        (PersonQuestion(phone="+12025550101", name="Jane Doe"), {"name": "John Roe"}),  # the switchboard's number
        (BY_NAME, {"name": "John Roe", "company_domain": "acme.test"}),
        (BY_NAME, {"email": "jane.doe@globex.test"}),
        (
            PersonQuestion(linkedin_url="https://www.linkedin.com/in/jane-doe"),
            {"linkedin_url": "https://www.linkedin.com/in/john-roe", "name": "John Roe"},
        ),
    ],
)
def test_an_answer_about_another_person_is_refused_whole(question: PersonQuestion, said: dict[str, Any]) -> None:
    assert screen(question, title="Engineer", phone="+12025550101", **said) == Screened(None, ("other_person",))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (JANE, {"name": "John Doe", "email": "Jane.Doe@acme.test"}),
        (JANE, {"name": "Christian Doe", "email": "jane.doe@acme.test", "company_domain": "acme.test"}),
        (JANE, {"name": "Jane Roe"}),
        (JANE, {"given_name": "John", "family_name": "Smith"}),
        (replace(JANE, name=None, given_name="Jane", family_name="Doe"), {"name": "John Smith"}),
        (PersonQuestion(linkedin_url=PAGE, name="Jane Doe"), {"name": "John Roe", "linkedin_url": PAGE}),
    ],
)
def test_of_what_was_asked_about_and_has_another_name_only_the_name_is_kept(
    question: PersonQuestion, said: dict[str, Any]
) -> None:
    """Our address or our name is wrong: a person decides, and nothing is taken."""
    screened = screen(question, title="Engineer", phone="+12025550101", location="Lyon", **said)
    assert kept(screened) == {field: value for field, value in said.items() if field != "company_domain"}
    assert screened.faults == ("other_person",)
    assert about(question, PersonAnswer(**kept(screened))) is About.OTHER_NAME


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (JANE, {"name": "Jane Doe", "company": "Globex", "company_domain": "globex.test"}),
        (JANE, {"given_name": "Jane", "family_name": "Doe", "company_domain": "globex.test"}),
        (NAMELESS, {"name": "Jané Döe", "company_domain": "globex.test"}),  # the address holds her name
        (BY_NAME, {"name": "Jane Doe", "company_domain": "globex.test"}),
        (PersonQuestion(phone="+12025550101", name="Jane Doe", company_domain="acme.test"),
         {"name": "Jane Doe", "company_domain": "globex.test"}),
    ],
)  # fmt: skip
def test_of_the_same_name_elsewhere_only_the_employment_is_kept(question: PersonQuestion, said: dict[str, Any]) -> None:
    """She moved, or it is a namesake: a person decides, and nothing is taken."""
    screened = screen(question, title="Engineer", phone="+12025550101", email="jane.doe@acme.test", **said)
    assert kept(screened) == {"title": "Engineer"} | said
    assert about(question, PersonAnswer(**kept(screened))) is About.ELSEWHERE


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (JANE, {}),
        (JANE, {"name": "DOE, Jane A."}),
        (JANE, {"name": "J. Doe", "email": "jane@home.test"}),  # the name tells
        (JANE, {"name": "Jane Doe", "company": "ACME Ltd", "company_domain": "acme.example"}),  # its other domain
        (JANE, {"name": "Jane Doe", "company_domain": "uk.acme.test"}),
        (JANE, {"email": "Jane.Doe@ACME.test", "company_domain": "globex.test"}),
        (NAMELESS, {"name": "John Roe", "company_domain": "ACME.test"}),
        (NAMELESS, {"name": "Li Wu", "company_domain": "globex.test"}),  # too short to be looked for
        (NAMELESS, {"company_domain": "globex.test"}),
        (BY_NAME, {"name": "J. Doe", "email": "jane.doe@acme.test"}),
        (BY_NAME, {"given_name": "Jane", "family_name": "Doe", "company_domain": "ACME.test"}),
        (BY_NAME, {"name": "Jane Doe", "company": "Globex"}),  # of a domain nothing is said
        (replace(BY_NAME, company_domain=None), {"name": "Jane Doe", "company": "Globex"}),
        (replace(BY_NAME, company_domain=None), {"name": "Jane Doe", "company_domain": "globex.test"}),
        (PersonQuestion(email="jd77@webmail.test"), {"name": "Jane Doe", "company_domain": "globex.test"}),
        (PersonQuestion(phone="+12025550101"), {"name": "Jane Doe", "company_domain": "globex.test"}),
        (
            PersonQuestion(linkedin_url="https://www.linkedin.com/in/jane-doe"),
            {"linkedin_url": "http://linkedin.com/in/Jane-Doe/", "name": "Jane Doe"},
        ),
    ],
)
def test_an_answer_about_the_same_person_is_accepted(question: PersonQuestion, said: dict[str, Any]) -> None:
    assert screen(question, title="Engineer", **said) == Screened(PersonAnswer(title="Engineer", **said))


def test_the_address_is_asked_only_where_the_name_cannot_tell() -> None:
    accented = PersonQuestion(email="jose.nunez@acme.test", company_domain="acme.test")
    assert kept(screen(accented, name="José Núñez", company_domain="globex.test"))
    assert screen(NAMELESS, name="José Núñez", company_domain="globex.test").answer is None
    marked = PersonQuestion(email="o'brien@acme.test", company_domain="acme.test")
    assert kept(screen(marked, name="Pat O\u2019Brien", company_domain="globex.test"))


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("title", "Vice " * 1000, "too_long"),
        ("title", "V" * 201, "too_long"),
        ("company", "C" * 201, "too_long"),
        ("linkedin_url", "h" * 301, "too_long"),
        ("title", "\x1b[31mEngineer\x1b[0m", "control_characters"),
        ("title", "Engi\x00neer", "control_characters"),
        ("title", "Engineer\n=1+1", "control_characters"),
        ("title", "Engineer\x9b31m", "control_characters"),
        ("title", "Engineer\u202egnp", "control_characters"),
        ("title", "\u2066Engineer\u2069", "control_characters"),
        ("title", "\ufeffEngineer", "control_characters"),
        ("title", "Engineer\u2028Chief", "control_characters"),
        ("title", "Engineer\u2029Chief", "control_characters"),
        ("title", "Engineer\ud800", "control_characters"),
        ("title", "Engineer\ue000", "control_characters"),
        ("title", "\t=1+1", "control_characters"),
        ("title", "\tEngineer", "control_characters"),
        ("title", '=HYPERLINK("https://elsewhere.test","Open")', "formula"),
        ("title", "+1+1", "formula"),
        ("title", "-1+1", "formula"),
        ("title", "@SUM(1,1)", "formula"),
        ("title", "|cmd", "formula"),
        ("title", "%0A", "formula"),
        ("title", "  =1+1", "formula"),
        ("title", "\u00a0=1+1", "formula"),
        ("title", "\u3000@SUM(1,1)", "formula"),
        ("location", "+12025550101", "formula"),
        ("phone", "=1+1", "formula"),
        ("phone", "-12025550101", "formula"),
        ("phone", "+1|cmd' /C calc'!A0", "formula"),
        ("phone", "+HYPERLINK(1)", "formula"),
    ],
)
def test_an_unfit_text_is_left_out_and_counted(field: str, value: str, rule: str) -> None:
    said: dict[str, Any] = {"seniority": "executive", field: value}
    screened = screen(**said)
    assert (kept(screened), screened.faults) == ({"seniority": "executive"}, (rule,))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "V" * 200),
        ("linkedin_url", "h" * 300),
        ("phone", "+12025550101"),
        ("phone", "+1 (202) 555-0101 ext. 5"),
        ("phone", "+1.202.555.0101x5"),
        ("phone", "(202) 555-0101"),
        ("title", "R&D - head of 50% = half"),
        ("title", "Ingénieure"),
        ("name", "\u0646\u06cc\u200c\u0645\u0627"),  # the joiner is spelling
        ("location", "İstanbul"),
        ("company", "北光"),
    ],
)
def test_a_fit_text_is_kept_as_it_is(field: str, value: str) -> None:
    said: dict[str, Any] = {field: value}
    assert screen(PersonQuestion(phone="+12025550101"), **said) == Screened(PersonAnswer(**said))


def test_texts_are_composed_and_trimmed() -> None:
    assert kept(screen(title=" Inge\u0301nieure\u00a0", seniority=" ", location="")) == {"title": "Ing\u00e9nieure"}


def test_every_fault_is_counted() -> None:
    screened = screen(title="=1", company="@x", location="\x1b", last_active_on=date(2199, 1, 1), confidence=7.0)
    assert sorted(screened.faults) == [
        "control_characters", "formula", "formula", "impossible_date", "impossible_number",
    ]  # fmt: skip
    assert kept(screened) == {}
    assert screened.answer == PersonAnswer()


def test_what_is_left_out_of_a_refused_answer_is_counted_too() -> None:
    assert screen(name="John Roe", title="=1").faults == ("formula", "other_person")


def test_a_name_that_is_left_out_still_tells_by_its_parts() -> None:
    screened = screen(name="\x1b[31mJohn Roe", given_name="John", family_name="Roe")
    assert kept(screened) == {"given_name": "John", "family_name": "Roe"}
    assert screened.faults == ("control_characters", "other_person")


@pytest.mark.parametrize(
    ("day", "is_kept"),
    [
        (TODAY, True),
        (TODAY + timedelta(days=1), False),
        (date(2199, 1, 1), False),
        (date(2000, 1, 1), True),
        (date(1999, 12, 31), False),
    ],
)
def test_a_last_day_is_in_the_past(day: date, is_kept: bool) -> None:
    screened = screen(last_active_on=day)
    assert kept(screened) == ({"last_active_on": day} if is_kept else {})
    assert screened.faults == (() if is_kept else ("impossible_date",))


@pytest.mark.parametrize(
    ("field", "number", "is_kept"),
    [
        ("confidence", 0.0, True),
        ("confidence", 1.0, True),
        ("confidence", 1.01, False),
        ("confidence", -0.01, False),
        ("confidence", float("nan"), False),
        ("confidence", float("inf"), False),
        ("email_sources", 0, True),
        ("email_sources", -1, False),
    ],
)
def test_numbers_of_a_person(field: str, number: float, is_kept: bool) -> None:
    said: dict[str, Any] = {field: number}
    screened = screen(**said)
    assert kept(screened) == (said if is_kept else {})
    assert screened.faults == (() if is_kept else ("impossible_number",))


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("employees", 0, None),
        ("employees", 10_000_000, None),
        ("employees", 10**12, "impossible_number"),
        ("employees", -1, "impossible_number"),
        ("founded_year", 1200, None),
        ("founded_year", 1199, "impossible_date"),
        ("founded_year", 3021, "impossible_date"),
        ("industry", "Everything " * 500, "too_long"),
        ("industry", "\x1b[31mRed", "control_characters"),
        ("name", "=1+1", "formula"),
    ],
)
def test_facts_of_a_company(field: str, value: Any, rule: str | None) -> None:
    alone = screen_company("acme.test", CompanyAnswer(**{"domain": "acme.test", field: value}))
    along = screen(company_facts=CompanyAnswer(**{"domain": "acme.test", field: value}))
    expected = {"domain": "acme.test"} | ({field: value} if rule is None else {})
    assert kept(alone) == expected
    assert {k: v for k, v in kept(along)["company_facts"].items() if v is not None} == expected
    assert alone.faults == along.faults == ((rule,) if rule else ())


@pytest.mark.parametrize(
    ("asked", "answered", "is_kept"),
    [
        ("acme.test", "acme.test", True),
        ("acme.test", "ACME.test", True),
        ("acme.test", None, True),
        (None, "globex.test", True),
        ("acme.test", "globex.test", False),
    ],
)
def test_an_answer_about_another_company_is_refused_whole(
    asked: str | None, answered: str | None, is_kept: bool
) -> None:
    answer = CompanyAnswer(name="Acme", domain=answered)
    expected = Screened(answer) if is_kept else Screened(None, ("other_company",))
    assert screen_company(asked, answer) == expected


TEXT = st.text(st.one_of(st.sampled_from("=+-@|%\t\r\n \x1b\u202e\u200d\u00a0\u2028"), st.characters()), max_size=6)
OPTIONAL = st.none() | TEXT
PARTS = ("name", "given_name", "family_name", "email", "phone", "title", "company", "company_domain", "location")


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({part: OPTIONAL for part in PARTS}))
def test_whatever_is_said_what_is_kept_is_harmless(said: dict[str, str | None]) -> None:
    question = PersonQuestion(phone="+12025550101")
    screened = screen(question, **said)
    assert set(screened.faults) <= RULES
    for field, text in kept(screened).items():
        assert text
        assert text == text.strip()
        assert not (set(text) & set("\x1b\u202e\u2028\n\r\t"))
        assert text[0] not in "=@-|%"
        assert field == "phone" or text[0] != "+"
    left_out = [part for part, text in said.items() if text and text.strip() and part not in kept(screened)]
    assert len(screened.faults) == len(left_out)
    assert isinstance(screened.answer, PersonAnswer)
    again = screen_person(question, screened.answer, today=TODAY)
    assert again == Screened(screened.answer)
