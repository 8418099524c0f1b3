"""Whether the database is the one this code needs, whether Dagster's daemon lives, and which of its runs failed."""

from collections.abc import Mapping
from datetime import UTC, datetime

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.adapters.postgres.migrate import newest_revision

STEPS = beside(__file__)


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


def failed_work(connection: Connection, since: datetime) -> Mapping[str, int]:
    """Job → pieces of its work whose last run since then failed. Empty where Dagster has stored nothing here."""
    if not _has_dagster(connection):
        return {}
    rows = Script(connection, STEPS).rows("failed_work", since=since.astimezone(UTC).replace(tzinfo=None))
    return {row["job"]: int(row["pieces"]) for row in rows}


def _has_dagster(connection: Connection) -> bool:
    return connection.execute("select to_regclass('dagster.runs') is not null").fetchone() == (True,)
