"""A steward, who has nothing but a login, rules what is true: as if the person had asked for it, and in the steward's
name. Each test logs in as one."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from contact_pipeline.profiles.corrections import CORRECTABLE
from contact_pipeline.profiles.reviewing import decide_review
from contact_pipeline.rights.requests import open_request
from contact_pipeline.rights.rulings import carry_out_rulings, is_any_waiting
from contact_pipeline.rights.serving import serve_request
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.logins import logged_in

HEADER = "email,name,phone,title,company"
ADA = "ada@ok.test,Ada Exampel,+44 20 7946 0958,Clerk,Engines Ltd"
BO = "bo@ok.test,Bo Exampel,+44 20 7946 0959,Clerk,Engines Ltd"

Steward = psycopg.Connection[dict[str, Any]]


@pytest.fixture
def steward(lab: Lab) -> Iterator[Steward]:
    lab.drop("crm", csv(HEADER, ADA, BO))
    with logged_in(lab.session.database_url, "steward") as connection:
        yield connection


def correct(lab: Lab, steward: Steward, field: str, value: str, who: str = "ada@ok.test") -> int:
    row = steward.execute(
        "select curated.correct_contact(%s, %s, %s, 'said so on the phone') as number",
        (lab.contact(who)["public_id"], field, value),
    ).fetchone()
    assert row is not None
    return int(row["number"])


def state(lab: Lab, contact: int) -> dict[str, Any]:
    """What a correction leaves behind, but for numbers, times, and who it was."""
    return {
        "contact": lab.rows(
            "select name, given_name, family_name, email, phone, phone_e164, title, company, email_status, can_email,"
            " can_call, email_key is not null from core.contacts where id = %s",
            contact,
        ),
        "claims": lab.rows(
            "select field_name, split_part(data_source, ':', 1), value, confidence_score from core.profile_claims"
            " where contact_id = %s order by 1",
            contact,
        ),
        "history": lab.rows(
            "select field_name, old_value, new_value, split_part(data_source, ':', 1), confidence_score"
            " from core.enrichment_history where contact_id = %s order by id",
            contact,
        ),
        "audit": lab.rows(
            "select field, old_value, new_value from audit.changes where contact_id = %s"
            " and table_name = 'core.contacts' order by 1, 2, 3",
            contact,
        ),
        "points": lab.rows("select kind, value from core.contact_points where contact_id = %s order by 1, 2", contact),
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", "Engineer"), ("name", "Ada Example"), ("email", "Someone@OK2.test"), ("phone", "+44 20 7946 0960"),
     ("company", "Tools Ltd")],
)  # fmt: skip
def test_a_ruling_leaves_what_a_correction_on_request_leaves(
    lab: Lab, steward: Steward, field: str, value: str
) -> None:
    """The same is done twice to the same contact: by request, taken back with the database, and by a steward."""
    contact = lab.contact("ada@ok.test")["id"]
    before = state(lab, contact)
    dump = snapshot(lab)
    number = open_request(lab.session, "rectify", who="ada@ok.test", details={field: value})
    serve_request(lab.session, number)
    by_request = state(lab, contact)
    assert by_request != before
    restore(lab, dump)
    assert state(lab, contact) == before
    correct(lab, steward, field, value)
    assert carry_out_rulings(lab.session) == {"applied": 1}
    assert state(lab, contact) == by_request


TABLES = (
    "core.contacts", "core.profile_claims", "core.enrichment_history", "audit.changes", "core.contact_points",
    "core.address_keys", "core.field_agreement", "core.email_validations", "ops.reviews",
)  # fmt: skip


def snapshot(lab: Lab) -> dict[str, list[tuple[Any, ...]]]:
    return {table: lab.rows(f"select to_jsonb(t)::text from {table} t") for table in TABLES}


def restore(lab: Lab, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    with lab.psql() as connection:
        connection.execute("set session_replication_role = replica")
        for table in TABLES:
            connection.execute(f"delete from {table}".encode())
            for (row,) in rows[table]:
                columns = connection.execute(
                    "select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute"
                    " where attrelid = %s::regclass and attnum > 0 and not attisdropped and attgenerated = ''",
                    (table,),
                ).fetchone() or ("",)
                connection.execute(
                    f"insert into {table} ({columns[0]}) overriding system value"
                    f" select {columns[0]} from jsonb_populate_record(null::{table}, %s::jsonb)".encode(),
                    (row,),
                )


def test_the_trail_names_the_steward_and_the_reason(lab: Lab, steward: Steward) -> None:
    number = correct(lab, steward, "title", "Engineer")
    assert is_waiting(lab)
    carry_out_rulings(lab.session)
    assert not is_waiting(lab)
    me = steward.info.user
    assert lab.row(
        "select changed_by, reason, source, new_value from curated.audit_trail where field = 'title' order by id"
    ) == (me, "correction: said so on the phone", f"person:{me}", "Engineer")
    row = steward.execute("select * from curated.reviews where id = %s", (number,)).fetchone()
    assert row is not None
    assert (row["decision"], row["closed_by"], row["refusal"]) == ("corrected", me, None)
    assert lab.row("select ruled_value from ops.reviews where id = %s", number) == (None,)


def is_waiting(lab: Lab) -> bool:
    with lab.session.connection("test") as connection:
        return is_any_waiting(connection)


def test_one_that_cannot_stand_says_why_and_keeps_no_other_back(lab: Lab, steward: Steward) -> None:
    refused = correct(lab, steward, "email", "bo@ok.test")  # Bo's
    unreadable = correct(lab, steward, "linkedin_url", "no page")
    correct(lab, steward, "title", "Engineer")
    assert carry_out_rulings(lab.session) == {"applied": 1, "refused": 2}
    assert lab.contact("ada@ok.test")["title"] == "Engineer"
    for number in (refused, unreadable):
        decision, why, value = lab.row("select decision, refusal, ruled_value from ops.reviews where id = %s", number)
        assert decision == "refused" and why and "bo@" not in why and "no page" not in why and value is None
    assert carry_out_rulings(lab.session) == {}


def test_the_later_of_two_rulings_holds(lab: Lab, steward: Steward) -> None:
    first, second = (correct(lab, steward, "title", value) for value in ("Engineer", "Countess"))
    assert first == second
    carry_out_rulings(lab.session)
    assert lab.contact("ada@ok.test")["title"] == "Countess"


def test_a_review_is_decided(lab: Lab, steward: Steward) -> None:
    lab.rows(
        "insert into ops.reviews (kind, contact_id, field_name, details) select 'field_disagreement', id, 'title',"
        """ '{"sides": [{"value": "Clerk"}, {"value": "Engineer"}]}' from core.contacts where email = 'ada@ok.test'"""
        " returning id"
    )
    (number,) = lab.row("select id from ops.reviews where kind = 'field_disagreement'")
    steward.execute("select curated.decide_review(%s, 'accepted', 'her page says so')", (number,))
    assert carry_out_rulings(lab.session) == {"applied": 1}
    assert lab.contact("ada@ok.test")["title"] == "Engineer"
    assert lab.row("select decision, closed_by, reason from ops.reviews where id = %s", number) == (
        "accepted", steward.info.user, "her page says so",
    )  # fmt: skip
    with pytest.raises(psycopg.errors.NoDataFound):  # it is closed
        steward.execute("select curated.decide_review(%s, 'rejected', 'x')", (number,))


def test_what_somebody_decided_meanwhile_stays(lab: Lab, steward: Steward) -> None:
    number = correct(lab, steward, "title", "Engineer")
    decide_review(lab.session, number, "rejected", reason="no")
    assert carry_out_rulings(lab.session) == {}
    assert lab.contact("ada@ok.test")["title"] == "Clerk"


def test_the_ruling_of_somebody_who_was_erased_is_gone(lab: Lab, steward: Steward) -> None:
    correct(lab, steward, "title", "Engineer")
    number = open_request(lab.session, "erase", who="ada@ok.test", identity_check="letter")
    serve_request(lab.session, number)
    assert lab.rows("select id from ops.reviews where kind = 'correction'") == []
    assert carry_out_rulings(lab.session) == {}


def test_what_may_be_corrected_is_said_once(lab: Lab) -> None:
    assert lab.row("select core.correctable_fields()") == ([*CORRECTABLE],)
