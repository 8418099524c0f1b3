"""Whose last ground has ended is announced, and goes when the warning period is over."""

from contact_pipeline.erasure.erasing import finish_erasures
from contact_pipeline.erasure.retention import end_retention
from contact_pipeline.rights.requests import open_request
from contact_pipeline_tests.lab.lab import Lab, csv

HEADER = "email,name,country,phone"
ENDED = "update core.contact_sources set landed_at = now() - interval '100 days' where source = 'shop'"
LEFT = "select email, country, deletion_completed is not null from core.contacts order by id"


def ended(lab: Lab) -> None:
    """Two contacts whose ground has ended, one whose has not."""
    lab.with_source("shop", retention_days=60)
    lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example,DE,", "bo@ok.test,Bo Example,FR,"))
    lab.drop("crm", csv(HEADER, "cy@ok.test,Cy Example,IT,"))
    lab.do(ENDED)


def run(lab: Lab, *, dry_run: bool = False) -> dict[str, int]:
    return end_retention(lab.session, dry_run=dry_run)


def test_nobody_goes_unannounced_and_a_dry_run_changes_nothing(lab: Lab) -> None:
    ended(lab)
    assert run(lab, dry_run=True) == {"announced": 0, "due": 0, "erased": 0}
    assert run(lab) == {"announced": 2, "due": 0, "erased": 0}
    lab.passes(days=29)
    assert run(lab) == {"announced": 0, "due": 0, "erased": 0}
    lab.passes(days=1, minutes=1)
    assert run(lab, dry_run=True) == {"announced": 0, "due": 2, "erased": 0}
    assert lab.value("select count(*) from core.contacts where email is not null") == 3
    assert run(lab)["erased"] == 2
    assert lab.rows(LEFT) == [(None, None, True), (None, None, True), ("cy@ok.test", "IT", False)]
    assert lab.value("select count(*) from curated.retention_due") == 0
    assert run(lab) == {"announced": 0, "due": 0, "erased": 0}


def test_who_is_frozen_or_has_asked_for_something_stays(lab: Lab) -> None:
    ended(lab)
    run(lab)
    lab.passes(days=31)
    lab.do("update core.contacts set processing_restricted = true where email = 'ada@ok.test'")
    lab.do(
        "insert into ops.subject_requests (reference, kind, subject_key, channel, received_at, due_at, recorded_by)"
        " select 'R-1', 'access', email_key, 'email', now(), now(), 'x' from core.contacts where email = 'bo@ok.test'"
    )
    assert run(lab)["due"] == 0


def test_a_new_ground_ends_the_announcement(lab: Lab) -> None:
    ended(lab)
    run(lab)
    lab.passes(days=31)
    lab.drop("crm", csv(HEADER, "ada@ok.test,Ada Example,DE,"))
    assert run(lab)["erased"] == 1
    assert [email for email, _, _ in lab.rows(LEFT)] == ["ada@ok.test", None, "cy@ok.test"]
    assert lab.value("select count(*) from core.retention_notices") == 0


def test_anonymised_contacts_keep_what_names_nobody(lab: Lab) -> None:
    lab.with_policy(retention={"action": "anonymise"})
    ended(lab)
    run(lab)
    lab.passes(days=31)
    run(lab)
    assert lab.rows(LEFT)[:2] == [(None, "DE", True), (None, "FR", True)]
    assert "Example" not in "".join(path.read_text() for path in lab.settings.archive.iterdir() if "shop" in path.name)


def test_they_may_come_back_with_a_new_ground(lab: Lab) -> None:
    ended(lab)
    run(lab)
    lab.passes(days=31)
    run(lab)
    key = lab.drop("crm", csv(HEADER, "ada@ok.test,Ada Example,DE,"))
    assert lab.accounting(key) == (1, 1, 0, 0)
    assert lab.may("ada@ok.test")[0]
    assert finish_erasures(lab.session) == 0


def test_a_request_by_a_further_address_keeps_its_person(lab: Lab) -> None:
    lab.with_source("shop", retention_days=60)
    lab.drop("shop", csv("email,email 2,name", "ada@ok.test,ada@ok2.test,Ada Example"))
    lab.do(ENDED)
    run(lab)
    lab.passes(days=31)
    open_request(lab.session, "access", who="ada@ok2.test")
    assert run(lab)["due"] == 0
