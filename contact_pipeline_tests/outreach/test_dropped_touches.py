"""A list of touches that is dropped at the door is read as touches, and makes no contact."""

from collections.abc import Mapping
from typing import Any

import pytest

from contact_pipeline.outreach import dropped
from contact_pipeline.outreach.dropped import is_due, take_dropped, work_off_all
from contact_pipeline.outreach.touches import Touch
from contact_pipeline.stage.session import Session
from contact_pipeline.wording.touches import is_list_of_touches
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.outreach.told import happened, receive

MIA, TOM, NUMBER = "mia-one@ok.test", "tom-one@ok.test", "+493055550101"
HEADER = "email,channel,campaign,message_id,sent_at,opened_at,bounced_at,bounce_type,unsubscribed_at"
SENT = "2026-10-01T09:00:00+00:00"
LIST = (
    f"{MIA},email,autumn,m1,{SENT},2026-10-02,,,",
    f"{TOM},email,autumn,m2,{SENT},,2026-10-02,hard,",
    f"nobody-here@ok.test,email,autumn,m3,{SENT},,,,",
)
HISTORY = "select channel, campaign, opened_at is not null, bounce_type, source from core.outreach_history order by id"


@pytest.fixture
def people(lab: Lab) -> Lab:
    lab.drop("shop", csv("Name,Email,Phone", f"Mia Lopez,{MIA},{NUMBER}", f"Tom Ash,{TOM},"))
    return lab


def waits(lab: Lab) -> bool:
    with lab.session.connection("test") as connection:
        return is_due(connection)


def test_touches_are_written_down_and_nobody_is_made_a_contact(people: Lab) -> None:
    key = people.drop("campaigns", csv(HEADER, *LIST))
    assert people.row(
        "select kind, rows_in, rows_loaded, held_reason, published_at is not null, unknown_headers from raw.drops"
        " where key = %s", key,
    ) == ("touches", 3, 3, None, True, [])  # fmt: skip
    assert waits(people)
    work_off_all(people.session)
    assert not waits(people)
    assert people.rows(HISTORY) == [
        ("email", "autumn", True, None, "outreach_list"), ("email", "autumn", False, "hard", "outreach_list"),
    ]  # fmt: skip
    assert people.contact(TOM)["email_sub_status"] == "hard_bounce"
    assert people.value("select count(*) from core.contacts") == 2
    assert people.value("select counts from ops.stage_runs where stage = 'inbound_events'") == {
        "touches": 3, "nobody": 1, "violations": people.value(
            "select count(*) from core.outreach_history where is_violation"),
    }  # fmt: skip


def test_a_second_look_and_a_replay_change_nothing(people: Lab) -> None:
    people.drop("campaigns", csv(HEADER, *LIST))
    take_dropped(people.session)
    before = people.rows("select * from core.outreach_history order by id")
    take_dropped(people.session)
    people.do("delete from ops.stage_runs where stage = 'inbound_events'")  # as after a crash before the last word
    assert waits(people)
    take_dropped(people.session)
    assert people.rows("select * from core.outreach_history order by id") == before


def test_a_row_that_nobody_can_read_is_quarantined(people: Lab) -> None:
    rows = [f"{MIA},email,,m{number},{SENT},,,," for number in range(40)]
    key = people.drop(
        "campaigns", csv(HEADER, *rows, f"{MIA},pigeon,,p,{SENT},,,,", f"{MIA},email,,q,soon,,,,", ",email,,,,,,,")
    )
    assert people.rows("select reasons from raw.quarantined_rows where drop_key = %s order by row_number", key) == [
        (["unreadable_touch"],), (["unreadable_touch"],), (["nothing_identifying"],),
    ]  # fmt: skip
    take_dropped(people.session)
    assert people.value("select count(*) from core.outreach_history") == 40


@pytest.mark.parametrize("left_at", ["2026-10-03", "when they wrote"])
def test_who_left_has_left_although_the_list_is_held(people: Lab, left_at: str) -> None:
    key = people.drop("campaigns", csv(HEADER, f"{MIA},email,,m1,{SENT},,,,{left_at}", *([",email,,,,,,,"] * 5)))
    assert people.value("select held_reason is not null from raw.drops where key = %s", key)
    assert people.why(MIA)[0] == "suppressed"
    assert not waits(people) and people.rows(HISTORY) == []


def test_a_list_that_fails_is_held_and_keeps_nobody_waiting(people: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    first = people.drop("campaigns", csv(HEADER, *LIST[:1]))
    second = people.drop("campaigns", csv(HEADER, *LIST[1:]))
    receive(people, "event", happened("delivered", TOM, "m9"))
    touch = dropped._touch

    def failing(session: Session, row: Mapping[str, Any]) -> Touch:
        if row["email"] == MIA:
            raise ValueError(MIA)
        return touch(session, row)

    monkeypatch.setattr(dropped, "_touch", failing)
    assert work_off_all(people.session).counts == {"applied": 1}
    held = dict(people.rows("select key, held_reason from raw.drops where kind = 'touches'"))
    assert held[second] is None and "inbound_events" in held[first] and MIA not in held[first]
    assert not waits(people)
    monkeypatch.undo()
    people.approve(first)
    take_dropped(people.session)
    assert people.value("select count(*) from core.outreach_history where message_id = 'm1'") == 1


def test_who_must_not_be_contacted_and_was_is_a_violation(people: Lab) -> None:
    people.drop("optouts", csv("email,reason", f"{MIA},wrote"), "unsubscribed.csv")
    people.passes(days=2)
    people.drop("campaigns", csv("phone,email,channel,sent_at", f",{MIA},email,{people.now.isoformat()}"))
    take_dropped(people.session)
    assert people.value("select is_violation from core.outreach_history")
    assert people.value("select count(*) from ops.alerts where rule = 'forbidden_touch' and closed_at is null") == 1


def test_a_person_who_is_erased_goes_from_it_too(people: Lab) -> None:
    key = people.drop("campaigns", csv(HEADER, *LIST))
    take_dropped(people.session)
    erase(people, MIA)
    rows = people.rows("select row_number, outcome, email from raw.landed_rows where drop_key = %s order by 1", key)
    assert [row for row in rows if MIA in str(row)] == [] and rows[0][1] == "erased"
    assert people.value("select count(*) from core.outreach_history") == 1


def test_the_policy_can_say_so(people: Lab) -> None:
    people.with_source("crm", contents="touches")
    people.with_source("campaigns", contents="contacts")
    touches = people.drop("crm", csv("Email,sent_at", f"{MIA},{SENT}"))
    contacts = people.drop("campaigns", csv(HEADER, *LIST))
    kinds = dict(people.rows("select key, kind from raw.drops"))
    assert (kinds[touches], kinds[contacts]) == ("touches", "contacts")


@pytest.mark.parametrize(
    ("header", "is_one"),
    [
        (HEADER, True),
        ("Email, Channel ,SENT_AT", True),
        ("contact_id,channel,replied_at", True),
        ("email,name,channel,direction,message_id,sent_at", True),
        ("email,name,company,phone,channel,unsubscribed_at", False),  # the channel by which they came
        ("email,sent_at,opened_at", False),  # no way: a list of whom somebody wrote to
        ("email,channel,direction", False),
        ("channel,sent_at,message_id", False),
        ("Email,Kanal,Gesendet am", False),
    ],
)
def test_what_is_taken_for_one(header: str, is_one: bool) -> None:
    assert is_list_of_touches(header.split(",")) is is_one
