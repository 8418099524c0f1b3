"""Whoever was erased does not come back: every way in is tried, and what is under way meanwhile writes nothing."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.providers import Layer
from contact_pipeline.emails.store import EmailStore
from contact_pipeline.emails.validated_emails import validate_emails
from contact_pipeline.phones.normalized_phones import normalize_phones
from contact_pipeline.phones.store import PhoneStore
from contact_pipeline.profiles.ports import PersonAnswer
from contact_pipeline.rights import desk
from contact_pipeline_tests.lab.erasures import (
    ADA,
    BOB,
    EMAIL,
    HEADER,
    NAME,
    PAGE,
    STORED,
    TRACES,
    WRITTEN,
    books_are_right,
    contactable,
    erase,
    ledger_lines,
    traces,
)
from contact_pipeline_tests.lab.lab import KEY, Lab, crowd, csv
from contact_pipeline_tests.profiles.test_enrichment_guards import Witness, hear

NAME_ONLY = ",,Ada Nameonly,,Bare Engines,"


@pytest.fixture
def gone(lab: Lab) -> str:
    """A person of two sources is erased, and one of whom only a name was known. Returns the first drop's key."""
    key = lab.drop("crm", csv(HEADER + ",email 2", f"{ADA},ada.two@ok2.test", f"{BOB},", f"{NAME_ONLY},"))
    lab.drop("shop", csv(HEADER, f"900,{EMAIL},{NAME},,,"))
    erase(lab)
    erase(lab, None, contact=str(lab.value("select id from core.contacts where name = 'Ada Nameonly'")))
    assert traces(lab) == []
    return key


def assert_kept_out(lab: Lab, key: str, *, rows: int = 1) -> None:
    """The rows are quarantined without a value, the file is without them, and nobody can be contacted."""
    landed = lab.rows(
        "select r.row_number, q.reasons, to_jsonb(r) from raw.landed_rows r join raw.quarantined_rows q"
        " using (drop_key, row_number) where r.drop_key = %s and 'erased_subject' = any (q.reasons) order by 1",
        key,
    )
    assert [(number, reasons) for number, reasons, _ in landed] == [(n, ["erased_subject"]) for n in range(1, rows + 1)]
    empty = {"drop_key", "row_number", "outcome"}
    assert all({name for name, value in row.items() if value is not None} == empty for _, _, row in landed)
    assert traces(lab) == [] and traces(lab, ("ada.two", "nameonly")) == []
    assert contactable(lab) == [] and books_are_right(lab)


RETURNS = {
    "the same row in another file": ("crm", csv(HEADER, ADA, "99,new@ok.test,New Person,,,")),
    "another source": ("fair", csv("email,name", f"{EMAIL},{NAME}")),
    "other letter case": ("crm", csv("email", "ADA@OK.TEST")),
    "with spaces and a name": ("crm", csv("email", f'" Ada Exemplary <{EMAIL}> "')),
    "a further address": ("crm", csv("email,email 2,name", f"new@ok2.test,{EMAIL},New Name")),
    "her further address as the first": ("crm", csv("email", "ada.two@ok2.test")),
    "several addresses in a cell": ("crm", csv("email", f"new@ok2.test; {EMAIL}")),
    "record id only": ("crm", csv("Record ID,company", "7,Tools")),
    "record id of the other source": ("shop", csv("Record ID,company", "900,Tools")),
    "profile only": ("fair", csv("name,linkedin url", f"Somebody Else,{PAGE}/")),
    "profile in another spelling": ("fair", csv("linkedin url", "linkedin.com/in/Ada-Exemplary?x=1")),
    "number only": ("crm", csv("phone", WRITTEN)),
    "number and name": ("crm", csv("phone,name", f"0049 1512/3970846,{NAME}")),
    "name-only row of the same source": ("crm", csv(HEADER, NAME_ONLY)),
}  # fmt: skip


@pytest.mark.parametrize("way", RETURNS)
def test_a_row_that_brings_the_person_back_is_kept_out(lab: Lab, gone: str, way: str) -> None:
    source, text = RETURNS[way]
    assert_kept_out(lab, lab.drop(source, text, "again.csv"))


def test_the_same_file_is_recognised_and_stays_without_the_person(lab: Lab, gone: str) -> None:
    again = lab.drop("crm", csv(HEADER + ",email 2", f"{ADA},ada.two@ok2.test", f"{BOB},", f"{NAME_ONLY},"), "copy.csv")
    assert again == gone
    assert traces(lab) == [] and contactable(lab) == [] and books_are_right(lab)
    assert lab.value("select count(*) from raw.drops") == 2


def test_the_same_file_from_another_source_is_kept_out(lab: Lab, gone: str) -> None:
    key = lab.drop("fair", csv(HEADER + ",email 2", f"{ADA},ada.two@ok2.test", f"{BOB},"))
    assert_kept_out(lab, key)
    assert lab.accounting(key) == (2, 0, 1, 1)


def test_erased_rows_do_not_trip_the_gate_and_bad_ones_still_do(lab: Lab, gone: str) -> None:
    key = lab.drop("crm", csv("email", EMAIL, "ADA@ok.test", "ada.two@ok2.test", *(r.split(",")[0] for r in crowd(2))))
    assert_kept_out(lab, key, rows=3)
    assert lab.row("select held_reason, rows_loaded from raw.drops where key = %s", key) == (None, 2)
    bad = lab.drop("crm", csv("email,company", f"{EMAIL},", ",Tools", ",Tools", ",Tools", "cy@ok.test,"), "bad.csv")
    assert lab.value("select held_reason is not null from raw.drops where key = %s", bad)


def test_a_held_drop_that_is_approved_later_brings_nobody_back(lab: Lab, gone: str) -> None:
    key = lab.drop("crm", csv("email,company", f"{EMAIL},", "cy@ok.test,", *[",Tools"] * 5))
    assert lab.value("select held_reason is not null from raw.drops where key = %s", key)
    assert_kept_out(lab, key)
    lab.approve(key)
    assert_kept_out(lab, key)
    lab.replay(key)
    assert_kept_out(lab, key)


def test_a_file_of_opt_outs_with_the_person_keeps_nothing_of_them(lab: Lab, gone: str) -> None:
    key = lab.drop("optouts", csv("Email", EMAIL, "cy@ok.test"), "unsubscribed_list.csv")
    assert_kept_out(lab, key)
    assert lab.value("select count(*) from core.suppressions where subject_key = %s", KEY.email("cy@ok.test")) == 1


@pytest.mark.parametrize("as_first", [True, False])
def test_who_is_inserted_by_hand_is_never_contactable(lab: Lab, gone: str, as_first: bool) -> None:
    lab.do(
        "insert into core.contacts (id, name, email, phone, can_email, can_call) overriding system value"
        " values (900, 'By Hand', %s, %s, true, true)",
        EMAIL if as_first else "new@ok2.test",
        WRITTEN,
    )
    if not as_first:
        lab.do(
            "insert into core.contact_points (contact_id, kind, value, position) values (900, 'email', %s, 1)", EMAIL
        )
    lab.do(
        "insert into core.contact_sources (contact_id, drop_key, row_number, source, landed_at)"
        " values (900, %s, 900, 'crm', now())",
        gone,
    )
    lab.validate_emails(gone)
    lab.normalize_phones(gone)
    lab.enrich(gone)
    lab.sync_permissions()
    assert lab.rows("select can_email, can_call, email_key is not null from core.contacts where id = 900") == [
        (False, False, True)
    ]
    assert contactable(lab) == []
    assert lab.rows("select 1 from curated.mailable_contacts where name = 'By Hand'") == []
    assert lab.rows("select 1 from curated.callable_contacts where name = 'By Hand'") == []


def test_a_number_that_comes_with_somebody_new_is_not_called(lab: Lab, gone: str) -> None:
    lab.drop("crm", csv("email,name,phone", f"dee@ok.test,Dee Example,{WRITTEN}"))
    assert lab.may("dee@ok.test") == (True, False)
    assert contactable(lab) == []


def test_neither_consent_nor_import_reopens_what_was_erased(lab: Lab, gone: str) -> None:
    lab.do("insert into core.contacts (id, name, email) overriding system value values (900, 'By Hand', %s)", EMAIL)
    lab.do("update core.contacts set email_key = %s where id = 900", KEY.email(EMAIL))
    lab.passes(days=1)
    desk.consent(lab.session, EMAIL, source="fair", evidence="signed today")
    desk.import_suppressions(
        lab.session, [f"email,reason\n{EMAIL},opt_out\n".splitlines()[0], f"{EMAIL},opt_out"], source="x"
    )
    assert contactable(lab) == []


def test_whose_number_nobody_had_judged_is_known_again(lab: Lab) -> None:
    """Erased between landing and the stages that give a number its key."""
    lab.take("crm", csv(HEADER, ADA, BOB))
    assert erase(lab)["findings"] == 0
    assert traces(lab) == []
    assert_kept_out(lab, lab.drop("crm", csv("phone,name", f"{WRITTEN},Somebody"), "again.csv"))


def test_an_address_that_was_replaced_by_hand_is_known_again(lab: Lab) -> None:
    lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.do("update core.contacts set email = 'ada.new@ok2.test', phone = '+49 1512 3450000' where email = %s", STORED)
    assert erase(lab, "ada.new@ok2.test")["findings"] == 0
    assert_kept_out(lab, lab.drop("crm", csv("email", EMAIL), "again.csv"))
    assert_kept_out(lab, lab.drop("crm", csv("phone", WRITTEN), "number.csv"))


def test_an_address_of_a_function_does_not_take_colleagues_along(lab: Lab) -> None:
    """info@ is a further address of several people: it does not say who asks."""
    rows = ("bob@ok.test,info@ok.test,Bob Ordinary", "cy@ok.test,info@ok.test,Cy Else")
    lab.drop("crm", csv("email,email 2,name", *rows))
    with pytest.raises(UsageError, match="--contact"):
        erase(lab, "info@ok.test")
    assert lab.value("select count(*) from core.contacts where deletion_completed is null") == 2


# --- what is under way while somebody is erased ------------------------------------------------------------------


def during(monkeypatch: pytest.MonkeyPatch, store: Any, lab: Lab) -> None:
    """Everything due is known, and before it is written the person is erased."""
    find_due: Callable[[Any], int] = store.find_due

    def find_and_erase(self: Any) -> int:
        found = find_due(self)
        if found:
            monkeypatch.undo()
            assert erase(lab)["findings"] == 0
        return found

    monkeypatch.setattr(store, "find_due", find_and_erase)


@pytest.mark.parametrize(
    ("store", "judge", "table"),
    [(EmailStore, validate_emails, "email_validations"), (PhoneStore, normalize_phones, "phone_validations")],
)
def test_a_verdict_under_way_is_not_written(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, store: Any, judge: Any, table: str
) -> None:
    key = lab.take("crm", csv(HEADER, ADA, BOB))
    number = lab.value("select id from core.contacts where email = %s", STORED)
    during(monkeypatch, store, lab)
    judge(lab.session, key)
    assert lab.rows(f"select 1 from core.{table} where contact_id = %s", number) == []
    assert lab.value(f"select count(*) from core.{table}") > 0  # Bob's
    columns = "email_key, phone_key, phone_e164, email_status"
    assert lab.row(f"select {columns} from core.contacts where id = %s", number) == (None, None, None, "unknown")
    assert traces(lab) == []
    lab.run(key)
    assert traces(lab) == [] and contactable(lab) == [] and books_are_right(lab)


def test_an_answer_that_comes_after_the_erasure_is_not_kept(lab: Lab) -> None:
    erased: list[int] = []

    def says(question: Any) -> PersonAnswer:
        if question.name == NAME:
            erased.append(erase(lab)["findings"])
        return PersonAnswer(name=question.name, title=f"Countess {question.name}")

    key = lab.take("crm", csv(HEADER, ADA, BOB))
    lab.validate_emails(key)
    lab.normalize_phones(key)
    hear(lab, {Layer.PERSON: [Witness("hunter", says)]})
    lab.enrich(key)
    assert erased == [0]
    assert lab.rows("select 1 from core.provider_answers a where facts ->> 'name' = %s", NAME) == []
    assert traces(lab) == [] and contactable(lab) == []
    lab.passes(days=100)
    lab.run(key)
    assert traces(lab) == []


def test_what_was_paid_stays_about_nobody(lab: Lab) -> None:
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda q: PersonAnswer(name=q.name, title=f"Chief {q.name}"))]})
    lab.drop("crm", csv(HEADER, ADA, BOB))
    paid = "select count(*), sum(price), (select sum(spent) from ops.provider_months) from ops.provider_calls"
    before = lab.row(paid)
    assert before[0] == 2
    keys = {bytes(key) for (key,) in lab.rows("select subject_key from ops.provider_calls")}
    bobs = lab.rows("select * from core.provider_answers where facts ->> 'name' = 'Bob Ordinary'")
    assert erase(lab)["findings"] == 0
    assert lab.row(paid) == before
    left = {bytes(key) for (key,) in lab.rows("select subject_key from ops.provider_calls")}
    assert len(left & keys) == 1 and len(left) == 2 and KEY.email(EMAIL) not in left
    assert lab.rows("select * from core.provider_answers") == bobs
    assert traces(lab) == []


def test_an_answer_that_is_about_a_colleague_too_stays_theirs(lab: Lab) -> None:
    """Two sources of one name and landline: the provider was asked once about both contacts."""
    number = "+49 30 901820"
    hear(lab, {Layer.PERSON: [Witness("hunter", lambda q: PersonAnswer(title="Harbour Master"))]})
    lab.drop("crm", csv("name,phone", f"Ada Example,{number}"))
    lab.drop("shop", csv("name,phone", f"Ada Example,{number}"))
    shared = KEY.digest("phone:+4930901820\x1fada example")
    one, other = (str(i) for (i,) in lab.rows("select id from core.contacts order by id"))
    answers = "select count(*) from core.provider_answers where subject_key = %s"
    calls = "select count(*) from ops.provider_calls where subject_key = %s"
    assert (lab.value(answers, shared), lab.value(calls, shared)) == (1, 1)
    assert erase(lab, None, contact=one)["findings"] == 0
    assert (lab.value(answers, shared), lab.value(calls, shared)) == (1, 1)
    assert erase(lab, None, contact=other)["findings"] == 0
    assert (lab.value("select count(*) from core.provider_answers"), lab.value(calls, shared)) == (0, 0)
    assert lab.value("select sum(price) from ops.provider_calls") > 0


def test_a_landing_under_way_is_waited_for(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the landing read of erased people before is good until it commits: no row slips in between."""
    lab.drop("crm", csv(HEADER, ADA, BOB))
    with lab.psql() as landing:
        landing.execute("select pg_advisory_xact_lock_shared(hashtext('contact_pipeline.erased_keys'))")
        url = lab.session.database_url
        lab.session = replace(
            lab.session, database_url=f"{url}{'&' if '?' in url else '?'}options=-clock_timeout%3D200"
        )
        with pytest.raises(Exception, match="LockNotAvailable"):
            erase(lab)
        assert ledger_lines(lab)  # promised, and taken up again later
    assert json.dumps(lab.rows("select email from core.contacts order by 1")).lower().count(EMAIL) == 1
    assert TRACES[0] in str(traces(lab))


def test_the_address_that_was_replaced_by_hand_still_says_who_it_was(lab: Lab) -> None:
    """The person writes from the address that we had of them; only the landed row and the audit know it yet."""
    lab.drop("crm", csv(HEADER, ADA, BOB))
    lab.do("update core.contacts set email = 'ada.new@ok2.test' where email = %s", STORED)
    result = erase(lab)
    assert result["findings"] > 0 or traces(lab) == []
