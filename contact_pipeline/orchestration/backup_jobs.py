"""Each day a backup, each week the proof that one can be restored: a drill on invented people, in a HOME of its own."""

import dagster as dg

from contact_pipeline.orchestration.failures import value_free

BACKUP = "A full backup of the database and of what belongs to it, read back; what has had its time goes ([backup])."
DRILL = (
    "Invented people in a HOME of their own: random work, kill -9 of everything, the data folder deleted, restored, and"
    " held row by row against what was acknowledged. Fails with what it finds; touches nothing of this installation."
)
NOT_MEANT = "No backup was made here yet, and the policy names no place for one ([backup] to)."

make_backup = dg.define_asset_job("make_backup", selection=dg.AssetSelection.assets("backups"), description=BACKUP)


@dg.op(description=DRILL)
def drill_backup(context: dg.OpExecutionContext) -> None:
    """See history/drill.py."""
    with value_free():
        # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
        from contact_pipeline.history.drill import drill
        from contact_pipeline.opening import open_session

        done = drill(open_session)
        context.log.info(done.told())
        if done.findings:
            raise dg.Failure("; ".join(done.findings), allow_retries=False)


@dg.job(description=DRILL)
def backup_drill() -> None:
    """Weekly."""
    drill_backup()


def _where_meant() -> dg.RunRequest | dg.SkipReason:
    """A run, where backups are made; asks no database."""
    # At its turn: spares the code location what only these ticks need.
    from contact_pipeline.history.backing_up import is_meant
    from contact_pipeline.policy.file import load_policy
    from contact_pipeline.settings import load_settings
    from contact_pipeline.vendors.registry import provider_names

    with value_free():
        settings = load_settings()
        return (
            dg.RunRequest()
            if is_meant(settings, load_policy(settings.policy_path, provider_names()))
            else dg.SkipReason(NOT_MEANT)
        )


@dg.schedule(
    job=make_backup, cron_schedule="20 1 * * *", execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)  # fmt: skip
def backups_daily() -> dg.RunRequest | dg.SkipReason:
    """Before retention and the night's scrub: what they take away was there for one backup more."""
    return _where_meant()


@dg.schedule(
    job=backup_drill, cron_schedule="20 5 * * 0", execution_timezone="UTC",
    default_status=dg.DefaultScheduleStatus.RUNNING,
)  # fmt: skip
def backup_drill_weekly() -> dg.RunRequest | dg.SkipReason:
    """Sunday: nobody waits for the two cores that it takes."""
    return _where_meant()
