"""Databases for tests: one server for each worker's session, one fresh database for each test that asks.

`server_url` is an embedded server in a HOME of its own, or CONTACT_PIPELINE_TEST_DATABASE_URL.
"""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings
from psycopg import sql

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.migrate import migrate
from contact_pipeline.settings import Settings, load_settings
from contact_pipeline_tests.installation import Installation, install
from contact_pipeline_tests.logins import fill

# The bench of most rooms, and its fixtures.
pytest_plugins = ["contact_pipeline_tests.lab.fixtures"]
# The same examples in every run; `--hypothesis-profile explore` looks for new ones.
hypothesis_settings.register_profile("suite", derandomize=True, deadline=None)
hypothesis_settings.register_profile("explore", derandomize=False, deadline=None)
hypothesis_settings.load_profile("suite")
# More would not be quicker: every worker starts a database server of its own.
MOST_WORKERS = 8


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """How many processes `-n auto` is: one more than there are cores, as most tests wait (for programs that start, for
    name servers that keep silent). None where single files are named: workers need longer to start than most files."""
    if all(Path(argument.partition("::")[0]).is_file() for argument in config.args):
        return 0
    return min(len(os.sched_getaffinity(0)) + 1, MOST_WORKERS)


def settings_in(home: Path, **environment: str) -> Settings:
    """Settings of a program whose HOME is this folder; nothing of the outer environment counts."""
    return load_settings({"CONTACT_PIPELINE_HOME": str(home), **environment}, root=home.parent)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A temporary folder that every account may pass through. pytest's tmp_path is below a private one, where root's
    embedded server would move to /var/lib."""
    folder = Path(tempfile.mkdtemp(prefix="contact_pipeline_tests-", dir="/tmp"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def open_tmp_path() -> Iterator[Path]:
    """Like tmp_path, but a HOME in it keeps its database also when root runs the tests."""
    with open_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """URL of a server on which this login may create databases."""
    given = os.environ.get("CONTACT_PIPELINE_TEST_DATABASE_URL")
    if given:
        yield server.libpq_url(given)
        return
    with open_folder() as folder, server.database(settings_in(folder / "home")) as url:
        with psycopg.connect(url, autocommit=True) as admin:
            # Nothing of it outlives the session, so no commit waits for the disk. Tests that pull the plug have a
            # server of their own.
            admin.execute("alter system set fsync = off")
            admin.execute("select pg_reload_conf()")
        yield url


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@contextmanager
def new_database(url: str, template: str = "template0") -> Iterator[str]:
    """A database of its own, dropped afterwards whoever is still connected."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(url, autocommit=True) as admin:  # 45 ms; with strategy file_copy 70-120 ms
        admin.execute(sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template)))
    try:
        yield with_database(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def migrated_template(server_url: str) -> Iterator[str]:
    """Name of the database that `database_url` clones: the migrations run once for each session (1.8 s)."""
    with new_database(server_url) as url:
        migrate(url)
        yield urlsplit(url).path[1:]


@pytest.fixture
def database_url(server_url: str, migrated_template: str) -> Iterator[str]:
    """A migrated, otherwise empty database."""
    with new_database(server_url, migrated_template) as url:
        yield url


@pytest.fixture
def empty_database_url(server_url: str) -> Iterator[str]:
    """A database without any table of ours."""
    with new_database(server_url) as url:
        yield url


@pytest.fixture(scope="session")
def used_template(server_url: str, migrated_template: str) -> Iterator[str]:
    """Name of the database that `installation` clones: Dagster's tables are there too, else each test would wait for
    them (1.4 s and more). How Dagster makes them is tested in orchestration/test_storage.py and e2e/test_up.py."""
    from contact_pipeline.orchestration.storage import ContactPipelineStorage  # dagster: 2 s to import

    with new_database(server_url, migrated_template) as url, open_folder() as folder:
        storage = ContactPipelineStorage(settings_in(folder / "home", CONTACT_PIPELINE_DATABASE_URL=url))
        # Its kept connection: only a database that nobody is connected to can be cloned.
        storage.run_storage._engine.dispose()  # type: ignore[attr-defined]
        yield urlsplit(url).path[1:]


@pytest.fixture
def installation(
    server_url: str, used_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Installation]:
    """A whole installation, named by this process's environment."""
    with new_database(server_url, used_template) as url, install(tmp_path, url) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture(scope="session")
def guarded_url(server_url: str) -> Iterator[str]:
    """A database as an installation has it, with its rights (a clone has the template's tables, not its own rights), in
    which two people are known: logins.SHOWN and logins.HIDDEN."""
    with new_database(server_url) as url:
        migrate(url)
        fill(url)
        yield url
