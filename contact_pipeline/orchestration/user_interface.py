"""Dagster's UI as an application, with its code server and daemon beside it: what `dagster dev` starts, in our hands.

`dagster dev` starts the web server as a program of its own, which nothing can stand in front of. So the parts are put
together here, by the same classes: private to dagster 1.13.27 (_cli/dev.py, dagster_webserver/cli.py), pinned exactly,
held by contact_pipeline_tests/orchestration/test_user_interface.py.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml  # type: ignore[import-untyped]  # comes with dagster, without stubs
from dagster import __version__
from dagster._cli.proxy_server_manager import ProxyServerManager
from dagster._cli.utils import get_possibly_temporary_instance_for_cli
from dagster._core.instance import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster._serdes import serialize_value
from dagster_webserver.cli import DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_MAX_OVERFLOW, DEFAULT_POOL_RECYCLE
from dagster_webserver.webserver import DagsterWebserver
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.types import ASGIApp

LOG_LEVEL = "warning"
POLL_MS = 2000  # how often the UI asks for news of assets, as `dagster dev` sets it
STOPPING_S = 60

# What the UI needs, by its path. A route of another version of Dagster is not served until it stands here.
KEPT_ROUTES = frozenset({"/server_info", "/graphql", "/download_debug/{run_id:str}", "/{path:path}", "/"})
# Left out: materialisations, checks and observations reported by POST with any content type; log files, of which
# dagster.yaml keeps none; notebooks, which need a package that is not installed; a second name of /server_info.
DROPPED_ROUTES = frozenset({
    "/report_asset_materialization/{asset_key:path}", "/report_asset_check/{asset_key:path}",
    "/report_asset_observation/{asset_key:path}", "/logs/{path:path}", "/notebook", "/dagit/notebook", "/dagit_info",
})  # fmt: skip


class UserInterface(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's web server with the routes that the UI needs, GraphQL by POST with application/json only.

    A page of another site can send GET, and POST with the content types of forms, without the browser asking first;
    application/json it cannot (Fetch 4.8, CORS preflight).
    """

    async def graphql_http_endpoint(self, request: Request) -> Response:
        """GET shows the playground, which then asks by POST like the rest of the UI; a query in it is refused."""
        if request.method == "POST":
            if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
                return PlainTextResponse("GraphQL is asked with Content-Type: application/json.\n", 415)
        elif request.url.query:
            return PlainTextResponse("GraphQL is asked by POST.\n", 405, {"Allow": "POST"})
        answer: Response = await super().graphql_http_endpoint(request)
        return answer

    def build_routes(self) -> list[BaseRoute]:
        """Static files and KEPT_ROUTES."""
        routes: list[BaseRoute] = super().build_routes()  # type: ignore[no-untyped-call]
        return [route for route in routes if is_static(route) or route_path(route) in KEPT_ROUTES]


def is_static(route: BaseRoute) -> bool:
    """A file or folder of the UI itself."""
    return isinstance(route, Mount) or getattr(route, "name", "") == "root_static"


def route_path(route: BaseRoute) -> str:
    """As Starlette was given it."""
    return str(getattr(route, "path", ""))


@contextmanager
def dagster_services(workspace: Path, *, on_end: Callable[[], None]) -> Iterator[ASGIApp]:
    """The UI for as long as the with block lasts, with code server and daemon. workspace: workspace.yaml.

    on_end: called from another thread when the daemon ends by itself.
    """
    os.environ["DAGSTER_IS_DEV_CLI"] = "1"  # an error of our code is told in short, and the workspace may be reloaded
    with (
        get_possibly_temporary_instance_for_cli("contact-pipeline up") as instance,
        ProxyServerManager(instance, WorkspaceFileTarget([str(workspace)]), LOG_LEVEL) as code_servers,
        _workspace_of(code_servers) as target,
        _daemon(instance, target, on_end),
    ):
        instance.optimize_for_webserver(DEFAULT_DB_STATEMENT_TIMEOUT, DEFAULT_POOL_RECYCLE, DEFAULT_POOL_MAX_OVERFLOW)
        with WorkspaceProcessContext(
            instance, WorkspaceFileTarget([str(target)]), version=__version__, code_server_log_level=LOG_LEVEL
        ) as context:
            yield UserInterface(context, live_data_poll_rate=POLL_MS).create_asgi_app()


@contextmanager
def _workspace_of(code_servers: ProxyServerManager) -> Iterator[Path]:
    """A workspace file that names the code servers which run already, so that UI and daemon share them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workspace.yaml"
        path.write_text(yaml.dump({"load_from": code_servers.get_code_server_specs()}))
        yield path


@contextmanager
def _daemon(instance: DagsterInstance, workspace: Path, on_end: Callable[[], None]) -> Iterator[None]:
    """Sensors, schedules and the queue of runs, in a process of their own."""
    command = [
        sys.executable, "-m", "dagster._daemon", "run", "--log-level", LOG_LEVEL, "--code-server-log-level", LOG_LEVEL,
        "--instance-ref", serialize_value(instance.get_ref()), "--workspace", str(workspace),
    ]  # fmt: skip
    process = subprocess.Popen(command)

    def watch() -> None:
        process.wait()
        on_end()

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOPPING_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
