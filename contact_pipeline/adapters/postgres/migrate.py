"""Brings a database to the schema this code needs. Forward only, safe at every start and from many processes."""

import sys
from functools import cache
from importlib import resources
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from contact_pipeline.adapters.postgres.engine import no_answer
from contact_pipeline.core.errors import ConfigurationError, DatabaseUnavailable

ROLES = ("writer", "analyst", "pii_reader", "steward", "compliance")
# Made again with the views, whose tables are those of the last migration.
FUNCTIONS = (
    "rules", "business_days", "rulings", "parts", "retention", "standing", "sessions", "facts", "watch", "audited",
    "triggers", "answers", "contact_changed", "bounces", "transactions", "sealing", "correctable",
)  # fmt: skip
VIEWS = (
    "10_permissions", "20_curated", "30_providers", "40_profiles", "50_ground", "60_figures", "65_kpis", "70_outreach",
    "75_pages", "80_access",
)  # fmt: skip
MIGRATION_LOCK = 0x636F6E74  # any constant of ours: one migration at a time in this database


def read_sql(name: str) -> str:
    """Text of `sql/<name>.sql`, with % doubled for drivers that take it for a placeholder."""
    path = resources.files("contact_pipeline.adapters.postgres") / "sql" / f"{name}.sql"
    return path.read_text(encoding="utf-8").replace("%", "%%")


def sqlalchemy_url(url: str) -> str:
    """SQLAlchemy 2.1 reads plain postgresql:// as psycopg 3; said outright all the same."""
    _, _, rest = url.partition("://")
    return f"postgresql+psycopg://{rest}"


def migrate(url: str) -> str:
    """Apply what is missing. Returns the revision the database is at.

    Raises ConfigurationError when the database was written by newer code, DatabaseUnavailable when it does not answer.
    """
    config = _config()
    head = newest_revision()
    engine = create_engine(sqlalchemy_url(url))
    try:
        with engine.begin() as connection:
            _close_path(connection)
            if _revision(connection) != head:
                connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
                current = _revision(connection)
                if current is not None and current not in _known_revisions(config):
                    raise ConfigurationError(
                        f"This database is at revision {current}, which this version does not know."
                        " Upgrade the program."
                    )
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                renew_views(connection)
                arrange_rights(connection)
    except OperationalError as error:
        raise DatabaseUnavailable(no_answer(error.orig)) from None
    finally:
        engine.dispose()
    return head


@cache
def newest_revision() -> str:
    """Of this version of the program. Read once: a watcher asks every few seconds (/ready)."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _revision(connection: Connection) -> str | None:
    context = MigrationContext.configure(
        connection, opts={"version_table": "schema_version", "version_table_schema": "ops"}
    )
    return context.get_current_revision()


def _known_revisions(config: Config) -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _close_path(connection: Connection) -> None:
    """What this transaction makes and calls is found where it was meant: no schema of somebody else's comes first."""
    connection.exec_driver_sql("set local search_path = pg_catalog, pg_temp")


def renew_views(connection: Connection) -> None:
    """Make functions and what readers see anew: after the last migration, whose columns they may name."""
    connection.exec_driver_sql("drop schema if exists curated cascade")
    connection.exec_driver_sql(
        "drop view if exists core.contact_permissions, core.contact_latest_drop, core.published_contacts cascade"
    )
    connection.exec_driver_sql(
        "drop view if exists core.data_quality_by_drop, core.contact_grounds, core.contact_sources_ever,"
        " core.retaining_sources"
    )
    # With other parameters it would be another function, beside the one of an earlier version.
    connection.exec_driver_sql("drop function if exists core.permission")
    for name in FUNCTIONS:
        connection.exec_driver_sql(read_sql(f"functions/{name}"))
    for name in VIEWS:
        connection.exec_driver_sql(read_sql(f"views/{name}"))


def arrange_rights(connection: Connection) -> bool:
    """Make the roles that are missing, take from PUBLIC what it has no use for, give the roles their rights.

    True: nothing is left to do. What this login may not do on this server is printed on stderr for an administrator.
    sql/access/open.sql says what is open, so what somebody has run is not asked for again.
    """
    for statement in _open_statements(connection):
        with connection.begin_nested() as savepoint:
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError:  # not this login's to do, or another database's migration does it right now
                savepoint.rollback()
    missing = _open_statements(connection)  # asked again: a REVOKE without the right to it only warns
    if missing:
        sys.stderr.write(
            "This login may not do all that keeps the roles apart. Ask an administrator of the server to run the"
            " following in this database, then run `contact-pipeline db migrate`:\n"
            + "".join(f"  {statement};\n" for statement in missing)
        )
    connection.exec_driver_sql(read_sql("views/90_roles"))
    return not missing


def _open_statements(connection: Connection) -> list[str]:
    return [row[0] for row in connection.exec_driver_sql(read_sql("access/open"))]


def grant_roles(url: str) -> bool:
    """Give the roles their rights (again); False: an administrator has something to do. Run by `db migrate`."""
    engine = create_engine(sqlalchemy_url(url))
    try:
        with engine.begin() as connection:
            _close_path(connection)
            return arrange_rights(connection)
    finally:
        engine.dispose()
