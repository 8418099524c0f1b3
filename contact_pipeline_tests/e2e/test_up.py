"""From a dropped file to the views, through the real processes: `contact-pipeline up`, which is Dagster with the
database around it. One test, because starting them costs half a minute.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from contact_pipeline.adapters.postgres import server
from contact_pipeline.settings import load_settings
from contact_pipeline_tests.installation import REPOSITORY, Installation, install
from contact_pipeline_tests.orchestration.test_privacy import KEPT_FOR_DATA, seeds_in, traces
from contact_pipeline_tests.seeds import seeded_file

PATIENCE_SECONDS = 120  # for one step, on a machine that does other things too; a quiet one needs 30

LAUNCH = """
mutation($given: ExecutionParams!) { launchPipelineExecution(executionParams: $given) {
    __typename ... on LaunchRunSuccess { run { runId } } } }
"""
BACKFILL = """
mutation($given: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $given) {
    __typename ... on LaunchBackfillSuccess { backfillId } } }
"""
INSTIGATORS = """
{ repositoriesOrError { ... on RepositoryConnection { nodes {
    sensors { name sensorState { status } } schedules { name scheduleState { status } } } } } }
"""


class Dagster:
    """Its GraphQL, as the UI asks it."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/graphql"

    def ask(self, query: str, **variables: object) -> Any:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)["data"]

    def is_up(self) -> bool:
        with suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            return bool(self.ask("{ version }"))
        return False

    def materialize(self, asset: str, key: str) -> None:
        """One partition of one asset."""
        given = {
            "selector": {
                "repositoryName": "__repository__",
                "repositoryLocationName": "contact_pipeline",
                "pipelineName": "__ASSET_JOB",
                "assetSelection": [{"path": [asset]}],
            },
            "mode": "default",
            "runConfigData": {},
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": key}]},
        }
        told = self.ask(LAUNCH, given=given)["launchPipelineExecution"]
        assert told["__typename"] == "LaunchRunSuccess"

    def backfill(self, asset: str, keys: list[str] | None) -> None:
        """Several partitions of one asset; None: all."""
        which: dict[str, object] = {"allPartitions": True} if keys is None else {"partitionNames": keys}
        told = self.ask(BACKFILL, given={"assetSelection": [{"path": [asset]}], **which})["launchPartitionBackfill"]
        assert told["__typename"] == "LaunchBackfillSuccess"


def wait_for(what: str, condition: Callable[[], object], process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert process.poll() is None, f"up ended while {what} was awaited"
        assert time.monotonic() < deadline, f"{what}: not within {PATIENCE_SECONDS} s"
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def up(made: Installation, port: int, output: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """The command, told to stop at the end and killed with all its children if it does not."""
    environment = {k: v for k, v in made.environment.items() if not k.endswith(("DATABASE_URL", "DAGSTER_HOME"))}
    program = "from contact_pipeline.cli.main import main; main()"
    with output.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "up", "--port", str(port)],
            env={"PATH": os.environ["PATH"], **environment},
            cwd=REPOSITORY,
            stdout=sink,
            stderr=sink,
        )
    try:
        yield process
    finally:
        for one in [process, *left(made)]:
            with suppress(psutil.NoSuchProcess, ProcessLookupError):
                one.kill()
        process.wait()


def left(made: Installation) -> list[psutil.Process]:
    """Processes that work for this HOME, but for this one."""
    home = made.environment["CONTACT_PIPELINE_HOME"]
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            ours = home in " ".join(process.cmdline()) or process.environ().get("CONTACT_PIPELINE_HOME") == home
            if ours and process.pid != os.getpid():
                found.append(process)
    return found


def test_from_drop_to_views(open_tmp_path: Path) -> None:
    home, output = open_tmp_path / "home", open_tmp_path / "output.txt"
    settings = load_settings({"CONTACT_PIPELINE_HOME": str(home)}, root=open_tmp_path)
    with server.database(settings) as url, install(open_tmp_path, url) as made:
        port = free_port()
        with up(made, port, output) as process:
            dagster = Dagster(port)
            seeded_file(made.settings.incoming / "crm")
            made.drop("crm/ada.csv", "Name,Email,Phone", "Ada Orchid,ada@orchid.net,917-865-7631")
            made.drop("bought/bo.csv", "Name,Email", "Bo Orchid,bo@orchid.net")
            wait_for("the user interface", dagster.is_up, process)
            (repository,) = dagster.ask(INSTIGATORS)["repositoriesOrError"]["nodes"]
            assert {s["sensorState"]["status"] for s in repository["sensors"] if s["name"] == "csv_drops"} == {
                "RUNNING"
            }
            assert {s["scheduleState"]["status"] for s in repository["schedules"]} == {"RUNNING"}

            published = (
                "select to_regclass('raw.drops') is not null and (select count(published_at) from raw.drops) = 3"
            )
            wait_for("three published drops", lambda: made.rows(published) == [(True,)], process)
            runs = "select count(*), min(status), max(status) from dagster.runs"
            wait_for("the end of the run", lambda: made.rows(runs)[0][1:] == ("SUCCESS",) * 2, process)
            assert made.rows(runs)[0][0] == 1  # one for all small drops of a tick
            assert made.rows("select count(*) from curated.contacts") == [(35,)]
            assert made.rows("select can_email, can_call from curated.contacts where name = 'Ada Orchid'") == [
                (True, True)
            ]
            assert made.rows("select can_email from curated.contacts where name = 'Bo Orchid'") == [(False,)]

            keys = [key for (key,) in made.rows("select partition from dagster.dynamic_partitions order by id")]
            dagster.backfill("validated_emails", [keys[0], keys[2]])  # no neighbours: a run for each stretch
            dagster.backfill("contacts", None)
            dagster.materialize("normalized_phones", keys[1])
            done = "select count(*) from dagster.runs where status = 'SUCCESS'"
            wait_for("one, several and all partitions", lambda: made.rows(done) == [(1 + 1 + 2 + 1,)], process)
            events = """
                select asset_key, count(distinct partition), count(*) from dagster.event_logs
                where dagster_event_type = 'ASSET_MATERIALIZATION' group by 1
            """
            counts = {json.loads(asset)[-1]: numbers for asset, *numbers in made.rows(events) if "curated" not in asset}
            assert counts["contacts"] == [3, 6]
            assert counts["validated_emails"] == [3, 5]
            assert counts["normalized_phones"] == [3, 4]
            checks = "select count(*) from dagster.asset_check_executions where execution_status <> 'SUCCEEDED'"
            assert made.rows(checks) == [(0,)]

            assert seeds_in(made.dump("dagster")) == []
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
            assert [p for p in left(made) if "postgres" not in " ".join(p.cmdline())] == []
    assert left(made) == []  # the server stops with its last user, which was this test
    assert seeds_in(output.read_text()) == []
    assert traces(home, *KEPT_FOR_DATA) == []
