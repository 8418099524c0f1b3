"""Every schedule and sensor of the code location, evaluated as the daemon does it on the storage of production, and
what it asks for is run: on a new installation, and after a restore that left schema `dagster` out, where all drops are
in raw.drops and Dagster knows nothing of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from sqlalchemy import Engine

from contact_pipeline.definitions import defs
from contact_pipeline.drops.intake import Intake
from contact_pipeline.opening import open_session
from contact_pipeline.orchestration.partitions import DROPS, RANGE_END, RANGE_START
from contact_pipeline.stage.holding import finish_or_hold
from contact_pipeline_tests.installation import REPOSITORY, Installation, write
from contact_pipeline_tests.lab.lab import STAGES
from contact_pipeline_tests.lab.vendors.hunter import Hunter
from contact_pipeline_tests.lab.vendors.sendgrid import SendGrid

REPOSITORY_DEF = defs.get_repository_def()
SCHEDULES = {schedule.name: schedule for schedule in REPOSITORY_DEF.schedule_defs}
SENSORS = {sensor.name: sensor for sensor in REPOSITORY_DEF.sensor_defs}
Arrange = Callable[[Installation], list[str]]


def unfinished(made: Installation) -> list[str]:
    """Drops that were taken in an hour ago and never ran."""
    files = [
        write(made.folder / "crm" / f"{name}.csv", "Name,Email", f"{name},{name}@orchid.net") for name in ("ada", "bo")
    ]
    with open_session(made.settings) as session:
        taken, _ = Intake(session).take_files(files, "crm")
    made.execute("update raw.drops set landed_at = landed_at - interval '1 hour'")
    return [drop.key for drop in taken]


def incomplete(made: Installation) -> list[str]:
    """Published drops with people of whom a provider might know more."""
    keys = unfinished(made)
    with open_session(made.settings) as session:
        for key in keys:
            for stage in STAGES.values():
                finish_or_hold(session, stage, key)
    write(made.settings.policy_path, made.settings.policy_path.read_text(), '[enrichment]\nproviders = ["hunter"]')
    return keys


def dropped_again(made: Installation) -> list[str]:
    """Files of drops that an earlier run did not finish lie in INCOMING once more, beside a new one."""
    keys = unfinished(made)
    for name in ("ada", "bo", "cy"):
        made.drop(f"crm/{name}.csv", "Name,Email", f"{name},{name}@orchid.net")
    return keys


def nothing(made: Installation) -> list[str]:
    """What asks for no drop asks for the same whatever there is; the drops are there all the same."""
    unfinished(made)
    return []


def waiting(made: Installation) -> list[str]:
    """Events that the web edge has stored an hour ago and nobody has worked off, beside drops."""
    unfinished(made)
    made.execute(
        "insert into ops.inbound_events (provider, event_id, body, received_at) values"
        """ ('bounce', '1', '{"email": "ada@orchid.net", "bounce_type": "hard"}', now() - interval '1 hour')"""
    )
    return []


def ruled(made: Installation) -> list[str]:
    """A steward has ruled, and nobody has carried it out."""
    unfinished(made)
    made.execute("insert into core.contacts (name) values ('Di Orchid')")
    made.execute("select curated.correct_contact(public_id, 'title', 'Boss', 'x') from core.contacts")
    return []


def in_step(made: Installation) -> list[str]:
    """A sender is configured, beside drops."""
    unfinished(made)
    write(made.settings.policy_path, made.settings.policy_path.read_text(), '[esp.sendgrid]\ndirection = "pull"')
    return []


def with_a_place(made: Installation) -> list[str]:
    """The policy names a folder for backups, beside drops."""
    unfinished(made)
    write(made.settings.policy_path, made.settings.policy_path.read_text(), f'[backup]\nto = "{made.folder / "place"}"')
    return []


# What gives each of them something to ask for, as known to raw.drops. One without a row here fails below.
ARRANGED: Mapping[str, Arrange] = {
    "csv_drops": dropped_again,
    "waiting_events": waiting,
    "waiting_rulings": ruled,
    "bounces_watched": nothing,
    "refresh_stale_partitions": unfinished,
    "daily_enrichment": incomplete,
    "refresh_views_schedule": nothing,
    "reconcile_providers_schedule": nothing,
    "freshness_report": nothing,
    "prune_dagster_history_schedule": nothing,
    "data_retention_schedule": nothing,
    "erasure_scrub_schedule": nothing,
    "backups_daily": with_a_place,
    "backup_drill_weekly": with_a_place,
    "senders_pulled": in_step,
    "senders_pushed": in_step,
    "senders_compared": in_step,
}
OF_DROPS = {
    name for name, arrange in ARRANGED.items() if arrange not in (nothing, waiting, ruled, in_step, with_a_place)
}


@pytest.fixture(autouse=True)
def hunter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hunter]:
    """A provider of people for the schedule that asks one."""
    with Hunter() as vendor:
        monkeypatch.setenv("HUNTER_API_KEY", vendor.key)
        monkeypatch.setenv("HUNTER_BASE_URL", vendor.url)
        yield vendor


@pytest.fixture(autouse=True)
def sendgrid(monkeypatch: pytest.MonkeyPatch) -> Iterator[SendGrid]:
    """A sender for the schedules that keep one in step; on only where the policy gives it a direction."""
    with SendGrid() as vendor:
        monkeypatch.setenv("SENDGRID_API_KEY", vendor.key)
        monkeypatch.setenv("SENDGRID_BASE_URL", vendor.url)
        yield vendor


@pytest.fixture
def instance(installation: Installation) -> Iterator[dg.DagsterInstance]:
    """As every process of Dagster makes it, in a database without its schema."""
    installation.execute("drop schema if exists dagster cascade")
    with dg.DagsterInstance.get() as found:
        yield found
        for part in (found.run_storage, found.event_log_storage, found.schedule_storage):
            engine: Engine = part._engine  # type: ignore[union-attr]
            engine.dispose()


def ticks(name: str, instance: dg.DagsterInstance) -> Sequence[dg.RunRequest]:
    """What it asks for; of a sensor at its second tick, since a file has to be the same at two."""
    if name in SCHEDULES:
        context = dg.build_schedule_context(
            instance=instance, scheduled_execution_time=datetime.now(UTC), repository_def=REPOSITORY_DEF
        )
        return SCHEDULES[name].evaluate_tick(context).run_requests or []
    cursor, requests = None, list[dg.RunRequest]()
    for _ in range(2):  # the first has nothing to compare with
        tick = SENSORS[name].evaluate_tick(
            dg.build_sensor_context(instance=instance, cursor=cursor, repository_def=REPOSITORY_DEF)
        )
        cursor, requests = tick.cursor, list(tick.run_requests or [])
    return requests


def target(name: str) -> str:
    """Name of the job that it runs."""
    job = (SCHEDULES.get(name) or SENSORS[name]).job_name
    assert job
    return job


def asked_for(requests: Sequence[dg.RunRequest], instance: dg.DagsterInstance) -> list[str]:
    """Keys of the drops that these runs take, each as often as it is taken."""
    order = list(instance.get_dynamic_partitions(DROPS))
    found: list[str] = []
    for request in requests:
        if request.partition_key:
            found.append(request.partition_key)
        elif RANGE_START in request.tags:
            found += order[order.index(request.tags[RANGE_START]) : order.index(request.tags[RANGE_END]) + 1]
    return found


def run(name: str, requests: Sequence[dg.RunRequest], instance: dg.DagsterInstance) -> None:
    """The runs it asked for, as the daemon would submit them."""
    job = REPOSITORY_DEF.get_job(target(name))
    for request in requests:
        tags = {"dagster/partition": request.partition_key} if request.partition_key else {}
        done = job.execute_in_process(
            instance=instance, run_config=request.run_config, tags={**request.tags, **tags}, raise_on_error=False
        )
        assert done.success, name


def test_every_schedule_and_sensor_has_its_row() -> None:
    assert set(ARRANGED) == set(SCHEDULES) | set(SENSORS)


@pytest.mark.parametrize("name", ARRANGED)
def test_from_an_empty_storage(name: str, installation: Installation, instance: dg.DagsterInstance) -> None:
    requests = ticks(name, instance)
    assert len(requests) == (ARRANGED[name] is nothing)
    run(name, requests, instance)


@pytest.mark.parametrize("name", ARRANGED)
def test_from_a_lost_storage(name: str, installation: Installation, instance: dg.DagsterInstance) -> None:
    known = ARRANGED[name](installation)
    assert list(instance.get_dynamic_partitions(DROPS)) == []
    requests = ticks(name, instance)
    drops = [key for (key,) in installation.rows("select key from raw.drops order by sequence")]
    asked = asked_for(requests, instance)
    assert len(asked) == len(set(asked))
    assert set(asked) == (set(drops) if name in OF_DROPS else set()) >= set(known)
    run(name, requests, instance)
    assert installation.rows("select count(*) from ops.inbound_events where applied_at is null") == [(0,)]
    if name in OF_DROPS:
        assert installation.rows("select count(*) from raw.drops where published_at is null") == [(0,)]


@pytest.mark.parametrize("name", sorted(OF_DROPS & set(SCHEDULES)))
def test_one_lost_drop_beside_known_ones(name: str, installation: Installation, instance: dg.DagsterInstance) -> None:
    keys = ARRANGED[name](installation)
    instance.add_dynamic_partitions(DROPS, keys[1:])
    assert set(asked_for(ticks(name, instance), instance)) == set(keys)
    assert set(instance.get_dynamic_partitions(DROPS)) == set(keys)


def test_runs_for_drops_are_asked_for_in_one_place() -> None:
    """Whoever makes a RunRequest or a partition by hand forgets the lost ones."""
    by_hand = re.compile(r"\bdg\.RunRequest\([^)]|add_dynamic_partitions\(|build_add_request\(")
    folder = REPOSITORY / "contact_pipeline"
    found = {path.name for path in folder.rglob("*.py") if by_hand.search(path.read_text(encoding="utf-8"))}
    assert found == {"partitions.py"}


def test_a_run_without_its_partition_is_still_under_way(tmp_path: Path) -> None:
    from contact_pipeline.orchestration.partitions import PARTITION, keys_under_way

    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        job = dg.job(name="any")(lambda: None)
        instance.create_run_for_job(job, status=dg.DagsterRunStatus.STARTED, tags={PARTITION: "20261101-crm-00000000"})
        assert keys_under_way(instance) == {"20261101-crm-00000000"}
