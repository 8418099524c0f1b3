"""What becomes of a contact, held against the table in plain words (`expected`)."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.people.comparing import is_same
from contact_pipeline.profiles.merging import (
    CLEARED,
    REVIEWED,
    Change,
    Merged,
    agreement_by_field,
    merge_profile,
    said_by,
)
from contact_pipeline.profiles.planning import FIELDS, status_of
from contact_pipeline.profiles.precedence import Candidate, FieldRule, Origin, Precedence
from contact_pipeline_tests.profiles.people import NOW, ORIGINS, contact, says, values

# Halves and quarters: sums of them are exact, so that the edges of the margin are met, not missed by a hair.
TRUST = {"provider:hunter": 0.75, "provider:clearbit": 0.5}
WEIGHTS = {"valid": 1.0, "unknown": 0.75, "risky": 0.5, "invalid": 0.0}
MARGIN = 0.25
TABLE = Precedence(
    trust=TRUST, margin=MARGIN, fields={name: FieldRule(verification=WEIGHTS) for name in ("email", "phone")}
)
MANY = settings(max_examples=150, deadline=None)

WRITINGS: Mapping[str, Sequence[str]] = {
    "name": ("Jane Doe", "DOE, JANE", "Clara Dorn"),
    "title": ("Engineer", "engineer", "Chief Engineer"),
    "location": ("Berlin", "Berlin, Germany", "Lyon"),
    "email": ("jane@acme.test", "Jane@acme.test", "j.doe@globex.test"),
    "phone": ("+12025550101", "+1 (202) 555-0101", "+12025550102"),
}
Candidates = dict[str, list[Candidate]]


@st.composite
def candidates(draw: st.DrawFn) -> Candidates:
    """Of each value that can be verified one verdict, as core.contact_points has it."""
    found: Candidates = {}
    for field, writings in WRITINGS.items():
        verdicts = {w: draw(st.sampled_from((None, *WEIGHTS))) for w in writings} if field in ("email", "phone") else {}
        for _ in range(draw(st.integers(0, 4))):
            claim = says(
                draw(st.sampled_from(sorted(ORIGINS))),
                draw(st.sampled_from(writings)),
                days=draw(st.sampled_from((0, 365, 730))),
                confidence=draw(st.sampled_from((0.0, 0.5, 0.75, 1.0))),
            )
            found.setdefault(field, []).append(replace(claim, status=verdicts.get(claim.value)))
    return found


CONTACT = st.fixed_dictionaries(
    {field: st.sampled_from((None, *writings)) for field, writings in WRITINGS.items()}
    | {
        "email_status": st.sampled_from(sorted(WEIGHTS)),
        "phone_status": st.sampled_from(("valid", "unknown", "invalid")),
    }
    | {"hard_bounce": st.sampled_from((False, False, True))}
).map(lambda known: contact(**known))
REFUSED = st.frozensets(st.sampled_from(WRITINGS["email"]), max_size=1)


def merge(row: Mapping[str, Any], claims: Candidates, refused: frozenset[str] = frozenset(), days: float = 0) -> Merged:
    return merge_profile(row, claims, table=TABLE, now=NOW + timedelta(days=days), refused=refused)


def expected(
    field: str, row: Mapping[str, Any], claims: Sequence[Candidate], refused: frozenset[str]
) -> tuple[Any, bool]:
    """What a field should hold, and whether somebody believed nearly as much says something else."""

    def same(one: str, other: str) -> bool:
        return is_same(field, one, other)

    def weight(value: str) -> float:
        if field not in ("email", "phone"):
            return 1.0
        own = "invalid" if field == "email" and row["hard_bounce"] else row[f"{field}_status"]
        if row[field] and same(value, row[field]) and own != "unknown":
            return WEIGHTS[own]
        known = [c.status for c in claims if same(c.value, value) and c.status not in (None, "unknown")]
        return min((WEIGHTS[status] for status in known if status), default=WEIGHTS["unknown"])

    def points(claim: Candidate) -> float:
        years = (NOW - claim.said_at).days / 365
        return TRUST.get(claim.source, 1.0) * claim.confidence * weight(claim.value) / 2**years

    has = row[field]
    claims = [c for c in claims if field != "email" or not any(same(c.value, each) for each in refused)]
    latest = {}
    for claim in sorted(claims, key=lambda c: (c.said_at, c.confidence, c.value)):
        latest[claim.source] = claim
    stand = list(latest.values())
    if has and not any(c.value == has for c in claims):
        stand.append(Candidate(has, Origin.PERSON, "person:unknown", 1.0, NOW))
    stand += [
        c
        for c in claims
        if c.value == has and (c.said_at == latest[c.source].said_at or same(latest[c.source].value, has))
    ]
    believed = [c for c in stand if points(c) > 0]
    if not believed:
        return has, False
    top = max(c.origin for c in believed)
    most = max(points(c) for c in believed if c.origin is top)
    leaders = [c for c in believed if c.origin is top and points(c) == most]
    best = min(leaders, key=lambda c: (NOW - c.said_at, c.source, c.value)).value
    is_alive = any(c.value == has for c in believed)
    if is_alive and same(has, best):
        best = has
    rivals = [c for c in believed if not same(c.value, best) and points(c) >= most * (1 - MARGIN)]
    is_disputed = bool(rivals) and top is not Origin.PERSON
    return (has if has and ((is_disputed and is_alive) or same(has, best)) else best), is_disputed


def without_strangers(name: str | None, claims: Candidates, said: Sequence[Candidate]) -> list[Candidate]:
    """Without providers whose last word on the name is another person's."""
    last: dict[str, Candidate] = {}
    for claim in sorted(claims.get("name", ()), key=lambda c: (c.said_at, c.confidence, c.value)):
        last[claim.source] = claim
    strangers = [c.source for c in last.values() if name and not is_same("name", name, c.value)]
    return [c for c in said if c.source not in strangers or not c.source.startswith("provider:")]


def is_only_said_by_strangers(row: Mapping[str, Any], field: str, claims: Candidates, heard: Candidates) -> bool:
    def sayers(of: Candidates) -> list[Candidate]:
        return [c for c in of.get(field, ()) if c.value == row[field]]

    return bool(sayers(claims)) and not sayers(heard)


@MANY
@given(CONTACT, candidates(), REFUSED)
def test_every_field_is_what_the_table_says(row: dict[str, Any], claims: Candidates, refused: frozenset[str]) -> None:
    merged = merge(row, claims, refused)
    new = row | {c.field: c.new for c in merged.changes}
    name, _ = expected("name", row, claims.get("name", ()), refused)
    heard = {
        field: said if field == "name" else without_strangers(name, claims, said) for field, said in claims.items()
    }
    own = row | {field: None for field in CLEARED if is_only_said_by_strangers(row, field, claims, heard)}
    should = {field: expected(field, own, heard.get(field, ()), refused) for field in FIELDS}
    assert new == row | {field: value for field, (value, _) in should.items()}
    assert set(merged.disputed) == {f for f in REVIEWED if should[f][1]}
    assert set(merged.settled) == REVIEWED - set(merged.disputed)
    assert [c.field for c in merged.changes] == [f for f in FIELDS if new[f] != row[f]]
    assert all(c.old == row[c.field] and 0 <= c.confidence <= 1 for c in merged.changes)


def applied(row: dict[str, Any], claims: Candidates, merged: Merged) -> tuple[dict[str, Any], Candidates]:
    """As core.contacts does it: a new address or number is not judged yet; of the old one the verdict is kept."""
    row, claims = dict(row), dict(claims)
    for change in merged.changes:
        field, verdict = change.field, status_of(row, change.field)
        if change.old and verdict not in (None, "unknown"):
            claims[field] = [
                replace(c, status=verdict) if is_same(field, c.value, change.old) else c for c in claims[field]
            ]
        row[field] = change.new
        if field in ("email", "phone"):
            row |= {f"{field}_status": "unknown"} | ({"hard_bounce": False} if field == "email" else {})
    return row, claims


@MANY
@given(CONTACT, candidates(), REFUSED, st.sampled_from((0, 0.4, 100, 3000)))
def test_running_it_again_changes_nothing(
    row: dict[str, Any], claims: Candidates, refused: frozenset[str], days: float
) -> None:
    merged = merge(row, claims, refused)
    row, claims = applied(row, claims, merged)
    again = merge(row, claims, refused, days)
    assert again.changes == ()
    assert set(again.disputed) == set(merged.disputed)


@MANY
@given(CONTACT, candidates(), st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter(row: dict[str, Any], claims: Candidates, luck: Random) -> None:
    shuffled = {field: luck.sample(said, len(said)) for field, said in claims.items()}
    assert merge(row, shuffled) == merge(row, claims)


@MANY
@given(CONTACT, candidates(), REFUSED)
def test_what_never_happens(row: dict[str, Any], claims: Candidates, refused: frozenset[str]) -> None:
    """Invariants in so many words, without points or margins."""
    dead = {"email": row["hard_bounce"] or row["email_status"] == "invalid", "phone": row["phone_status"] == "invalid"}
    for change in merge(row, claims, refused).changes:
        said = claims[change.field]
        if change.new is None:
            assert all(c.source.startswith("provider:") for c in said if c.value == change.old)
            continue
        if change.field == "email":
            said = [c for c in said if not any(is_same("email", c.value, each) for each in refused)]
        last = max(c.said_at for c in said if c.source == change.source)
        last_words = [c.value for c in said if (c.source, c.said_at) == (change.source, last)]
        assert change.new in last_words, "a value is taken as its source last wrote it"
        if change.old is None:
            continue
        assert not is_same(change.field, change.new, change.old), "the same meaning is not rewritten"
        if dead.get(change.field) or any(c.status == "invalid" for c in said):
            continue
        sayers = [c for c in said if c.value == change.old]
        standing = [
            c for c in sayers if c.confidence and not any(o.source == c.source and o.said_at > c.said_at for o in said)
        ]
        assert ORIGINS[change.source] >= max(
            (c.origin for c in standing), default=Origin.BOUGHT if sayers else Origin.PERSON
        )


def test_a_source_may_take_back_what_it_said() -> None:
    """Its newest word counts; somebody else who still says the same keeps the value."""
    old, new = says("crm", "Engineer", days=90), says("crm", "Chief Engineer", confidence=0.5)
    title = contact(title="Engineer")
    assert [c.new for c in merge(title, {"title": [old, new]}).changes] == ["Chief Engineer"]
    assert merge(contact(), {"title": [old, new]}).disputed == {}
    assert merge(title, {"title": [old, new, says("fair", "Engineer", days=99)]}).changes == ()
    assert merge(title, {"title": [new, says("crm", "Engineer")]}).changes == ()  # both on one day: nobody knows


def test_a_source_that_says_the_same_again_has_taken_nothing_back() -> None:
    """In other words, or less sure of it: what there is stays, and is still the source's."""
    for again in (says("crm", "ENGINEER", confidence=0.9), says("crm", "Engineer", confidence=0.9)):
        claims = {"title": [says("crm", "Engineer", days=90), again, says("fair", "Chief Engineer")]}
        merged = merge(contact(title="Engineer"), claims)
        assert merged.changes == ()
        assert set(merged.disputed) == {"title"}


def test_who_means_somebody_else_is_not_heard_and_what_only_they_said_goes() -> None:
    hunter = [says("provider:hunter", "Jane Roe")], [says("provider:hunter", "Engineer")]
    claims = {"name": [says("crm", "Jane Doe"), *hunter[0]], "title": hunter[1], "location": [says("fair", "Lyon")]}
    row = contact(name="Jane Doe", title="Engineer", location="Lyon")
    assert [(c.field, c.new) for c in merge(row, claims).changes] == [("title", None)]
    assert merge(contact(name="Jane Doe"), claims | {"location": []}).changes == ()
    agreeing = claims | {"name": [says("crm", "Jane Doe"), says("provider:hunter", "J. Doe")]}
    assert merge(row, agreeing).changes == ()


def test_company_and_title_of_one_answer_are_taken_or_left_together() -> None:
    answer = {"company": [says("provider:hunter", "Acme")], "title": [says("provider:hunter", "Engineer")]}
    assert {c.field for c in merge(contact(), answer).changes} == {"company", "title"}
    ours = {"company": [says("crm", "Globex"), *answer["company"]], "title": answer["title"]}
    assert merge(contact(company="Globex"), ours).changes == ()
    ours = {"company": answer["company"], "title": [says("crm", "Chair"), *answer["title"]]}
    assert merge(contact(title="Chair"), ours).changes == ()
    same = {"company": [says("crm", "ACME Ltd"), *answer["company"]], "title": answer["title"]}
    assert [c.field for c in merge(contact(company="ACME Ltd"), same).changes] == ["title"]
    assert [c.field for c in merge(contact(company="Globex"), {"title": answer["title"]}).changes] == ["title"]


def test_of_two_answers_the_title_comes_from_that_with_the_company() -> None:
    claims = {
        "company": [says("provider:hunter", "Acme"), says("provider:clearbit", "Globex")],
        "title": [says("provider:hunter", "Engineer", days=900), says("provider:clearbit", "Chair")],
    }
    assert {(c.field, c.new) for c in merge(contact(), claims).changes} == {("company", "Acme"), ("title", "Engineer")}


def test_an_empty_field_is_filled_and_says_by_whom() -> None:
    claims = {"title": [says("provider:hunter", "Engineer", confidence=0.9)]}
    merged = merge(contact(name="Jane Doe"), claims)
    assert merged.changes == (Change("title", None, "Engineer", "provider:hunter", 0.68),)
    assert not merged.disputed
    assert set(merged.settled) == REVIEWED


@pytest.mark.parametrize("days", [0, 5000])
def test_what_the_person_gave_us_stays_however_old(days: float) -> None:
    ours = says("crm", "Engineer", days=days, confidence=0.5)
    theirs = [says(source, "Chief Engineer") for source in ("list", "provider:hunter", "provider:clearbit")]
    merged = merge(contact(title="Engineer"), {"title": [ours, *theirs]})
    assert merged.changes == ()
    assert values(merged.disputed["title"].alternatives) == ["Chief Engineer"]  # said aloud, to be decided by a person


def test_what_nobody_claims_was_typed_by_a_person() -> None:
    claims = {"title": [says("crm", "Chief Engineer"), says("provider:hunter", "Chief Engineer")]}
    merged = merge(contact(title="Engineer"), claims)
    assert (merged.changes, merged.disputed) == ((), {})
    assert merge(contact(title="Engineer"), claims, days=5000).changes == ()


def test_somebody_of_ours_overrules_everybody() -> None:
    claims = {"title": [says("crm", "Engineer"), says("person:ann", "Chief Engineer", days=900)]}
    merged = merge(contact(title="Engineer"), claims)
    assert merged.changes == (Change("title", "Engineer", "Chief Engineer", "person:ann", 1.0),)
    assert merged.disputed == {}


@pytest.mark.parametrize("verdict", [{"email_status": "invalid"}, {"email_status": "valid", "hard_bounce": True}])
@pytest.mark.parametrize("sources", [[], ["crm"], ["person:ann"]])
def test_a_dead_address_counts_as_missing(verdict: dict[str, Any], sources: list[str]) -> None:
    """Whoever said it, in whatever writing it is said again."""
    row = contact(email="jane@acme.test", **verdict)
    said = [says(source, "jane@acme.test") for source in sources]
    echo = says("provider:hunter", "Jane@acme.test")
    assert merge(row, {"email": [*said, echo]}).changes == ()
    found = says("provider:clearbit", "j.doe@globex.test")
    (change,) = merge(row, {"email": [*said, echo, found]}).changes
    assert (change.old, change.new, change.source) == ("jane@acme.test", "j.doe@globex.test", "provider:clearbit")
    assert change.confidence == 0.38  # 0.5 x 0.75: nobody has verified it


def test_a_claim_that_is_known_to_be_dead_is_not_taken() -> None:
    dead = says("provider:hunter", "jane@acme.test", status="invalid")
    for status in (None, "unknown", "valid"):
        other_writing = says("provider:clearbit", "Jane@acme.test", status=status)
        assert merge(contact(), {"email": [dead, other_writing]}).changes == ()
    other = says("provider:clearbit", "j.doe@globex.test")
    assert [c.new for c in merge(contact(email="jane@acme.test"), {"email": [dead, other]}).changes] == [other.value]


def test_two_addresses_that_nobody_verified_do_not_take_turns() -> None:
    """Once taken it is unknown; the one that was not taken is no better."""
    row, claims = contact(), {"email": [says("provider:hunter", "jane@acme.test"), says("list", "j.doe@globex.test")]}
    for _ in range(3):
        merged = merge(row, claims)
        row, claims = applied(row, claims, merged)
        assert row["email"] == "j.doe@globex.test"
    assert merged.changes == ()


def test_a_refused_value_is_not_taken_in_any_writing() -> None:
    claims = {"email": [says("crm", "Jane@acme.test"), says("provider:hunter", "j.doe@globex.test")]}
    assert [c.new for c in merge(contact(), claims).changes] == ["Jane@acme.test"]
    refused = frozenset({"jane@acme.test"})
    assert [c.new for c in merge(contact(), claims, refused).changes] == ["j.doe@globex.test"]
    assert merge(contact(), {"email": claims["email"][:1]}, refused).changes == ()


def test_one_who_is_not_believed_does_not_take_another_ones_word_away() -> None:
    """Two say what there is; that the one of the better origin is not trusted at all leaves it alive."""
    same = [says("crm", "Engineer", confidence=0.0), says("list", "Engineer", confidence=0.625)]
    merged = merge(contact(title="Engineer"), {"title": [*same, says("provider:hunter", "Chief Engineer")]})
    assert merged.changes == ()
    assert merged.disputed["title"].winner == same[1]


def test_of_several_who_say_what_there_is_the_best_origin_stands_for_it() -> None:
    claims = [says("list", "Engineer"), says("crm", "Engineer", confidence=0.5), says("fair", "Chief Engineer")]
    decision = merge(contact(title="Engineer"), {"title": claims}).disputed["title"]
    assert (decision.winner, decision.alternatives) == (claims[1], (claims[2],))


def test_only_what_says_who_somebody_is_is_reviewed() -> None:
    claims = {
        "title": [says("crm", "Engineer"), says("fair", "Chief Engineer")],
        "location": [says("crm", "Berlin"), says("fair", "Lyon")],
    }
    merged = merge(contact(title="Engineer", location="Berlin"), claims)
    assert set(merged.disputed) == {"title"}
    assert set(merged.settled) == REVIEWED - {"title"}
    assert merged.changes == ()


def test_agreement_counts_sources_each_by_its_newest_word() -> None:
    claims = {
        "title": [says("crm", "ENGINEER"), says("fair", "Chief Engineer"), says("fair", "Engineer", days=9)],
        "name": [says("crm", "Jane Doe")],
        "company": [],
    }
    assert agreement_by_field(contact(title="Engineer", company="Acme"), claims) == {"title": (2, 1)}


def test_a_value_is_the_word_of_who_said_it_first() -> None:
    claims = {
        "title": [
            says("provider:hunter", "Engineer", days=3),
            says("list", "Engineer", days=9),
            says("crm", "ENGINEER"),
        ],
        "name": [says("provider:hunter", "Jane Doe"), says("crm", "Jane Doe")],
        "company": [says("crm", "Globex")],
        "location": [says("crm", "Berlin")],
    }
    row = contact(title="Engineer", name="Jane Doe", company="Acme")
    assert said_by(row, claims) == {"title": "list", "name": "crm"}
    assert said_by(row, {field: said[::-1] for field, said in claims.items()}) == said_by(row, claims)
