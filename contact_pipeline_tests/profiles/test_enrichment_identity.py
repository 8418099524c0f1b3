"""Whose answer it is and which value stays: namesakes, switchboards, dead addresses, second thoughts, decisions."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from contact_pipeline.core.providers import Layer
from contact_pipeline.core.verdicts import EmailStatus
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.ports import PersonAnswer
from contact_pipeline.profiles.reviewing import decide_review, list_reviews, spot_check
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.profiles.test_enrichment_guards import PHONE, Witness, hear

ADA = PersonAnswer(name="Ada Example", title="Harbour Master", location="Kiel")
OLD, NEW = "ada@ok.test", "a.example@ok.test"
PAGE = "https://www.linkedin.com/in/ada-example"
PATIENCE_SECONDS = 60
WAITING = (
    "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    " and database = (select oid from pg_database where datname = current_database())"
)
OPEN_REVIEWS = "select kind, field_name from ops.reviews where closed_at is null order by kind, field_name"
TITLES = "select new_value, data_source from core.enrichment_history where field_name = 'title' order by id"


def review(lab: Lab, kind: str) -> int:
    """The only open one of its kind."""
    (found,) = list_reviews(lab.session, kind=kind, with_closed=False)
    return int(found["id"])


def verdicts(lab: Lab) -> dict[str, str]:
    """What the identity checks of the only contact say."""
    return dict(lab.rows("select check_name, verdict from core.identity_checks"))


def by_name(question: Any) -> PersonAnswer | None:
    return replace(ADA, name=None) if question.name == "Ada Example" else None


@pytest.mark.parametrize("says", [by_name, lambda question: ADA], ids=["says_no_name", "answers_by_number_alone"])
@pytest.mark.parametrize("first", ["Ada Example", "Bo Sample"])
def test_an_answer_about_one_behind_a_switchboard_is_nobody_elses(
    lab: Lab, says: Callable[[Any], PersonAnswer | None], first: str
) -> None:
    hear(lab, {Layer.PERSON: [Witness("hunter", says)]})
    for name in (first, "Bo Sample" if first == "Ada Example" else "Ada Example"):
        lab.drop("crm", csv("Name,Phone", f"{name},{PHONE}"), f"{name}.csv")
    expected = [("Ada Example", PHONE, "Harbour Master", "Kiel"), ("Bo Sample", PHONE, None, None)]
    assert lab.contacts("name", "phone_e164", "title", "location") == expected
    assert lab.value("select count(*) from core.profile_claims k join core.contacts c on c.id = k.contact_id"
                     " where c.name = 'Bo Sample'") == 0  # fmt: skip


def test_an_answer_about_one_nameless_row_of_a_switchboard_is_not_the_next_ones(lab: Lab) -> None:
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: ADA)]})
    lab.drop("crm", csv("Title,Phone", f"Harbour Master,{PHONE}"), "one.csv")
    lab.drop("crm", csv("Title,Phone", f"Cook,{PHONE}"), "other.csv")
    assert lab.value("select count(*) from core.contacts where name = 'Ada Example'") <= 1


def test_the_finders_answer_for_a_namesake_elsewhere_changes_nothing_and_asks_a_person(lab: Lab) -> None:
    namesake = PersonAnswer(name="Ada Example", email="ada.example@ok2.test", company_domain="ok2.test", title="Cook")
    finder = Witness("hunter", lambda question: namesake, {"email"})
    key = lab.drop("crm", csv("Email,Name,Company", f"{OLD},Ada Example,Engines"))
    lab.do("update core.contacts set hard_bounce = true")
    hear(lab, {Layer.ADDRESS: [finder]})
    lab.enrich(key)
    assert [q.company_domain for q in finder.asked] == ["ok.test"]
    assert lab.contacts("email", "title") == [(OLD, None)]
    assert lab.value("select count(*) from core.profile_claims") == 0
    assert lab.rows(OPEN_REVIEWS) == [("identity_conflict", "company")]
    assert lab.value("select facts ->> 'email' from core.provider_answers") is None


def test_a_page_of_another_name_changes_nothing_and_asks_a_person(lab: Lab) -> None:
    lab.with_policy(enrichment={"linkedin": {"sources": ("crm",), "agent": "1"}})
    page = PersonAnswer(name="Otto Other", title="Baker", company="Bread Ltd", location="Lyon", linkedin_url=PAGE)
    hear(lab, {Layer.IDENTITY: [Witness("phantombuster", lambda question: page)]})
    lab.drop("crm", csv("Email,Name,LinkedIn", f"{OLD},Ada Example,{PAGE}"))
    assert lab.contacts("name", "title", "company", "location") == [("Ada Example", None, None, None)]
    assert lab.value("select count(*) from core.profile_claims") == 0
    assert lab.rows(OPEN_REVIEWS) == [("identity_conflict", "linkedin_url")]
    assert verdicts(lab)["name_matches"] != "yes"


def test_a_provider_does_not_confirm_its_own_word_but_another_one_does(lab: Lab) -> None:
    lab.with_policy(enrichment={"cross_check": 2})
    said = replace(ADA, company="Ok Engines Ltd")
    checks = ("name_matches", "title_matches", "company_matches")
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: said)]})
    key = lab.drop("crm", csv("Email", OLD))
    assert lab.contacts("name", "title", "company") == [("Ada Example", "Harbour Master", "Ok Engines Ltd")]
    assert {verdicts(lab)[check] for check in checks} == {"unknown"}
    lab.passes(days=1)
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda q: said), Witness("clearbit", lambda q: said)]})
    lab.enrich(key)
    assert {verdicts(lab)[check] for check in checks} == {"yes"}


def test_a_bounced_address_stays_dead_and_its_successor_is_not_paid_for_twice(lab: Lab) -> None:
    mailbox = Witness("zerobounce", lambda address: MailboxAnswer(EmailStatus.VALID))
    finder = Witness("hunter", lambda q: PersonAnswer(name=q.name, email=NEW), {"email"})
    hear(lab, {Layer.MAILBOX: [mailbox], Layer.ADDRESS: [finder]})
    lab.passes(days=3650)  # past the database's own clock, by which a bounce makes an answer stale
    header, row = "Name,E-mail 1 - Value,E-mail 2 - Value", f"Ada Example,{OLD},{NEW}"
    first = lab.drop("crm", csv(header, row))
    assert (lab.contacts("email"), mailbox.asked) == ([(OLD,)], [OLD, NEW])
    lab.do("update core.contacts set hard_bounce = true")
    lab.enrich(first)
    assert lab.contacts("email", "email_status", "hard_bounce", "can_email") == [(NEW, "valid", False, True)]
    bounced = lab.session.key.email(OLD)
    assert lab.rows("select reason, channel from core.suppressions where subject_key = %s", bounced) == [
        ("hard_bounce", "email")
    ]
    lab.passes(days=1)
    again = lab.drop("crm", csv(header, row, "Bo Sample,bo@ok.test,"), "again.csv")
    assert (lab.contact(NEW)["can_email"], mailbox.asked.count(NEW)) == (True, 1)
    lab.passes(days=100)
    for key in (first, again):
        lab.run(key)
    assert lab.contacts("email", "can_email") == [(NEW, True), ("bo@ok.test", True)]
    lab.do("update core.contacts set email = %s where email = %s", OLD, NEW)  # somebody puts it back by hand
    lab.validate_emails(first)
    lab.passes(days=1)
    lab.sync_permissions()
    assert lab.contact(OLD)["email_sub_status"] == "hard_bounce"  # whatever the mailbox provider still says
    assert (lab.why(OLD)[0], lab.may(OLD)[0]) == ("hard_bounce", False)


def test_a_provider_that_changes_its_word_changes_what_was_bought(lab: Lab) -> None:
    titles = ["CTO", "Chief Executive", "Chair of the Board"]
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: replace(ADA, title=titles[0]))]})
    key = lab.drop("crm", csv("Email", OLD))
    for _ in range(2):
        lab.passes(days=91)
        titles.pop(0)
        lab.enrich(key)
    assert lab.contacts("title") == [("Chair of the Board",)]
    source = "provider:hunter"
    assert lab.rows(TITLES) == [("CTO", source), ("Chief Executive", source), ("Chair of the Board", source)]
    assert lab.rows(OPEN_REVIEWS) == []


def test_a_less_trusted_list_does_not_win_later(lab: Lab) -> None:
    hunter = Witness("hunter", lambda question: ADA)
    hear(lab, {Layer.PERSON: [hunter]})
    lab.drop("crm", csv("Email", OLD))
    assert lab.contacts("title") == [("Harbour Master",)]
    lab.passes(days=10)
    lab.drop("fair", csv("Email,Title", f"{OLD},Cook"))  # trust 0.4, a vendor
    assert lab.contacts("title") == [("Harbour Master",)]
    assert lab.rows(OPEN_REVIEWS) == []
    assert len(hunter.asked) == 1


def test_a_decision_waits_for_the_run_that_applies_answers_and_stays(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: ADA)]})
    key = lab.drop("crm", csv("Email,Name,Title", f"{OLD},Ada Example,Lighthouse Keeper"))
    spot_check(lab.session, top=1)
    number = review(lab, "spot_check")
    lab.passes(days=200)  # by now the list's word is old, and the provider's wins
    is_applying, may_end = threading.Event(), threading.Event()
    apply = EnrichmentStore.apply

    def slowly(
        store: EnrichmentStore,
        rows: Sequence[Mapping[str, Any]],
        history: Sequence[Mapping[str, Any]],
        *,
        enriched_by: str,
        ids: Sequence[int] = (),
    ) -> None:
        if enriched_by == "enriched_profiles":
            is_applying.set()
            assert may_end.wait(PATIENCE_SECONDS)
        apply(store, rows, history, enriched_by=enriched_by, ids=ids)

    monkeypatch.setattr(EnrichmentStore, "apply", slowly)
    with ThreadPoolExecutor(2) as pool:
        try:
            run = pool.submit(lab.enrich, key)
            assert is_applying.wait(PATIENCE_SECONDS)
            decide = partial(decide_review, replace(lab.session, actor="clerk"), number)
            decision = pool.submit(decide, "corrected", reason="asked", value="Quay Clerk", field="title")
            while not decision.done() and not lab.value(WAITING):
                pass
            has_waited = not decision.done()
        finally:
            may_end.set()
        run.result(PATIENCE_SECONDS)
        decision.result(PATIENCE_SECONDS)
    assert has_waited
    assert lab.rows(TITLES) == [("Harbour Master", "provider:hunter"), ("Quay Clerk", "person:clerk")]
    lab.passes(days=91)
    lab.enrich(key)
    assert lab.contacts("title") == [("Quay Clerk",)]


@pytest.mark.parametrize("later", [None, "Quay Clerk"])
def test_rejecting_keeps_what_is_there_now(lab: Lab, later: str | None) -> None:
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: ADA)]})
    key = lab.drop("crm", csv("Email,Name,Title", f"{OLD},Ada Example,Lighthouse Keeper"))
    number = review(lab, "field_disagreement")
    if later:
        lab.do("update core.contacts set title = %s", later)
    decide_review(lab.session, number, "rejected", reason="called them")
    lab.passes(days=200)
    lab.enrich(key)
    assert lab.contacts("title") == [(later or "Lighthouse Keeper",)]
    assert lab.rows(OPEN_REVIEWS) == []


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_a_decided_conflict_is_not_opened_again(lab: Lab, decision: str) -> None:
    hear(lab, {Layer.ADDRESS: [Witness("hunter", lambda q: PersonAnswer(name=q.name, email=OLD), {"email"})]})
    lab.drop("crm", csv("Email,Name", f"{OLD},Ada Example"))
    key = lab.drop("crm", csv("Name,Company", "Ada Example,Engines"), "other.csv")
    decide_review(lab.session, review(lab, "identity_conflict"), decision, reason="two people")
    for _ in range(2):
        lab.passes(days=91)
        lab.enrich(key)
    assert lab.rows(OPEN_REVIEWS) == []
    assert lab.value("select count(*) from core.contacts where email is null") == 1


def test_of_two_addresses_that_others_have_none_is_taken(lab: Lab) -> None:
    def offers(provider: str, address: str) -> Witness:  # not sure enough to spare the next one
        return Witness(provider, lambda q: PersonAnswer(name=q.name, email=address, confidence=0.6), {"email"})

    finders = [offers("hunter", OLD), offers("clearbit", NEW)]
    lab.drop("crm", csv("Email,Name", f"{OLD},Bo Sample", f"{NEW},Cy Sample"))
    hear(lab, {Layer.ADDRESS: finders})
    lab.drop("crm", csv("Name,Company", "Ada Example,Engines"), "other.csv")
    assert [len(finder.asked) for finder in finders] == [1, 1]
    assert lab.rows("select name, email from core.contacts where name = 'Ada Example'") == [("Ada Example", None)]
    assert lab.value("select count(distinct email) = count(email) from core.contacts")
    assert lab.rows(OPEN_REVIEWS) == [("identity_conflict", "email")]


def test_a_page_is_stored_in_the_spelling_of_ours(lab: Lab) -> None:
    said = replace(ADA, linkedin_url="http://de.linkedin.com/in/Ada-Example/?trk=people")
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda question: said)]})
    lab.drop("crm", csv("Email", OLD))
    assert lab.contacts("linkedin_url") == [(PAGE,)]
    assert lab.value("select value from core.profile_claims where field_name = 'linkedin_url'") == PAGE
