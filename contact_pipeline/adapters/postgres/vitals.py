"""Whether the database is the one this code needs, whether Dagster's daemon lives, and which of its runs failed."""

from collections.abc import Mapping
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


# What the run was about: of a job without partitions the job itself. Cancelled by a person is no failure.
FAILED_WORK = """
select job, count(*) from (
    select distinct on (job, work) job, work, status, update_timestamp from (
        select r.pipeline_name as job, r.status, r.update_timestamp, r.id,
            coalesce((select string_agg(t.key || '=' || t.value, ' ' order by t.key) from dagster.run_tags t
                where t.run_id = r.run_id and t.key like 'dagster/%%partition%%'), '') as work
        from dagster.runs r
        where r.status in ('SUCCESS', 'FAILURE') and r.update_timestamp > %(since)s
    ) finished order by job, work, id desc
) last where status = 'FAILURE' group by job
"""


def failed_work(connection: Connection, since: datetime) -> Mapping[str, int]:
    """Job → pieces of its work whose last run since then failed. Empty where Dagster has stored nothing here."""
    if not _has_dagster(connection):
        return {}
    rows = connection.execute(FAILED_WORK, {"since": since.astimezone(UTC).replace(tzinfo=None)}).fetchall()
    return {job: int(count) for job, count in rows}


def _has_dagster(connection: Connection) -> bool:
    return connection.execute("select to_regclass('dagster.runs') is not null").fetchone() == (True,)
