"""Stops the embedded server when every process that used it was killed before it could do so itself.

A small process beside the server, asleep in one system call: it queues for the exclusive lock on HOME/server/holders,
which the kernel grants when the last holder is gone, however that one ended. Refuses to stop a server that
`db start` keeps.
"""

import contextlib
import fcntl
import os
import sys
from pathlib import Path

from contact_pipeline.adapters.postgres import embedded_cluster, embedded_holders
from contact_pipeline.adapters.postgres.embedded_cluster import Cluster
from contact_pipeline.adapters.postgres.embedded_places import Account, Area


def post(cluster: Cluster) -> None:
    """Start a guardian unless one is on duty. The gate is held."""
    if embedded_holders.is_guarded(cluster.home / "server"):
        return
    package_root = Path(__file__).resolve().parents[3]
    embedded_cluster.launch_detached(
        # -S: no site-packages, which cost most of an interpreter's start and memory
        [sys.executable, "-S", "-m", __name__, str(cluster.home), str(cluster.area.folder), str(cluster.sockets)],
        cwd=package_root,
        account=None,
        log=Path(os.devnull),
    )


def main(home: Path, area: Path, sockets: Path) -> None:
    """Wait, then stop the server unless somebody came back or it is to be kept."""
    os.chdir("/")
    nobody = Account(os.geteuid(), os.getegid(), "", switch=False)
    cluster = Cluster(home=home, area=Area(area, nobody), sockets=sockets, system_root=area, say=_say_nothing)
    folder = home / "server"
    with contextlib.suppress(FileNotFoundError), embedded_holders.guard_duty(folder, tries=50) as mine:
        while mine:
            embedded_holders.wait_until_nobody_holds(folder)
            with embedded_holders.gate(folder, _say_nothing):
                if not embedded_holders.nobody_holds(folder):
                    continue
                if not (folder / "keep").exists():
                    embedded_cluster.stop(cluster)
                # Off duty before the gate opens: who comes next posts a new guardian.
                fcntl.flock(mine, fcntl.LOCK_UN)
                return
    if not folder.exists():  # HOME was deleted while in use
        embedded_cluster.stop(cluster)


def _say_nothing(_text: str) -> None:
    """Nobody listens to a guardian."""


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
