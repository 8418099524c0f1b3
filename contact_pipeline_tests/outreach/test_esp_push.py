"""Who may be written to is there, and nobody else: once, when something changed, and never against anybody's word."""

from collections.abc import Iterator
from typing import Any

import pytest

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.providers import ProviderRefused, ProviderUnavailable
from contact_pipeline.esp import pushing
from contact_pipeline.esp.pulling import pull
from contact_pipeline.esp.pushing import push, push_leavers, stands
from contact_pipeline.rights import desk
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.mailchimp import Mailchimp
from contact_pipeline_tests.lab.vendors.mailchimp_members import hash_of
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid
from contact_pipeline_tests.outreach.senders import (
    ANA,
    HEADER,
    LIST,
    MAILCHIMP,
    MIA,
    MIA_ROW,
    TOM,
    contacts,
    member,
    senders,
    states,
    statuses,
    system,
    written,
)

Both = tuple[Mailchimp, SendGrid]
NAMES = ("mailchimp", "sendgrid")
named = pytest.mark.parametrize("name", NAMES)


@pytest.fixture
def both(lab: Lab) -> Iterator[Both]:
    with senders(lab) as found:
        yield found


def vendor(both: Both, name: str) -> Any:
    return both[NAMES.index(name)]


def writable(both: Both, name: str) -> set[str]:
    """Who would get a mail that is sent there now."""
    mailchimp, sendgrid = both
    if name == "mailchimp":
        return {email for email, status in statuses(mailchimp).items() if status == "subscribed"}
    lists = sendgrid.suppressions.lists
    stopped = {email for kind, rows in lists.items() if kind != "blocks" for email in rows}
    return contacts(sendgrid).keys() - stopped - sendgrid.suppressions.groups[10].members.keys()


def leave(lab: Lab, email: str = MIA, **more: Any) -> None:
    desk.opt_out(lab.session, email, reason="opt_out", source="letter", **more)


@named
def test_exactly_the_mailable_ones_and_only_once(lab: Lab, both: Both, name: str) -> None:
    lab.drop("fair", csv(HEADER, f"9,{ANA},Ana,Roe,Orchid"))  # nobody may write to her
    done = push(lab.session, system(lab, name))
    assert done.counts["sent"] == 2
    assert writable(both, name) == {MIA, TOM}
    written(vendor(both, name))
    assert push(lab.session, system(lab, name)).counts.total() == 0
    assert written(vendor(both, name)) == []


@named
def test_what_changed_is_sent_again_and_nothing_else(lab: Lab, both: Both, name: str) -> None:
    push(lab.session, system(lab, name))
    lab.do("update core.contacts set given_name = 'Maria', title = 'Baker' where email = %s", MIA)
    written(vendor(both, name))
    assert push(lab.session, system(lab, name)).counts == {"sent": 1, "address_unknown": 0}
    mailchimp, sendgrid = both
    given = member(mailchimp, MIA).merge_fields["FNAME"] if name == "mailchimp" else contacts(sendgrid)[MIA]
    assert given == "Maria"
    lab.do("update core.contacts set title = 'Miller' where email = %s", MIA)  # no field of theirs
    assert push(lab.session, system(lab, name)).counts["sent"] == 0


@named
def test_who_left_is_taken_off_and_stays_off(lab: Lab, both: Both, name: str) -> None:
    push(lab.session, system(lab, name))
    leave(lab)
    done = push(lab.session, system(lab, name))
    assert (done.counts["left"], done.counts["sent"]) == (1, 0)
    assert writable(both, name) == {TOM}
    mailchimp, sendgrid = both
    assert name != "mailchimp" or statuses(mailchimp)[MIA] == "unsubscribed"
    assert name != "sendgrid" or list(sendgrid.suppressions.lists["unsubscribes"]) == [MIA]
    written(vendor(both, name))
    lab.passes(hours=1)
    assert push(lab.session, system(lab, name)).counts.total() == 0
    assert written(vendor(both, name)) == []


@named
def test_whose_ground_has_ended_is_taken_off_without_a_word_of_theirs(lab: Lab, both: Both, name: str) -> None:
    push(lab.session, system(lab, name))
    lab.with_source("shop", documentation="")
    assert push(lab.session, system(lab, name)).counts["left"] == 2
    mailchimp, sendgrid = both
    assert writable(both, name) == set()
    assert set(statuses(mailchimp).values()) <= {"archived"}
    assert sendgrid.suppressions.lists["unsubscribes"] == {}


def test_who_left_there_is_never_subscribed_again(lab: Lab, both: Both) -> None:
    """We have not heard of it yet: nothing forces them back, and it is not tried again."""
    mailchimp, _ = both
    mailchimp.with_member(MIA)
    mailchimp.unsubscribed(MIA)
    mailchimp.with_member(TOM, "unsubscribed")  # by an administrator: the vendor would let us
    done = push(lab.session, system(lab, "mailchimp"))
    assert set(statuses(mailchimp).values()) == {"unsubscribed"}
    assert states(lab, "mailchimp") == {MIA: ("closed", "unsubscribed"), TOM: ("closed", "unsubscribed")}
    assert {reason for _, reason in done.failures} == {"unsubscribed"}
    for request in mailchimp.requests:
        assert (
            request.method == "GET"
            or b'"status": "subscribed"' not in request.body
            or b"status_if_new" in (request.body)
            or request.json["update_existing"] is False
        )
    lab.do("update core.contacts set given_name = 'Other'")
    written(mailchimp)
    push(lab.session, system(lab, "mailchimp"))
    assert written(mailchimp) == []


def test_compliance_and_forgotten_are_states_and_final(lab: Lab, both: Both) -> None:
    mailchimp, _ = both
    mailchimp.with_member(MIA)
    mailchimp.unsubscribed(MIA)
    member(mailchimp, MIA).status = "archived"  # archived after she had left: new to a batch, and refused
    mailchimp.members.forgotten.add(hash_of(TOM))
    done = push(lab.session, system(lab, "mailchimp"))
    assert states(lab, "mailchimp") == {MIA: ("closed", "compliance"), TOM: ("forgotten", "forgotten")}
    ids = dict(lab.rows("select email, public_id::text from core.contacts"))
    assert sorted(done.failures) == sorted([(ids[MIA], "compliance"), (ids[TOM], "forgotten")])
    assert MIA not in repr(done) and TOM not in repr(done)
    written(mailchimp)
    lab.do("update core.contacts set given_name = 'Other'")
    lab.passes(days=30)
    push(lab.session, system(lab, "mailchimp"))
    assert written(mailchimp) == []


def test_a_failed_row_is_named_and_the_others_are_sent(lab: Lab, both: Both) -> None:
    mailchimp, sendgrid = both
    mailchimp.members.busy.add(MIA)
    assert push(lab.session, system(lab, "mailchimp")).counts["later"] == 1
    assert states(lab, "mailchimp") == {MIA: ("later", "many_lists"), TOM: ("sent", None)}
    mailchimp.members.busy.clear()
    assert push(lab.session, system(lab, "mailchimp")).counts["sent"] == 0
    lab.passes(days=3)
    assert push(lab.session, system(lab, "mailchimp")).counts["sent"] == 1
    # SendGrid knows Mia by another identifier, which we do not send.
    push(lab.session, system(lab, "sendgrid"))
    for one in sendgrid.contacts.contacts.values():
        if one.texts["email"] == MIA:
            one.texts["external_id"] = "theirs"
    lab.do("update core.contacts set given_name = 'Other'")
    done = push(lab.session, system(lab, "sendgrid"))
    assert (done.counts["sent"], done.counts["refused"]) == (1, 1)
    assert states(lab, "sendgrid")[MIA] == ("refused", "contact")
    written(sendgrid)
    push(lab.session, system(lab, "sendgrid"))
    assert written(sendgrid) == [], "what was refused is tried again when it has changed"
    leave(lab)
    push(lab.session, system(lab, "sendgrid"))
    assert writable(both, "sendgrid") == {TOM}, "refused is not gone"


def test_a_job_that_does_not_say_whom_it_refused_is_halved(lab: Lab, both: Both, monkeypatch: Any) -> None:
    _, sendgrid = both
    push(lab.session, system(lab, "sendgrid"))
    for one in sendgrid.contacts.contacts.values():
        if one.texts["email"] == MIA:
            one.texts["external_id"] = "theirs"
    lab.do("update core.contacts set given_name = 'Other'")
    sender = system(lab, "sendgrid")
    monkeypatch.setattr(type(sender.esp), "_named", lambda *_: set())
    assert push(lab.session, sender).counts["sent"] == 1
    assert states(lab, "sendgrid") == {MIA: ("refused", "contact"), TOM: ("sent", None)}


@named
@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_what_the_sender_did_not_take_is_not_recorded_as_sent(lab: Lab, both: Both, name: str, status: int) -> None:
    one = vendor(both, name)
    one.fail.extend([Response({}, status, headers={"Retry-After": "60"})] * 2)
    with pytest.raises((ProviderRefused, ProviderUnavailable)):
        push(lab.session, system(lab, name))
    one.fail.clear()
    assert stands(lab.session, name) == {"sending": 2}
    assert push(lab.session, system(lab, name)).counts["sent"] == 2
    assert writable(both, name) == {MIA, TOM}


@named
def test_killed_between_the_push_and_its_record(lab: Lab, both: Both, name: str, monkeypatch: Any) -> None:
    def dies(*_: Any) -> None:
        list(_[3])  # the sender has taken them
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(pushing, "record", dies)
        with pytest.raises(KeyboardInterrupt):
            push(lab.session, system(lab, name))
    assert writable(both, name) == {MIA, TOM}
    leave(lab)
    push(lab.session, system(lab, name))
    assert writable(both, name) == {TOM}
    mailchimp, sendgrid = both
    assert len(statuses(mailchimp) if name == "mailchimp" else contacts(sendgrid)) <= 2
    assert stands(lab.session, name) == {"left": 1, "sent": 1}


def test_a_member_by_api_who_left_there_during_a_crash_stays_out(lab: Lab, both: Both, monkeypatch: Any) -> None:
    mailchimp, _ = both
    with monkeypatch.context() as patched:
        patched.setattr(pushing, "record", lambda *a: [list(a[3]), 1 / 0])
        with pytest.raises(ZeroDivisionError):
            push(lab.session, system(lab, "mailchimp"))
    mailchimp.unsubscribed(MIA)
    push(lab.session, system(lab, "mailchimp"))
    assert statuses(mailchimp)[MIA] == "unsubscribed"
    assert states(lab, "mailchimp")[MIA] == ("closed", "unsubscribed")


def test_without_a_sender_nobody_is_sent_but_leavers_go(lab: Lab, both: Both) -> None:
    push(lab.session, system(lab, "mailchimp"))
    leave(lab)
    lab.drop("shop", csv(HEADER, f"3,{ANA},Ana,Roe,Orchid"), "more.csv")
    lab.with_policy(sender={"name": "Orchid Ltd."})
    with pytest.raises(ConfigurationError, match="postal_address"):
        push(lab.session, system(lab, "mailchimp"))
    assert statuses(both[0]) == {MIA: "unsubscribed", TOM: "subscribed"}


def test_leavers_alone_are_pushed_to_every_sender(lab: Lab, both: Both) -> None:
    for name in NAMES:
        push(lab.session, system(lab, name))
    assert push_leavers(lab.session) == 0
    leave(lab, purposes=["news"])
    lab.drop("shop", csv(HEADER, f"3,{ANA},Ana,Roe,Orchid"), "more.csv")
    both[0].fail.append(Response({}, 500))
    with pytest.raises(ProviderUnavailable):
        push_leavers(lab.session)
    assert writable(both, "sendgrid") == {TOM}, "one sender's failure does not keep the other waiting"
    assert push_leavers(lab.session) == 1
    assert writable(both, "mailchimp") == {TOM}, "and nobody is added"


def test_a_push_brings_nobody_back_whom_a_pull_has_closed(lab: Lab, both: Both) -> None:
    mailchimp, _ = both
    push(lab.session, system(lab, "mailchimp"))
    mailchimp.unsubscribed(MIA)
    pull(lab.session, system(lab, "mailchimp"))
    push(lab.session, system(lab, "mailchimp"))
    assert statuses(mailchimp)[MIA] == "unsubscribed"
    assert push_leavers(lab.session) == 0


def test_tags_and_lists(lab: Lab, both: Both) -> None:
    mailchimp, sendgrid = both
    mailchimp.with_member(MIA)
    lab.with_policy(
        esp={"mailchimp": MAILCHIMP | {"tags": ["pipeline"]}, "sendgrid": lab.session.policy.esp["sendgrid"]}
    )
    push(lab.session, system(lab, "mailchimp"))
    assert [list(member(mailchimp, email).tags) for email in (MIA, TOM)] == [["pipeline"]] * 2
    push(lab.session, system(lab, "sendgrid"))
    assert all(LIST in one.list_ids for one in sendgrid.contacts.contacts.values())
    assert {one.custom["w1"] for one in sendgrid.contacts.contacts.values()} == {"Orchid"}


@named
def test_a_dry_run_says_counts_and_changes_nothing(lab: Lab, both: Both, name: str) -> None:
    push(lab.session, system(lab, name))
    leave(lab)
    lab.drop("shop", csv(HEADER, f"3,{ANA},Ana,Roe,Orchid"), "more.csv")
    written(vendor(both, name))
    before = lab.rows("select * from ops.esp_bases order by email_key")
    done = push(lab.session, system(lab, name), dry_run=True)
    assert (done.counts["would_leave"], done.counts["would_send"]) == (1, 1)
    assert written(vendor(both, name)) == []
    assert lab.rows("select * from ops.esp_bases order by email_key") == before


def test_many_at_once_keep_the_limits(lab: Lab, both: Both) -> None:
    mailchimp, _ = both
    rows = [f"{100 + number},n{number}@ok.test,N,Number{number},Orchid" for number in range(620)]
    lab.drop("shop", csv(HEADER, MIA_ROW, *rows), "many.csv")
    for number in range(30):
        mailchimp.with_member(f"n{number}@ok.test")
    mailchimp.latency_s = 0.02
    assert push(lab.session, system(lab, "mailchimp")).counts["sent"] == 622
    posts = [len(one.json["members"]) for one in mailchimp.requests if one.method == "POST"]
    assert posts == [500, 122]
    assert 1 < mailchimp.busiest <= 10


def test_no_address_in_what_is_remembered(lab: Lab, both: Both) -> None:
    for name in NAMES:
        push(lab.session, system(lab, name))
    for row in lab.rows("select b::text from ops.esp_bases b"):
        assert "ok.test" not in row[0] and hash_of(MIA) not in row[0]
