"""Who is closed at a sender is closed here: every list of theirs, once, and never our own word come back."""

from collections.abc import Iterator

import pytest

from contact_pipeline.core.providers import ProviderRefused, ProviderUnavailable
from contact_pipeline.esp.pulling import pull
from contact_pipeline.esp.pushing import push
from contact_pipeline.rights import desk
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.mailchimp import Mailchimp
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid
from contact_pipeline_tests.outreach.senders import HEADER, MIA, SENDGRID, TOM, senders, statuses, system

Both = tuple[Mailchimp, SendGrid]


@pytest.fixture
def both(lab: Lab) -> Iterator[Both]:
    with senders(lab) as found:
        yield found


def why(lab: Lab) -> str:
    lab.sync_permissions()
    return lab.why(MIA)[0]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("bounced", "hard_bounce"),
        ("invalid", "hard_bounce"),
        ("reported_spam", "suppressed"),
        ("unsubscribed", "suppressed"),
        ("blocked", "allowed"),
    ],
)
def test_every_list_of_sendgrid(lab: Lab, both: Both, kind: str, reason: str) -> None:
    _, sendgrid = both
    if kind == "invalid":
        sendgrid.suppressions.add("invalid_emails", MIA, reason="Mail domain mentioned in email address is unknown")
    else:
        getattr(sendgrid, kind)(MIA)
    done = pull(lab.session, system(lab, "sendgrid"))
    assert done.read.total() == 1
    assert why(lab) == reason
    assert lab.why(TOM)[0] == "allowed"
    assert lab.value("select count(*) from core.outreach_history") == 0, "the list repeats what a message brought"


def test_a_group_leaves_its_purpose_and_an_unknown_one_everything(lab: Lab, both: Both) -> None:
    _, sendgrid = both
    sendgrid.with_group(11, "Other")
    sendgrid.left_group(MIA, 10)
    sendgrid.left_group(TOM, 11)
    pull(lab.session, system(lab, "sendgrid"))
    assert lab.rows("select purpose from core.purpose_suppressions") == [("news",)]
    assert lab.rows("select email from curated.mailable_for('news')") == []
    assert lab.why(TOM)[0] == "suppressed"
    assert (
        lab.value("select count(*) from core.suppressions where reason = 'opt_out' and source = 'sendgrid_pull'") >= 1
    )


@pytest.mark.parametrize(
    ("status", "reason"), [("unsubscribed", "suppressed"), ("cleaned", "hard_bounce"), ("archived", None)]
)
def test_every_end_at_mailchimp(lab: Lab, both: Both, status: str, reason: str | None) -> None:
    mailchimp, _ = both
    mailchimp.with_member(MIA, status)
    pull(lab.session, system(lab, "mailchimp"))
    assert lab.rows("select email from curated.mailable_for('news')") == [(TOM,)]
    if reason:
        assert why(lab) == reason
    else:
        assert lab.rows("select purpose, source from core.purpose_suppressions") == [("news", "mailchimp_pull")]


def test_pulling_again_changes_nothing_and_reads_on_from_the_cursor(lab: Lab, both: Both) -> None:
    _, sendgrid = both
    sendgrid.unsubscribed(MIA)
    one = system(lab, "sendgrid")
    pull(lab.session, one)
    kept = lab.rows("select * from core.suppressions")
    cursor = lab.value("select read_to from ops.esp_cursors where list = 'unsubscribes'")
    assert cursor == lab.now.replace(microsecond=0)
    again = pull(lab.session, one)
    assert (again.read.total(), again.outcomes) == (1, {}), "the overlap is read again"
    assert lab.rows("select * from core.suppressions") == kept
    lab.passes(hours=2)
    sendgrid.unsubscribed(TOM)
    late = int(cursor.timestamp()) - 600  # written by a slow machine of theirs, behind the cursor
    sendgrid.suppressions.add("unsubscribes", "late-one@ok.test", created=late)
    sendgrid.suppressions.add("unsubscribes", "old-one@ok.test", created=late - 7200)
    assert pull(lab.session, one).outcomes.total() == 2
    assert pull(lab.session, one, is_full=True).outcomes.total() == 1


def test_more_than_a_page_in_no_order(lab: Lab, both: Both) -> None:
    _, sendgrid = both
    for number in range(1203):
        sendgrid.suppressions.add("unsubscribes", f"n{number}@ok.test")
    assert pull(lab.session, system(lab, "sendgrid")).outcomes == {"nobody": 1203}


def test_a_pull_that_dies_moves_no_cursor_of_what_it_did_not_store(lab: Lab, both: Both) -> None:
    mailchimp, sendgrid = both
    sendgrid.unsubscribed(MIA)
    sendgrid.fail.extend([Response([], 200), Response({}, 500)])
    with pytest.raises(ProviderUnavailable):
        pull(lab.session, system(lab, "sendgrid"))
    assert lab.rows("select list from ops.esp_cursors") == []
    pull(lab.session, system(lab, "sendgrid"))
    assert why(lab) == "suppressed"
    mailchimp.fail.append(Response({"title": "API Key Invalid"}, 401))
    with pytest.raises(ProviderRefused):
        pull(lab.session, system(lab, "mailchimp"))


def test_whom_we_archived_has_not_said_a_word(lab: Lab, both: Both) -> None:
    """Nobody's ground ends for good because a verdict decayed and came back."""
    mailchimp, _ = both
    for name in ("mailchimp", "sendgrid"):
        push(lab.session, system(lab, name))
    lab.with_source("shop", purpose="orders")
    lab.passes(minutes=5)
    for name in ("mailchimp", "sendgrid"):
        push(lab.session, system(lab, name))
    assert set(statuses(mailchimp).values()) == {"archived"}
    lab.passes(minutes=5)
    done = pull(lab.session, system(lab, "mailchimp"))
    assert (done.echoes, done.outcomes) == (2, {})
    assert pull(lab.session, system(lab, "sendgrid")).read.total() == 0
    lab.with_source("shop", purpose="news")
    for name in ("mailchimp", "sendgrid"):
        push(lab.session, system(lab, name))
    assert set(statuses(mailchimp).values()) == {"subscribed"}


def test_an_opt_out_of_one_purpose_does_not_come_back_as_one_of_all(lab: Lab, both: Both) -> None:
    mailchimp, sendgrid = both
    names = ("mailchimp", "sendgrid")
    for name in names:
        push(lab.session, system(lab, name))
    desk.opt_out(lab.session, MIA, reason="opt_out", source="letter", purposes=["news"])
    for name in names:
        push(lab.session, system(lab, name))
        lab.passes(minutes=5)
        pull(lab.session, system(lab, name))
    assert statuses(mailchimp)[MIA] == "unsubscribed"
    assert list(sendgrid.suppressions.groups[10].members) == [MIA]
    assert sendgrid.suppressions.lists["unsubscribes"] == {}
    assert lab.value("select count(*) from core.suppressions") == 0
    lab.passes(minutes=5)
    sendgrid.unsubscribed(MIA)  # and then wants no mail at all
    pull(lab.session, system(lab, "sendgrid"))
    assert why(lab) == "suppressed"


def test_a_dry_run_only_reads(lab: Lab, both: Both) -> None:
    _, sendgrid = both
    sendgrid.unsubscribed(MIA)
    done = pull(lab.session, system(lab, "sendgrid"), dry_run=True)
    assert done.said == {"unsubscribed": 1}
    assert lab.value("select count(*) from ops.inbound_events") == 0
    assert lab.value("select count(*) from ops.esp_cursors") == 0


def test_nothing_is_configured_without_a_direction(lab: Lab, both: Both) -> None:
    from contact_pipeline.esp.registry import connected, is_any_configured

    lab.with_policy(esp={"sendgrid": SENDGRID | {"direction": "off"}, "mailchimp": {}})
    assert connected(lab.session.settings, lab.session.policy) == {}
    assert not is_any_configured(lab.session.settings, lab.session.policy)
    lab.drop("shop", csv(HEADER, "3,ana-one@ok.test,Ana,Roe,Orchid"))
