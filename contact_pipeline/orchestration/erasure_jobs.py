"""Night work: whose retention has ended goes, and what deletions leave behind in the database is removed."""

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.resources import SessionResource

RETENTION = (
    "Announces whose last ground has ended, and erases or anonymises those announced for long enough ([retention])."
)
SCRUB = (
    "Removes dead rows, statistics and write-ahead log that still hold what was erased, searches the bytes, completes "
    "the certificates. Locks each table while it is written anew; nothing happens when no erasure waits for it."
)


class RetentionConfig(dg.Config):
    """dry_run: only count."""

    dry_run: bool = False


@dg.op(description=RETENTION, retry_policy=RETRIES)
def end_retention_of_people(context: dg.OpExecutionContext, config: RetentionConfig, session: SessionResource) -> None:
    """See erasure/retention.py."""
    with value_free():
        # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
        from contact_pipeline.erasure.retention import end_retention

        done = end_retention(session.get(), dry_run=config.dry_run)
        context.log.info(", ".join(f"{name} {number}" for name, number in done.items()))


@dg.op(description=SCRUB, retry_policy=RETRIES)
def scrub_erasures(context: dg.OpExecutionContext, session: SessionResource) -> None:
    """See erasure/proof.py. What a crash left unfinished was finished when the pipeline was opened."""
    with value_free():
        # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
        from contact_pipeline.erasure.erasing import scrub_erasures as scrub

        done = scrub(session.get())
        context.log.info(", ".join(f"{name} {number}" for name, number in done.items()))


@dg.job(description=RETENTION)
def data_retention() -> None:
    """Daily."""
    end_retention_of_people()


@dg.job(description=SCRUB)
def erasure_scrub() -> None:
    """Nightly."""
    scrub_erasures()


retention_daily = dg.ScheduleDefinition(
    job=data_retention, cron_schedule="50 1 * * *", execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)  # fmt: skip
scrub_nightly = dg.ScheduleDefinition(
    job=erasure_scrub, cron_schedule="50 3 * * *", execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)  # fmt: skip
