"""Embedded servers to break: a fresh HOME for each test, copied from one that was made once."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contact_pipeline.adapters.postgres import embedded_cluster, embedded_places, server
from contact_pipeline.adapters.postgres.embedded_cluster import Cluster
from contact_pipeline.settings import Settings
from contact_pipeline_tests.conftest import open_folder, settings_in

PATIENCE = 20.0
REPOSITORY = Path(__file__).resolve().parents[3]

SETTINGS = """
import os, sys
from contact_pipeline.adapters.postgres import server
from contact_pipeline.settings import load_settings
settings = load_settings({"CONTACT_PIPELINE_HOME": sys.argv[1]})
"""

HOLD = """
with server.database(settings) as url:
    print(url, flush=True)
    sys.stdin.read()
"""


def cluster_of(settings: Settings) -> Cluster:
    """The parts of a HOME's server, as the program names them."""
    area = embedded_places.find_area(settings.home, _ignore)
    return embedded_cluster.open_cluster(settings.home, area, embedded_places.SYSTEM_ROOT, _ignore)


def _ignore(_text: str) -> None:
    pass


def is_running(settings: Settings) -> bool:
    """Whether a server listens for this HOME."""
    return embedded_cluster.is_running(cluster_of(settings))


def postmaster(settings: Settings) -> int:
    """Its process id."""
    return int(cluster_of(settings).pid_file.read_text().split()[0])


def eventually(condition: Callable[[], bool]) -> bool:
    """Waits for what another process does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def python(
    script: str, *arguments: str | Path, interpreter: str = sys.executable, **options: object
) -> "subprocess.Popen[str]":
    """A process of this program; it ends when its stdin is closed."""
    return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
        [interpreter, "-c", SETTINGS + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        **options,
    )


@contextmanager
def holder(settings: Settings) -> Iterator["subprocess.Popen[str]"]:
    """Another process that uses the server; entered when it has it."""
    process = python(HOLD, settings.home)
    assert process.stdin is not None and process.stdout is not None
    try:
        assert process.stdout.readline().startswith("postgresql://")
        yield process
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()


@pytest.fixture(scope="session")
def pristine_home() -> Iterator[Path]:
    """A HOME whose cluster was made and stopped."""
    with open_folder() as folder:
        with server.database(settings_in(folder / "home")):
            pass
        yield folder / "home"


def copied(pristine_home: Path, home: Path) -> Settings:
    """Settings of a HOME here that is a copy of that one."""
    home.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", pristine_home, home], check=True)
    return settings_in(home)


@pytest.fixture
def settings(pristine_home: Path, open_tmp_path: Path) -> Iterator[Settings]:
    """Settings of a HOME with a stopped cluster of its own. Whatever a test leaves running is stopped."""
    found = copied(pristine_home, open_tmp_path / "home")
    yield found
    if found.home.exists():
        embedded_cluster.stop(cluster_of(found))


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become another account")
