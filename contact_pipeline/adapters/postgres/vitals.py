"""Whether the database is the one this code needs, whether Dagster's daemon lives, and which of its runs failed."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.adapters.postgres.migrate import newest_revision

RUNS = "select run_id, pipeline_name, status from dagster.runs where update_timestamp > %s order by id"
TAGS = "select run_id, key, value from dagster.run_tags where key like 'dagster/%%partition%%' and run_id = any (%s)"
FINISHED = ("SUCCESS", "FAILURE")  # cancelled by a person is neither


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
    """Job → pieces of its work whose last run since then failed. Empty where Dagster has stored nothing here.

    A piece is what a run was about: its partitions, else the whole job.
    """
    if not _has_dagster(connection):
        return {}
    ran = connection.execute(RUNS, (since.astimezone(UTC).replace(tzinfo=None),)).fetchall()
    runs = [(run, job, status) for run, job, status in ran if status in FINISHED]
    about: dict[str, set[str]] = defaultdict(set)
    for run, key, value in connection.execute(TAGS, ([run for run, *_ in runs],)):
        about[run].add(f"{key}={value}")
    last = {(job, frozenset(about[run])): status for run, job, status in runs}
    return Counter(job for (job, _), status in last.items() if status == "FAILURE")


def _has_dagster(connection: Connection) -> bool:
    return connection.execute("select to_regclass('dagster.runs') is not null").fetchone() == (True,)
