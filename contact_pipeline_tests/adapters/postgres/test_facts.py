"""Facts are appended: nobody changes or deletes one but in the one transaction that erases, and a mistaken opt-out goes
by a function that says who and why."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import CheckViolation, RestrictViolation

# Principle 4 of the design: what arrived, verdicts, answers, consents, opt-outs, bounces, changes, requests, proof.
SAMPLES = {
    "raw.landed_rows": "(drop_key, row_number, outcome, name) values ('d', 1, 'loaded', 'Ada')",
    "core.consent_records": "(contact_id, consent_type, consent_date, evidence) values (1, 'email', now(), 'x')",
    "core.suppressions": "(subject_key, channel, reason, source) values ('k', 'email', 'opt_out', 's')",
    "core.purpose_suppressions": "(subject_key, channel, purpose, reason, source)"
    " values ('k', 'email', 'news', 'opt_out', 's')",
    "core.email_validations":
        "(contact_id, email, layer, provider, status, validated_at)"
        " values (1, 'a@b.test', 'syntax', 'own', 'valid', now())",
    "core.phone_validations":
        "(contact_id, phone, layer, provider, status, validated_at) values (1, '1', 'format', 'own', 'valid', now())",
    "core.enrichment_history":
        "(contact_id, field_name, new_value, data_source, enriched_by) values (1, 'title', 'x', 's', 'contacts')",
    "core.outreach_history": "(contact_id, channel, sent_at) values (1, 'email', now())",
    "core.profile_questions": "(contact_id, subject_key) values (1, 'k')",
    "ops.provider_calls":
        "(provider, layer, endpoint, subject_key, price, session, reserved_at)"
        " values ('p', 'person', 'single', 'k', 1, 1, now())",
    "core.provider_answers":
        "(call_id, subject_key, layer, provider, answered_at)"
        " select id, 'k', 'person', 'p', now() from ops.provider_calls",
    "core.erased_keys": "(subject_key, erased_at) values ('k', now())",
    "ops.subject_requests":
        "(reference, kind, received_at, due_at, recorded_by) values ('R-1', 'access', now(), now(), 'desk')",
    "ops.erasures": "(id, reason, began_at) values (gen_random_uuid(), 'request', now())",
    "ops.exports":
        "(view_name, format, destination, columns, purposes, is_purpose_stated, exported_by)"
        " values ('contacts', 'csv', 'file', '{a}', '{b}', true, 'me')",
    "ops.page_views": "(viewed_by, role, page, contact_id) values ('me', 'steward', 'contact', 1)",
    "ops.alert_decisions":
        "(decision, about, decided_by, decided_at) values ('acknowledged', 'drop_held:d', 'me', now())",
    "ops.reports":
        "(kind, period, title, html, made_at) values ('freshness', '2026-11-02', 't', 'h', now())",
    "audit.changes":
        "(contact_id, table_name, field, changed_by, changed_at, reason)"
        " values (1, 'core.contacts', 'x', 'me', now(), 'x')",
    "audit.seals": "(change_id, salt, commitment, leaf) values (1, 's', 'c', 'l')",
    "audit.blocks": "(block, last_id, rows, sealed_at, head) values (1, 1, 1, now(), 'h')",
    "core.rulings":
        "(contact_id, field_name, value, ruled_at, ruled_by, rollback_id) values (1, 'title', 'x', now(), 'me', 'r')",
    "ops.rollbacks":
        "(id, kind, about, reason, ruled_by, ruled_at, changes, kept)"
        " values ('r', 'drop', 'd', 'x', 'me', now(), 0, 0)",
    "audit.retractions":
        "(subject_key, channel, reason, source, said_at, retracted_by, login, because)"
        " values ('k', 'email', 'r', 's', now(), 'me', 'me', 'x')",
}  # fmt: skip
FACTS = sorted(SAMPLES.keys() - {"core.profile_questions"})  # which only makes an answer wanted
# What may change, under a condition that tests below look at.
CHANGING = {
    "raw.landed_rows": {"outcome", "contact_id", "email_normalized"},
    "core.suppressions": {"last_said_at", "acted_at", "canonical_key"},
    "core.purpose_suppressions": {"last_said_at", "acted_at"},
    "core.outreach_history": {"bounced_at"},
    "ops.provider_calls": {"outcome", "price"},
    "audit.seals": {"salt"},
    "ops.subject_requests": {"reference", "state"},
}


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    """The owner's login, with one row in each table of facts."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("insert into core.contacts (id, name) overriding system value values (1, 'Ada')")
        for table, row in SAMPLES.items():
            connection.execute(f"insert into {table} {row}")
        yield connection


def test_the_tables_of_facts_are_these(owner: psycopg.Connection) -> None:
    for trigger in ("fact_stands", "fact_stays", "facts_stay"):
        found = owner.execute("select tgrelid::regclass::text from pg_trigger where tgname = %s", (trigger,)).fetchall()
        assert sorted(name for (name,) in found) == FACTS, trigger


@pytest.mark.parametrize("table", FACTS)
def test_nothing_that_stands_in_a_fact_changes(owner: psycopg.Connection, table: str) -> None:
    columns = owner.execute(
        "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and attidentity = ''", (table,)
    ).fetchall()
    tried = 0
    for (column,) in columns:
        name = sql.SQL(table), sql.Identifier(column)
        is_filled = owner.execute(sql.SQL("select 1 from {} where {} is not null").format(*name)).fetchone()
        if is_filled and column not in CHANGING.get(table, ()):
            tried += 1
            with pytest.raises(RestrictViolation, match="append-only"):
                owner.execute(sql.SQL("update {} set {} = null").format(*name))
    assert tried >= 2


@pytest.mark.parametrize("table", FACTS)
def test_no_fact_is_deleted_but_in_the_transaction_that_erases(owner: psycopg.Connection, table: str) -> None:
    for statement in (f"delete from {table}", f"truncate {table} cascade"):
        with pytest.raises(RestrictViolation, match="append-only"):
            owner.execute(statement)
    with owner.transaction():
        owner.execute("select audit.begin_erasing()")
        assert owner.execute(f"delete from {table}").rowcount > 0
        raise psycopg.Rollback
    with pytest.raises(RestrictViolation):
        owner.execute(f"delete from {table}")


def test_erasing_ends_with_its_transaction_and_is_no_other_sessions(
    database_url: str, owner: psycopg.Connection
) -> None:
    with owner.transaction():
        owner.execute("select audit.begin_erasing()")
        with psycopg.connect(database_url) as other, pytest.raises(RestrictViolation):
            other.execute("delete from core.email_validations")
    with owner.transaction(), pytest.raises(RestrictViolation):  # the same session, the next transaction
        owner.execute("delete from core.suppressions")
    with owner.transaction():
        with owner.transaction():
            owner.execute("select audit.begin_erasing()")
            raise psycopg.Rollback
        with pytest.raises(RestrictViolation), owner.transaction():  # what was rolled back allows nothing
            owner.execute("delete from core.suppressions")


def test_a_session_that_ended_leaves_nothing_to_the_next(database_url: str, owner: psycopg.Connection) -> None:
    with psycopg.connect(database_url, autocommit=True) as gone:
        gone.execute("select audit.set_session('somebody', 'run-1', 'test')")
        pid = gone.info.backend_pid
    # The number is given again: the row of the ended session is made to look like this one's, but for its start.
    owner.execute("update audit.sessions set pid = %s where pid = %s", (owner.info.backend_pid, pid))
    assert owner.execute("select audit.actor()").fetchone() == (None,)
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("select audit.set_session('another', '', '')")
        assert other.execute("select actor from audit.sessions").fetchall() == [("another",)]


def test_a_contact_takes_its_facts_with_it_but_no_evidence(owner: psycopg.Connection) -> None:
    with pytest.raises(RestrictViolation, match="consent_records"):
        owner.execute("delete from core.contacts")
    with owner.transaction():
        owner.execute("select audit.begin_erasing()")
        owner.execute("delete from core.consent_records")
    owner.execute("delete from core.contacts")
    for table in (
        "email_validations",
        "phone_validations",
        "enrichment_history",
        "outreach_history",
        "provider_answers",
    ):
        assert owner.execute(f"select 1 from core.{table}").fetchall() == [], table
    assert owner.execute("select 1 from core.suppressions").fetchall()  # a key outlives its contact


@pytest.mark.parametrize(
    ("first", "allowed", "refused"),
    [
        ("", "update core.suppressions set last_said_at = now() + interval '1 day'",
         "update core.suppressions set last_said_at = now() - interval '1 day'"),
        ("update core.outreach_history set opened_at = now()",
         "update core.outreach_history set bounced_at = now(), bounce_type = 'hard'",
         "update core.outreach_history set opened_at = null"),
        ("", "update ops.provider_calls set outcome = 'answered', settled_at = now(), price = 0.5",
         "update ops.provider_calls set price = 0"),
        ("update ops.provider_calls set outcome = 'outcome_unknown'",
         "update ops.provider_calls set outcome = 'failed', fault = 'x'",
         "update ops.provider_calls set outcome = 'answered'"),
        ("", "update ops.subject_requests set state = 'done', closed_at = now(), closed_by = 'desk'",
         "update ops.subject_requests set state = 'open', closed_at = null"),
        ("", "update ops.erasures set erased_at = now(), certificate = '{}'",
         "update ops.erasures set erased_at = null"),
        ("update raw.landed_rows set outcome = 'quarantined'",
         "delete from raw.landed_rows where outcome = 'quarantined'", ""),
    ],
)  # fmt: skip
def test_what_the_program_adds_to_a_fact_is_added_once(
    owner: psycopg.Connection, first: str, allowed: str, refused: str
) -> None:
    for statement in filter(None, (first, allowed)):
        assert owner.execute(statement).rowcount == 1
    if refused:
        with pytest.raises(RestrictViolation):
            owner.execute(refused)


def test_a_mistaken_opt_out_is_taken_back_by_somebody_for_a_reason(owner: psycopg.Connection) -> None:
    retract = "select audit.retract_suppression('k', 'email', 'opt_out', 's', %s, %s)"
    owner.execute("update ops.permission_sync set is_asked = false")
    with pytest.raises(CheckViolation):
        owner.execute(retract, ("Ana", " "))
    assert owner.execute("select count(*) from core.suppressions").fetchone() == (1,)
    with owner.transaction():
        assert owner.execute(retract, ("Ana", "typed the wrong address")).fetchone() == (True,)
        with pytest.raises(RestrictViolation), owner.transaction():  # nothing else has become possible
            owner.execute("delete from core.consent_records")
    assert owner.execute("select count(*) from core.suppressions").fetchone() == (0,)
    taken_back = owner.execute(
        "select subject_key, channel, reason, source, retracted_by, login = session_user, because"
        " from audit.retractions order by id desc"
    ).fetchone()
    assert taken_back == (b"k", "email", "opt_out", "s", "Ana", True, "typed the wrong address")
    assert owner.execute("select is_asked from ops.permission_sync").fetchone() == (True,)
    assert owner.execute(retract, ("Ana", "again")).fetchone() == (False,)
