"""Events come in any order, twice, late, and in batches that a crash has cut anywhere: the state is the same."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contact_pipeline.outreach.working_off import work_off
from contact_pipeline_tests.lab.lab import START, Lab, csv
from contact_pipeline_tests.outreach.told import bounced, happened, receive, tell

MIA, SECOND, TOM, NOBODY = "mia-one@ok.test", "mia-two@ok.test", "tom-one@ok.test", "no-one@ok.test"
NOW = START + timedelta(days=40)
# What a contact is, and what is known of it. Not compared: when somebody looks again.
STATE = {
    "contacts": "select email, email_status, email_sub_status, soft_bounce, soft_bounce_count, hard_bounce,"
    " suppress_email, suppress_email_reason, can_email, email_closed_at, email_opt_out_date, email_opt_out_reason,"
    " opt_out_date, suppression_list, email_last_active_at from core.contacts order by email",
    "points": "select value, status, sub_status from core.contact_points order by value",
    "touches": "select c.email, h.channel, h.touch_key, h.email_key, h.message_id, h.campaign, h.source, h.sent_at,"
    " h.delivered_at, h.machine_opened_at, h.opened_at, h.clicked_at, h.replied_at, h.bounced_at, h.bounce_type,"
    " h.bounce_status, h.bounce_reason, h.complained_at, h.unsubscribed_at"
    " from core.outreach_history h join core.contacts c on c.id = h.contact_id order by c.email, h.touch_key",
    "words": "select subject_key, channel, reason, source, acted_at, last_said_at from core.suppressions"
    " order by 1, 2, 3, 4",
    "lists": "select subject_key, channel, purpose, source, acted_at, last_said_at from core.purpose_suppressions"
    " order by 1, 2, 3, 4",
    "permissions": "select c.email, p.email_reason from core.contact_permissions p"
    " join core.contacts c on c.id = p.contact_id order by 1",
}  # fmt: skip


KINDS = (
    "soft", "soft", "soft", "hard", "policy", "delivered", "opened", "clicked", "replied", "machine_opened", "sent",
    "complained", "unsubscribed", "left",
)  # fmt: skip
Event = tuple[str, dict[str, Any]]


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """(provider, event), each at a moment of its own."""
    found = []
    for place in range(draw(st.integers(1, 14))):
        at = (NOW - timedelta(hours=3 * place + 1)).isoformat()
        email = draw(st.sampled_from([MIA, MIA, SECOND, TOM, NOBODY]))
        more: dict[str, Any] = {"occurred_at": at, "event_id": f"e{place}"}
        message = f"m{draw(st.integers(1, 4))}"
        kind = draw(st.sampled_from(KINDS))
        if kind in ("soft", "hard"):
            found.append(("bounce", bounced(email, kind, message_id=message, **more)))
        elif kind == "policy":
            found.append(("bounce", bounced(email, "hard", status="5.7.1", reason="blocked by policy", **more)))
        elif kind == "left":
            found.append(("event", happened("unsubscribed", email, message, purpose="news", **more)))
        else:
            found.append(("event", happened(kind, email, message, campaign=f"c{place}", **more)))
    return found


def begin(lab: Lab) -> None:
    lab.forget_everything()
    lab.now = START
    lab.drop("shop", csv("Name,Email,Email 2", f"Mia Lopez,{MIA},{SECOND}", f"Tom Ash,{TOM},"))
    lab.now = NOW


def state(lab: Lab) -> dict[str, Any]:
    return {name: lab.rows(query) for name, query in STATE.items()}


@st.composite
def tellings(draw: st.DrawFn) -> tuple[list[Event], list[tuple[list[Event], int]]]:
    """The events, and how they are told another time: (events that come together, how many are worked off at once)."""
    said = draw(events())
    left = draw(st.permutations(said + draw(st.lists(st.sampled_from(said), max_size=5))))
    batches = []
    while left:
        size = draw(st.integers(1, len(left)))
        batches.append((left[:size], draw(st.integers(1, 5))))
        left = left[size:]
    return said, batches


@settings(max_examples=16, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.generate))
@given(tellings())
def test_order_and_repetition_change_nothing(
    lab: Lab, telling: tuple[list[Event], list[tuple[list[Event], int]]]
) -> None:
    said, batches = telling
    lab.with_source("shop", purpose="news")
    begin(lab)
    for provider, event in reversed(said):  # the oldest first
        receive(lab, provider, event)
    work_off(lab.session)
    expected = state(lab)
    begin(lab)
    for batch, size in batches:
        for provider, event in batch:
            receive(lab, provider, event)
        work_off(lab.session, batch=size)
    assert state(lab) == expected


def test_an_event_that_the_database_refuses_keeps_no_other_back(lab: Lab) -> None:
    begin(lab)
    receive(lab, "bounce", *(bounced(MIA, "soft", message_id=f"m{n}") for n in range(3)))
    lab.do("alter table core.outreach_history add constraint odd check (message_id <> 'm1')")
    try:
        assert work_off(lab.session).counts == {"applied": 2, "failed": 1}
    finally:
        lab.do("alter table core.outreach_history drop constraint odd")
    assert lab.contact(MIA)["soft_bounce_count"] == 2
    tell(lab, "bounce", bounced(MIA, "soft", message_id="m9"))
    assert lab.contact(MIA)["soft_bounce_count"] == 3
