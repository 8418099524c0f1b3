"""Disagreement opens a review; what a person decides outranks every provider and every list, and stays."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.profiles.enriching import incomplete_drops
from contact_pipeline.profiles.reviewing import decide_review, list_reviews, show_review, spot_check
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.persons import known_person
from contact_pipeline_tests.lab.profile_vendors import ProfileVendors, ask, known


@pytest.fixture
def disputed(lab: Lab, vendors: ProfileVendors) -> str:
    """An address whose title two sources that are believed alike write differently: the list and Hunter."""
    lab.with_source("crm", trust=0.8)
    ask(lab, vendors.vendors("hunter"))
    (address,) = known(1)
    truth = known_person(address, "hunter")
    lab.drop("crm", csv("Email,Name,Title", f"{address},{truth.name},Lighthouse Keeper"))
    return address


def review(lab: Lab) -> int:
    (found,) = list_reviews(lab.session, kind="field_disagreement", with_closed=False)
    return int(found["id"])


def titles(lab: Lab) -> list[str | None]:
    return [title for (title,) in lab.rows("select title from core.contacts")]


def test_disagreement_changes_nothing_and_asks(lab: Lab, disputed: str) -> None:
    assert titles(lab) == ["Lighthouse Keeper"]
    found = show_review(lab.session, review(lab))
    assert (found["field_name"], found["details"]["current"]) == ("title", "Lighthouse Keeper")
    assert {side["source"] for side in found["details"]["sides"]} == {"crm", "provider:hunter"}
    assert "Lighthouse" not in str(list_reviews(lab.session, kind=None, with_closed=True))


def test_accepting_takes_what_is_proposed(lab: Lab, disputed: str) -> None:
    number = review(lab)
    lab.session = replace(lab.session, actor="clerk")
    decide_review(lab.session, number, "accepted", reason="called them")
    assert titles(lab) == [known_person(disputed, "hunter").title]
    closed = lab.row("select closed_by, decision, reason from ops.reviews where id = %s", number)
    assert closed == ("clerk", "accepted", "called them")
    source = lab.value(
        "select data_source from core.enrichment_history where field_name = 'title' order by id desc limit 1"
    )
    assert source == "person:clerk"
    with pytest.raises(UsageError, match="is closed"):
        decide_review(lab.session, number, "rejected", reason="again")


def test_rejecting_keeps_what_is_there_for_good(lab: Lab, disputed: str, vendors: ProfileVendors) -> None:
    decide_review(lab.session, review(lab), "rejected", reason="they said so")
    (key,) = (k for (k,) in lab.rows("select key from raw.drops"))
    lab.passes(days=100)
    lab.enrich(key)
    assert titles(lab) == ["Lighthouse Keeper"]
    assert list_reviews(lab.session, kind="field_disagreement", with_closed=False) == []


def test_a_correction_outranks_providers_and_later_lists(lab: Lab, disputed: str) -> None:
    decide_review(lab.session, review(lab), "corrected", value="Harbour Master", reason="called them")
    assert titles(lab) == ["Harbour Master"]
    lab.drop("shop", csv("Email,Title", f"{disputed},Chief of Everything"), "later.csv")  # the most trusted source
    assert titles(lab) == ["Harbour Master"]
    old = lab.value("select count(*) from audit.changes where field = 'title' and new_value = 'Chief of Everything'")
    assert old == 0  # not even for a moment


def test_a_decision_needs_what_it_is_about(lab: Lab, disputed: str) -> None:
    spot_check(lab.session, top=1)
    (check,) = list_reviews(lab.session, kind="spot_check", with_closed=False)
    with pytest.raises(UsageError, match="--field"):
        decide_review(lab.session, check["id"], "corrected", reason="x", value="y")
    with pytest.raises(UsageError, match="not a field"):
        decide_review(lab.session, check["id"], "corrected", reason="x", value="y", field="can_email")
    with pytest.raises(UsageError, match="an e-mail address"):
        decide_review(lab.session, check["id"], "corrected", reason="x", value="nobody", field="email")
    with pytest.raises(UsageError, match="no review 999"):
        show_review(lab.session, 999)
    decide_review(lab.session, check["id"], "corrected", reason="x", value="new@ok.test", field="email")
    assert lab.rows("select email, email_status, can_email from core.contacts") == [("new@ok.test", "unknown", False)]


def test_spot_checks_take_the_most_valuable_and_report_the_share(lab: Lab) -> None:
    lab.drop("shop", csv("Email,Name,Title,Company", "ada@ok.test,Ada Example,Chair,Engines", "bo@ok.test,Bo,,"))
    lab.drop("fair", csv("Email,Name,Title,Company", "cy@ok.test,Cy Example,Clerk,Tools"))
    assert spot_check(lab.session, top=2)["opened"] == 2
    opened = lab.rows("select c.email from ops.reviews v join core.contacts c on c.id = v.contact_id order by v.id")
    assert opened == [("ada@ok.test",), ("bo@ok.test",)]  # trust before completeness
    first, second = (row["id"] for row in list_reviews(lab.session, kind="spot_check", with_closed=False))
    decide_review(lab.session, first, "accepted", reason="looked")
    decide_review(lab.session, second, "rejected", reason="no such person")
    found = spot_check(lab.session, top=2)
    assert (found["opened"], found["decided"], found["share_confirmed"]) == (1, 2, 0.5)  # the two are not asked again


def test_the_daily_run_takes_drops_with_incomplete_people_who_are_due(lab: Lab, vendors: ProfileVendors) -> None:
    key = lab.drop("crm", csv("Email", *known(2)))
    assert incomplete_drops(lab.session, limit=5) == []  # nobody could be asked
    ask(lab, vendors.vendors("hunter"))
    assert incomplete_drops(lab.session, limit=5) == [key]
    lab.enrich(key)
    assert incomplete_drops(lab.session, limit=5) == []
    lab.now += timedelta(days=91)
    assert incomplete_drops(lab.session, limit=5) == [key]


def test_a_bounced_address_is_replaced_and_does_not_come_back(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("fullcontact"))
    (address,) = known(1, "fullcontact")
    truth = known_person(address, "fullcontact")
    key = lab.drop("crm", csv("Email,Name", f"{address},{truth.name}"))
    lab.do("update core.contacts set hard_bounce = true")
    lab.do(
        "insert into core.profile_claims select id, 'email', 'provider:hunter', 'other.dorn@ok.test', 0.9, now()"
        " from core.contacts"
    )
    lab.enrich(key)
    assert lab.rows("select email, hard_bounce from core.contacts") == [("other.dorn@ok.test", False)]
    assert lab.rows("select value, status, sub_status from core.contact_points") == [
        (address, "invalid", "hard_bounce")
    ]
    lab.passes(days=100)
    lab.enrich(key)
    assert lab.rows("select email from core.contacts") == [("other.dorn@ok.test",)]


def test_what_a_provider_answers_later_is_fetched_by_the_next_refresh(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("fullcontact"))
    key = lab.drop("crm", csv("Email", "pending-clara.dorn@ok.test"))
    lab.do("update core.contacts set email_due_at = %s", lab.now + timedelta(days=50))
    assert lab.rows("select outcome from ops.provider_calls where layer = 'person'") == [("pending",)]
    assert lab.stale_drops(limit=5) == []
    lab.passes(minutes=5)
    assert lab.stale_drops(limit=5) == [key]
    lab.enrich(key)
    assert lab.value("select title is not null from core.contacts")
    assert lab.stale_drops(limit=5) == []
    lab.passes(days=91)
    lab.do("update core.contacts set suppress_email = true")
    lab.do("update core.contacts set email_due_at = %s", lab.now + timedelta(days=50))
    assert lab.stale_drops(limit=5) == []  # whom nobody may ask about holds no drop in the queue
