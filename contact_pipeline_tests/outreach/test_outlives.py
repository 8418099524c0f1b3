"""What events leave behind outlives a restored backup, and goes with the person."""

import pytest

from contact_pipeline.outreach.working_off import BODY_KEPT, work_off
from contact_pipeline_tests.lab.backups import start
from contact_pipeline_tests.lab.erasures import ADA, EMAIL, HEADER, erase, traces
from contact_pipeline_tests.lab.lab import KEY, Lab, csv
from contact_pipeline_tests.outreach.told import bounced, happened, receive, tell

FORGET = ("core.suppressions", "core.purpose_suppressions", "ops.ledger_files")  # as a backup of before has them


@pytest.fixture
def ada(lab: Lab) -> Lab:
    lab.with_source("shop", purpose="news")
    lab.with_source("crm", purpose="offers")
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown"]})
    lab.drop("shop", csv(HEADER, ADA))
    lab.drop("crm", csv("email,name", f"{EMAIL},Ada Exemplary"))
    return lab


def test_a_left_list_a_bounce_and_an_opt_out_come_back_with_the_next_start(ada: Lab) -> None:
    tell(ada, "event", happened("unsubscribed", EMAIL, purpose="news"))
    tell(ada, "bounce", bounced("gone@ok.test"))
    tell(ada, "event", happened("unsubscribed", "left@ok.test"))
    words = "select channel, reason, last_said_at from core.suppressions order by subject_key"
    lists = "select subject_key, purpose, last_said_at from core.purpose_suppressions order by 1, 2"
    before = ada.rows(words), ada.rows(lists)
    assert len(before[0]) == 2 and before[1]
    for table in FORGET:
        ada.rewrite(f"delete from {table}")
    start(ada)
    assert (ada.rows(words), ada.rows(lists)) == before
    assert ada.rows("select purpose from curated.contact_purposes where channel = 'email'") == [("offers",)]
    start(ada)
    assert (ada.rows(words), ada.rows(lists)) == before


def test_a_bounce_that_comes_back_closes_the_address_again(ada: Lab) -> None:
    tell(ada, "bounce", bounced(EMAIL))
    for table in FORGET:
        ada.rewrite(f"delete from {table}")
    ada.do("update core.contacts set hard_bounce = false, suppress_email = false, suppress_email_reason = null,"
           " email_status = 'unknown', email_sub_status = 'mailbox_not_checked', can_email = true")  # fmt: skip
    start(ada)
    contact = ada.contact("Ada@ok.test")
    assert (contact["email_sub_status"], contact["suppress_email_reason"], contact["can_email"]) == (
        "hard_bounce", "hard_bounce", False,
    )  # fmt: skip


def test_an_erasure_takes_the_events_too_and_those_that_wait(ada: Lab) -> None:
    tell(ada, "event", happened("clicked", EMAIL, note="Ada Exemplary, +49 1512 3970846"))
    receive(ada, "event", happened("opened", EMAIL, "m2"))
    done = erase(ada)
    assert done["findings"] == 0
    assert traces(ada) == []
    work_off(ada.session)
    assert ada.rows("select outcome, subject_key from ops.inbound_events order by id")[1][0] in ("unreadable", "nobody")
    assert ada.value("select count(*) from core.outreach_history") == 0
    tell(ada, "event", happened("unsubscribed", EMAIL, "m3"))
    assert ada.value(
        "select count(*) from core.suppressions where subject_key = %s and reason = 'opt_out'", KEY.email(EMAIL)
    )


def test_bodies_are_kept_for_thirty_days_after_they_were_applied(ada: Lab) -> None:
    tell(ada, "event", happened("opened", EMAIL))
    ada.now += BODY_KEPT
    work_off(ada.session)
    assert ada.value("select body is not null from ops.inbound_events")
    ada.passes(minutes=1)
    work_off(ada.session)
    assert ada.row("select body, outcome from ops.inbound_events") == (None, "applied")
