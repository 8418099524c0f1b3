"""The embedded server's life: who starts it, who stops it, and what happens when somebody is killed."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from contact_pipeline.adapters.postgres import embedded_holders, server
from contact_pipeline.core.errors import ConfigurationError, DatabaseDamaged, UsageError
from contact_pipeline.settings import Settings
from contact_pipeline_tests.conftest import settings_in

from .conftest import HOLD, PATIENCE, cluster_of, eventually, holder, is_running, needs_root, postmaster, python

LEAVE_A_CHILD = """
server.hold_for_process(settings)
if os.fork() == 0:
    print(os.getpid(), flush=True)
    sys.stdin.read()
    os._exit(0)
"""


def execute(url: str, *statements: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements[:-1]:
            connection.execute(statement.encode())
        cursor = connection.execute(statements[-1].encode())
        return cursor.fetchall() if cursor.description else []


def test_runs_while_used_and_keeps_what_was_written(settings: Settings) -> None:
    with server.database(settings) as url:
        assert is_running(settings)
        execute(url, "create table t (n int)", "insert into t values (7)")
    assert not is_running(settings)
    with server.database(settings) as url:
        assert execute(url, "select n from t") == [(7,)]


def test_blocks_within_one_process_share_it(settings: Settings) -> None:
    with server.database(settings) as outer:
        with server.database(settings) as inner:
            assert inner == outer
        assert is_running(settings)
    assert not is_running(settings)


def test_the_last_process_stops_it(settings: Settings) -> None:
    with holder(settings):
        with server.database(settings) as url:
            assert execute(url, "select 1") == [(1,)]
        assert is_running(settings)
    assert not is_running(settings)


def test_processes_that_start_together_make_one_cluster(open_tmp_path: Path) -> None:
    settings = settings_in(open_tmp_path / "new")
    processes = [python(HOLD, settings.home) for _ in range(4)]
    urls = {process.stdout.readline().strip() for process in processes if process.stdout}
    with server.database(settings) as url:
        assert urls == {url}
        for process in processes:
            process.communicate(timeout=PATIENCE)
        assert execute(url, "select 1") == [(1,)]
    assert not is_running(settings)


def test_a_killed_holder_leaves_nothing_running(settings: Settings) -> None:
    with holder(settings) as process:
        process.kill()
    assert eventually(lambda: not is_running(settings))
    assert not cluster_of(settings).pid_file.exists()


def test_a_server_whose_guardian_was_killed_too_is_adopted(settings: Settings) -> None:
    with holder(settings) as process:
        before = postmaster(settings)
        os.kill(guardian(settings), signal.SIGKILL)
        process.kill()
    assert is_running(settings)
    with server.database(settings):
        assert postmaster(settings) == before
    assert not is_running(settings)


def guardian(settings: Settings) -> int:
    """Process id of this HOME's guardian, once it has begun."""
    found: list[int] = []

    def look() -> bool:
        listing = subprocess.run(["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True).stdout
        lines = (line for line in listing.splitlines() if "-m contact_pipeline" in line)
        found.extend(int(line.split()[0]) for line in lines if str(settings.home) in line)
        return bool(found)

    assert eventually(look)
    return found[0]


def test_the_guardian_goes_with_the_server(settings: Settings) -> None:
    with server.database(settings):
        assert eventually(lambda: embedded_holders.is_guarded(settings.home / "server"))
    assert eventually(lambda: not embedded_holders.is_guarded(settings.home / "server"))


def test_a_killed_server_recovers(settings: Settings) -> None:
    with server.database(settings) as url:
        execute(url, "create table t (n int)", "insert into t select generate_series(1, 10000)")
        killed = postmaster(settings)
        os.kill(killed, signal.SIGKILL)
        with holder(settings):  # starts while the backends of the killed one may still be there
            assert postmaster(settings) != killed
            assert execute(url, "select count(*) from t") == [(10000,)]
    assert not is_running(settings)


def test_a_forked_child_does_not_keep_it(settings: Settings) -> None:
    process = python(LEAVE_A_CHILD, settings.home)
    assert process.stdout is not None
    child = int(process.stdout.readline())
    assert process.wait(PATIENCE) == 0
    assert eventually(lambda: not is_running(settings))  # the child closes its copy of the lock in its first moments
    os.kill(child, 0)  # and is still there
    process.communicate(timeout=PATIENCE)


def test_start_keeps_it_until_stop(settings: Settings) -> None:
    url = server.start(settings)
    assert execute(url, "select 1") == [(1,)]
    with holder(settings), pytest.raises(UsageError, match="in use"):
        server.stop(settings)
    assert is_running(settings)
    server.stop(settings)
    assert not is_running(settings)
    server.stop(settings)
    with server.database(settings):
        pass
    assert not is_running(settings)


def test_stop_names_the_processes(settings: Settings) -> None:
    with holder(settings) as process, pytest.raises(UsageError, match=rf"\b{process.pid}\b"):
        server.stop(settings)


def test_a_wrong_password_is_refused(settings: Settings) -> None:
    with server.database(settings) as url:
        public, password = server.split_password(url)
        assert password
        for wrong in ("guess", ""):
            with pytest.raises(psycopg.OperationalError, match="password"):
                psycopg.connect(public, password=wrong)


def test_it_does_not_listen_on_tcp(settings: Settings) -> None:
    with server.database(settings) as url:
        assert execute(url, "show listen_addresses") == [("",)]


def test_an_interrupted_initdb_is_swept_away(open_tmp_path: Path) -> None:
    settings = settings_in(open_tmp_path / "new")
    embedded = cluster_of_new(settings)
    (embedded / "initdb.half" / "data").mkdir(parents=True)
    (embedded / "initdb.half" / "data" / "PG_VERSION").write_text("18\n")
    with server.database(settings) as url:
        assert execute(url, "select 1") == [(1,)]
    assert not list(embedded.glob("initdb.*"))


def cluster_of_new(settings: Settings) -> Path:
    """The empty area of a HOME without a cluster."""
    from contact_pipeline.adapters.postgres import embedded_places

    embedded_places.make_home(settings.home)
    return cluster_of(settings).area.folder


@pytest.fixture
def stranger(settings: Settings) -> Iterator[int]:
    """A process of the server's account that is no server."""
    account = cluster_of(settings).area.account
    process = subprocess.Popen(["sleep", "60"], user=account.uid if account.switch else None)
    yield process.pid
    process.kill()
    process.wait()


def test_a_stale_pid_file_whose_number_was_given_to_another_process(settings: Settings, stranger: int) -> None:
    cluster = cluster_of(settings)
    cluster.pid_file.write_text(f"{stranger}\n{cluster.area.data}\n1\n5432\n{cluster.sockets}\n\n0 0\nready\n")
    account = cluster.area.account
    os.chown(cluster.pid_file, account.uid, account.gid)
    with server.database(settings) as url:
        assert execute(url, "select 1") == [(1,)]


def test_a_cluster_of_another_version_is_not_touched(settings: Settings) -> None:
    (cluster_of(settings).area.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(ConfigurationError, match=r"made by PostgreSQL 17.*pg_dump"), server.database(settings):
        pass


def test_a_lost_password_is_said(settings: Settings) -> None:
    (settings.home / "keys" / "database.password").unlink()
    with pytest.raises(ConfigurationError, match=r"database\.password is missing"), server.database(settings):
        pass
    assert not is_running(settings)


def control(content: bytes) -> Callable[[Path], None]:
    def damage(data: Path) -> None:
        (data / "global" / "pg_control").write_bytes(content)

    return damage


def wal(content: bytes | None) -> Callable[[Path], None]:
    def damage(data: Path) -> None:
        for segment in (data / "pg_wal").iterdir():
            if len(segment.name) == 24:
                segment.unlink() if content is None else segment.write_bytes(content)

    return damage


@pytest.mark.parametrize(
    ("damage", "part"),
    [
        (control(b"damaged"), "pg_control"),
        (control(b""), "pg_control"),
        (control(bytes(8192)), "pg_control"),
        (lambda data: (data / "global" / "pg_control").unlink(), "pg_control"),
        (wal(None), "pg_wal"),
        (wal(bytes(1 << 20)), "pg_wal"),
        (wal(b"short"), "pg_wal"),
        (lambda data: shutil.rmtree(data / "pg_wal"), "pg_wal"),
        (lambda data: shutil.rmtree(data / "pg_xact"), "its own files"),
        (lambda data: (data / "PG_VERSION").write_text(""), "PG_VERSION"),
    ],
)
def test_damaged_files_are_named_with_the_way_to_restore(
    settings: Settings, damage: Callable[[Path], None], part: str
) -> None:
    cluster = cluster_of(settings)
    damage(cluster.area.data)
    with pytest.raises(DatabaseDamaged) as caught, server.database(settings):
        pass
    said = str(caught.value)
    with embedded_holders.gate(settings.home / "server", print):
        assert embedded_holders.nobody_holds(settings.home / "server")
    for word in (part, "is damaged", "docs/operations.md", str(cluster.area.folder), str(cluster.area.log)):
        assert word in said
    assert not is_running(settings)


def test_psql_gets_its_arguments_and_gives_its_exit_code(settings: Settings, capfd: pytest.CaptureFixture[str]) -> None:
    assert server.psql(settings, ["--csv", "-c", "select 1 as one, '%' as two"]) == 0
    assert capfd.readouterr().out == "one,two\n1,%\n"
    assert server.psql(settings, ["-v", "ON_ERROR_STOP=1", "-q", "-f", "/nowhere"]) != 0
    capfd.readouterr()


def test_an_external_server_is_handed_through(tmp_path: Path) -> None:
    given = settings_in(
        tmp_path / "home", CONTACT_PIPELINE_DATABASE_URL="postgresql+psycopg://u:p%40w@h:1/d?sslmode=require"
    )
    with server.database(given) as url:
        assert url == "postgresql://u:p%40w@h:1/d?sslmode=require"
    assert server.hold_for_process(given) == url
    assert server.split_password(url) == ("postgresql://u@h:1/d?sslmode=require", "p@w")
    assert not (tmp_path / "home").exists()
    with pytest.raises(UsageError, match="not ours to stop"):
        server.stop(given)


@needs_root
def test_root_serves_the_home_of_an_ordinary_account(settings: Settings) -> None:
    """Data that already belongs to somebody stays theirs: the server runs as the owner of the data."""
    owner = cluster_of(settings).area.account
    with server.database(settings):
        assert Path(f"/proc/{postmaster(settings)}").stat().st_uid == owner.uid != 0


def test_many_threads_of_one_process(settings: Settings) -> None:
    def use(_number: int) -> list[tuple[object, ...]]:
        with server.database(settings) as url:
            return execute(url, "select 1")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(16))) == [[(1,)]] * 16
    assert not is_running(settings)
