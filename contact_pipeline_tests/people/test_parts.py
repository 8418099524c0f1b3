"""What follows from a value follows it: given and family name, seniority, company domain, country. Whatever happens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.providers import Layer
from contact_pipeline.profiles.corrections import checked_corrections
from contact_pipeline.profiles.ports import PersonAnswer
from contact_pipeline.profiles.reviewing import decide_review, list_reviews
from contact_pipeline.rights.rectifying import rectify
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.profiles.test_enrichment_guards import Witness, hear

HEADER = "Record ID,Full Name,First Name,Last Name,Email,Phone,Company,Job Title,Location,Country"
PARTS = ("given_name", "family_name", "seniority", "company_domain", "country")
LEADS = {
    "given_name": ("name",), "family_name": ("name",), "seniority": ("title",), "company_domain": ("company",),
    "country": ("phone", "location"),
}  # fmt: skip


# -- what stands and what should stand ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Said:
    """One source's words, told together. rank: by which it is believed."""

    source: str
    rank: tuple[Any, ...]
    words: Mapping[str, str | None]
    times: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def is_ours(self) -> bool:
        return self.source.startswith("person:")

    def holds(self, part: str, contact: Mapping[str, Any], everybody: "list[Said]") -> bool:
        if self.is_ours:
            later = [s.times[lead] for s in everybody if s.is_ours for lead in LEADS[part] if lead in s.times]
            return all(time <= self.times[part] for time in later)
        said = {lead: self.words.get(lead) for lead in LEADS[part]}
        if part == "country" and self.source.startswith("provider:"):
            if said["location"] is None:
                return self.words.get("name") in (None, contact["name"])
            return bool(said["location"] == contact["location"])
        if part in ("country", "company_domain"):  # may be said without the other
            return all(value is None or value == contact[lead] for lead, value in said.items())
        return all(value == contact[lead] for lead, value in said.items())


def facts(lab: Lab, contact_id: int) -> list[Said]:
    rows = lab.rows(
        "select cs.source, coalesce(s.origin = 'first_party', false), coalesce(s.trust, 0),"
        " coalesce(cs.confidence, s.trust, 0), coalesce(cs.source_date, cs.landed_at),"
        " r.name, r.given_name, r.family_name, r.phone, r.location, r.country"
        " from core.contact_sources cs join raw.landed_rows r using (drop_key, row_number)"
        " left join core.sources s on s.name = cs.source where cs.contact_id = %s",
        contact_id,
    )
    names = ("name", "given_name", "family_name", "phone", "location", "country")
    found = [
        Said(source, (2 if is_first else 1, trust, sure, said_at), dict(zip(names, words, strict=True)))
        for source, is_first, trust, sure, said_at, *words in rows
    ]
    claims: dict[str, list[Any]] = {}
    for source, *claim in lab.rows(
        "select data_source, field_name, value, confidence_score, claimed_at from core.profile_claims"
        " where contact_id = %s",
        contact_id,
    ):
        claims.setdefault(source, []).append(claim)
    for source, words in claims.items():
        origin = 3 if source.startswith("person:") else 1
        for name, _, sure, said_at in words:  # each part is as sure as its own claim
            if name in PARTS:
                told = {other: value for other, value, *_ in words if other == name or other not in PARTS}
                times = {other: at for other, _, _, at in words}
                found.append(Said(source, (origin, 0, sure, said_at), told, times))
    return found


def derived_anew(lab: Lab, contact: Mapping[str, Any]) -> dict[str, Any]:
    """The rule in plain words, from what was said and from nothing that was concluded before."""
    everybody = facts(lab, contact["id"])
    parts: dict[str, Any] = {}
    for part in PARTS:
        able = [s for s in everybody if s.words.get(part) and s.holds(part, contact, everybody)]
        parts[part] = max(able, key=lambda s: s.rank).words[part] if able else None
    words = (contact["name"] or "").split(" ")
    if parts["given_name"] is parts["family_name"] is None and len(words) == 2 and all(w.isalpha() for w in words):
        parts["given_name"], parts["family_name"] = words
    is_judged = contact["email_is_free"] is False and contact["email_sub_status"] != "not_checked"
    takes_mail = contact["email_status"] in ("valid", "unknown", "catch_all")
    if parts["company_domain"] is None and is_judged and takes_mail:
        parts["company_domain"] = contact["email"].rpartition("@")[2].lower()
    if parts["country"] is None and contact["phone_status"] == "valid":
        parts["country"] = contact["phone_country"]
    return parts


def assert_follows(lab: Lab) -> None:
    for row in (value for (value,) in lab.rows("select to_jsonb(c) from core.contacts c")):
        assert {part: row[part] for part in PARTS} == derived_anew(lab, row)


# -- what may happen ------------------------------------------------------------------------------------------------

NAMES = ("John Doe", "Mary Roe", "Mary Anne Roe", "")
MAILS = ("john@ok.test", "mary@ok2.test", "mary@short.test")
PHONES = ("+4915123456700", "+33612345678", "")
FIRM = ("Acme", "Globex", "")
PLACES = ("Berlin", "Lyon", "")
CELLS = st.fixed_dictionaries({
    "name": st.sampled_from(NAMES), "is_split": st.booleans(), "email": st.sampled_from(MAILS),
    "phone": st.sampled_from(PHONES), "company": st.sampled_from(FIRM), "title": st.sampled_from(("Cook", "Chair", "")),
    "location": st.sampled_from(PLACES), "country": st.sampled_from(("DE", "FR", "")),
})  # fmt: skip
ANSWERS = st.builds(
    PersonAnswer, name=st.sampled_from(("John Doe", "Mary Roe", "Mary Anne Roe")),
    given_name=st.sampled_from(("John", "Mary", None)), family_name=st.sampled_from(("Doe", "Roe", None)),
    title=st.sampled_from(("Cook", "Chair", None)), seniority=st.sampled_from(("senior", "c-level", None)),
    company=st.sampled_from(("Acme", "Globex", None)),
    company_domain=st.sampled_from(("ok.test", "acme.example", None)),
    location=st.sampled_from(("Berlin", "Lyon", None)), country=st.sampled_from(("DE", "FR", None)),
)  # fmt: skip
CORRECTIONS = st.sampled_from([
    {"name": "Mary Roe"}, {"name": "John Doe"}, {"name": "Mary Anne Roe", "given_name": "Mary Anne"},
    {"company": "Globex"}, {"company_domain": "globex.example"}, {"email": "mary@ok2.test"}, {"country": "FR"},
    {"phone": "+33612345678"}, {"location": "Lyon"}, {"title": "Chair"},
])  # fmt: skip
DROPPED = st.tuples(st.just("drop"), st.sampled_from(("crm", "crm", "shop", "fair")), CELLS)
ACTIONS = st.one_of(
    DROPPED,
    DROPPED,
    st.tuples(st.just("replay"), st.integers(0, 5)),
    st.tuples(st.just("answer"), ANSWERS),
    st.tuples(st.just("rectify"), CORRECTIONS),
    st.tuples(st.just("review"), st.sampled_from(("accepted", "rejected"))),
)


@dataclass
class History:
    lab: Lab
    keys: list[str] = field(default_factory=list)

    def drop(self, source: str, row: Mapping[str, Any]) -> None:
        given_name, _, family = row["name"].partition(" ") if row["is_split"] else ("", "", "")
        whole = "" if row["is_split"] else row["name"]
        rest = [row[column] for column in ("email", "phone", "company", "title", "location", "country")]
        text = csv(HEADER, ",".join(("7", whole, given_name, family, *rest)))
        self.keys.append(self.lab.drop(source, text, f"list{len(self.keys)}.csv"))

    def replay(self, which: int) -> None:
        if self.keys:
            self.lab.replay(self.keys[which % len(self.keys)])

    def answer(self, answer: PersonAnswer) -> None:
        """From now on the provider says this; the next period has come."""
        hear(self.lab, {Layer.PERSON: [Witness("hunter", lambda question: answer)]})
        self.lab.passes(days=91)
        for key in self.keys:
            self.lab.run(key)

    def rectify(self, values: Mapping[str, str]) -> None:
        self.lab.passes(minutes=1)
        for (number,) in self.lab.rows("select min(id) from core.contacts having count(*) > 0"):
            with self.lab.session.connection("rectify") as connection, connection.transaction() as change:
                try:
                    rectify(self.lab.session, connection, [number], checked_corrections(values), named=[number])
                except UsageError:  # another contact has that address
                    raise _Refused(change) from None

    def review(self, decision: str) -> None:
        self.lab.passes(minutes=1)
        for review in list_reviews(self.lab.session, kind=None, with_closed=False)[:1]:
            decide_review(self.lab.session, review["id"], decision, reason="looked at it")


class _Refused(Exception):  # noqa: N818  (no error: nothing was written)
    pass


SOME = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")  # it would show all of the lab
@SOME
@given(DROPPED, st.lists(ACTIONS, min_size=3, max_size=8))
def test_deriving_anew_equals_what_is_stored_after_any_sequence(
    lab: Lab, first: tuple[Any, ...], actions: list[tuple[Any, ...]]
) -> None:
    lab.forget_everything()
    hear(lab, {})
    history = History(lab)
    for name, *arguments in (first, *actions):
        try:
            getattr(history, name)(*arguments)
        except _Refused:
            continue
        assert_follows(lab)


# -- in so many words -------------------------------------------------------------------------------------------------


def parts(lab: Lab, *names: str) -> tuple[Any, ...]:
    (row,) = lab.contacts(*names)
    return row


@pytest.mark.parametrize("stages", ["all", "until the rows are contacts"])
def test_a_corrected_drop_leaves_no_part_of_the_old_person(lab: Lab, stages: str) -> None:
    header = "Record ID,Name,Email,Phone,Country"
    lab.drop("crm", csv(header, "7,John Doe,john@ok.test,+4915123456700,DE"))
    old = parts(lab, "name", "given_name", "family_name", "company_domain", "country")
    assert old == ("John Doe", "John", "Doe", "ok.test", "DE")
    (lab.drop if stages == "all" else lab.take)("crm", csv(header, "7,Mary Roe,mary@ok2.test,+33612345678,"), "new.csv")
    assert parts(lab, "name", "given_name", "family_name") == ("Mary Roe", "Mary", "Roe")
    later = ("ok2.test", "FR") if stages == "all" else (None, None)  # nothing of them is judged yet
    assert parts(lab, "company_domain", "country") == later


def test_a_name_that_cannot_be_taken_apart_leaves_no_parts(lab: Lab) -> None:
    lab.drop("crm", csv("Record ID,Name,Email", "7,John Doe,john@ok.test"))
    lab.drop("crm", csv("Record ID,Name,Email", "7,Mary Anne Roe,john@ok.test"), "new.csv")
    assert parts(lab, "name", "given_name", "family_name") == ("Mary Anne Roe", None, None)
    gone = lab.rows(
        "select field_name, old_value, data_source from core.enrichment_history where new_value is null"
        " order by field_name"
    )
    assert gone == [("family_name", "Doe", "derived:name"), ("given_name", "John", "derived:name")]


def test_the_parts_of_a_name_are_of_the_origin_of_the_name(lab: Lab) -> None:
    """Not of a provider that writes it another way, however much it knows."""
    answer = PersonAnswer(name="Johnny Doe", given_name="Johnny", family_name="Doe")
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: answer)]})
    lab.drop("crm", csv("Name,Email", "John Doe,john@ok.test"))
    assert parts(lab, "name", "given_name", "family_name") == ("John Doe", "John", "Doe")


def test_what_somebody_typed_at_a_prompt_stays(lab: Lab) -> None:
    key = lab.drop("crm", csv("Name,Email", "Mary Anne Roe,mary@ok.test"))
    lab.do("update core.contacts set given_name = 'Mary Anne', company_domain = 'roe.example'")
    lab.replay(key)
    lab.drop("fair", csv("Name,Email", "Mary Anne Roe,mary@ok.test"))
    assert parts(lab, "given_name", "company_domain") == ("Mary Anne", "roe.example")
    lab.drop("crm", csv("Name,Email", "Bo Sample,mary@ok.test"), "new.csv")
    assert parts(lab, "given_name", "company_domain") == ("Bo", "roe.example")


def test_that_one_mailbox_is_dead_says_nothing_of_its_domain(lab: Lab) -> None:
    key = lab.drop("crm", csv("Name,Email", "John Doe,john@ok.test"))
    lab.do("update core.contacts set email_status = 'invalid', email_sub_status = 'mailbox_not_found'")
    lab.replay(key)
    assert parts(lab, "company_domain") == ("ok.test",)
