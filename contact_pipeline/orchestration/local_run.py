"""The job ingest_drop in this process, on Dagster's own storage, so that the UI shows what the command line did."""

import logging
import os
from collections.abc import Sequence

import dagster as dg

from contact_pipeline.core.errors import PermanentError
from contact_pipeline.orchestration.build import build_definitions
from contact_pipeline.orchestration.partitions import DROPS, range_tags
from contact_pipeline.orchestration.resources import Observer, watched_resource
from contact_pipeline.settings import Settings


class RunFailed(PermanentError):  # noqa: N818 - the tree says what it is
    """A stage failed; the texts of its errors are value-free."""


def ingest(settings: Settings, keys: Sequence[str], observer: Observer) -> None:
    """Materialise the whole graph for these drops. Raises RunFailed with the first failure's text."""
    os.environ.setdefault("DAGSTER_HOME", str(settings.root))
    logging.getLogger("dagster").setLevel(
        logging.CRITICAL
    )  # the run's story is in the event log; here it would be noise
    definitions = build_definitions(resources={"pipeline": watched_resource(observer)})
    job = definitions.resolve_job_def("ingest_drop")
    with dg.DagsterInstance.get() as instance:
        for neighbours in _runs(instance, keys):
            result = job.execute_in_process(instance=instance, tags=range_tags(neighbours), raise_on_error=False)
            if not result.success:
                raise RunFailed(_first_failure(result))


def _runs(instance: dg.DagsterInstance, keys: Sequence[str]) -> list[list[str]]:
    """New drops become neighbours and share a run; a drop that was there before gets one of its own."""
    known = set(instance.get_dynamic_partitions(DROPS))
    new = [key for key in keys if key not in known]
    if new:
        instance.add_dynamic_partitions(DROPS, new)
    return ([new] if new else []) + [[key] for key in keys if key in known]


def _first_failure(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            return f"{event.step_key} failed: {(error.cause or error).message.strip()}"
    return "The run failed before its first step. Look at it in the Dagster UI: contact-pipeline up"
