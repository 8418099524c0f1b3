"""The PostgreSQL server this program uses: the one of CONTACT_PIPELINE_DATABASE_URL, or an embedded one in HOME.

The face of the embedded_* modules. Hands out libpq URLs (`postgresql://…`) and nothing else: no engine, no migration.
An embedded server runs while any process holds it and stops with the last one, unless `start` was said.
Refuses TCP without a password, and to stop a server that others are using.
"""

import atexit
import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from contact_pipeline.adapters.postgres import embedded_cluster, embedded_guardian, embedded_holders
from contact_pipeline.adapters.postgres.embedded_cluster import DATABASE, OWNER, Cluster
from contact_pipeline.adapters.postgres.embedded_config import begin_wal_line
from contact_pipeline.adapters.postgres.embedded_places import (
    SYSTEM_ROOT,
    find_area,
    make_home,
    say_on_stderr,
    wheel_programs,
)
from contact_pipeline.core.errors import ConfigurationError, UsageError
from contact_pipeline.settings import Settings


@dataclass
class _Hold:
    """This process's use of one HOME's server, however many callers share it."""

    cluster: Cluster
    lock: int
    url: str
    users: int = 0
    pid: int = 0


_holds: dict[Path, _Hold] = {}
_kept_by_process: set[Path] = set()
_mutex = threading.RLock()


def _after_fork_in_child() -> None:
    """A forked child holds nothing: its copies of the locks are closed (embedded_holders)."""
    global _mutex
    _mutex = threading.RLock()
    _holds.clear()
    _kept_by_process.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)


@contextlib.contextmanager
def database(settings: Settings, *, system_root: Path = SYSTEM_ROOT) -> Iterator[str]:
    """The URL of a server that takes connections for as long as the block lasts.

    Raises ConfigurationError (the server cannot be made here) or DatabaseUnavailable (it does not come up).
    """
    if settings.database_url is not None:
        yield libpq_url(settings.database_url)
        return
    hold = _acquire(settings, system_root)
    try:
        yield hold.url
    finally:
        _release(settings.home)


def hold_for_process(settings: Settings, *, system_root: Path = SYSTEM_ROOT) -> str:
    """The same until this process ends; calling it again costs nothing."""
    if settings.database_url is not None:
        return libpq_url(settings.database_url)
    with _mutex:
        if settings.home in _kept_by_process:
            return _holds[settings.home].url
        hold = _acquire(settings, system_root)
        _kept_by_process.add(settings.home)
        atexit.register(_release_at_exit, settings.home, os.getpid())
        return hold.url


def start(settings: Settings, *, system_root: Path = SYSTEM_ROOT) -> str:
    """`db start`: up, and up it stays until `stop`. Raises UsageError where the server is somebody else's."""
    if settings.database_url is not None:
        raise UsageError(
            "The database is the server of CONTACT_PIPELINE_DATABASE_URL, which is not ours to start. "
            "Start it where it runs"
        )
    with database(settings, system_root=system_root) as url:
        _keep(settings).touch(mode=0o600)
        return url


def stop(settings: Settings, *, system_root: Path = SYSTEM_ROOT) -> None:
    """`db stop`. Raises UsageError while other processes use the server: their work would break."""
    if settings.database_url is not None:
        raise UsageError(
            "The database is the server of CONTACT_PIPELINE_DATABASE_URL, which is not ours to stop. "
            "Stop it where it was started"
        )
    folder = settings.home / "server"
    if not folder.exists():
        return
    embedded_holders.prepare(folder)
    with _mutex, embedded_holders.gate(folder, say_on_stderr):
        if not embedded_holders.nobody_holds(folder):
            pids = embedded_holders.holders(folder)
            who = f" (processes {', '.join(map(str, pids))})" if pids else ""
            raise UsageError(
                f"The database is in use{who}. End those first: the last one out stops it, "
                "or call `db stop` again where `db start` was said"
            )
        _keep(settings).unlink(missing_ok=True)
        embedded_cluster.stop(_cluster(settings, system_root))


def keep_wal_from_next_start(settings: Settings) -> None:
    """The embedded server's next start is one with its write-ahead log kept. Starts and stops nothing."""
    try:
        make_home(settings.home)
        begin_wal_line(settings.home)
    except OSError as error:
        raise _unusable(settings, error) from error


def keep_wal(settings: Settings, *, system_root: Path = SYSTEM_ROOT) -> bool:
    """Let the embedded server keep its write-ahead log for backups; True: it was running and had to stop for that.

    Raises UsageError while other processes use a server that keeps none: their work would break.
    """
    keep_wal_from_next_start(settings)
    embedded_holders.prepare(settings.home / "server")
    with _mutex, embedded_holders.gate(settings.home / "server", say_on_stderr):
        cluster = _cluster(settings, system_root)
        if not embedded_cluster.is_running(cluster) or embedded_cluster.runs_with_wal(cluster):
            return False
        if not embedded_holders.nobody_holds(settings.home / "server"):
            raise UsageError(
                "The database server has to restart once, to keep its write-ahead log from then on, and is in use. End"
                " what uses it (`up`, say), then call backup again"
            )
        embedded_cluster.stop(cluster)
        if _keep(settings).exists():
            embedded_cluster.ensure_running(cluster)
        return True


def folder(settings: Settings, *, system_root: Path = SYSTEM_ROOT) -> Path | None:
    """Where the embedded server keeps its data and its log, inside HOME or not; None: the server is somebody else's."""
    return None if settings.database_url is not None else find_area(settings.home, say_on_stderr, system_root).folder


def psql(settings: Settings, args: Sequence[str], *, system_root: Path = SYSTEM_ROOT) -> int:
    """Run psql on the database with these arguments and this terminal; returns its exit code.

    The password travels in PGPASSWORD: a command line is readable to every account of the machine.
    """
    with database(settings, system_root=system_root) as url:
        public_url, password = split_password(url)
        own = str(wheel_programs() / "psql")
        # The wheel's psql has no TLS; a server elsewhere may insist on it.
        program = own if settings.database_url is None else shutil.which("psql") or own
        environment = dict(os.environ) if password is None else {**os.environ, "PGPASSWORD": password}
        with _interrupts_left_to_psql():
            return subprocess.call([program, "--dbname", public_url, *args], env=environment)


def libpq_url(url: str) -> str:
    """SQLAlchemy's and the short scheme → the one libpq and psycopg read."""
    scheme, separator, rest = url.partition("://")
    return "postgresql" + separator + rest if scheme.split("+")[0] in {"postgresql", "postgres"} else url


def split_password(url: str) -> tuple[str, str | None]:
    """A URL that may be shown, and its password."""
    parts = urlsplit(url)
    login, at, address = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    return urlunsplit(parts._replace(netloc=user + at + address)), unquote(password) if colon else None


def _acquire(settings: Settings, system_root: Path) -> _Hold:
    with _mutex:
        hold = _holds.get(settings.home)
        if hold is None:
            try:
                hold = _join(settings, system_root)
            except OSError as error:
                raise _unusable(settings, error) from error
            _holds[settings.home] = hold
        hold.users += 1
        return hold


def _unusable(settings: Settings, error: OSError) -> ConfigurationError:
    return ConfigurationError(
        f"The embedded database in {settings.home} cannot be used ({error.strerror or type(error).__name__}). "
        "Set CONTACT_PIPELINE_HOME to a folder this account may write to, "
        "or CONTACT_PIPELINE_DATABASE_URL to another server"
    )


def _join(settings: Settings, system_root: Path) -> _Hold:
    """Become a holder under the gate, then see to it that the server runs."""
    make_home(settings.home)
    folder = settings.home / "server"
    embedded_holders.prepare(folder)
    with embedded_holders.gate(folder, say_on_stderr):
        cluster = _cluster(settings, system_root)
        lock = embedded_holders.join(folder)
        try:
            embedded_cluster.ensure_running(cluster)
            if not _keep(settings).exists():
                embedded_guardian.post(cluster)
            url = _url(cluster)
        except BaseException:
            embedded_holders.leave(lock)
            raise
    return _Hold(cluster, lock, url, pid=os.getpid())


def _release(home: Path) -> None:
    """The last user in this process leaves; the last process stops the server."""
    with _mutex:
        hold = _holds.get(home)
        if hold is None or hold.pid != os.getpid():
            return  # a forked child leaving its parent's block
        hold.users -= 1
        if hold.users > 0:
            return
        del _holds[home]
        folder = home / "server"
        try:
            with embedded_holders.gate(folder, say_on_stderr):
                embedded_holders.leave(hold.lock)
                if embedded_holders.nobody_holds(folder) and not (folder / "keep").exists():
                    embedded_cluster.stop(hold.cluster)
        except FileNotFoundError:  # HOME was deleted under us: the guardian stops what is left
            embedded_holders.leave(hold.lock)


def _release_at_exit(home: Path, pid: int) -> None:
    if pid == os.getpid():
        _release(home)


def _cluster(settings: Settings, system_root: Path) -> Cluster:
    area = find_area(settings.home, say_on_stderr, system_root)
    return embedded_cluster.open_cluster(settings.home, area, system_root, say_on_stderr)


def _url(cluster: Cluster) -> str:
    password = quote(embedded_cluster.read_password(cluster), safe="")
    return f"postgresql://{OWNER}:{password}@/{DATABASE}?host={quote(str(cluster.sockets), safe='')}&port=5432"


def _keep(settings: Settings) -> Path:
    return settings.home / "server" / "keep"


@contextlib.contextmanager
def _interrupts_left_to_psql() -> Iterator[None]:
    """Ctrl-C cancels psql's query instead of ending us. A handler, not SIG_IGN, which psql would inherit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
