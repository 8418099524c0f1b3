"""Time's part: what has decayed is looked at again, and Dagster's own history is kept short."""

import dagster as dg

from contact_pipeline.orchestration.jobs import ingest_drop, prune_dagster_history

MOST_REQUESTS = 10


@dg.schedule(
    job=ingest_drop, cron_schedule="*/15 * * * *", execution_timezone="UTC", default_status=dg.DefaultScheduleStatus.RUNNING
)
def refresh_stale_partitions(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """Re-materialises drops that hold decayed contacts, or whose first run did not finish; a few at each tick.

    Staleness comes from the database: RunRequest(stale_assets_only=True) never fires for partitioned assets.
    """
    from contact_pipeline.orchestration.session import open_pipeline
    from contact_pipeline.settings import load_settings

    known = set(context.instance.get_dynamic_partitions("drops"))
    with open_pipeline(load_settings()) as pipeline:
        stale = [key for key in pipeline.stale_drops(limit=MOST_REQUESTS) if key in known]
    if not stale:
        return dg.SkipReason("No drop holds anything that is due.")
    return [dg.RunRequest(run_key=key, partition_key=key) for key in stale]


prune_daily = dg.ScheduleDefinition(
    job=prune_dagster_history,
    cron_schedule="20 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
