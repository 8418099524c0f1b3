"""One rule for every source of bounces: what closes, whom it closes, and what counts against nobody."""

from datetime import timedelta

import pytest

from contact_pipeline_tests.lab.lab import KEY, Lab, csv
from contact_pipeline_tests.outreach.told import bounced, happened, outcomes, tell

MIA, OTHER = "mia..one@ok.test".replace("..", "-"), "mia-two@ok.test"
STANDS = "email_status, email_sub_status, hard_bounce, suppress_email, suppress_email_reason, can_email"


@pytest.fixture
def mia(lab: Lab) -> Lab:
    """A customer with two addresses."""
    lab.drop("shop", csv("Name,Email,Email 2", f"Mia Lopez,{MIA},{OTHER}"))
    return lab


def stands(lab: Lab) -> tuple[object, ...]:
    return lab.row(f"select {STANDS} from core.contacts")


def soft(lab: Lab) -> tuple[object, ...]:
    return lab.row("select email_status, email_sub_status, soft_bounce, soft_bounce_count from core.contacts")


def test_a_hard_bounce_closes_the_address_at_once(mia: Lab) -> None:
    tell(mia, "bounce", bounced(MIA))
    assert stands(mia) == ("invalid", "hard_bounce", True, True, "hard_bounce", False)
    assert mia.why(MIA)[0] == "hard_bounce"
    assert mia.value("select count(*) from core.suppressions where reason = 'hard_bounce'") == 1
    history = "select layer, provider, status, sub_status from core.email_validations order by id desc limit 1"
    assert mia.row(history) == ("delivery", "bounce", "invalid", "hard_bounce")
    assert mia.row("select bounce_type, bounced_at is not null from core.outreach_history") == ("hard", True)
    assert outcomes(mia) == ["applied"]


def test_it_says_nothing_of_the_persons_other_addresses(mia: Lab) -> None:
    tell(mia, "bounce", bounced(OTHER))
    assert stands(mia)[:4] == ("unknown", "mailbox_not_checked", False, False)
    assert mia.row("select status, sub_status from core.contact_points") == ("invalid", "hard_bounce")
    tell(mia, "bounce", bounced(MIA))
    mia.do("update core.contacts set email = %s", "mia-three@ok.test")
    assert stands(mia)[2:5] == (False, False, None)
    assert mia.why("mia-three@ok.test")[0] == "not_identified"  # to be judged, and not suppressed


def test_an_opt_out_stops_the_others_too(mia: Lab) -> None:
    tell(mia, "bounce", bounced(MIA))
    tell(mia, "event", happened("unsubscribed", MIA))
    assert stands(mia)[3:5] == (True, "opt_out")
    mia.do("update core.contacts set email = %s", "mia-three@ok.test")
    assert stands(mia)[3:5] == (True, "opt_out")
    assert mia.why("mia-three@ok.test")[0] == "suppressed"


def test_a_hand_that_sets_the_flag_means_the_person(mia: Lab) -> None:
    tell(mia, "bounce", bounced(MIA))
    mia.do("update core.contacts set suppress_email = true")
    assert stands(mia)[3:5] == (True, None)
    mia.do("update core.contacts set email = %s", "mia-three@ok.test")
    assert mia.why("mia-three@ok.test")[0] == "suppressed"


def test_an_unknown_address_is_closed_by_its_key(mia: Lab) -> None:
    tell(mia, "bounce", bounced("nobody-here@ok.test"))
    assert outcomes(mia) == ["nobody"]
    mia.drop("shop", csv("Name,Email", "No Body,nobody-here@ok.test"))
    assert mia.contact("nobody-here@ok.test")["email_sub_status"] == "hard_bounce"
    assert mia.why("nobody-here@ok.test")[0] == "hard_bounce"


def test_a_hard_bounce_outlasts_the_next_look(mia: Lab) -> None:
    tell(mia, "bounce", bounced(MIA))
    mia.passes(days=200)
    mia.validate_emails(mia.value("select key from raw.drops"))
    assert stands(mia) == ("invalid", "hard_bounce", True, True, "hard_bounce", False)


def test_three_messages_that_come_back_make_an_address_risky(mia: Lab) -> None:
    for number in (1, 2, 2, 2):
        mia.passes(days=1)
        tell(mia, "bounce", bounced(MIA, "soft", message_id=f"m{number}", event_id=f"{number}/{mia.now}"))
    assert soft(mia) == ("unknown", "mailbox_not_checked", True, 2)
    tell(mia, "bounce", bounced(MIA, "soft", message_id="m3"))
    assert soft(mia) == ("risky", "soft_bounces", True, 3)
    assert mia.value("select email_due_at from core.contacts") is None
    assert mia.stale_drops(limit=5)
    mia.validate_emails(mia.value("select key from raw.drops"))
    assert soft(mia) == ("risky", "soft_bounces", True, 3), "nobody was asked who knows better"


def test_a_delivery_sets_the_count_back(mia: Lab) -> None:
    for number in range(2):
        tell(mia, "bounce", bounced(MIA, "soft", message_id=f"m{number}"))
        mia.passes(hours=1)
    tell(mia, "event", happened("delivered", MIA, "m9", occurred_at=mia.now.isoformat()))
    assert soft(mia)[2:] == (False, 0)
    mia.passes(hours=1)
    tell(mia, "bounce", bounced(MIA, "soft", message_id="m10"))
    assert soft(mia)[2:] == (True, 1)


def test_what_is_older_than_the_window_does_not_count(mia: Lab) -> None:
    for number in range(3):
        tell(mia, "bounce", bounced(MIA, "soft", message_id=f"m{number}", occurred_at=mia.now.isoformat()))
        mia.passes(days=16)
    assert soft(mia)[2:] == (True, 2)


def test_the_policy_sets_limit_and_window(mia: Lab) -> None:
    mia.with_policy(bounces={"soft_limit": 1})
    tell(mia, "bounce", bounced(MIA, "soft"))
    assert soft(mia)[:2] == ("risky", "soft_bounces")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("5.7.1", "550 5.7.1 Message rejected: listed at a block list"),
        ("5.7.26", "unauthenticated mail is not accepted"),
        ("4.7.0", "421 4.7.0 our system has detected an unusual rate of mail"),
    ],
)  # fmt: skip
def test_what_is_about_us_counts_against_nobody(mia: Lab, status: str, reason: str) -> None:
    tell(mia, "bounce", bounced(MIA, status=status, reason=reason))
    assert stands(mia)[:4] == ("unknown", "mailbox_not_checked", False, False)
    assert outcomes(mia) == ["about_us"]
    assert mia.row("select rule, severity, counts from ops.alerts") == ("delivery_refused", "error", {"events": 1})
    mia.passes(days=2)
    tell(mia, "event", happened("delivered", MIA))
    assert mia.value("select closed_at is not null from ops.alerts")


def test_a_full_mailbox_is_soft_whatever_it_is_called(mia: Lab) -> None:
    tell(mia, "bounce", bounced(MIA, "hard", status="5.2.2", reason="552 5.2.2 mailbox full"))
    assert soft(mia)[2:] == (True, 1)


def test_a_complaint_is_an_opt_out(mia: Lab) -> None:
    tell(mia, "event", happened("complained", MIA))
    assert mia.why(MIA)[0] == "suppressed"
    assert mia.row("select distinct reason, source from core.suppressions") == ("complaint", "event")
    assert mia.value("select complained_at is not null from core.outreach_history")


def test_the_same_event_twice_counts_once(mia: Lab) -> None:
    for _ in range(3):
        tell(mia, "bounce", bounced(MIA, "soft", event_id="e-1"))
    assert soft(mia)[3] == 1
    for _ in range(2):
        tell(mia, "bounce", bounced(MIA, "soft"))
    assert soft(mia)[3] == 3, "without event_id, occurred_at and message_id each call is an event"
    assert outcomes(mia) == ["applied"] * 3


def test_the_desk_follows_the_same_rule(mia: Lab) -> None:
    from contact_pipeline.rights import desk

    desk.opt_out(mia.session, MIA, reason="hard_bounce", source="desk")
    assert stands(mia) == ("invalid", "hard_bounce", True, True, "hard_bounce", False)


def test_a_list_of_bounces_follows_the_same_rule(mia: Lab) -> None:
    mia.drop("optouts", csv("Email,Bounce type", f"{MIA},hard"), name="bounces.csv")
    assert stands(mia) == ("invalid", "hard_bounce", True, True, "hard_bounce", False)


def test_nothing_lies_in_the_future(mia: Lab) -> None:
    tell(mia, "bounce", bounced(MIA, occurred_at=(mia.now + timedelta(days=400)).isoformat()))
    assert mia.value("select max(bounced_at) from core.outreach_history") == mia.now


def test_the_key_is_all_that_is_kept_of_nobody(mia: Lab) -> None:
    tell(mia, "bounce", bounced("nobody-here@ok.test"))
    assert mia.value("select subject_key from core.suppressions") == KEY.email("nobody-here@ok.test")
