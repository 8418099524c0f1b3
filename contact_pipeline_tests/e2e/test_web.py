"""The web server of the real `contact-pipeline up`: no page of others moves it, and the UI works."""

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from contact_pipeline.adapters.postgres import server
from contact_pipeline.settings import load_settings
from contact_pipeline_tests.conftest import open_folder
from contact_pipeline_tests.e2e.test_up import Dagster, free_port, left, up, wait_for
from contact_pipeline_tests.installation import install
from contact_pipeline_tests.web.browser import FOREIGN, browser
from contact_pipeline_tests.web.foreign import foreign_site
from contact_pipeline_tests.web.served import ask

SENSORS = """
{ repositoriesOrError { ... on RepositoryConnection { nodes { sensors { name sensorState { id status } } } } } }
"""
STOP = 'mutation {{ stopSensor(id: "{id}") {{ __typename }} }}'
JSON = ("Content-Type", "application/json")


@dataclass(frozen=True)
class Running:
    """`up`, with the sensor that foreign pages try to stop."""

    dagster: Dagster
    port: int
    folder: Path

    def sensor(self) -> dict[str, str]:
        (repository,) = self.dagster.ask(SENSORS)["repositoriesOrError"]["nodes"]
        return next(s["sensorState"] for s in repository["sensors"] if s["name"] == "csv_drops")

    @property
    def mutation(self) -> str:
        return STOP.format(id=self.sensor()["id"])


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with open_folder() as folder:
        settings = load_settings({"CONTACT_PIPELINE_HOME": str(folder / "home")}, root=folder)
        with server.database(settings) as url, install(folder, url) as made:
            port = free_port()
            with up(made, port, folder / "output.txt") as process:
                dagster = Dagster(port)
                wait_for("the user interface", dagster.is_up, process)
                yield Running(dagster, port, folder)
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0
                assert [p for p in left(made) if "postgres" not in " ".join(p.cmdline())] == []


@pytest.mark.parametrize(
    ("method", "headers", "host"),
    [
        ("POST", [JSON], "evil.example:{port}"),
        ("POST", [JSON], "localhost.evil.example:{port}"),
        ("POST", [JSON, ("Origin", "http://evil.example")], "127.0.0.1:{port}"),
        ("POST", [JSON, ("Origin", "http://localhost:1")], "localhost:{port}"),
        ("POST", [JSON, ("Origin", "null")], "127.0.0.1:{port}"),
        ("POST", [JSON, ("Sec-Fetch-Site", "cross-site")], "127.0.0.1:{port}"),
        ("POST", [("Content-Type", "text/plain")], "127.0.0.1:{port}"),
        ("POST", [("Content-Type", "application/graphql")], "127.0.0.1:{port}"),
        ("POST", [("Content-Type", "application/x-www-form-urlencoded")], "127.0.0.1:{port}"),
        ("GET", [], "127.0.0.1:{port}"),
        ("GET", [("Accept", "text/html")], "127.0.0.1:{port}"),
    ],
)
def test_a_forged_request_stops_no_sensor(
    running: Running, method: str, headers: list[tuple[str, str]], host: str
) -> None:
    mutation = running.mutation
    path = f"/graphql?query={quote(mutation)}"
    answer = ask(running.port, method, path, headers, host=host, body=json.dumps({"query": mutation}))
    assert answer.status in (403, 405, 415, 421)
    assert running.sensor()["status"] == "RUNNING"


@pytest.mark.parametrize("name", [FOREIGN, "localhost", "127.0.0.1"])
def test_a_foreign_page_stops_no_sensor(running: Running, name: str, tmp_path: Path) -> None:
    with foreign_site() as port, browser(tmp_path) as page:
        page.open(f"http://{name}:{port}/")
        found = page.run(f"attack('http://127.0.0.1:{running.port}', {json.dumps(running.mutation)})")
    assert running.sensor()["status"] == "RUNNING", found
    assert not [way for way, seen in found.items() if seen.startswith(("read", "open"))]
    assert found["socket"] == "refused"


def test_the_ui_works_in_a_browser_and_may_stop_a_sensor(running: Running, tmp_path: Path) -> None:
    with browser(tmp_path) as page:
        page.open(f"http://127.0.0.1:{running.port}/assets")
        page.until("document.body.innerText.includes('compliance_views')")
        page.open(f"http://127.0.0.1:{running.port}/automation")
        page.until("document.body.innerText.includes('csv_drops')")
        said = page.run(_asked_by_the_page("{ version }"))
        assert said["data"]["version"]
        assert page.run(_a_socket()) == "connection_ack"
        told = page.run(_asked_by_the_page(running.mutation))
    assert told["data"]["stopSensor"]["__typename"] == "StopSensorMutationResult"
    assert running.sensor()["status"] == "STOPPED"  # so the tests above would have seen it stop


def _asked_by_the_page(query: str) -> str:
    how: dict[str, Any] = {"method": "POST", "headers": {"Content-Type": "application/json"}}
    how["body"] = json.dumps({"query": query})
    return f"fetch('/graphql', {json.dumps(how)}).then(answer => answer.json())"


def _a_socket() -> str:
    """The UI follows runs by one."""
    return """new Promise((tell, fail) => {
        const socket = new WebSocket(location.origin.replace('http', 'ws') + '/graphql', 'graphql-ws');
        socket.onopen = () => socket.send(JSON.stringify({type: 'connection_init'}));
        socket.onmessage = told => tell(JSON.parse(told.data).type);
        socket.onerror = fail;
    })"""
