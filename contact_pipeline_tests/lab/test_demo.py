"""`make demo` in small: the truth reaches the verdicts, faults never do, and every cent is one a simulator charged."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_pipeline.vendors.registry import vendors
from contact_pipeline_tests.lab.demo import MAILBOX, NO_ANSWER, Findings, report, run_demo
from contact_pipeline_tests.lab.facts import AGENT
from contact_pipeline_tests.lab.people import DEAD_DOMAIN, INFRASTRUCTURE, OPTED_OUT, Person, invent, truth_of
from contact_pipeline_tests.lab.serve import serve, serve_apart
from contact_pipeline_tests.lab.truth import Mailbox
from contact_pipeline_tests.lab.vendors.phantombuster import PhantomBuster

PEOPLE = 60


@pytest.fixture
def people() -> list[Person]:
    return invent(PEOPLE, domains=4)


@pytest.fixture
def found(people: list[Person], database_url: str, tmp_path: Path) -> Iterator[Findings]:
    with serve(domains=4) as lab:
        yield run_demo(lab, tmp_path, people=people, database_url=database_url)


def test_the_demo(found: Findings, people: list[Person]) -> None:
    """One run (15 s) for all that it shows."""
    the_truth_becomes_the_verdict(found, people)
    no_fault_of_the_infrastructure_is_a_verdict(found)
    every_provider_was_asked_about_everybody(found, people)
    lines_are_told_apart(found)
    what_was_missing_is_filled_and_true(found)
    what_is_wrong_is_refused(found)
    who_opted_out_is_left_alone(found)
    the_bill_is_what_was_charged(found)
    what_came_back_is_known(found)
    nobody_is_named(found, people)


def the_truth_becomes_the_verdict(found: Findings, people: list[Person]) -> None:
    truths = Counter(truth_of(person.email) for person in people)
    assert {truth: row.total() for truth, row in found.contacts.items()} == truths
    assert set(found.contacts[Mailbox.DELIVERABLE]) == {"valid"}
    assert set(found.contacts[Mailbox.NO_MAILBOX]) == set(found.contacts[DEAD_DOMAIN]) == {"invalid"}
    assert set(found.contacts[Mailbox.CATCH_ALL]) == {"catch_all"}
    assert set(found.contacts[Mailbox.DISPOSABLE]) == {"risky"}


def no_fault_of_the_infrastructure_is_a_verdict(found: Findings) -> None:
    assert set(found.contacts) >= INFRASTRUCTURE
    for matrix in (found.contacts, *found.mailboxes.values()):
        for truth in INFRASTRUCTURE & set(matrix):
            assert set(matrix[truth]) <= {"unknown", NO_ANSWER}
    asked, wrong = found.infrastructure_faults()
    assert asked >= 3 + 2 * len(MAILBOX)
    assert wrong == 0


def every_provider_was_asked_about_everybody(found: Findings, people: list[Person]) -> None:
    alive = sum(truth_of(person.email) not in (DEAD_DOMAIN, "dns_down") for person in people)
    assert list(found.mailboxes) == list(MAILBOX)
    for matrix in found.mailboxes.values():
        assert sum(row.total() for row in matrix.values()) == alive
        assert set(matrix[Mailbox.DELIVERABLE]) == {"valid"}
        assert set(matrix[Mailbox.NO_MAILBOX]) == {"invalid"}


def lines_are_told_apart(found: Findings) -> None:
    assert set(found.lines) == {"twilio", "numverify"}
    for truth, row in found.lines["twilio"].items():
        assert set(row) == {"unknown" if truth == "none" else truth}
    assert set(found.lines["numverify"]["fixed_voip"]) == {"voip"}


def what_was_missing_is_filled_and_true(found: Findings) -> None:
    enriched = found.enriched
    assert {(line.provider, line.layer) for line in enriched.asked} >= {
        ("hunter", "person"), ("clearbit", "person"), ("fullcontact", "person"), ("hunter", "address"),
        ("phantombuster", "identity"),
    }  # fmt: skip
    assert all(line.answered + line.unknown <= line.asked for line in enriched.asked)
    assert enriched.fields["title"].filled > PEOPLE / 5
    assert enriched.fields["email"].replaced > 0
    assert enriched.share_true > 0.9
    assert enriched.after > enriched.before + 0.1
    assert enriched.checks["name_matches"]["yes"] > PEOPLE / 5
    assert enriched.confidence.total() == enriched.checks["name_matches"].total()


def what_is_wrong_is_refused(found: Findings) -> None:
    assert {"other_person", "too_long", "formula", "control_characters"} <= set(found.enriched.refused)


def who_opted_out_is_left_alone(found: Findings) -> None:
    assert found.enriched.reviews["erasure_request"] > 0
    assert set(found.mailboxes["hunter"][OPTED_OUT]) == {NO_ANSWER}


def the_bill_is_what_was_charged(found: Findings) -> None:
    lines = {line.provider: line for line in found.bill}
    profiles = {"clearbit", "fullcontact", "phantombuster"}
    assert set(lines) == {*MAILBOX, *profiles, "emailage", "twilio", "numverify"}
    assert {name: line.billed for name, line in lines.items()} == {name: line.charged for name, line in lines.items()}
    assert lines["smtp"].price == lines["reacher"].price == 0
    assert lines["neverbounce"].price == pytest.approx(lines["neverbounce"].charged * 0.008)


def what_came_back_is_known(found: Findings) -> None:
    campaign = found.campaign
    assert campaign
    assert set(campaign.mailed) >= {Mailbox.DELIVERABLE, Mailbox.CATCH_ALL, Mailbox.ABUSE}
    assert not set(campaign.mailed) & {Mailbox.NO_MAILBOX, DEAD_DOMAIN, OPTED_OUT, *INFRASTRUCTURE}
    assert campaign.bounced <= campaign.mailed
    messages = campaign.messages
    assert messages["sent"] == campaign.mailed.total() == campaign.listed_before
    assert messages["bounced hard"] == campaign.bounced.total() > 0
    assert messages["delivered"] == messages["sent"] - messages["bounced hard"] - messages["bounced soft"]
    assert messages["complained"] >= campaign.mailed[Mailbox.ABUSE] > 0
    assert 0 < messages["opened"] < messages["delivered"]
    assert 0 < campaign.taken_off == campaign.listed_before - campaign.listed_after
    assert {verdict for verdict, *_ in campaign.quality} == {"valid", "catch_all"}
    assert sum(bounces for _, _, bounces, _ in campaign.quality) == campaign.bounced.total()


def nobody_is_named(found: Findings, people: list[Person]) -> None:
    text = "\n".join(report(found))
    assert "@" not in text
    assert not any(person.phone in text for person in people if person.phone)
    assert "20 times" in text
    assert "bounced" in text.split("\n")[3]


def test_the_lab_in_a_process_of_its_own_ends_with_the_block() -> None:
    with serve_apart(domains=1) as lab:
        assert set(lab.charged()) == set(vendors())
        assert "CONTACT_PIPELINE_DNS" in lab.environment
        for name in ("FULLCONTACT", "CLEARBIT", "PHANTOMBUSTER"):
            assert {f"{name}_API_KEY", f"{name}_BASE_URL"} <= set(lab.environment)


def test_the_lab_has_the_agent_that_policies_name() -> None:
    with PhantomBuster() as vendor:
        assert vendor.agent == AGENT


def test_people_are_the_same_each_time_and_show_no_name() -> None:
    assert invent(30, domains=3) == invent(30, domains=3)
    assert repr(invent(1, domains=3)) == "[Person(deliverable)]"
    assert len({person.email for person in invent(500, domains=3)}) == 500
