"""refresh_stale_partitions and the retention job: what time brings about."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from contact_pipeline.drops.intake import Intake
from contact_pipeline.opening import open_session
from contact_pipeline.orchestration import schedules
from contact_pipeline.orchestration.partitions import DROPS, range_tags
from contact_pipeline.orchestration.run_pruning import delete_old_runs
from contact_pipeline.orchestration.schedules import refresh_stale_partitions
from contact_pipeline_tests.installation import REPOSITORY, Installation, write


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """One that can be opened again by its reference, as a schedule's context does."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as made:
        yield made


def landed(installation: Installation, *names: str) -> list[str]:
    """Drops that were taken in an hour ago and never ran."""
    files = [
        write(installation.folder / "crm" / f"{name}.csv", "Name,Email", f"{name},{name}@orchid.net") for name in names
    ]
    with open_session(installation.settings) as session:
        taken, _ = Intake(session).take_files(files, "crm")
    installation.execute("update raw.drops set landed_at = landed_at - interval '1 hour'")
    return [drop.key for drop in taken]


def requested(instance: dg.DagsterInstance) -> list[str]:
    """Partitions that one tick asks for."""
    found = refresh_stale_partitions(dg.build_schedule_context(instance=instance))
    if isinstance(found, dg.SkipReason):
        assert found.skip_message
        return []
    assert isinstance(found, list)
    assert len({request.run_key for request in found}) == len(found)  # Dagster wants them in a tick of several
    return [str(request.partition_key) for request in found]


def test_nothing_is_due(installation: Installation, instance: dg.DagsterInstance) -> None:
    assert requested(instance) == []


def test_a_drop_whose_run_never_was_is_taken_up(installation: Installation, instance: dg.DagsterInstance) -> None:
    """A crash between taking the file in and asking for its run: Dagster never heard of the drop."""
    drops = landed(installation, "ada", "bo")
    instance.add_dynamic_partitions(DROPS, drops[:1])
    assert requested(instance) == drops
    assert set(instance.get_dynamic_partitions(DROPS)) == set(drops)


def test_a_drop_of_this_moment_has_its_run_still_before_it(
    installation: Installation, instance: dg.DagsterInstance
) -> None:
    landed(installation, "ada")
    installation.execute("update raw.drops set landed_at = now()")
    assert requested(instance) == []


def test_a_held_drop_waits_for_a_person(installation: Installation, instance: dg.DagsterInstance) -> None:
    landed(installation, "ada")
    installation.execute("update raw.drops set held_reason = 'wrong structure'")
    assert requested(instance) == []


def test_a_tick_asks_for_a_few_and_leaves_out_what_runs(
    installation: Installation, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "MOST_REQUESTS", 2)
    drops = landed(installation, *(f"p{n}" for n in range(5)))
    assert requested(instance) == drops[:2]
    instance.add_dynamic_partitions(DROPS, drops)
    job = dg.job(name="any")(lambda: None)
    run = instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags=range_tags(drops[:2]))
    assert requested(instance) == drops[2:4]
    instance.delete_run(run.run_id)
    assert requested(instance) == drops[:2]


@dg.asset
def nothing() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult()


def test_old_runs_go_with_their_events_and_young_ones_stay(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the storage that production uses: rows are counted in its tables."""
    shutil.copy(REPOSITORY / "dagster.yaml", tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("CONTACT_PIPELINE_DATABASE_URL", empty_database_url)
    made = Installation(tmp_path, {}, empty_database_url)
    with dg.DagsterInstance.get() as instance:
        old, young, running = (dg.materialize([nothing], instance=instance).run_id for _ in range(3))
        made.execute(f"update dagster.runs set create_timestamp = now() - interval '31 days' where run_id = '{old}'")
        made.execute(
            "update dagster.runs set create_timestamp = now() - interval '99 days', status = 'STARTED'"
            f" where run_id = '{running}'"
        )
        now = datetime.now(UTC)
        assert delete_old_runs(instance, keep_days=30, now=now) == 1
        assert delete_old_runs(instance, keep_days=30, now=now) == 0
        assert {run.run_id for run in instance.get_runs()} == {young, running}
        events = dict(made.rows("select run_id, count(*) from dagster.event_logs group by 1"))
        assert set(events) == {young, running}
        assert delete_old_runs(instance, keep_days=30, now=now + timedelta(days=31)) == 1


def test_the_retention_job_runs() -> None:
    from contact_pipeline.definitions import defs

    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def("prune_dagster_history")
        assert job.execute_in_process(instance=instance).success
