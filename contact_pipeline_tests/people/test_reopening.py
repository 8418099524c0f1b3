"""An opt-out always wins; only a newer, proved opt-in of the person reopens. Every way in, in every order."""

import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.rights import desk
from contact_pipeline_tests.lab.lab import START, Lab, csv
from contact_pipeline_tests.lab.reopening import (
    ADA,
    ALLOWED,
    BO,
    CLOSED,
    NO_CALLS,
    NO_MAIL,
    NUMBER,
    OPEN,
    UNSUBSCRIBED,
    close,
    close_further,
    opt_in,
    record,
    stands,
)

# --- what reopens ------------------------------------------------------------------------------------------------

YESTERDAY = timedelta(days=-1)
RECORDS: dict[str, tuple[dict[str, Any], bool]] = {
    "words": ({"evidence": "ticked the box"}, True),
    "a document": ({"document_hash": "0" * 64}, True),
    "for any channel": ({"kind": "any", "evidence": "ticked the box"}, True),
    "nothing that proves it": ({}, False),
    "blank words": ({"evidence": "  "}, False),
    "for calls": ({"kind": "phone", "evidence": "ticked the box"}, False),
    "for who knows what": ({"kind": "raffle", "evidence": "ticked the box"}, False),
    "without a date": ({"consent_date": None, "evidence": "ticked the box"}, False),
    "from before": ({"consent_date": START + YESTERDAY, "evidence": "ticked the box"}, False),
    "withdrawn since": ({"withdrawn_date": START, "evidence": "ticked the box"}, False),
    "yet to come": ({"consent_date": START + timedelta(days=40_000), "evidence": "ticked the box"}, False),
}


@pytest.mark.parametrize("name", RECORDS)
def test_only_a_newer_and_proved_opt_in_reopens(ada: Lab, name: str) -> None:
    columns, reopens = RECORDS[name]
    close(ada)
    assert stands(ada) == NO_MAIL
    ada.passes(days=1)
    record(ada, **columns)
    assert stands(ada, by_hand=True) == (OPEN if reopens else NO_MAIL)


def test_an_opt_in_that_was_withdrawn_is_not_revived_by_a_stated_consent(ada: Lab) -> None:
    close(ada)
    ada.passes(days=1)
    record(ada, evidence="ticked the box", withdrawn_date=ada.now)
    ada.passes(days=1)
    record(ada)
    assert stands(ada, by_hand=True) == NO_MAIL


def test_the_desk_reopens_at_once(ada: Lab, tmp_path: Path) -> None:
    close(ada, acted_at=ada.now + YESTERDAY)
    opt_in(ada, given_at=ada.now + 2 * YESTERDAY)  # before she opted out
    opt_in(ada, given_at=ada.now + YESTERDAY)  # in the very moment: in doubt closed
    assert stands(ada) == NO_MAIL
    document = tmp_path / "form.pdf"
    document.write_bytes(b"signed")
    opt_in(ada, evidence="", document=document)
    assert stands(ada) == OPEN
    assert ada.rows("select channel, state from curated.consent_status") == [("email", "given")]


@pytest.mark.parametrize("source", ["newsletter", "shop", "bought"])
def test_a_consent_in_a_list_proves_nothing(ada: Lab, source: str) -> None:
    close(ada)
    ada.passes(days=3)
    consents = "email,name,consent_date,consent_source,consent_ip"
    ada.drop(source, csv(consents, f"{ADA},Ada Example,2026-11-04,form,192.0.2.7"), "optins.csv")
    assert ada.value("select count(*) from core.consent_records where consent_date is not null") == 1
    assert stands(ada) == NO_MAIL


@pytest.mark.parametrize("reason", ["opt_out", "complaint", "do_not_call", "spam_report", "unsubscribed"])
def test_what_the_person_said_the_person_takes_back(ada: Lab, reason: str) -> None:
    close(ada, reason=reason)
    close(ada, NUMBER, reason=reason)
    ada.passes(days=1)
    opt_in(ada)
    assert stands(ada) == NO_CALLS
    opt_in(ada, NUMBER)
    assert stands(ada) == OPEN


@pytest.mark.parametrize("reason", ["erased", "legal", "hard_bounce"])
@pytest.mark.parametrize("is_key_only", [True, False])
def test_what_is_not_the_persons_to_reopen_stays_closed(ada: Lab, reason: str, is_key_only: bool) -> None:
    contact = ada.contact(ADA)
    for who, channel in ((ADA, "email"), (NUMBER, "phone")):
        if is_key_only:
            ada.do(
                "insert into core.suppressions (subject_key, channel, reason, source, last_said_at)"
                " values (%s, %s, %s, 'x', %s)",
                contact[f"{channel}_key"],
                channel,
                reason,
                START,
            )
        else:
            close(ada, who, reason=reason)
    ada.passes(days=1)
    opt_in(ada)
    opt_in(ada, NUMBER)
    why = stands(ada)
    assert ALLOWED not in why and why[1] == CLOSED


def test_what_only_the_flag_knows_of_the_law_stays_closed(ada: Lab) -> None:
    """The address with which she was closed is hers no longer."""
    close(ada, reason="legal")
    ada.rewrite("delete from core.suppressions")
    ada.passes(days=1)
    opt_in(ada)
    assert stands(ada) == NO_MAIL


# --- and what closes again ---------------------------------------------------------------------------------------

AGAIN: dict[str, Callable[[Lab], object]] = {
    "the desk": close,
    "the desk, with an older date": lambda lab: close(lab, acted_at=START),
    "a complaint at the desk": lambda lab: close(lab, reason="complaint"),
    "the desk, by a further address": close_further,
    "the same list with somebody more": lambda lab: lab.drop("optouts", csv("email", ADA, BO), UNSUBSCRIBED),
    "the same list of another source": lambda lab: lab.drop("crm", csv("email", ADA), UNSUBSCRIBED),
    "a list of contacts": lambda lab: lab.drop("crm", csv("email,Email Opt Out", f"{ADA},yes"), "all.csv"),
    "a list with an older date": lambda lab: lab.drop(
        "crm", csv("email,email_opt_out_date", f"{ADA},2026-01-05"), "all.csv"
    ),
    "a list that is only about the record": lambda lab: lab.drop(
        "shop", csv("Record ID,Email Opt Out", "1,yes"), "r.csv"
    ),
    "a list that calls itself old": lambda lab: lab.drop(
        "shop", csv("Record ID,Email Opt Out,source_date", "1,yes,2020-01-05"), "r.csv"
    ),
    "a held list": lambda lab: lab.drop(
        "fair", csv("email,name,Email Opt Out", *[",,no"] * 3, f"{ADA},A,yes"), "held.csv"
    ),
    "a withdrawn consent in a list": lambda lab: lab.drop(
        "shop", csv("email,consent_type,consent_withdrawn_date", f"{ADA},email,2026-11-04"), "w.csv"
    ),
    "a list that is imported": lambda lab: desk.import_suppressions(
        lab.session, ["email,acted_at\n", f"{ADA},2026-01-05\n"], source="robinson"
    ),
    "a list that claims to know when it was last said": lambda lab: desk.import_suppressions(
        lab.session, ["email,last_said_at\n", f"{ADA},2026-01-05\n"], source="robinson"
    ),
}


@pytest.mark.parametrize("way", AGAIN)
def test_who_opts_out_again_is_closed_again_and_may_come_back_again(reopened: Lab, way: str) -> None:
    AGAIN[way](reopened)
    assert stands(reopened) == NO_MAIL
    reopened.passes(days=1)
    opt_in(reopened)
    assert stands(reopened) == OPEN


@pytest.mark.parametrize("way", ["a list", "the record only"])
def test_it_is_closed_again_before_any_later_stage_has_run(reopened: Lab, way: str) -> None:
    text = csv("email", ADA, BO) if way == "a list" else csv("Record ID,Email Opt Out", "1,yes")
    reopened.take("optouts" if way == "a list" else "shop", text, UNSUBSCRIBED if way == "a list" else "r.csv")
    assert reopened.may(ADA) == (False, True)


@pytest.mark.parametrize("change", [
    "update core.contacts set suppress_email = true",
    "update core.contacts set deletion_requested = true",
    "insert into core.suppressions select email_key, 'email', 'opt_out', 'x' from core.contacts",
    "update core.suppressions set last_said_at = now()",
])  # fmt: skip
def test_a_change_by_hand_closes_again(reopened: Lab, change: str) -> None:
    reopened.do(change)
    assert stands(reopened, by_hand=True)[0] != ALLOWED


# --- what says nothing new ---------------------------------------------------------------------------------------


def test_what_was_said_before_does_not_close_again(reopened: Lab) -> None:
    lab = reopened
    held = lab.value("select email_closed_at from core.contacts")
    for (key,) in lab.rows("select key from raw.drops order by sequence"):
        lab.replay(key)
        assert stands(lab) == OPEN
    lab.drop("optouts", csv("email", ADA), UNSUBSCRIBED)  # the same bytes of the same source: the drop that we have
    assert stands(lab) == OPEN
    lab.drop("crm", csv("email,name,title", f"{ADA},Ada Example,Engineer"), "later.csv")
    assert stands(lab) == OPEN
    assert lab.value("select email_closed_at from core.contacts") == held


def test_an_old_restricted_row_of_the_contact_is_weighed_again_and_stays_lifted(lab: Lab) -> None:
    old = csv("Record ID,email,name,phone,Email Opt Out,Do Not Call", f"1,{ADA},Ada Example,{NUMBER},yes,yes")
    lab.drop("shop", old, "old.csv")
    assert stands(lab) == (CLOSED, CLOSED)
    assert lab.row("select email_closed_at, phone_closed_at from core.contacts") == (lab.now, lab.now)
    lab.passes(days=1)
    opt_in(lab)
    opt_in(lab, NUMBER)
    assert stands(lab) == OPEN
    lab.take("shop", csv("Record ID,company", "1,Engines"), "new.csv")
    assert lab.may(ADA) == (True, True)  # also between the stages
    lab.drop("crm", csv("email,name", f"{ADA},Ada Example"), "other.csv")
    assert stands(lab) == OPEN


def test_a_list_from_before_that_is_applied_later_says_so_as_of_its_landing(ada: Lab) -> None:
    late = ada.register("crm", csv("email,Email Opt Out", f"{ADA},yes"), "late.csv")
    held = ada.drop("fair", csv("email,name,Email Opt Out", *[",,no"] * 3, f"{ADA},A,yes"), "held.csv")
    assert stands(ada) == NO_MAIL
    ada.passes(days=1)
    opt_in(ada)
    assert stands(ada) == OPEN
    ada.run(late)
    assert stands(ada) == OPEN
    ada.approve(held)
    assert stands(ada) == OPEN


def test_a_row_that_says_when_counts_from_then(reopened: Lab) -> None:
    """It names the record and no address: only the flag knows of it."""
    reopened.drop("shop", csv("Record ID,email_opt_out_date", "1,2026-01-05"), "when.csv")
    assert stands(reopened) == OPEN
    reopened.drop("shop", csv("Record ID,opt_out_date", "1,2026-11-04"), "since.csv")
    assert stands(reopened) == (CLOSED, CLOSED)


def test_our_own_export_brings_back_when_it_was_last_said(reopened: Lab) -> None:
    lab, file = reopened, io.StringIO()
    desk.export_suppressions(lab.session, file)
    lines = file.getvalue().splitlines(keepends=True)
    assert desk.import_suppressions(lab.session, lines, source="backup")["new"] == 0
    assert stands(lab) == OPEN
    lab.rewrite("delete from core.suppressions")
    assert desk.import_suppressions(lab.session, [*lines, *lines[1:]], source="backup")["new"] == 2
    assert stands(lab) == OPEN
    older = [",".join(line.rstrip("\n\r").split(",")[:-3]) + "\n" for line in lines]  # of a version without the columns
    assert desk.import_suppressions(lab.session, older, source="backup")["new"] == 0
    assert stands(lab) == NO_MAIL
