"""Dagster's storage in the pipeline's own database: by dagster.yaml alone, schema `dagster`, kept connections."""

import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import dagster as dg
import psycopg
import pytest
from dagster._core.events.log import EventLogEntry
from dagster._core.instance.config import dagster_instance_config
from dagster_shared.yaml_utils import load_yaml_from_path
from sqlalchemy import Engine

from contact_pipeline.adapters.postgres import dagster_storage
from contact_pipeline.orchestration.storage import storage_settings

REPOSITORY = Path(__file__).resolve().parents[2]

STORAGE_IN_ANOTHER_PROCESS = """
import sys
import dagster as dg
with dg.DagsterInstance.from_config(sys.argv[1]) as instance:
    print(instance.get_runs_count())
"""


@dg.asset
def nothing() -> dg.MaterializeResult[None]:
    return dg.MaterializeResult(metadata={"rows": 1})


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the project's own dagster.yaml and workspace.yaml."""
    for name in ("dagster.yaml", "workspace.yaml"):
        shutil.copy(REPOSITORY / name, tmp_path)
    return tmp_path


@pytest.fixture
def instance(project: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """As every Dagster process makes it."""
    monkeypatch.setenv("DAGSTER_HOME", str(project))
    monkeypatch.setenv("CONTACT_PIPELINE_DATABASE_URL", empty_database_url)
    with dg.DagsterInstance.get() as found:
        yield found
        for engine in engines(found):
            engine.dispose()


def engines(instance: dg.DagsterInstance) -> list[Engine]:
    """Those of the three storages; the name is private to dagster-postgres."""
    return [part._engine for part in (instance.run_storage, instance.event_log_storage, instance.schedule_storage)]  # type: ignore[union-attr]


def tables(url: str) -> dict[str, int]:
    """Number of tables in each schema of ours."""
    query = """
        select schemaname, count(*) from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') group by 1
    """
    with psycopg.connect(url) as connection:
        return dict(connection.execute(query).fetchall())


def test_dagster_yaml_is_what_this_dagster_reads() -> None:
    config, _ = dagster_instance_config(str(REPOSITORY))
    assert config["run_queue"]["dequeue_interval_seconds"] == 1
    assert config["telemetry"] == {"enabled": False}


def test_workspace_and_dg_name_the_same_code_location() -> None:
    workspace = load_yaml_from_path(str(REPOSITORY / "workspace.yaml"))
    assert isinstance(workspace, dict)
    (entry,) = workspace["load_from"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    assert entry["python_module"]["module_name"] == project["code_location_target_module"]
    assert entry["python_module"]["location_name"] == project["code_location_name"]


def test_a_run_with_its_events_lies_in_schema_dagster(instance: dg.DagsterInstance, empty_database_url: str) -> None:
    result = dg.materialize([nothing], instance=instance)
    assert result.success
    assert instance.get_runs_count() == 1
    assert instance.get_latest_materialization_event(dg.AssetKey("nothing")) is not None
    assert set(tables(empty_database_url)) == {"dagster"}


def test_alembic_and_concurrency_use_the_schema_too(instance: dg.DagsterInstance, empty_database_url: str) -> None:
    instance.upgrade()
    instance.reindex()
    instance.event_log_storage.set_concurrency_slots("pool", 1)
    status = instance.event_log_storage.claim_concurrency_slot("pool", "run", "step")
    assert status.is_claimed
    instance.add_dynamic_partitions("drops", ["2026-11-23-a-0"])
    assert instance.get_dynamic_partitions("drops") == ["2026-11-23-a-0"]
    assert set(tables(empty_database_url)) == {"dagster"}


def test_a_webserver_may_take_it_over(instance: dg.DagsterInstance) -> None:
    """Dagster makes engines of its own there; they have to find the schema as well."""
    instance.optimize_for_webserver(statement_timeout=5000, pool_recycle=600, max_overflow=5)
    assert instance.get_runs_count() == 0
    assert len(set(map(id, engines(instance)))) == 3


def test_connections_are_kept(instance: dg.DagsterInstance, empty_database_url: str) -> None:
    """Holds the private name `_engine`: with dagster-postgres' own engines each event is another backend."""
    run_id = dg.materialize([nothing], instance=instance).run_id
    backends = set()
    with psycopg.connect(empty_database_url) as watcher:
        for number in range(5):
            instance.event_log_storage.store_event(
                EventLogEntry(None, "debug", f"event {number}", run_id, time.time())  # type: ignore[no-untyped-call]
            )
            query = (
                "select pid from pg_stat_activity where application_name = 'dagster' and datname = current_database()"
            )
            backends |= {row[0] for row in watcher.execute(query).fetchall()}
            watcher.rollback()
    assert 1 <= len(backends) <= dagster_storage.IDLE_CONNECTIONS
    assert len(set(map(id, engines(instance)))) == 1


def test_a_server_that_restarted_is_noticed(instance: dg.DagsterInstance, empty_database_url: str) -> None:
    assert instance.get_runs_count() == 0
    with psycopg.connect(empty_database_url) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where application_name = 'dagster' and datname = current_database()"
        )
    assert instance.get_runs_count() == 0


def test_processes_may_start_together(project: Path, empty_database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them on an empty database, as `dagster dev` does it."""
    monkeypatch.setenv("CONTACT_PIPELINE_DATABASE_URL", empty_database_url)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", STORAGE_IN_ANOTHER_PROCESS, str(project)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=project,
        )
        for _ in range(2)
    ]
    assert [process.communicate(timeout=60)[0].strip() for process in processes] == ["0"] * 2


def test_the_url_keeps_its_options() -> None:
    url = dagster_storage.storage_url("postgresql://u:p%40w@/d?host=%2Fa%20b&options=-c%20lock_timeout%3D1s")
    parts = urlsplit(url)
    assert parts.scheme == "postgresql+psycopg2"
    assert parts.netloc == "u:p%40w@"
    assert "options=-c+lock_timeout%3D1s+-c+search_path%3Ddagster" in parts.query


def test_settings_belong_to_the_folder_of_dagster_yaml(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONTACT_PIPELINE_HOME", raising=False)
    below = project / ".tmp_dagster_home_x"
    below.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(below))
    assert storage_settings().home == project / ".contact_pipeline"
    monkeypatch.delenv("DAGSTER_HOME")
    monkeypatch.chdir(project)
    assert storage_settings().home == project / ".contact_pipeline"
