"""contact-pipeline up: database, Dagster UI and daemon until it is stopped."""

import ipaddress
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import click

from contact_pipeline.core.errors import PermanentError, UsageError
from contact_pipeline.settings import load_settings

POLL_SECONDS = 0.1
WEB_PORT = 8080


class ServiceEndedError(PermanentError):
    """Dagster, or the web edge, ended although nobody stopped it."""


@click.command()
@click.option("--port", default=3000, show_default=True, help="Port of the Dagster UI.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address the Dagster UI listens on.")
@click.option(
    "--i-have-a-proxy", is_flag=True, help="Listen beyond loopback: a proxy with a login stands before the UI."
)
@click.option(
    "--web-port", type=int, help="Port of the web edge on loopback; default 8080 or the next free one; 0: off."
)
def up(port: int, host: str, i_have_a_proxy: bool, web_port: int | None) -> int:
    """Start everything; drop CSVs into the incoming folder and watch them arrive. Stop with Ctrl-C."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.alerting.planning import PAGE
    from contact_pipeline.alerting.telling import telling
    from contact_pipeline.history.following import following
    from contact_pipeline.opening import open_session, read_policy
    from contact_pipeline.web.serving import bind, bind_free

    settings = load_settings()
    settings.incoming.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        listener = opened.enter_context(bind(port, host))  # nobody is answered yet
        address = listener.getsockname()[0]
        is_open = not ipaddress.ip_address(address).is_loopback
        if is_open and not i_have_a_proxy:
            raise UsageError(
                f"The Dagster UI has no login: who reaches {address} could start and stop everything. Leave --host"
                " away, or put a proxy with a login before it (docs/operations.md) and say --i-have-a-proxy."
            )
        edge_listener, page = None, ""
        if web_port != 0:
            found = bind_free(WEB_PORT) if web_port is None else bind(web_port, option="--web-port")
            edge_listener = opened.enter_context(found)
            page = f"http://127.0.0.1:{edge_listener.getsockname()[1]}"
        session = opened.enter_context(open_session(settings))
        port = listener.getsockname()[1]
        if is_open:
            click.echo(f"Dagster UI: {address}, port {port}, for your proxy alone: let nobody else reach it", err=True)
        else:
            click.echo(f"Dagster UI: http://127.0.0.1:{port} (no login: keep it on this machine)", err=True)
        click.echo("Drop CSVs into the incoming folder, one folder for each source. Ctrl-C stops everything.", err=True)
        opened.enter_context(following(session))
        opened.enter_context(telling(session, read_policy=partial(read_policy, settings), page=page))
        # Before the start, so that no signal is lost, and SIGINT by name: a shell's background job begins with it
        # ignored, and so would the children.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        workspace = str(settings.root / "workspace.yaml")
        # Its runs tell of alerts, too, and where our pages are.
        children = {"Dagster": _start("services", listener.fileno(), settings.root, workspace, **{PAGE: page})}
        listener.close()  # the children's alone: the ports are free as soon as they end
        try:
            if edge_listener is not None:
                children["web edge"] = _start("edge", edge_listener.fileno(), settings.root)
                edge_listener.close()
            name, code = _first_to_end(children)
        except KeyboardInterrupt:
            return 0
        finally:
            for child in children.values():
                _stop(child)
        raise ServiceEndedError(f"The {name} processes ended by themselves (exit code {code}): see above why.")


def _start(module: str, number: int, root: Path, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
    """A module of this room, with the socket of that number. A process group of its own: Ctrl-C reaches us first, and
    we stop the children in order."""
    command = [sys.executable, "-m", f"contact_pipeline.cli.{module}", *arguments, str(number)]
    return subprocess.Popen(
        command, pass_fds=[number], cwd=root, env=os.environ | _quiet() | environment, start_new_session=True
    )


def _first_to_end(children: "Mapping[str, subprocess.Popen[bytes]]") -> tuple[str, int]:
    """Name and exit code of the child that ends before it is stopped."""
    while True:
        for name, child in children.items():
            code = child.poll()
            if code is not None:
                return name, code
        time.sleep(POLL_SECONDS)


def _quiet() -> dict[str, str]:
    """What Dagster deprecates and previews is told to whoever writes code for it; nobody needs that here."""
    return {"PYTHONWARNINGS": "ignore"}


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _stop(child: "subprocess.Popen[bytes]") -> None:
    """Ask, then insist, with everything the child started."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave anything behind
    for number, seconds in ((signal.SIGINT, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 5)):
        deadline = time.monotonic() + seconds
        try:
            os.killpg(child.pid, number)
            while time.monotonic() < deadline:
                child.poll()  # a child that ended is part of its group until it is waited for
                os.killpg(child.pid, 0)
                time.sleep(POLL_SECONDS)
        except ProcessLookupError:
            return
