"""The outside's part: a file that has stopped growing becomes a drop, and one run takes all drops of a tick; mails that
came back become events; events that nobody works off get a run.
"""

import json
from datetime import timedelta
from functools import partial

import dagster as dg

from contact_pipeline.orchestration.failures import value_free
from contact_pipeline.orchestration.jobs import ingest_drop, work_off_events
from contact_pipeline.orchestration.partitions import keys_under_way, requests_for

# Beyond this a file gets a run of its own, so that small ones do not wait for it.
LARGE_FILE_BYTES = 32 * 1024 * 1024


@dg.sensor(job=ingest_drop, minimum_interval_seconds=5, default_status=dg.DefaultSensorStatus.RUNNING)
def csv_drops(context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Takes in files of INCOMING whose size and time were the same at two ticks."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.drops.intake import take_in_ready
    from contact_pipeline.opening import open_session
    from contact_pipeline.settings import load_settings

    settings = load_settings()
    with value_free():
        taken, seen = take_in_ready(settings, json.loads(context.cursor or "{}"), partial(open_session, settings))
    under_way = keys_under_way(context.instance) if taken else set()
    fresh = [drop for drop in taken if not drop.is_done and drop.key not in under_way]
    cursor = json.dumps(seen)
    if not fresh:
        return dg.SensorResult(skip_reason="No new file is complete.", cursor=cursor)
    small = {drop.key for drop in fresh if drop.file_bytes < LARGE_FILE_BYTES}
    requests = requests_for(context.instance, [drop.key for drop in fresh], together=small, with_run_keys=False)
    return dg.SensorResult(run_requests=requests, cursor=cursor)


# The web edge works its events off within seconds, and a run costs four: this is for when it does not run.
LEFT_LYING = timedelta(minutes=1)


@dg.sensor(job=work_off_events, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def waiting_events(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Reads returned mails where the policy names a Maildir. Asks for a run while a dropped list of touches waits, or
    events for longer than a minute; never for a second one beside it."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.opening import open_session
    from contact_pipeline.outreach.dropped import is_due
    from contact_pipeline.outreach.importing import take_returned
    from contact_pipeline.outreach.inbox import oldest_waiting
    from contact_pipeline.settings import load_settings

    with value_free(), open_session(load_settings()) as session:
        take_returned(session)
        with session.connection("waiting events") as connection:
            oldest = oldest_waiting(connection)
            is_list_due = is_due(connection)
        is_left = is_list_due or (oldest is not None and oldest < session.clock() - LEFT_LYING)
    unfinished = dg.RunsFilter(
        job_name=work_off_events.name,
        statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
    )
    if not is_left or context.instance.get_runs_count(unfinished):
        return dg.SkipReason("No event waits for longer than a minute, or a run is at work on them.")
    return dg.RunRequest()
