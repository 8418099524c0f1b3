"""Every change of a person's field is written down, by whatever hand, and nothing else is."""

from dataclasses import replace

import pytest

from contact_pipeline_tests.lab.lab import Lab, csv

CHANGES = """
select table_name, field, old_value, new_value, changed_by, reason, run_id from audit.changes where id > %s order by id
"""
NUMBER = "+49 1512 3456700"
UNNAMED = "SQL, no reason given"


@pytest.fixture
def last(lab: Lab) -> int:
    """Ada is there; the id of the last change before a test's own."""
    lab.drop(
        "newsletter", csv("email,email 2,name,phone,consent_date", f"ada@ok.test,a@ok2.test,Ada,{NUMBER},2026-01-05")
    )
    return int(lab.value("select coalesce(max(id), 0) from audit.changes"))


def test_a_change_at_the_prompt_is_caught(lab: Lab, last: int) -> None:
    lab.do("update core.contacts set company = 'Engines', title = null, name = 'Ada Example'")
    who = lab.value("select session_user::text")
    assert sorted(lab.rows(CHANGES, last)) == [
        ("core.contacts", "company", None, "Engines", who, UNNAMED, None),
        ("core.contacts", "name", "Ada", "Ada Example", who, UNNAMED, None),
    ]
    assert lab.row("select updated_by, version from core.contacts")[0] == who


def test_a_change_of_the_pipeline_names_actor_run_and_stage(lab: Lab, last: int) -> None:
    lab.session = replace(lab.session, run_id="run-7", actor="somebody")
    lab.take("newsletter", csv("email,company", "ada@ok.test,Engines"))
    assert lab.rows(CHANGES, last) == [("core.contacts", "company", None, "Engines", "somebody", "contacts", "run-7")]


def test_verification_and_permissions_are_not_written_down_twice(lab: Lab, last: int) -> None:
    lab.do(
        "update core.contacts set email_status = 'valid', email_sub_status = null, email_verified_at = now(),"
        " email_due_at = now(), email_deliverability_score = 9, email_is_free = true, email_typo_suggestion = 'x',"
        " phone_status = 'invalid', phone_e164 = '+4915123456799', phone_type = 'mobile', phone_verified_at = now(),"
        " can_email = false, can_call = not can_call, phone_key = null, email_key = null, updated_at = now()"
    )
    lab.sync_permissions()
    assert lab.rows(CHANGES, last) == []


def test_flags_that_restrict_are_written_down(lab: Lab, last: int) -> None:
    lab.do("update core.contacts set suppress_email = true, deletion_requested = true, hard_bounce = true")
    assert {field for _, field, *_ in lab.rows(CHANGES, last)} == {
        "suppress_email", "deletion_requested", "hard_bounce",
    }  # fmt: skip


def test_points_and_consents_are_watched(lab: Lab, last: int) -> None:
    contact = lab.value("select id from core.contacts")
    lab.do("update core.contact_points set value = 'b@ok2.test', status = 'invalid' where kind = 'email'")
    with lab.psql() as connection:
        connection.execute("select audit.begin_erasing()")  # else it is refused
        connection.execute("update core.consent_records set withdrawn_date = '2026-02-05Z'")
    assert [row[:4] for row in lab.rows(CHANGES, last)] == [
        ("core.contact_points", "value", "a@ok2.test", "b@ok2.test"),
        ("core.consent_records", "withdrawn_date", None, None),  # of what an erasure does no value is kept
    ]
    assert {row[0] for row in lab.rows("select contact_id from audit.changes where id > %s", last)} == {contact}


def test_a_deletion_is_written_down_without_its_values(lab: Lab, last: int) -> None:
    with lab.psql() as connection:
        connection.execute("select audit.begin_erasing()")  # she has a consent
        connection.execute("delete from core.contacts")
    assert {row[:4] for row in lab.rows(CHANGES, last)} == {
        (table, "*", None, None)
        for table in ("core.contacts", "core.contact_points", "core.consent_records", "core.contact_sources")
    }


def test_an_update_of_nothing_writes_nothing(lab: Lab, last: int) -> None:
    before = lab.row("select version, updated_at from core.contacts")
    lab.do("update core.contacts set name = name, email = email, phone = phone")
    assert lab.rows(CHANGES, last) == []
    assert lab.row("select version, updated_at from core.contacts") == before


def test_no_plan_of_the_audit_compares_every_row_with_every_other(lab: Lab) -> None:
    """A plan made for a statement of one row is kept for the session; as a nested loop it took 20,000 rows a minute."""
    configurations = lab.rows(
        "select p.proname, p.proconfig from pg_trigger t join pg_proc p on p.oid = t.tgfoid"
        " where t.tgoldtable is not null and t.tgnewtable is not null and not t.tgisinternal"
    )
    assert configurations
    assert [name for name, settings in configurations if "enable_nestloop=off" not in settings] == []
