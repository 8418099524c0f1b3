"""What PostgreSQL refuses costs its row, and a stage that fails for good its drop: never the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import pytest

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import DatabaseRefused
from contact_pipeline.core.errors import TransientError
from contact_pipeline.core.report import StageReport
from contact_pipeline.reading import claims
from contact_pipeline.stage.holding import free
from contact_pipeline.stage.session import Session
from contact_pipeline.wording.vocabulary import CLAIMS
from contact_pipeline_tests.lab.lab import STAGES, Lab, csv

ASSETS = ("raw_contacts", "contacts", "validated_emails", "normalized_phones", "enriched_profiles")
OUTCOMES = "select row_number, outcome from raw.landed_rows where drop_key = %s order by 1"
ALERTS = "select rule, fingerprint from ops.alerts where closed_at is null"

# What a cast to inet, timestamptz, integer, numeric, text, jsonb or an index row may refuse.
POISON = (
    "fe80::1%eth0", "::1%1", "1.2.3.4/33", "2024-01-01T00:00:00+23:59", "2024-01-01T00:00:00+15:59:59.999999",
    "infinity",
    "-infinity", "epoch", "now", "0001-01-01", "9999-12-31", "2024-02-30", "P99999999999Y", "P99999D", "9999 years",
    "NaN",
    "1e400", "99999999999999999999", "-1", "\\x00", "\\u0000", "\\.", "{}", '{"a"', "NULL", "x" * 3_000,
    "\U0001f600" * 500,
    "https://www.linkedin.com/in/" + "\U00020000" * 1_900, "a@" + "b" * 250 + ".test",
    "\ud7ff\ue000\uffff", "\u202e\u0085",
    "ﷺ" * 300,
)  # fmt: skip
COLUMNS = (
    "record id", "name", "first name", "last name", "email", "phone", "company", "title", "linkedin url", "location",
    "country", "confidence", "note", *CLAIMS,
)  # fmt: skip


def cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("column", COLUMNS)
def test_no_value_of_any_column_stops_a_drop(lab: Lab, column: str) -> None:
    """Each value in a row of its own, among people whom nothing is wrong with; twice, so that rows are merged, too."""
    lab.with_policy(gates={"max_failed_share": 1.0})
    header = "email,name," + column if column not in ("email", "name") else "name,email"
    rows = [
        f"p{n}@ok.test,Person N{n},{cell(value)}" if column not in ("email", "name") else f"{cell(value)},{cell(value)}"
        for n, value in enumerate(POISON)
    ]
    for text in (csv(header, *rows), csv(header + ",list", *(row + ",again" for row in rows))):
        key = lab.register("crm", text)
        for asset in ASSETS:
            report = lab.finish(asset, key)
            assert all(check.passed for check in report.checks if check.name == f"{asset}_finished")
        assert lab.row("select published_at is not null, held_reason from raw.drops where key = %s", key) == (
            True,
            None,
        )
        assert not lab.value("select count(*) from raw.landed_rows where drop_key = %s and outcome is null", key)
        refused = "select count(*) from raw.quarantined_rows where 'refused_by_database' = any (reasons)"
        assert lab.value(refused) == 0  # the net below is for what nobody thought of
    lab.sync_permissions()


@contextmanager
def unchecked_addresses() -> Iterator[None]:
    """As if the room of drops let every consent IP through."""
    with patch.object(claims, "_ip", str):
        yield


def test_a_value_that_postgresql_refuses_quarantines_its_row_by_number(lab: Lab) -> None:
    lab.with_policy(gates={"max_failed_share": 1.0})
    rows = [f"p{n}@ok.test,Person N{n},2026-01-05,10.0.0.1," for n in range(9)]
    rows[3] = "p3@ok.test,Person N3,2026-01-05,fe80::1%eth0,yes"
    rows[7] = "p7@ok.test,Person N7,2026-01-05,nowhere,"
    key = lab.register("crm", csv("email,name,consent_date,consent_ip,Email Opt Out", *rows))
    with unchecked_addresses():
        for asset in ASSETS:
            lab.finish(asset, key)
    assert lab.accounting(key) == (9, 7, 0, 2)
    assert lab.rows("select row_number, stage, reasons from raw.quarantined_rows order by 1") == [
        (4, "contacts", ["refused_by_database"]), (8, "contacts", ["refused_by_database"]),
    ]  # fmt: skip
    assert lab.value("select published_at is not null from raw.drops")
    # Somebody's no counts whatever else is wrong with the row.
    assert lab.value("select count(*) from core.suppressions where channel = 'email'") == 1
    lab.replay(key)
    assert lab.accounting(key) == (9, 9, 0, 0)


def test_a_row_that_cannot_be_landed_is_quarantined_by_number(lab: Lab) -> None:
    lab.with_policy(gates={"max_failed_share": 1.0})
    lab.do("alter table raw.landed_rows add constraint odd check (company <> 'odd') not valid")
    try:
        key = lab.drop(
            "crm", csv("email,name,company", "a@ok.test,A B,even", "b@ok.test,C D,odd", "c@ok.test,E F,even")
        )
    finally:
        lab.do("alter table raw.landed_rows drop constraint odd")
    assert dict(lab.rows(OUTCOMES, key)) == {1: "loaded", 2: "quarantined", 3: "loaded"}
    assert lab.rows("select row_number, reasons from raw.quarantined_rows") == [(2, ["refused_by_database"])]


@contextmanager
def breaking(stage: str, key: str, error: Exception) -> Iterator[None]:
    """The stage fails for this drop only."""
    whole = STAGES[stage]

    def broken(session: Session, drop_key: str) -> StageReport:
        if drop_key == key:
            raise error
        return whole.work(session, drop_key)

    found = replace(whole, work=broken, when_held=broken if whole.when_held else None)
    with patch.dict(STAGES, {stage: found}):
        yield


@pytest.mark.parametrize("asset", ASSETS)
@pytest.mark.parametrize("error", [DatabaseRefused("PostgreSQL said no."), ValueError("zebedee.quux@orchid.net")])
def test_a_stage_that_fails_for_good_holds_its_drop_until_somebody_frees_it(
    lab: Lab, asset: str, error: Exception
) -> None:
    bad, good = (lab.register("crm", csv("email,name", f"{name}@ok.test,A {name}")) for name in ("bad", "good"))
    with breaking(asset, bad, error):
        for name in ASSETS:
            for key in (bad, good):
                report = lab.finish(name, key)
                assert [c.passed for c in report.checks if c.name == f"{name}_finished"] == [
                    (name, key) != (asset, bad)
                ]
    held = lab.value("select held_reason from raw.drops where key = %s", bad)
    assert held.startswith(f"failed in {asset}: {type(error).__name__}")
    assert "zebedee" not in held
    assert lab.rows("select key from raw.drops where published_at is not null") == [(good,)]
    assert lab.rows(ALERTS) == [("drop_failed", f"drop_failed:{bad}")]
    lab.passes(days=1)
    assert bad not in lab.stale_drops(limit=10)
    if asset == "raw_contacts":
        lab.replay(bad)
    else:
        with lab.session.connection("approve") as connection:
            free(connection, bad, actor="a person", reason="the fault is mended")
        lab.run(bad)
    assert lab.row("select held_reason, published_at is not null from raw.drops where key = %s", bad) == (None, True)
    assert lab.rows(ALERTS) == []


@pytest.mark.parametrize("error", [TransientError("it may pass"), OSError(5, "Input/output error")])
def test_what_may_pass_holds_nothing(lab: Lab, error: Exception) -> None:
    key = lab.register("crm", csv("email,name", "ada@ok.test,Ada Example"))
    with breaking("raw_contacts", key, error), pytest.raises(type(error)):
        lab.finish("raw_contacts", key)
    assert lab.value("select held_reason from raw.drops") is None
    lab.passes(days=1)
    assert lab.stale_drops(limit=10) == [key]


def test_an_archived_file_that_is_not_what_was_dropped_never_lands(lab: Lab) -> None:
    text = csv("email,name", "ada@ok.test,Ada Example")
    key = lab.register("crm", text)
    archived = lab.settings.archive / f"{key}.csv"
    archived.write_text(text.replace("ada", "eve"))
    lab.finish("raw_contacts", key)
    assert "archived file is damaged" in lab.value("select held_reason from raw.drops")
    assert lab.value("select count(*) from raw.landed_rows") == 0
    assert lab.register("crm", text) == key  # the same file again mends the archive
    lab.replay(key)
    assert lab.accounting(key) == (1, 1, 0, 0)


def test_two_contents_that_share_the_start_of_their_hash_are_two_drops(lab: Lab) -> None:
    facts = {"source": "crm", "file_name": "x.csv", "file_bytes": 1, "landed_at": lab.now}
    with lab.session.connection("test") as connection:
        store = DropStore(connection)
        one, _ = store.register(sha256="ab" * 32, **facts)  # type: ignore[arg-type]
        other, is_new = store.register(sha256="ab" * 4 + "cd" * 28, **facts)  # type: ignore[arg-type]
        again, is_new_again = store.register(sha256="ab" * 4 + "cd" * 28, **facts)  # type: ignore[arg-type]
    assert (one.key, other.key) == ("20261102-crm-abababab", "20261102-crm-ababababcdcd")
    assert (is_new, is_new_again, again) == (True, False, replace(other))
