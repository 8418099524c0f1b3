"""The job ingest_drop in this process, on Dagster's own storage, so that the UI shows what the command line did."""

import os
from collections.abc import Sequence

import dagster as dg
from dagster_shared.error import SerializableErrorInfo

from contact_pipeline.core.errors import PermanentError
from contact_pipeline.orchestration.build import build_definitions
from contact_pipeline.orchestration.failures import INTERRUPTED
from contact_pipeline.orchestration.partitions import make_known, range_tags
from contact_pipeline.orchestration.resources import Observer, watched_resource
from contact_pipeline.settings import Settings

# The run's story is in the event log; on the terminal it would be noise, and a traceback where it fails.
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailed(PermanentError):  # noqa: N818 - the tree says what it is
    """A stage failed; the texts of its errors are value-free."""


def ingest(settings: Settings, keys: Sequence[str], observer: Observer) -> None:
    """Materialise the whole graph for these drops.

    Raises RunFailed with the first failure's text, KeyboardInterrupt when a person stopped it.
    """
    os.environ.setdefault("DAGSTER_HOME", str(settings.root))
    definitions = build_definitions(resources={"session": watched_resource(observer)})
    job = definitions.resolve_job_def("ingest_drop")
    with dg.DagsterInstance.get() as instance:
        for neighbours in _runs(instance, keys):
            result = job.execute_in_process(
                run_config=QUIET, instance=instance, tags=range_tags(neighbours), raise_on_error=False
            )
            if not result.success:
                text = _first_failure(result)
                raise KeyboardInterrupt if text.endswith(INTERRUPTED) else RunFailed(text)


def _runs(instance: dg.DagsterInstance, keys: Sequence[str]) -> list[list[str]]:
    """New drops become neighbours and share a run; a drop that was there before gets one of its own."""
    new = make_known(instance, keys)
    return ([new] if new else []) + [[key] for key in keys if key not in new]


def _first_failure(result: dg.ExecuteInProcessResult) -> str:
    """The text of the step that failed, else of the run (its database did not answer, say)."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error:
            return f"{event.step_key} failed: {_text(event.step_failure_data.error)}"
    for event in result.all_events:
        if event.event_type is dg.DagsterEventType.RUN_FAILURE and event.job_failure_data.error:
            return f"The run failed: {_text(event.job_failure_data.error)}"
    return "The run failed before its first step. Look at it in the Dagster UI: contact-pipeline up"


def _text(error: SerializableErrorInfo) -> str:
    """What value_free let through, in one line and without Dagster's class name; after a retry it is the cause."""
    innermost = error.cause or error
    message = innermost.message.strip()
    return " ".join((message.partition(": ")[2] if innermost.cls_name == "Failure" else message).split())
