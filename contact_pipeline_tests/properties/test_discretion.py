"""Nothing a stage says about itself holds a personal value: no exception, no count, no check, no alert, no key."""

import traceback

import psycopg
import pytest

from contact_pipeline.adapters.postgres.engine import DatabaseRefused, connect, translate
from contact_pipeline.core.errors import ContactPipelineError, TransientError
from contact_pipeline_tests.lab.lab import Lab, csv

SECRET = "zebediah.quartermain"
BROKEN = {
    "not null": "insert into core.contact_points (contact_id, kind, value, position) values (null, 'email', %(it)s, 1)",
    "check": "insert into core.contacts (name, email_status) values ('x', %(it)s)",
    "unique": "insert into core.contact_points (contact_id, kind, value, position)"
    " select id, 'email', %(it)s, 1 from core.contacts union all select id, 'email', %(it)s, 2 from core.contacts",
    "foreign key": "insert into raw.quarantined_rows (drop_key, row_number, reasons) values (%(it)s, 1, '{}')",
    "timestamp": "select cast(%(it)s as timestamptz)",
    "number": "select cast(%(it)s as integer)",
    "ip": "select cast(%(it)s as inet)",
    "json": "select cast(%(it)s as jsonb)",
    "array": "select cast(%(it)s as text[])",
    "too much": "select lpad(%(it)s, 2000000000)",
    "relation": "select * from core.contacts where nobody = %(it)s",
    "division": "select 1 / (length(%(it)s) - length(%(it)s))",
    "raised": "do $$ begin raise exception 'about {it}' using detail = '{it}', hint = '{it}'; end $$",
    "syntax": "select from where '{it}'",
}


def test_a_refusal_of_the_database_names_no_value(lab: Lab) -> None:
    lab.do("insert into core.contacts (name) values ('x')")
    for kind, statement in BROKEN.items():
        with pytest.raises(ContactPipelineError) as caught, connect(lab.session.database_url) as connection:
            connection.execute(statement.replace("{it}", SECRET), {"it": SECRET})
        shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + str(caught.value.__dict__)
        assert "zebediah" not in shown.lower(), kind
        assert caught.value.__suppress_context__
        assert isinstance(caught.value, DatabaseRefused), kind


def test_a_copy_that_fails_names_no_value(lab: Lab) -> None:
    """COPY quotes the line it could not read, in the CONTEXT of its error."""
    statement = "copy raw.landed_rows (drop_key, row_number) from stdin csv"
    with (
        pytest.raises(DatabaseRefused) as caught,
        connect(lab.session.database_url) as connection,
        connection.cursor() as cursor,
        cursor.copy(statement) as copy,
    ):
        copy.write(f"{SECRET},{SECRET}\n")
    assert "zebediah" not in "".join(traceback.format_exception(caught.value)).lower()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.DeadlockDetected, TransientError),
        (psycopg.errors.SerializationFailure, TransientError),
        (psycopg.errors.AdminShutdown, TransientError),
        (psycopg.errors.DiskFull, TransientError),
        (psycopg.OperationalError, TransientError),
        (psycopg.errors.CheckViolation, DatabaseRefused),
        (psycopg.errors.UndefinedTable, DatabaseRefused),
    ],
)
def test_only_what_may_pass_is_transient(error: type[psycopg.Error], kind: type[ContactPipelineError]) -> None:
    translated = translate(error(f"about {SECRET}"))
    assert type(translated) is kind
    assert "zebediah" not in str(translated)


def test_reports_alerts_and_keys_hold_counts_and_words_only(lab: Lab) -> None:
    """Every cell is seeded; wrong ones are there to make the stages talk."""
    header = (
        "Record ID,name,email,email 2,phone,company,title,LinkedIn URL,location,country,note,consent_ip,consent_date,"
        "Zebediah"
    )
    good = (
        f"{SECRET}-1,Zebediah Quartermain,{SECRET}@ok.test,{SECRET}@nullmx.test,+49 1512 3456700,Zebediah Ltd,Zebediah,"
        f"linkedin.com/in/{SECRET.replace('.', '-')},Zebediah Town,Zebedistan,zebediah,zebediah,zebediah,zebediah"
    )
    bad = [
        f",Zebediah {i},{SECRET}{i}@@nowhere.test,,zebediah,,,http://zebediah,,,,,,{'zebediah' * i}" for i in range(3)
    ]
    for source in ("crm", "bought"):
        lab.drop(source, csv(header, good, *bad, f'"{SECRET}', f"{good},too,many"), f"{SECRET}.csv")
    lab.reports += [lab.sync_permissions()]
    lab.drop("optouts", csv("email,reason,created", f"{SECRET}@ok.test,zebediah,zebediah"), "suppression_list.csv")
    said = (
        repr(lab.reports) + repr(lab.rows("select * from ops.alerts")) + repr(lab.rows("select * from ops.stage_runs"))
    )
    said += repr(lab.rows("select key, held_reason, repairs, format, encoding from raw.drops"))
    said += repr(lab.rows("select drop_key, stage, reasons from raw.quarantined_rows"))
    said += repr(lab.rows("select * from core.suppressions")) + repr(lab.rows("select * from ops.reviews"))
    assert len(lab.reports) == 16 and "invalid" in said and "unparsable" in said
    for part in ("zebed", "quartermain", "3456700"):
        assert part not in said.lower()
