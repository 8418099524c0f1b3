"""contact-pipeline up: database, Dagster UI and daemon until it is stopped."""

import os
import signal
import subprocess
import sys
import time

import click

from contact_pipeline.core.errors import PermanentError
from contact_pipeline.settings import load_settings

POLL_SECONDS = 0.1


class DagsterEndedError(PermanentError):
    """Dagster ended although nobody stopped it."""


@click.command()
@click.option("--port", default=3000, show_default=True, help="Port of the Dagster UI on loopback.")
def up(port: int) -> int:
    """Start everything; drop CSVs into the incoming folder and watch them arrive. Stop with Ctrl-C."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.web.serving import bind_loopback

    settings = load_settings()
    settings.incoming.mkdir(parents=True, exist_ok=True)
    with bind_loopback(port) as listener, open_session(settings):
        port = listener.getsockname()[1]
        click.echo(f"Dagster UI: http://127.0.0.1:{port} (no login: keep it on this machine)", err=True)
        click.echo("Drop CSVs into the incoming folder, one folder for each source. Ctrl-C stops everything.", err=True)
        # Before the start, so that no signal is lost, and SIGINT by name: a shell's background job begins with it
        # ignored, and so would the children.
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _interrupt)
        # A process group of its own: Ctrl-C reaches us first, and we stop the children in order.
        services = [sys.executable, "-m", "contact_pipeline.cli.services", str(settings.root / "workspace.yaml")]
        child = subprocess.Popen(
            [*services, str(listener.fileno())], pass_fds=[listener.fileno()], cwd=settings.root,
            env=os.environ | _quiet(), start_new_session=True,
        )  # fmt: skip
        listener.close()  # the child's alone: the port is free as soon as it ends
        try:
            code = child.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _stop(child)
        raise DagsterEndedError(f"The Dagster processes ended by themselves (exit code {code}): see above why.")


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
