"""Stewards rule by SQL alone: a sensor sees what they have filed, and a job carries it out."""

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.resources import SessionResource

RULINGS = "Carries out what stewards have ruled: corrections, and decisions of reviews, in their name."


@dg.op(description=RULINGS, retry_policy=RETRIES)
def carry_out(context: dg.OpExecutionContext, session: SessionResource) -> None:
    """See rights/rulings.py."""
    with value_free():
        # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
        from contact_pipeline.rights.rulings import carry_out_rulings

        done = carry_out_rulings(session.get())
        context.log.info(f"applied {done['applied']}, refused {done['refused']}")


@dg.job(description=RULINGS)
def carry_out_rulings() -> None:
    """Where any waits."""
    carry_out()


# By name: with the job itself Dagster 1.13.27 rebuilds the sensor by a parameter of its own that warns of being beta.
@dg.sensor(job_name="carry_out_rulings", minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def waiting_rulings(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Asks for a run while a ruling of a steward waits; never for a second one beside it."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights.rulings import is_any_waiting
    from contact_pipeline.settings import load_settings

    with value_free(), open_session(load_settings()) as session, session.connection("waiting rulings") as connection:
        is_any = is_any_waiting(connection)
    unfinished = dg.RunsFilter(
        job_name=carry_out_rulings.name,
        statuses=[dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED],
    )
    if not is_any or context.instance.get_runs_count(unfinished):
        return dg.SkipReason("No ruling waits, or a run is at work on them.")
    return dg.RunRequest()
