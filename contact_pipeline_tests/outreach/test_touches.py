"""One history of every touch: lists and single ones, once each, and nobody who must not be contacted without a word."""

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.outreach.touches import Logged, log_touches, read_touches
from contact_pipeline_tests.lab.lab import START, Lab, csv
from contact_pipeline_tests.lab.reopening import close
from contact_pipeline_tests.outreach.told import happened, tell

MIA, TOM, NUMBER = "mia-one@ok.test", "tom-one@ok.test", "+493055550101"
HEADER = "email,channel,campaign,message_id,sent_at,opened_at,replied_at,bounced_at,bounce_type"
SENT = "2026-10-01T09:00:00+00:00"


@pytest.fixture
def people(lab: Lab) -> Lab:
    lab.drop("shop", csv("Name,Email,Phone", f"Mia Lopez,{MIA},{NUMBER}", f"Tom Ash,{TOM},"))
    return lab


def log(lab: Lab, *rows: str, header: str = HEADER, **options: bool) -> Logged:
    touches = read_touches(csv(header, *rows).splitlines(), now=lab.now)
    return log_touches(lab.session, touches, **options)


def history(
    lab: Lab, columns: str = "channel, campaign, sent_at is not null, opened_at is not null, bounce_type"
) -> object:
    return lab.rows(f"select {columns} from core.outreach_history order by id")


def test_a_list_is_written_down_once(people: Lab) -> None:
    rows = (
        f"{MIA},email,autumn,m1,{SENT},2026-10-02,,,",
        f"{TOM},email,autumn,m1,{SENT},,,,",
        f"{MIA},meeting,,,{SENT},,,,",
    )
    assert log(people, *rows).outcomes == {"applied": 4}
    assert log(people, *rows).outcomes == {}
    mia, meeting, tom = ("email", "autumn", True, True, None), ("meeting", None, True, False, None), ("email", "autumn")
    assert history(people) == [mia, meeting, (*tom, True, False, None)]
    assert people.row("select sent, opened, replied from curated.channel_summary where channel = 'email'") == (2, 1, 0)


def test_what_a_sender_and_a_list_say_of_one_message_is_one_row(people: Lab) -> None:
    tell(people, "event", happened("delivered", MIA, "m1", occurred_at=SENT))
    log(people, f"{MIA},email,autumn,m1,{SENT},,2026-10-03,,")
    columns = "delivered_at is not null, replied_at is not null, campaign"
    assert history(people, columns) == [(True, True, "autumn")]


def test_a_bounce_in_a_list_follows_the_one_rule(people: Lab) -> None:
    log(people, f"{MIA},email,,m1,{SENT},,,2026-10-01,hard")
    assert people.contact(MIA)["email_sub_status"] == "hard_bounce"


def test_by_number_and_by_id(people: Lab) -> None:
    tom = people.contact(TOM)["public_id"]
    log(people, f"{NUMBER},phone,{SENT}", header="phone,channel,sent_at")
    log(people, f"{tom},linkedin,{SENT}", header="contact_id,channel,sent_at")
    assert history(people, "channel, email_key is null, contact_id") == [
        ("phone", True, people.contact(MIA)["id"]), ("linkedin", False, people.contact(TOM)["id"]),
    ]  # fmt: skip


def test_an_id_of_another_program_keeps_nobody_from_being_known(people: Lab) -> None:
    tom = people.contact(TOM)["public_id"]
    done = log(people, f"4711,{MIA},{SENT}", f"{tom},{MIA},{SENT}", f"4711,,{SENT}", header="contact_id,email,sent_at")
    assert done.nobody == [4]
    assert history(people, "contact_id") == [(people.contact(MIA)["id"],), (people.contact(TOM)["id"],)]


def test_of_whom_nobody_is_known_is_said_by_its_line(people: Lab) -> None:
    done = log(people, f"{MIA},email,,,{SENT},,,,", f"none-here@ok.test,email,,,{SENT},,,,", "no address,email,,,,,,,")
    assert (done.touches, done.nobody) == (3, [3, 4])
    assert len(people.rows("select from core.outreach_history")) == 1


def test_who_must_not_be_contacted_is_refused_or_recorded_as_a_violation(people: Lab) -> None:
    people.passes(days=2)
    close(people, MIA)
    people.passes(days=2)
    now = people.now.isoformat()
    with pytest.raises(UsageError, match="1 of these touch somebody who must not be contacted"):
        log(people, f"{TOM},email,,m1,{now},,,,", f"{MIA},email,,m2,{now},,,,")
    assert history(people) == []
    assert log(people, f"{MIA},email,,m2,{now},,,,", dry_run=True).forbidden == [2]
    assert history(people) == []
    log(people, f"{MIA},email,,m2,{now},,,,", record_only=True)
    assert people.value("select is_violation from curated.outreach_history")
    assert people.row("select rule, counts from ops.alerts where closed_at is null") == (
        "forbidden_touch",
        {"touches": 1},
    )


def test_what_was_sent_before_they_left_is_no_violation(people: Lab) -> None:
    people.passes(days=2)
    close(people, MIA)
    done = log(people, f"{MIA},email,,m1,{START.isoformat()},,,,", f"{MIA},phone,,,,,,,")
    assert done.forbidden == [] and len(people.rows("select from core.outreach_history")) == 2


@pytest.mark.parametrize(
    ("header", "row", "words"),
    [
        ("name,channel", "Mia,email", "no column email, phone or contact_id"),
        (HEADER, f"{MIA},telepathy,,,,,,,", "Line 2 cannot be read: a channel is email, phone"),
        (HEADER, ",email,,,,,,,", "Line 2 cannot be read: it says not whom"),
        (HEADER, f"{MIA},email,,,2999-01-01,,,,", "Line 2 cannot be read: a time"),
        (HEADER, f"{MIA},email,,,soon,,,,", "Line 2 cannot be read: a time"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_writes_nothing(people: Lab, header: str, row: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as caught:
        log(people, row, header=header)
    assert MIA not in str(caught.value)
    assert history(people) == []
