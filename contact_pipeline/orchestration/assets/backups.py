"""Backups as an asset: how large, how long it took, how far the log has come."""

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.reporting import NO_VALUE
from contact_pipeline.orchestration.resources import SessionResource


@dg.asset(
    deps=["compliance_views"],
    group_name="watch",
    kinds={"postgres", "file"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def backups(session: SessionResource) -> dg.MaterializeResult:
    """A full backup, sealed and read back, in the place that the policy names; old ones go."""
    # At its turn: spares the code location what only this asset needs.
    from contact_pipeline.history.backing_up import back_up

    with value_free():
        done = back_up(session.get(), full=True)
    made = done.newest
    return dg.MaterializeResult(
        metadata={
            "backup": made.id,
            "bytes": made.size,
            "plain_bytes": made.plain_bytes,
            "seconds": made.seconds,
            "ended": made.ended_at,
            "log_position": done.shipped.lsn if done.shipped else made.end_lsn,
            "log_until": done.shipped.at if done.shipped else made.ended_at,
            "old_gone": done.gone,
            **({"keep_a_copy_elsewhere": str(done.new_key)} if done.new_key else {}),
        }
    )
