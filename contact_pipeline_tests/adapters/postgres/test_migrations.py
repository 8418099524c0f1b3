"""A database of any earlier version becomes what a new one is, with its rows; once, and from several processes."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from contact_pipeline.adapters.postgres import migrate as module
from contact_pipeline.adapters.postgres.migrate import migrate, sqlalchemy_url
from contact_pipeline.core.errors import ConfigurationError

SHAPES = (
    "select table_schema, table_name, column_name, data_type, is_nullable, column_default"
    " from information_schema.columns"
    " where table_schema in ('raw', 'core', 'audit', 'ops', 'curated') order by 1, 2, 3",
    "select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
    " where connamespace::regnamespace::text in ('raw', 'core', 'audit', 'ops') order by 1, 2",
    "select schemaname, indexname, indexdef from pg_indexes"
    " where schemaname in ('raw', 'core', 'audit', 'ops') order by 1, 2",
    "select tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) from pg_trigger"
    " where not tgisinternal order by 1, 2",
    "select p.pronamespace::regnamespace::text, p.proname, pg_get_functiondef(p.oid) from pg_proc p"
    " where p.pronamespace::regnamespace::text in ('raw', 'core', 'audit', 'ops', 'curated') order by 1, 2",
)


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(Path(module.__file__).parent / "migrations"))
    return found


REVISIONS = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()][::-1]


def upgrade(url: str, revision: str) -> None:
    engine = create_engine(sqlalchemy_url(url))
    with engine.begin() as connection:
        made = config()
        made.attributes["connection"] = connection
        command.upgrade(made, revision)
    engine.dispose()


def shape(url: str) -> list[list[tuple[object, ...]]]:
    with psycopg.connect(url) as connection:
        return [connection.execute(query).fetchall() for query in SHAPES]


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_old_database_becomes_what_a_new_one_is(empty_database_url: str, database_url: str, revision: str) -> None:
    upgrade(empty_database_url, revision)
    with psycopg.connect(empty_database_url) as connection:
        connection.execute("insert into core.contacts (email, name) values ('ada@orchid.test', 'Ada')")
        # The rule of an earlier version, with other parameters: it must not live on beside today's.
        connection.execute("create function core.permission(boolean) returns text language sql as 'select null'")
    assert migrate(empty_database_url) == REVISIONS[-1]
    for old, new in zip(shape(empty_database_url), shape(database_url), strict=True):
        assert old == new
    with psycopg.connect(empty_database_url) as connection:
        assert connection.execute("select email, name from core.contacts").fetchall() == [("ada@orchid.test", "Ada")]
        connection.execute("update core.contacts set name = 'Ada Orchid'")
        changes = connection.execute("select field, new_value from audit.changes").fetchall()
        assert ("name", "Ada Orchid") in changes


def test_many_processes_migrate_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(3) as threads:
        assert set(threads.map(migrate, [empty_database_url] * 3)) == {REVISIONS[-1]}


def test_a_database_of_newer_code_is_refused(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("update ops.schema_version set version_num = '9999'")
    with pytest.raises(ConfigurationError, match="9999"):
        migrate(database_url)
