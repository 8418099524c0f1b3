"""Both directions together: nothing reopens by itself, drift heals, and every way in does the same."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from contact_pipeline.core.providers import ProviderUnavailable
from contact_pipeline.erasure.ledger import ErasureLedger
from contact_pipeline.esp.comparing import compare, last_comparison
from contact_pipeline.esp.erasing import erase_there, erase_there_or_say
from contact_pipeline.esp.pulling import pull
from contact_pipeline.esp.pushing import push, push_leavers, stands
from contact_pipeline.esp.syncing import sync_senders
from contact_pipeline.rights import desk
from contact_pipeline.web import working
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import START, Lab, csv
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.mailchimp import Mailchimp
from contact_pipeline_tests.lab.vendors.mailchimp_members import hash_of
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid
from contact_pipeline_tests.outreach.senders import (
    ANA,
    HEADER,
    LIST,
    MIA,
    TOM,
    contacts,
    senders,
    states,
    statuses,
    system,
)

Both = tuple[Mailchimp, SendGrid]
NAMES = ("mailchimp", "sendgrid")
named = pytest.mark.parametrize("name", NAMES)
STRANGER = "stranger@ok.test"


@pytest.fixture
def both(lab: Lab) -> Iterator[Both]:
    with senders(lab) as found:
        yield found


def leave(lab: Lab, email: str = MIA, **more: Any) -> None:
    desk.opt_out(lab.session, email, reason="opt_out", source="letter", **more)


def reached(both: Both, name: str) -> set[str]:
    """Members at Mailchimp, contacts at SendGrid."""
    if name == "sendgrid":
        return set(contacts(both[1]))
    return {email for email, status in statuses(both[0]).items() if status == "subscribed"}


def put_there(both: Both, name: str, email: str) -> None:
    """By somebody's hand."""
    if name == "mailchimp":
        both[0].with_member(email)
        return
    both[1].contacts._write([{"email": email}], [LIST])


@named
def test_drift_is_counted_and_healed(lab: Lab, both: Both, name: str) -> None:
    push(lab.session, system(lab, name))
    lab.drop("fair", csv(HEADER, f"9,{ANA},Ana,Roe,Orchid"))  # known, and nobody may write to her
    put_there(both, name, ANA)
    put_there(both, name, STRANGER)
    if name == "mailchimp":
        del both[0].members.by_hash[next(iter(both[0].members.by_hash))]  # Mia, or Tom
    else:
        del both[1].contacts.contacts[next(iter(both[1].contacts.contacts))]
    lab.passes(minutes=10)
    done = compare(lab.session, system(lab, name))
    assert (done.there, done.surplus, done.missing, done.strangers) == (3, 1, 1, 1)
    assert ANA not in reached(both, name)
    lab.passes(minutes=10)
    assert push(lab.session, system(lab, name)).counts["sent"] == 1
    assert reached(both, name) == {MIA, TOM, STRANGER}
    lab.passes(minutes=10)
    done = compare(lab.session, system(lab, name))
    assert (done.surplus, done.missing, done.strangers) == (0, 0, 1)
    kept = "select there, surplus, erased, missing, strangers from ops.esp_comparisons order by compared_at"
    assert lab.rows(kept) == [(3, 1, 0, 1, 1), (3, 0, 0, 0, 1)]
    last = last_comparison(lab.session, name)
    assert last and (last["there"], last["surplus"], last["strangers"]) == (3, 0, 1)


@named
def test_an_address_that_is_nobodys_any_more_is_taken_off(lab: Lab, both: Both, name: str) -> None:
    push(lab.session, system(lab, name))
    lab.do("update core.contacts set email = 'mia-new@ok.test' where email = %s", MIA)
    lab.do("delete from core.contact_points where value = %s", MIA)
    lab.passes(minutes=10)
    assert push(lab.session, system(lab, name)).counts["address_unknown"] == 1
    compare(lab.session, system(lab, name))
    assert MIA not in reached(both, name)


@named
def test_who_was_erased_here_is_erased_there(lab: Lab, both: Both, name: str) -> None:
    """By the night's comparison, also who had left before; nothing of them is written down for it."""
    mailchimp, sendgrid = both
    push(lab.session, system(lab, name))
    leave(lab, TOM)
    push(lab.session, system(lab, name))
    for email in (MIA, TOM):
        erase(lab, email, scrub=True)  # after which the addresses are known here no more
    assert stands(lab.session, name) == {}
    lab.passes(minutes=10)
    counts = sync_senders(lab.session, compares=True).counts
    assert counts[f"{name}_erased"] == 1
    if name == "mailchimp":
        assert mailchimp.members.by_hash == {}
        assert mailchimp.members.forgotten == {hash_of(MIA), hash_of(TOM)}
    else:
        assert (contacts(sendgrid), sendgrid.erased) == ({}, [MIA])
    assert stands(lab.session, name) == {}
    assert lab.value("select count(*) from ops.inbound_events where body is not null") == 0
    erased = len(sendgrid.erased)
    sync_senders(lab.session, compares=True)
    assert len(sendgrid.erased) == erased, "once"


def certificate(lab: Lab) -> dict[str, Any]:
    """The last one, as the file has it, which is what the database has."""
    (erasure, kept) = lab.row("select id::text, certificate from ops.erasures order by erased_at desc limit 1")
    path = lab.settings.erasures / "certificates" / f"{erasure}.json"
    read = json.loads(path.read_text("utf-8"))
    ledger = ErasureLedger(lab.settings.erasures, lab.session.ledger)
    assert read == kept == ledger.sealed(read)
    assert MIA not in str(read).lower()
    return dict(read)


def acknowledged(lab: Lab) -> list[tuple[str, int, str]]:
    told = certificate(lab).get("recipients", [])
    return sorted((one["recipient"], one["addresses"], one["answer"].split()[0]) for one in told)


BY_BOTH = [("mailchimp", 1, "delete-permanent"), ("sendgrid", 1, "erasejob")]


def test_an_erasure_reaches_the_senders_at_once_and_the_certificate_says_so(lab: Lab, both: Both) -> None:
    for name in NAMES:
        push(lab.session, system(lab, name))
    said: list[str] = []
    erase(lab, MIA, scrub=True, on_erased=lambda: erase_there_or_say(lab.session, said.append))
    assert [name for name in NAMES if MIA in reached(both, name)] == [] and both[1].erased == [MIA]
    assert said == ["2 address(es) erased at the senders, who have acknowledged it."]
    assert acknowledged(lab) == BY_BOTH and "scrub" in certificate(lab)


@named
def test_a_sender_that_is_down_keeps_no_other_waiting_and_is_asked_again(lab: Lab, both: Both, name: str) -> None:
    for each in NAMES:
        push(lab.session, system(lab, each))
    erase(lab, MIA)
    down = both[NAMES.index(name)]
    down.fail.extend([Response({}, 500)] * 20)
    with pytest.raises(ProviderUnavailable):
        erase_there(lab.session)
    assert acknowledged(lab) == [line for line in BY_BOTH if line[0] != name]
    down.fail.clear()
    assert (erase_there(lab.session), erase_there(lab.session)) == (1, 0)
    assert acknowledged(lab) == BY_BOTH


def test_who_was_not_told_before_the_scrub_is_found_by_the_night(lab: Lab, both: Both) -> None:
    for name in NAMES:
        push(lab.session, system(lab, name))
    erase(lab, MIA, scrub=True)
    assert (erase_there(lab.session), acknowledged(lab)) == (0, [])
    lab.passes(minutes=10)
    sync_senders(lab.session, compares=True)
    assert acknowledged(lab) == BY_BOTH


def test_an_address_that_somebody_else_has_stays_there(lab: Lab, both: Both) -> None:
    push(lab.session, system(lab, "sendgrid"))
    erase(lab, MIA)
    lab.do("insert into core.contacts (email, email_key) values (%s, %s)", MIA, lab.session.key.email(MIA))
    assert (erase_there(lab.session), both[1].erased) == (0, [])


def test_who_signed_up_there_again_is_a_member_again(lab: Lab, both: Both) -> None:
    mailchimp, _ = both
    mailchimp.with_member(MIA)
    mailchimp.unsubscribed(MIA)
    push(lab.session, system(lab, "mailchimp"))  # we have not heard of it
    assert states(lab, "mailchimp")[MIA] == ("closed", "unsubscribed")
    lab.passes(minutes=10)
    mailchimp.subscribed(MIA)
    compare(lab.session, system(lab, "mailchimp"))
    push(lab.session, system(lab, "mailchimp"))
    assert states(lab, "mailchimp")[MIA] == ("sent", None)
    leave(lab)
    assert push_leavers(lab.session) == 1
    assert statuses(mailchimp)[MIA] == "unsubscribed"


def test_the_report_of_all_senders(lab: Lab, both: Both) -> None:
    mailchimp, sendgrid = both
    mailchimp.with_member(MIA)
    mailchimp.unsubscribed(MIA)
    counts = sync_senders(lab.session, compares=True).counts
    assert counts["mailchimp_rows_read"] == 1
    assert counts["mailchimp_sent"] == counts["sendgrid_sent"] == 1, "who left at one is sent to none"
    assert reached(both, "sendgrid") == {TOM}
    assert "mailchimp_sent" not in sync_senders(lab.session, pushes=False).counts
    sendgrid.unsubscribed(TOM)
    mailchimp.fail.append(Response({}, 500))
    with pytest.raises(ProviderUnavailable, match="mailchimp"):
        sync_senders(lab.session)
    assert lab.rows("select email from curated.mailable_for('news')") == [], (
        "one failure does not keep the other waiting"
    )
    sync_senders(lab.session)
    assert reached(both, "mailchimp") == set()


def test_an_opt_out_on_our_page_reaches_every_sender(lab: Lab, both: Both, monkeypatch: Any) -> None:
    """Without an event, while one sender is down, and without keeping events waiting."""
    monkeypatch.setattr(working, "TELL_S", 0.1)
    for name in NAMES:
        push(lab.session, system(lab, name))
    both[0].fail.append(Response({}, 500))
    worker = working.Worker(lab.session)
    worker.start()
    try:
        leave(lab)
        deadline = time.monotonic() + 20
        while MIA in reached(both, "mailchimp") | reached(both, "sendgrid"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        worker.stop()


ACTS = ("push", "pull", "compare", "leavers", "local", "local_purpose", "there", "there_group", "changed", "died")


def test_opt_outs_only_ever_close(lab: Lab) -> None:
    """Whatever order pushes, pulls and opt-outs come in: who has left on either side is never written to again by us,
    and in the end on neither."""

    @settings(max_examples=12, phases=[Phase.generate])
    @given(name=st.sampled_from(NAMES), acts=st.lists(st.sampled_from(ACTS), min_size=3, max_size=9))
    def holds(name: str, acts: list[str]) -> None:
        interleave(lab, name, acts)

    holds()


def interleave(lab: Lab, name: str, acts: list[str]) -> None:
    lab.forget_everything()
    lab.now = START
    with senders(lab) as both:
        mailchimp, sendgrid = both
        left_here = left_there = False
        for number, act in enumerate([*acts, "pull", "push"]):
            lab.passes(minutes=7)
            found = system(lab, name)
            if act == "push":
                push(lab.session, found)
            elif act == "pull":
                pull(lab.session, found)
            elif act == "compare":
                compare(lab.session, found)
            elif act == "leavers":
                push_leavers(lab.session)
            elif act == "changed":
                lab.do("update core.contacts set given_name = %s", f"N{number}")
            elif act == "died":
                vendor = both[NAMES.index(name)]
                vendor.fail.append(Response({}, 500))
                with pytest.raises(ProviderUnavailable):
                    pull(lab.session, found)
            elif act.startswith("local"):
                leave(lab, MIA, **({"purposes": ["news"]} if act == "local_purpose" else {}))
                left_here = True
            elif name == "sendgrid":
                if act == "there":
                    sendgrid.unsubscribed(MIA)
                else:
                    sendgrid.left_group(MIA, 10)
                left_there = True
            elif MIA in statuses(mailchimp) and statuses(mailchimp)[MIA] == "subscribed":
                mailchimp.unsubscribed(MIA)
                left_there = True
            mailable = {email for (email,) in lab.rows("select email from curated.mailable_for('news')")}
            assert not (left_here and MIA in mailable)
            if name == "mailchimp" and left_there:
                assert statuses(mailchimp)[MIA] != "subscribed"
        assert (MIA in mailable) is not (left_here or left_there)
        assert TOM in mailable and TOM in reached(both, name)
        if left_here or left_there:
            assert MIA not in reached(both, name)


@pytest.fixture
def command(lab: Lab, both: Both, monkeypatch: Any) -> Any:
    """`contact-pipeline esp …` on the bench."""
    from contextlib import contextmanager

    from contact_pipeline import opening
    from contact_pipeline.cli.esp import esp

    @contextmanager
    def opened(*_: Any, **__: Any) -> Iterator[Any]:
        yield lab.session

    monkeypatch.setattr(opening, "open_session", opened)
    monkeypatch.setattr("contact_pipeline.cli.esp.load_settings", lambda: lab.session.settings)
    return lambda *arguments: CliRunner().invoke(esp, list(arguments), standalone_mode=False)


def test_the_commands(lab: Lab, both: Both, command: Any) -> None:
    both[0].with_member(TOM)
    both[0].unsubscribed(TOM)
    dry = command("push", "mailchimp", "--dry-run", "--json")
    assert json.loads(dry.output)["counts"] == {"would_send": 2}
    assert list(statuses(both[0])) == [TOM]
    done = command("push", "mailchimp")
    assert done.output == "1 sent.\n", "pulled first"
    assert "1 sent" in command("status", "mailchimp").output
    assert json.loads(command("status", "mailchimp", "--json").output)["people"] == {"sent": 1}
    both[1].unsubscribed(MIA)
    pulled = command("pull", "sendgrid", "--json")
    assert json.loads(pulled.output)["outcomes"] == {"applied": 1}
    assert command("pull", "sendgrid", "--full").output.startswith("1 rows read, 0 of them our own word.")
    assert "@" not in dry.output + done.output + pulled.output
    assert stands(lab.session, "sendgrid") == {}


def test_a_command_says_what_is_missing(lab: Lab, both: Both, command: Any) -> None:
    from contact_pipeline.core.errors import UsageError

    lab.with_policy(esp={"mailchimp": {}, "sendgrid": {"direction": "pull"}})
    assert "direction" in str(command("push", "mailchimp").exception)
    assert "nothing is pushed" in str(command("push", "sendgrid").exception)
    object.__setattr__(lab.session, "settings", lab.settings)  # without keys
    refused = command("pull", "sendgrid").exception
    assert isinstance(refused, UsageError) and "SENDGRID_API_KEY" in str(refused)
