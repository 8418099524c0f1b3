"""Whether the database is the one this code needs, and whether Dagster's daemon lives."""

from datetime import UTC, datetime

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.adapters.postgres.migrate import newest_revision


def is_migrated(connection: Connection) -> bool:
    """Whether the schema is that of this version of the program."""
    row = connection.execute("select version_num from ops.schema_version").fetchone()
    return row is not None and row[0] == newest_revision()


def newest_heartbeat(connection: Connection) -> datetime | None:
    """Of any of the daemon's parts; None: none has ever run here."""
    known = connection.execute("select to_regclass('dagster.daemon_heartbeats') is not null").fetchone()
    if known != (True,):
        return None
    row = connection.execute("select max(timestamp) from dagster.daemon_heartbeats").fetchone()
    return row[0].replace(tzinfo=UTC) if row and row[0] else None
