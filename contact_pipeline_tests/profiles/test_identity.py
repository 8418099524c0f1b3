"""Seven questions about a person, and what the answers add up to."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.profiles.identity import (
    WEIGHTS,
    Check,
    CheckResult,
    Sighting,
    Verdict,
    confirm,
    identity_confidence,
)
from contact_pipeline.profiles.ports import PersonAnswer
from contact_pipeline_tests.profiles.people import NOW

TODAY = NOW.date()
PAGE = "https://www.linkedin.com/in/jane-doe"
EVERYTHING = PersonAnswer(
    name="Jane Doe", title="Engineer", company="Acme", linkedin_url=PAGE, has_photo=True, last_active_on=TODAY,
    email_sources=3,
)  # fmt: skip
OURS = "jane.doe@acme.test"
MANY = settings(max_examples=200, deadline=None)


def saw(source: str = "hunter", *, days: float = 0, is_profile: bool = False, **said: Any) -> Sighting:
    return Sighting(f"provider:{source}", NOW - timedelta(days=days), PersonAnswer(**said), is_profile)


def found_nothing(source: str = "phantombuster", *, days: float = 0, is_profile: bool = True) -> Sighting:
    return Sighting(f"provider:{source}", NOW - timedelta(days=days), None, is_profile)


def ask(*sightings: Sighting, said_by: Mapping[str, str] | None = None, **ours: str | None) -> dict[Check, CheckResult]:
    known = {"name": "Jane Doe", "title": "Engineer", "company": "Acme"} | ours
    results = confirm(
        name=known["name"],
        title=known["title"],
        company=known["company"],
        sightings=sightings,
        today=TODAY,
        said_by=said_by,
        email=known.get("email"),
    )
    assert [r.check for r in results] == [
        Check.PROFILE_EXISTS, Check.NAME_MATCHES, Check.TITLE_MATCHES, Check.COMPANY_MATCHES, Check.PHOTO_EXISTS,
        Check.ACTIVE_90_DAYS, Check.EMAIL_SEEN,
    ]  # fmt: skip
    return {r.check: r for r in results}


@pytest.mark.parametrize("sightings", [[], [saw()], [found_nothing(is_profile=False)], [saw(), saw("clearbit")]])
def test_what_nobody_reports_is_unknown(sightings: list[Sighting]) -> None:
    assert list(ask(*sightings).values()) == [CheckResult(check, Verdict.UNKNOWN) for check in ask()]


YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("check", "said", "expected"),
    [
        (Check.PROFILE_EXISTS, {"linkedin_url": PAGE}, YES),
        (Check.NAME_MATCHES, {"name": "DOE, Jane A."}, YES),
        (Check.NAME_MATCHES, {"name": "John Doe"}, NO),
        (Check.TITLE_MATCHES, {"title": "ENGINEER"}, YES),
        (Check.TITLE_MATCHES, {"title": "Chief Engineer"}, NO),
        (Check.COMPANY_MATCHES, {"company": "ACME GmbH"}, YES),
        (Check.COMPANY_MATCHES, {"company": "Globex"}, NO),
        (Check.PHOTO_EXISTS, {"has_photo": True}, YES),
        (Check.PHOTO_EXISTS, {"has_photo": False}, NO),
        (Check.ACTIVE_90_DAYS, {"last_active_on": TODAY}, YES),
        (Check.ACTIVE_90_DAYS, {"last_active_on": TODAY - timedelta(days=90)}, YES),
        (Check.ACTIVE_90_DAYS, {"last_active_on": TODAY - timedelta(days=91)}, NO),
        (Check.EMAIL_SEEN, {"email_sources": 3}, YES),
        (Check.EMAIL_SEEN, {"email_sources": 0}, NO),
    ],
)
def test_each_question_alone(check: Check, said: dict[str, Any], expected: Verdict) -> None:
    results = ask(saw(days=5, **said))
    assert (results[check].verdict, results[check].source) == (expected, "provider:hunter")
    assert results[check].checked_at == NOW - timedelta(days=5)
    others = [r for r in results.values() if r.check is not check]
    assert others == [CheckResult(r.check, UNKNOWN) for r in others]


@pytest.mark.parametrize("ours", [None, ""])
def test_what_we_do_not_have_cannot_match(ours: str | None) -> None:
    results = ask(saw(name="Jane Doe", title="Engineer", company="Acme"), name=ours, title=ours, company=ours)
    assert {r.verdict for r in results.values()} == {UNKNOWN}


def test_who_looked_at_the_profile_decides_whether_there_is_one() -> None:
    named = saw(linkedin_url=PAGE)
    looked = saw("phantombuster", days=3, is_profile=True, name="Jane Doe")
    cases = {
        (named, found_nothing(days=9)): (NO, "provider:phantombuster"),
        (named, looked): (YES, "provider:phantombuster"),
        (looked, found_nothing(days=9)): (YES, "provider:phantombuster"),
        (looked, found_nothing(days=1)): (NO, "provider:phantombuster"),
        (named, found_nothing("clearbit", is_profile=False)): (YES, "provider:hunter"),
        (saw("phantombuster", is_profile=True),): (YES, "provider:phantombuster"),
    }
    for sightings, expected in cases.items():
        result = ask(*sightings)[Check.PROFILE_EXISTS]
        assert (result.verdict, result.source) == expected


@pytest.mark.parametrize(
    ("names", "verdict", "number", "source"),
    [
        (["Jane Doe"], YES, 1, "a"),
        (["Jane Doe", "John Roe"], YES, 1, "a"),
        (["John Roe", "Jane Doe"], YES, 1, "b"),
        (["Jane Doe", "John Roe", "Clara Dorn"], NO, 1, "b"),
        (["Jane Doe", "J. Doe", "John Roe"], YES, 2, "a"),
        (["John Roe", "Clara Dorn"], NO, 0, "a"),
        ([None, "Jane Doe"], YES, 1, "b"),
    ],
)
def test_as_many_agree_as_disagree(names: list[str | None], verdict: Verdict, number: int, source: str) -> None:
    """The newest first; the witness is the newest on the side that wins."""
    sightings = [saw(letter, days=n, name=name) for n, (letter, name) in enumerate(zip("abc", names, strict=False))]
    result = ask(*sightings)[Check.NAME_MATCHES]
    assert (result.verdict, result.number, result.source) == (verdict, number, f"provider:{source}")


def test_a_source_has_one_voice_its_newest() -> None:
    """A provider that was asked twice, about the person and for the address, is no second source."""
    twice = [saw(name="Jane Doe"), saw(days=1, name="Jane Doe"), saw("b", name="John Roe"), saw("c", name="Clara Dorn")]
    assert ask(*twice)[Check.NAME_MATCHES].number == 1
    assert ask(*twice)[Check.NAME_MATCHES].verdict is NO
    assert ask(saw(name="Jane Doe"), saw(days=9, name="Jane Roe"))[Check.NAME_MATCHES].verdict is YES
    assert ask(saw(days=9, name="Jane Doe"), saw(name="Jane Roe"))[Check.NAME_MATCHES].verdict is NO


def test_whose_value_it_is_does_not_confirm_it() -> None:
    """Of another field the same source may say something."""
    ours, theirs = saw("a", name="Jane Doe", title="Engineer", linkedin_url=PAGE), saw("b", name="John Roe")
    results = ask(ours, said_by={"name": "provider:a"})
    assert {c for c, r in results.items() if r.verdict is YES} == {Check.TITLE_MATCHES, Check.PROFILE_EXISTS}
    assert results[Check.NAME_MATCHES] == CheckResult(Check.NAME_MATCHES, UNKNOWN)
    assert ask(ours, theirs, said_by={"name": "provider:a"})[Check.NAME_MATCHES].verdict is NO
    assert ask(ours, theirs, said_by={"name": "crm"})[Check.NAME_MATCHES].verdict is YES


def test_the_newest_word_of_anybody_who_says_something() -> None:
    old, silent, fresh = saw("a", days=9, has_photo=False), saw("b"), saw("c", days=1, has_photo=True)
    assert ask(old, silent, fresh)[Check.PHOTO_EXISTS].source == "provider:c"
    assert ask(old, silent)[Check.PHOTO_EXISTS] == CheckResult(Check.PHOTO_EXISTS, NO, "provider:a", old.seen_at)
    idle = saw("a", days=1, last_active_on=date(2020, 1, 1))
    assert ask(idle, saw("b", days=2, last_active_on=TODAY))[Check.ACTIVE_90_DAYS].verdict is NO


def test_the_address_is_seen_by_as_many_as_know_it() -> None:
    """Providers are counted, not the pages that one of them knows; who gave it to us does not count."""
    pages, echo, other = saw("a", email_sources=9), saw("b", days=9, email=OURS.upper()), saw("c", email="x@acme.test")
    expected = CheckResult(Check.EMAIL_SEEN, YES, "provider:a", pages.seen_at, 2)
    assert ask(pages, echo, other, email=OURS)[Check.EMAIL_SEEN] == expected
    assert ask(echo, other, email=OURS, said_by={"email": "provider:b"})[Check.EMAIL_SEEN].verdict is UNKNOWN
    assert ask(other, email=OURS)[Check.EMAIL_SEEN].verdict is UNKNOWN


def test_nobody_having_the_address_is_a_no() -> None:
    few, many, none = saw("a", email_sources=2), saw("b", days=9, email_sources=7), saw("c", email_sources=0)
    assert ask(few, none, many)[Check.EMAIL_SEEN] == CheckResult(Check.EMAIL_SEEN, YES, "provider:a", few.seen_at, 2)
    assert ask(none)[Check.EMAIL_SEEN] == CheckResult(Check.EMAIL_SEEN, NO, "provider:c", none.seen_at, 0)


def test_the_formula() -> None:
    assert sum(WEIGHTS.values()) == pytest.approx(1)
    assert set(WEIGHTS) == set(Check)
    assert identity_confidence([]) == 0
    assert identity_confidence(list(ask(Sighting("provider:hunter", NOW, EVERYTHING)).values())) == 1
    assert identity_confidence(list(ask(saw(name="Jane Doe", title="Engineer")).values())) == 0.35
    assert identity_confidence(list(ask(saw(name="Jane Doe", title="Chief Engineer")).values())) == 0.15
    assert identity_confidence(list(ask(saw(name="John Roe", title="Engineer")).values())) == 0  # never below


def test_every_combination_is_within_bounds_and_unknown_adds_nothing() -> None:
    for verdicts in product(Verdict, repeat=len(Check)):
        results = [CheckResult(check, verdict) for check, verdict in zip(Check, verdicts, strict=True)]
        number = identity_confidence(results)
        assert 0 <= number <= 1
        assert number == identity_confidence([r for r in results if r.verdict is not UNKNOWN])
        better = [replace(r, verdict=YES) if r.verdict is NO else r for r in results]
        assert identity_confidence(better) >= number


ANSWER = st.none() | st.builds(
    PersonAnswer,
    name=st.sampled_from((None, "Jane Doe", "DOE, Jane", "John Roe")),
    title=st.sampled_from((None, "Engineer", "Chief Engineer")),
    company=st.sampled_from((None, "Acme", "Globex")),
    linkedin_url=st.sampled_from((None, PAGE)),
    has_photo=st.sampled_from((None, True, False)),
    last_active_on=st.sampled_from((None, TODAY, date(2020, 1, 1))),
    email_sources=st.sampled_from((None, 0, 2, 5)),
)
SIGHTING = st.builds(
    Sighting,
    st.sampled_from(("provider:hunter", "provider:clearbit", "provider:phantombuster")),
    st.sampled_from((NOW, NOW - timedelta(days=1))),
    ANSWER,
    st.booleans(),
)


@MANY
@given(st.lists(SIGHTING, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_sightings_does_not_matter(sightings: list[Sighting], luck: Random) -> None:
    shuffled = list(sightings)
    luck.shuffle(shuffled)
    assert ask(*shuffled) == ask(*sightings)


@MANY
@given(st.lists(SIGHTING, max_size=5))
def test_nothing_is_claimed_without_a_witness(sightings: list[Sighting]) -> None:
    """Who is named as the source did say something of it; unknown names nobody."""
    said = {
        Check.NAME_MATCHES: "name", Check.TITLE_MATCHES: "title", Check.COMPANY_MATCHES: "company",
        Check.PHOTO_EXISTS: "has_photo", Check.ACTIVE_90_DAYS: "last_active_on", Check.EMAIL_SEEN: "email_sources",
    }  # fmt: skip
    results = ask(*sightings)
    for check, field in said.items():
        told = {(s.source, s.seen_at) for s in sightings if s.answer and getattr(s.answer, field) is not None}
        result = results[check]
        assert (result.verdict is UNKNOWN) is (not told)
        assert (result.source, result.checked_at) in told if told else result == CheckResult(check, UNKNOWN)
    is_no = results[Check.PROFILE_EXISTS].verdict is NO
    assert not is_no or any(s.is_profile and s.answer is None for s in sightings)
