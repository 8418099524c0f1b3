"""What the desk writes down holds at once, for whoever has the address or number, now or later."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from contact_pipeline.adapters.postgres.engine import DatabaseRefused
from contact_pipeline.core.errors import UsageError
from contact_pipeline.rights import desk
from contact_pipeline_tests.lab.lab import Lab, csv

ADA = "ada@ok.test,Ada Example,+44 20 7946 0958"
HEADER = "email,name,phone"

WITHDRAWN = (
    "insert into core.consent_records (contact_id, consent_type, withdrawn_date)"
    " select id, 'email', now() from core.contacts"
)
EXPIRED = "update core.contact_sources set retention_days = 1, landed_at = now() - interval '3 days'"


def flags(lab: Lab, email: str = "ada@ok.test") -> tuple[bool, bool]:
    return lab.may(email)


def test_an_opt_out_is_in_effect_at_once_and_fills_the_columns_of_the_law(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    assert flags(lab)[0]
    acted = lab.now - timedelta(days=3)
    done = desk.opt_out(
        lab.session, "Ada@OK.test", reason="opt_out", source="letter", acted_at=acted, evidence="no more"
    )
    assert done == {"channel": "email", "contacts": 1}
    assert not flags(lab)[0]
    assert lab.why("ada@ok.test")[0] == "suppressed"
    contact = lab.contact("ada@ok.test")
    assert (contact["email_opt_out_date"], contact["email_opt_out_reason"]) == (acted, "opt_out")
    assert (contact["suppression_list"], contact["suppress_email"]) == ("letter", True)
    seen = lab.row("select reason, source, acted_at, processing_days, processing_business_days from curated.suppressed")
    assert seen == ("opt_out", "letter", acted, pytest.approx(3.0), 1)  # from Friday to Monday
    assert lab.value("select count(*) from curated.mailable_contacts") == 0


def test_it_holds_for_who_is_not_known_yet_and_for_every_way_in(lab: Lab) -> None:
    desk.opt_out(lab.session, "ada@ok.test", reason="complaint", source="call")
    lab.drop("shop", csv(HEADER, ADA))
    assert not flags(lab)[0]
    lab.drop("shop", csv("email,name", "ADA@ok.test,Ada Example"), "again.csv")
    lab.drop("shop", csv("email,email 2,name", "bo@ok.test,ada@ok.test,Bo Example"), "further.csv")
    assert lab.value("select count(*) from core.contacts where can_email") == 0  # one address stops all of a person's
    lab.do("insert into core.contacts (email, name, can_email) values ('ada@ok.test', 'By Hand', false)")
    lab.drop("shop", csv(HEADER, "cy@ok.test,Cy Example,"), "other.csv")
    lab.do("update core.contacts set email = 'ada@ok.test' where email = 'cy@ok.test'")
    lab.sync_permissions()
    assert lab.value("select count(*) from core.contacts where can_email") == 0
    assert lab.value("select count(*) from curated.mailable_contacts") == 0


def test_a_number_closes_calls_only(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example,+49 30 901820"))
    before = flags(lab)
    assert before == (True, True)
    assert desk.opt_out(lab.session, "+49 (30) 901820", reason="do_not_call", source="call")["channel"] == "phone"
    assert flags(lab) == (True, False)


def test_a_consent_needs_proof_and_an_opt_out_ends_it_with_a_row_of_its_own(lab: Lab, tmp_path: Path) -> None:
    lab.with_source("form", documentation="Our form.", lawful_basis="consent", purpose="news")
    lab.drop("form", csv("email,name", "ada@ok.test,Ada Example"))
    assert lab.why("ada@ok.test")[0] == "no_lawful_basis"  # nobody has her consent
    with pytest.raises(UsageError, match="what proves it"):
        desk.consent(lab.session, "ada@ok.test", source="form")
    with pytest.raises(UsageError, match="Nobody is known"):
        desk.consent(lab.session, "bo@ok.test", source="form", evidence="ticked")
    document = tmp_path / "form.pdf"
    document.write_bytes(b"signed")
    desk.consent(
        lab.session,
        "ada@ok.test",
        source="form",
        ip="192.0.2.7",
        purpose="news",
        document=document,
        notice_version="3",
    )
    state = "select channel, state, source, purpose, notice_version, has_evidence from curated.consent_status"
    assert lab.rows(state) == [("email", "given", "form", "news", "3", True)]
    assert lab.why("ada@ok.test")[0] == "allowed"
    lab.passes(days=1)
    desk.opt_out(lab.session, "ada@ok.test", reason="opt_out", source="call")
    assert lab.rows("select channel, state from curated.consent_status") == [("email", "withdrawn")]
    grant, ended = lab.rows("select id, ends_id from core.consent_records order by id")
    assert (grant[1], ended[1]) == (None, grant[0])
    lab.passes(days=1)
    with pytest.raises(UsageError, match="what proves it"):
        desk.consent(lab.session, "ada@ok.test", source="form", evidence="  ")
    desk.consent(lab.session, "ada@ok.test", source="form", evidence="ticked again")
    assert lab.why("ada@ok.test")[0] == "allowed"  # newer than the opt-out, and proved: test_reopening.py
    assert lab.may("ada@ok.test")[0]


def test_an_opt_out_with_an_older_date_ends_the_consents_that_we_have(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    desk.consent(lab.session, "ada@ok.test", source="form", evidence="ticked")
    acted = lab.now - timedelta(days=3)
    desk.opt_out(lab.session, "ada@ok.test", reason="opt_out", source="letter", acted_at=acted)
    assert (flags(lab)[0], lab.why("ada@ok.test")[0]) == (False, "suppressed")
    assert lab.rows("select channel, state from curated.consent_status") == [("email", "withdrawn")]
    assert lab.row("select acted_at, last_said_at from core.suppressions") == (acted, lab.now)


IS_EVIDENCE = "append-only: write what is true now as a row of its own"


@pytest.mark.parametrize("statement", [
    "update core.consent_records set withdrawn_date = now()",
    "update core.consent_records set evidence = 'better words'",
    "update core.consent_records set ends_id = null, evidence = 'better words'",
    "update core.consent_records set ends_id = id",
    "delete from core.consent_records",
    "delete from core.contacts",
    "truncate core.consent_records",
    "truncate core.contacts cascade",
])  # fmt: skip
def test_a_consent_is_neither_changed_nor_taken_away(lab: Lab, statement: str) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    desk.consent(lab.session, "ada@ok.test", source="form", evidence="ticked")
    before = lab.rows("select * from core.consent_records")
    with pytest.raises(psycopg.errors.RestrictViolation, match=IS_EVIDENCE):
        lab.do(statement)
    with pytest.raises(DatabaseRefused), lab.session.connection("a stage of ours") as connection:
        connection.execute(statement)
    assert lab.rows("select * from core.consent_records") == before
    assert flags(lab)[0]


def test_only_erasure_takes_consents_away_with_the_contact_and_says_so(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA, "bo@ok.test,Bo Example,"))
    lab.do("delete from core.contacts where email = 'bo@ok.test'")  # nobody has a consent of him
    desk.consent(lab.session, "ada@ok.test", source="form", evidence="ticked")
    lab.passes(days=1)
    desk.opt_out(lab.session, "ada@ok.test", reason="opt_out", source="call")
    with lab.psql() as connection, connection.transaction():
        connection.execute("select audit.begin_erasing()")
        connection.execute("delete from core.contacts")
    assert lab.value("select count(*) from core.consent_records") == 0
    lab.drop("shop", csv("email,name", "ada@ok.test,Ada Example"), "again.csv")
    assert not flags(lab)[0]  # the opt-out outlives her


def test_suppressions_go_out_and_come_in_without_an_address(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    desk.opt_out(lab.session, "ada@ok.test", reason="opt_out", source="letter")
    file = io.StringIO()
    assert desk.export_suppressions(lab.session, file) == 1
    assert "ok.test" not in file.getvalue()
    lab.forget_everything()
    lab.drop("shop", csv(HEADER, ADA))
    assert flags(lab)[0]
    lines = file.getvalue().splitlines(keepends=True)
    assert desk.import_suppressions(lab.session, lines, source="backup") == {"rows": 1, "new": 1}
    assert not flags(lab)[0]
    assert desk.import_suppressions(lab.session, lines, source="backup") == {"rows": 1, "new": 0}


def test_a_list_of_addresses_comes_in_whole_or_not_at_all(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    bad = ["email,reason\n", "ada@ok.test,opt_out\n", "secret.person\n"]
    with pytest.raises(UsageError, match="Line 3") as caught:
        desk.import_suppressions(lab.session, bad, source="robinson")
    assert "secret" not in str(caught.value)
    assert flags(lab)[0]
    assert desk.import_suppressions(lab.session, bad[:2], source="robinson")["new"] == 1
    assert not flags(lab)[0]
    with pytest.raises(UsageError, match="column email or phone"):
        desk.import_suppressions(lab.session, ["name\n", "Ada\n"], source="robinson")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("update core.contacts set deletion_requested = true", "deletion_requested"),
        ("update core.contacts set processing_restricted = true", "restricted"),
        ("update core.contacts set suppress_email = true", "opted_out"),
        ("insert into core.suppressions select email_key, 'email', 'opt_out', 'x' from core.contacts", "suppressed"),
        (WITHDRAWN, "withdrawn"),
        ("update core.contacts set email_key = null", "unidentified"),
        ("update core.sources set documentation = ''", "ungrounded_or_expired"),
        (EXPIRED, "ungrounded_or_expired"),
    ],
)  # fmt: skip
def test_the_check_finds_who_is_on_a_list_and_must_not_be(lab: Lab, change: str, fault: str) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    report = lab.sync_permissions()
    assert report.checks[0].passed and report.checks[0].is_error
    lab.do(change)
    lab.do("update core.contacts set can_email = true")  # somebody forced it
    lab.do("update ops.permission_sync set is_asked = false")  # and nobody decides again today
    (check,) = lab.sync_permissions().checks
    assert not check.passed and check.counts == {fault: 1}


def test_sources_without_a_ground_and_ends_of_retention_are_listed(lab: Lab) -> None:
    lab.drop("nobody", csv(HEADER, ADA))
    lab.with_source("shop", retention_days=10)
    lab.drop("shop", csv(HEADER, "bo@ok.test,Bo Example,"))
    assert lab.rows("select source, drops, contacts from curated.undocumented_sources") == [("nobody", 1, 1)]
    lab.do("update core.contact_sources set landed_at = now() - interval '11 days' where source = 'shop'")
    assert lab.rows("select source, is_over from curated.retention_due") == [("shop", True)]


def test_business_days_leave_weekends_out(lab: Lab) -> None:
    days = "select core.business_days(%s, %s)"
    friday, monday = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert (lab.value(days, friday, monday), lab.value(days, friday, friday)) == (1, 0)
    assert lab.value(days, friday, friday + timedelta(days=14)) == 10


def test_another_channel_is_closed_for_what_the_contact_has(lab: Lab) -> None:
    lab.drop("shop", csv("email,name,phone,mobile", "ada@ok.test,Ada Example,+49 30 901820,+49 30 901821"))
    received = lab.now - timedelta(days=1)
    done = desk.opt_out(
        lab.session, "ada@ok.test", reason="do_not_call", source="letter", channel="phone", received_at=received
    )
    assert done == {"channel": "phone", "contacts": 1}
    assert flags(lab) == (True, False)
    assert lab.rows("select channel, received_at from core.suppressions") == [("phone", received)] * 2
    desk.opt_out(lab.session, "ada@ok.test", reason="opt_out", source="letter", channel="any")
    assert flags(lab) == (False, False)
    lab.passes(days=1)
    desk.consent(lab.session, "ada@ok.test", source="form", evidence="ticked both", channel="any")
    assert flags(lab) == (True, True)
    with pytest.raises(UsageError, match="future"):
        desk.opt_out(lab.session, "ada@ok.test", reason="opt_out", source="x", received_at=lab.now + timedelta(days=1))


def test_the_state_of_a_consent_is_known_for_any_instant(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    given = lab.now
    desk.consent(lab.session, "ada@ok.test", source="form", evidence="ticked")
    lab.passes(days=2)
    desk.opt_out(lab.session, "ada@ok.test", reason="opt_out", source="call")
    at = "select state from core.consent_status_at(%s)"
    assert lab.rows(at, given - timedelta(seconds=1)) == []
    assert lab.rows(at, given + timedelta(days=1)) == [("given",)]
    assert lab.rows(at, lab.now) == lab.rows("select state from curated.consent_status") == [("withdrawn",)]
