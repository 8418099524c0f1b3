"""The folder's part: a file that has stopped growing becomes a drop, and one run takes all drops of a tick."""

import json

import dagster as dg

from contact_pipeline.orchestration.jobs import ingest_drop
from contact_pipeline.orchestration.partitions import drop_partitions, range_tags

# Beyond this a file gets a run of its own, so that small ones do not wait for it.
LARGE_FILE_BYTES = 32 * 1024 * 1024


@dg.sensor(job=ingest_drop, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def csv_drops(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Takes in files of INCOMING whose size and time were the same at two ticks."""
    from contact_pipeline.orchestration.intake import take_in_ready
    from contact_pipeline.settings import load_settings

    cursor = json.loads(context.cursor) if context.cursor else {}
    taken, state = take_in_ready(load_settings(), cursor)
    context.update_cursor(json.dumps(state))
    fresh = [drop for drop in taken if not drop.is_done]
    if not fresh:
        return dg.SkipReason("No new file is complete.")
    small = [drop.key for drop in fresh if drop.file_bytes < LARGE_FILE_BYTES]
    large = [drop.key for drop in fresh if drop.file_bytes >= LARGE_FILE_BYTES]
    # In this order, so that the small ones are neighbours: a range is by position.
    requests = [dg.RunRequest(run_key=f"{small[0]}+{len(small)}", tags=range_tags(small))] if small else []
    requests += [dg.RunRequest(run_key=key, partition_key=key) for key in large]
    return dg.SensorResult(
        run_requests=requests,
        dynamic_partitions_requests=[drop_partitions.build_add_request(small + large)],
        cursor=json.dumps(state),
    )
