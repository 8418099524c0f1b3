"""Our errors as Dagster's: which are tried again, and what reaches the event log of the others."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from contact_pipeline.core.causes import cause_of
from contact_pipeline.core.errors import ContactPipelineError, TransientError

RETRIES = dg.RetryPolicy(max_retries=2, delay=5, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
INTERRUPTED = "Interrupted. What is not finished is done by the next run."


@contextmanager
def value_free() -> Iterator[None]:
    """Let only our own, value-free texts through: another exception may quote a row, so its kind and place must do."""
    try:
        yield
    except ContactPipelineError as error:
        raise dg.Failure(cause_of(error), allow_retries=isinstance(error, TransientError)) from None
    except dg.Failure:
        raise
    except (KeyboardInterrupt, dg.DagsterExecutionInterruptedError):
        # With a retry policy Dagster would take an interrupt for a reason to try again, and nobody could stop a run.
        raise dg.Failure(INTERRUPTED, allow_retries=False) from None
    except Exception as error:
        raise dg.Failure(cause_of(error), allow_retries=False) from None
