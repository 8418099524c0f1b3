"""Whoever a drop, a provider or a trigger has closed is in the ledger, too: as keyed hashes, once, and stays closed in
a database that lost it."""

import json
from typing import Any

import psycopg
import pytest

from contact_pipeline.history.keeping_suppressions import write_down_suppressions
from contact_pipeline.rights.replaying import bring_back
from contact_pipeline_tests.lab.lab import KEY, Lab, csv

ADA, BO = "ada@ok.test", "bo@ok.test"


def ledger(lab: Lab) -> str:
    return "".join(path.read_text() for path in sorted(lab.settings.ledger.glob("facts-*.jsonl")))


def grouped(lab: Lab) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in ledger(lab).splitlines()]
    return [fact for line in lines for fact in line["facts"] if fact["kind"] == "suppressions"]


def closed(lab: Lab) -> list[tuple[object, ...]]:
    return lab.rows(
        "select encode(subject_key, 'hex'), channel, reason, source, last_said_at, created_at from core.suppressions"
        " order by 1"
    )


def test_what_a_list_closed_is_written_down_once_in_one_fact(lab: Lab) -> None:
    lab.drop("optouts", csv("email", ADA, BO), "unsubscribed.csv")
    assert write_down_suppressions(lab.session) == 2
    (fact,) = grouped(lab)
    assert sorted(fact["subjects"]) == sorted(KEY.email(who).hex() for who in (ADA, BO))
    assert ADA not in ledger(lab) and "ok.test" not in ledger(lab)
    assert write_down_suppressions(lab.session) == 0
    lab.drop("optouts", csv("email", "cy@ok.test"), "unsubscribed.csv")
    assert write_down_suppressions(lab.session) == 1
    assert len(grouped(lab)) == 2


def test_a_transaction_that_commits_late_has_its_turn(lab: Lab) -> None:
    """Its rows are older than what was written down in the meantime."""
    insert = (
        "insert into core.suppressions (subject_key, channel, reason, source) values (%s, 'email', 'opt_out', 'hand')"
    )
    with lab.psql() as slow:
        slow.execute(insert, (KEY.email(ADA),))
        lab.do(insert, KEY.email(BO))
        assert write_down_suppressions(lab.session) == 1
    assert KEY.email(ADA).hex() not in ledger(lab)
    assert write_down_suppressions(lab.session) >= 1
    assert KEY.email(ADA).hex() in ledger(lab)


@pytest.mark.parametrize("database", ["ours", "postgres"])
def test_a_transaction_that_stays_open_keeps_nobody_waiting(lab: Lab, database: str) -> None:
    insert = (
        "insert into core.suppressions (subject_key, channel, reason, source) values (%s, 'email', 'opt_out', 'hand')"
    )
    where = psycopg.conninfo.make_conninfo(
        lab.session.database_url, **({} if database == "ours" else {"dbname": database})
    )
    with psycopg.connect(where) as open_for_long:
        open_for_long.execute("select pg_current_xact_id()")
        for who in (ADA, BO):
            lab.do(insert, KEY.email(who))
            write_down_suppressions(lab.session)
            assert KEY.email(who).hex() in ledger(lab)
    assert len(grouped(lab)) == 2 or database == "ours"


def test_a_database_that_lost_them_gets_them_back_as_they_were(lab: Lab) -> None:
    lab.drop("shop", csv("email,name", f"{ADA},Ada Orchid"))
    lab.drop("optouts", csv("email", ADA), "unsubscribed.csv")
    lab.do(
        "insert into core.suppressions (subject_key, channel, reason, source, created_at, last_said_at)"
        " values (%s, 'email', 'legal', 'provider_x', %s, %s)",
        KEY.email(BO),
        lab.now,
        lab.now,
    )
    write_down_suppressions(lab.session)
    before = closed(lab)
    # As a restore to an instant before: rows and marks are gone, and no file brings the list again.
    lab.rewrite("delete from core.suppressions")
    lab.do("delete from ops.ledger_files")
    bring_back(lab.session)
    assert closed(lab) == before
    assert lab.may(ADA)[0] is False


def test_a_mark_of_another_database_counts_for_nothing(lab: Lab) -> None:
    lab.drop("optouts", csv("email", ADA), "unsubscribed.csv")
    write_down_suppressions(lab.session)
    mark = lab.settings.ledger / "suppressions.mark"
    said = json.loads(mark.read_text())
    mark.write_text(json.dumps(said | {"database": "another/1/00000002"}))
    assert write_down_suppressions(lab.session) == 1


@pytest.mark.parametrize("short, near, full", [
    (5, 7, 5), (9, 7, 9), (4294967295, 2**32 + 5, 2**32 - 1), (3, 2**32 - 1, 2**32 + 3),
    (7, 5 * 2**32 + 7, 5 * 2**32 + 7),
])  # fmt: skip
def test_a_transactions_whole_number_is_the_one_near_by(lab: Lab, short: int, near: int, full: int) -> None:
    assert lab.value("select audit.full_id(%s::text::xid, %s)", short, near) == full
