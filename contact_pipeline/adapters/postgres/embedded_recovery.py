"""A base backup and its write-ahead log become the embedded server of an empty HOME, as of an instant.

PostgreSQL's own recovery does it, from segments that are laid into pg_wal before the start: a restore_command would
start an interpreter for each of them. Nobody gets at the database meanwhile: no TCP, no hot standby, a private socket.
"""

import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from contact_pipeline.adapters.postgres import embedded_cluster, embedded_holders
from contact_pipeline.adapters.postgres.embedded_cluster import Cluster
from contact_pipeline.adapters.postgres.embedded_damage import last_words, mark
from contact_pipeline.adapters.postgres.embedded_places import (
    SYSTEM_ROOT,
    find_area,
    make_home,
    replace_text,
    say_on_stderr,
)
from contact_pipeline.core.errors import ContractError, DatabaseUnavailable

_ENDED_EARLY = "recovery ended before configured recovery target was reached"
_OWN_SETTINGS, _KEPT_SETTINGS = "postgresql.auto.conf", "postgresql.auto.conf.kept"


@dataclass(frozen=True)
class Recovery:
    """A cluster that is being laid down. workshop: where, until it is whole."""

    cluster: Cluster
    workshop: Path

    @contextmanager
    def take(self, entry: tarfile.TarInfo) -> Iterator[BinaryIO | None]:
        """A place for one entry of the backup's tar. Raises ContractError for a name that leads out of the folder."""
        path = self.workshop / entry.name
        if not path.resolve().is_relative_to(self.workshop.resolve()):
            raise ContractError("The backup names files outside of its own folder. Do not use it.")
        if entry.isdir():
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._own(path)
        if entry.isfile():
            with self._new(path) as file:
                yield file
        else:
            yield None

    def put_log(self, name: str, write: Callable[[BinaryIO], object]) -> None:
        """A file of pg_wal: a segment, or where a timeline comes from."""
        with self._new(self.workshop / "pg_wal" / name) as file:
            write(file)

    @contextmanager
    def _new(self, path: Path) -> Iterator[BinaryIO]:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            yield file
        self._own(path)

    def _own(self, path: Path) -> None:
        account = self.cluster.area.account
        if account.switch:
            os.chown(path, account.uid, account.gid)


@contextmanager
def laying_down(home: Path, *, system_root: Path = SYSTEM_ROOT) -> Iterator[Recovery]:
    """Where an empty HOME's cluster is put together. The gate is held meanwhile."""
    make_home(home)
    embedded_holders.prepare(home / "server")
    with embedded_holders.gate(home / "server", say_on_stderr):
        area = find_area(home, say_on_stderr, system_root)
        cluster = embedded_cluster.open_cluster(home, area, system_root, say_on_stderr)
        workshop = Path(tempfile.mkdtemp(prefix="initdb.", dir=area.folder))  # the next start clears what is left
        if area.account.switch:
            os.chown(workshop, area.account.uid, area.account.gid)
        yield Recovery(cluster, workshop)


def recover(recovery: Recovery, *, at: datetime | None) -> None:
    """Bring it to the instant (None: to the end of the log there is) and leave it stopped.

    at: not after what the log covers. Where it has no commit of later, its end is where all stood at that instant,
    though PostgreSQL itself ends then. Raises DatabaseUnavailable where it does not come through.
    """
    cluster, data = recovery.cluster, recovery.cluster.area.data
    recovery.workshop.rename(data)
    own = data / _OWN_SETTINGS
    if own.exists():
        own.rename(data / _KEPT_SETTINGS)
    replace_text(data / "recovery.signal", "", cluster.area.account)
    marks = mark(cluster.area.log)
    try:
        _run(cluster, at)
    except DatabaseUnavailable:
        if at is None or _ENDED_EARLY not in last_words(marks, cluster.area.log):
            raise
        _run(cluster, None)


def settle(home: Path, *, system_root: Path = SYSTEM_ROOT) -> None:
    """Put the server's own settings (ALTER SYSTEM) back in force for its next start."""
    data = find_area(home, say_on_stderr, system_root).data
    kept = data / _KEPT_SETTINGS
    if kept.exists():
        kept.replace(data / _OWN_SETTINGS)


def _run(cluster: Cluster, at: datetime | None) -> None:
    """Recovery ends where the server would begin to serve; then it is stopped."""
    settings = {
        "restore_command": "false",  # everything is in pg_wal
        "hot_standby": "off",
        "listen_addresses": "",
        "recovery_target_timeline": "current",
        **({"recovery_target_time": at.isoformat(), "recovery_target_action": "promote"} if at else {}),
    }
    text = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
    replace_text(cluster.area.data / _OWN_SETTINGS, text, cluster.area.account)
    try:
        embedded_cluster.ensure_running(cluster)
    finally:
        embedded_cluster.stop(cluster)
    # What stays until `settle`: nobody reaches the database from outside before it knows what people said since.
    replace_text(cluster.area.data / _OWN_SETTINGS, "listen_addresses = ''\n", cluster.area.account)


@contextmanager
def emptied_on_error(home: Path, *, system_root: Path = SYSTEM_ROOT) -> Iterator[None]:
    """An empty HOME is as empty as before where the block ends by an error, wherever its server's folder is."""
    was_there = home.exists()
    try:
        yield
    except BaseException:
        if (home / "server" / "place").exists():
            shutil.rmtree(find_area(home, say_on_stderr, system_root).folder, ignore_errors=True)
        for path in home.iterdir() if home.is_dir() else ():
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        if not was_there and home.is_dir():
            home.rmdir()
        raise
