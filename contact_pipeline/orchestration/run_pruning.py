"""Dagster keeps runs and events for ever (dagster issue 33785: 300 MB a day seen). This bounds them."""

from datetime import UTC, datetime, timedelta

import dagster as dg

KEEP_DAYS = 30
AT_ONCE = 200


class PruneConfig(dg.Config):
    """keep_days: finished runs younger than this stay."""

    keep_days: int = KEEP_DAYS


def delete_old_runs(instance: dg.DagsterInstance, *, keep_days: int, now: datetime) -> int:
    """Delete finished runs created before the limit, with their events; returns how many.

    Deleting a run also frees its sensor run key, which is safe here: what a drop needs is decided by raw.drops, not by
    run keys.
    """
    finished = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
    before = dg.RunsFilter(statuses=finished, created_before=now - timedelta(days=keep_days))
    deleted = 0
    while records := instance.get_run_records(before, limit=AT_ONCE):
        for record in records:
            instance.delete_run(record.dagster_run.run_id)
        deleted += len(records)
    return deleted


@dg.op
def prune_history(context: dg.OpExecutionContext, config: PruneConfig) -> None:
    """The op of the job prune_dagster_history."""
    deleted = delete_old_runs(context.instance, keep_days=config.keep_days, now=datetime.now(UTC))
    context.log.info(f"deleted {deleted} runs older than {config.keep_days} days")
