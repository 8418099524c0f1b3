"""What is looked at by the minute: disk, daemon, runs, spend, freshness."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import dagster as dg
import pytest

from contact_pipeline.adapters.postgres.vitals import failed_work
from contact_pipeline.alerting.watching import is_ahead, watch
from contact_pipeline.opening import open_session
from contact_pipeline_tests.installation import Installation
from contact_pipeline_tests.lab.lab import Lab

GB = 1_000_000_000


def alerts(lab: Lab) -> dict[str, str]:
    return dict(lab.rows("select fingerprint, severity from ops.alerts where closed_at is null"))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A disk of 100 GB with plenty of room, until a test says otherwise."""
    usage = SimpleNamespace(total=100 * GB, free=50 * GB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    return usage


def test_a_disk_that_runs_full_warns_then_alarms(lab: Lab, disk: SimpleNamespace) -> None:
    watch(lab.session)
    assert alerts(lab) == {}
    disk.free = 9 * GB
    watch(lab.session)
    assert alerts(lab) == {"disk_low:home": "warning"}
    disk.free = GB
    watch(lab.session)
    assert alerts(lab) == {"disk_low:home": "error"}
    disk.total = 10_000 * GB
    disk.free = 500 * GB  # a twentieth, and plenty
    watch(lab.session)
    assert alerts(lab) == {}


@pytest.mark.usefixtures("disk")
def test_spend_ahead_of_a_straight_line_to_the_budget_warns(lab: Lab) -> None:
    lab.with_policy(budgets={"hunter": {"monthly": 100}})
    lab.do("insert into ops.provider_months (provider, month, calls, spent) values ('hunter', '2026-11-01', 9, 35)")
    watch(lab.session)
    assert alerts(lab) == {"spend_above_forecast:hunter": "warning"}
    lab.passes(days=9)
    watch(lab.session)
    assert alerts(lab) == {}
    assert not is_ahead(100, 100, 1.2)
    assert not is_ahead(5, 0, 0.5)


@pytest.mark.usefixtures("disk")
def test_a_line_of_the_bill_ahead_of_its_plan_warns(lab: Lab) -> None:
    lab.do(
        "insert into ops.costs (month, kind, item, planned, actual, computed_at) values"
        " ('2026-10-01', 'month', 'email', 10, 140, now()), ('2026-11-01', 'month', 'email', 10, null, now()),"
        " ('2026-11-01', 'month', 'hosting', 10, null, now()), ('2025-12-01', 'month', 'phone', 10, 999, now())"
    )
    watch(lab.session)
    assert alerts(lab) == {"spend_above_forecast:line email": "warning"}


@pytest.mark.usefixtures("disk")
def test_stale_data_warn_while_the_figure_is_of_today(lab: Lab) -> None:
    figure = "insert into ops.kpi_history (metric, scope, day, value, numerator, denominator, goal) values"
    lab.do(figure + " ('data_freshness', 'all', '2026-11-01', .79, 79, 100, .85)")
    watch(lab.session)
    assert alerts(lab) == {"data_freshness:all": "warning"}
    lab.do(figure + " ('data_freshness', 'all', '2026-11-02', .8, 80, 100, .85)")
    watch(lab.session)
    assert alerts(lab) == {}


@pytest.mark.usefixtures("disk")
def test_a_daemon_without_a_sign_of_life_is_seen_by_who_stays(installation: Installation) -> None:
    with open_session(installation.settings) as session:
        now, began = session.clock(), session.clock() - timedelta(hours=1)
        watch(session, watching_since=began)
        fingerprint = "select fingerprint from ops.alerts where closed_at is null"
        assert installation.rows(fingerprint) == []  # none ever ran here
        old = (now - timedelta(minutes=6)).replace(tzinfo=None).isoformat()
        installation.execute(
            "insert into dagster.daemon_heartbeats (daemon_type, daemon_id, timestamp, body)"
            f" values ('SENSOR', 'x', '{old}', '{{}}')"
        )
        watch(session, watching_since=now)  # it may be starting
        watch(session)
        assert installation.rows(fingerprint) == []
        watch(session, watching_since=began)
        assert installation.rows(fingerprint) == [("daemon_silent:daemon",)]


def test_a_failed_run_counts_until_the_same_work_succeeds(installation: Installation) -> None:
    broken = {"a"}

    @dg.asset(partitions_def=dg.StaticPartitionsDefinition(["a", "b"]))
    def fragile(context: dg.AssetExecutionContext) -> None:
        if context.partition_key in broken:
            raise dg.Failure("broken", allow_retries=False)

    job = dg.Definitions(assets=[fragile], jobs=[dg.define_asset_job("fragile_job", [fragile])]).resolve_job_def(
        "fragile_job"
    )

    def failed() -> dict[str, int]:
        with open_session(installation.settings) as session, session.connection("test") as connection:
            return dict(failed_work(connection, session.clock() - timedelta(days=1)))

    with dg.DagsterInstance.get() as instance:
        for key in ("a", "b"):
            job.execute_in_process(partition_key=key, instance=instance, raise_on_error=False)
        assert failed() == {"fragile_job": 1}  # that b succeeded since says nothing of a
        with open_session(installation.settings) as session:
            watch(session)
            assert ("run_failed:fragile_job",) in installation.rows("select fingerprint from ops.alerts")
        broken.clear()
        job.execute_in_process(partition_key="a", instance=instance)
        assert failed() == {}
