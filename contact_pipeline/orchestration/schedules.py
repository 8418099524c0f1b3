"""Time's part: what has decayed is looked at again, and Dagster's own history is kept short."""

import dagster as dg

from contact_pipeline.orchestration.failures import value_free
from contact_pipeline.orchestration.jobs import (
    compare_senders,
    ingest_drop,
    prune_dagster_history,
    pull_senders,
    push_senders,
    reconcile_providers,
    refresh_views,
    report_freshness,
    work_off_events,
)
from contact_pipeline.orchestration.partitions import keys_under_way, requests_for

MOST_REQUESTS = 10
RUNNING = dg.DefaultScheduleStatus.RUNNING


@dg.schedule(
    job=ingest_drop,
    cron_schedule="*/15 * * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def refresh_stale_partitions(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """Re-materialises drops that hold decayed contacts, or whose first run did not finish; a few at each tick.

    Staleness comes from the database: RunRequest(stale_assets_only=True) never fires for partitioned assets.
    """
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality.freshness import stale_drops
    from contact_pipeline.settings import load_settings

    with value_free(), open_session(load_settings()) as session:
        under_way = keys_under_way(context.instance)
        stale = [key for key in stale_drops(session, limit=MOST_REQUESTS + len(under_way)) if key not in under_way]
    del stale[MOST_REQUESTS:]
    if not stale:
        return dg.SkipReason("No drop holds anything that is due.")
    return requests_for(context.instance, stale)


@dg.schedule(
    job=ingest_drop,
    cron_schedule="30 2 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)
def daily_enrichment(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest] | dg.SkipReason:
    """Re-materialises drops that hold incomplete people whose turn has come: asked within the day's budget, new
    addresses and numbers judged in the same run. Nobody is asked where no provider of people is configured."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.opening import open_session
    from contact_pipeline.profiles.enriching import incomplete_drops
    from contact_pipeline.settings import load_settings

    with value_free(), open_session(load_settings()) as session:
        under_way = keys_under_way(context.instance)
        found = incomplete_drops(session, limit=MOST_REQUESTS + len(under_way))
    drops = [key for key in found if key not in under_way][:MOST_REQUESTS]
    if not drops:
        return dg.SkipReason("Nobody is incomplete and due, or no provider of people is configured.")
    return requests_for(context.instance, drops)


# Retention ends on days without a drop, too.
views_daily = dg.ScheduleDefinition(
    job=refresh_views,
    cron_schedule="5 0 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

balances_daily = dg.ScheduleDefinition(
    job=reconcile_providers,
    cron_schedule="40 4 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

freshness_report = dg.ScheduleDefinition(
    name="freshness_report",
    job=report_freshness,
    cron_schedule="0 5 * * 1",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)

# The web edge works events off and looks at none of the figures, which read the whole history.
bounces_watched = dg.ScheduleDefinition(
    name="bounces_watched",
    job=work_off_events,
    cron_schedule="25 * * * *",
    execution_timezone="UTC",
    default_status=RUNNING,
)

prune_daily = dg.ScheduleDefinition(
    job=prune_dagster_history,
    cron_schedule="20 3 * * *",
    execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)


def _where_configured() -> dg.RunRequest | dg.SkipReason:
    """A run, where an e-mail service provider has its key and a direction; asks no database."""
    # At its turn: spares the code location what only these ticks need.
    from contact_pipeline.esp.registry import is_any_configured
    from contact_pipeline.policy.file import load_policy
    from contact_pipeline.settings import load_settings
    from contact_pipeline.vendors.registry import provider_names

    with value_free():
        settings = load_settings()
        is_any = is_any_configured(settings, load_policy(settings.policy_path, provider_names()))
    return dg.RunRequest() if is_any else dg.SkipReason("No e-mail service provider is configured.")


@dg.schedule(job=pull_senders, cron_schedule="*/5 * * * *", execution_timezone="UTC", default_status=RUNNING)
def senders_pulled() -> dg.RunRequest | dg.SkipReason:
    """Who is closed there is closed here, minutes later."""
    return _where_configured()


@dg.schedule(job=push_senders, cron_schedule="12 * * * *", execution_timezone="UTC", default_status=RUNNING)
def senders_pushed() -> dg.RunRequest | dg.SkipReason:
    """What has changed goes there. Beside the ticks of the quarter hours, which bring the changes."""
    return _where_configured()


@dg.schedule(job=compare_senders, cron_schedule="42 1 * * *", execution_timezone="UTC", default_status=RUNNING)
def senders_compared() -> dg.RunRequest | dg.SkipReason:
    """The whole of their lists against ours, at night."""
    return _where_configured()
