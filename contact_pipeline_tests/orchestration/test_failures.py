"""Our errors as Dagster's: what is tried again, and what reaches the event log."""

from collections.abc import Iterator

import dagster as dg
import pytest

from contact_pipeline.adapters.postgres.embedded_wal import WalGap
from contact_pipeline.adapters.postgres.engine import DatabaseRefused
from contact_pipeline.core.errors import (
    ConfigurationError,
    ContactPipelineError,
    ContractError,
    DatabaseDamaged,
    DatabaseUnavailable,
    PermanentError,
    TransientError,
    UnreadableDrop,
    UsageError,
)
from contact_pipeline.history.sealing import FileBroken
from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.local_run import RunFailed

SECRET = "zebedee.quux@orchid.net"
TRANSIENT: list[ContactPipelineError] = [TransientError("t"), DatabaseUnavailable("t")]
PERMANENT: list[ContactPipelineError] = [
    PermanentError("t"),
    UsageError("t"),
    ConfigurationError("t"),
    DatabaseDamaged("t"),
    UnreadableDrop("reason", "t"),
    ContractError("t"),
    DatabaseRefused("t"),
    FileBroken("t"),
    RunFailed("t"),
    WalGap("t"),
]


def every_class(of: type[ContactPipelineError]) -> Iterator[type[ContactPipelineError]]:
    yield of
    for below in of.__subclasses__():
        yield from every_class(below)


def test_the_tables_above_name_every_class() -> None:
    import contact_pipeline.cli.main  # noqa: F401 - so that every subclass is there

    ours = {kind for kind in every_class(ContactPipelineError) if kind.__module__.startswith("contact_pipeline.")}
    named = {type(error) for error in TRANSIENT + PERMANENT}
    apart = {ContactPipelineError}
    # Edges of the command line and the web, which no stage raises; a provider's, which end in the ledger
    # (asking/asker.py); the probe's, which end in its answers (emails/smtp/domain.py).
    edge = {"ServiceEndedError", "PortTaken", "ProviderUnavailable", "ProviderRefused", "DialogueEnded", "NoSmtpUtf8"}
    edge |= {"AdministratorNeeded", "ChainBrokenError", "ConflictError", "NotFound"}
    edge |= {"BrokenBody", "TooLong", "UnknownKind", "UnreadableEvent"}  # outcomes of an event or a call
    assert {kind.__name__ for kind in ours - named - apart} <= edge


@pytest.mark.parametrize("error", TRANSIENT + PERMANENT, ids=lambda e: type(e).__name__)
def test_only_what_may_pass_is_tried_again(error: ContactPipelineError) -> None:
    with pytest.raises(dg.Failure) as failure, value_free():
        raise error
    assert failure.value.allow_retries is (error in TRANSIENT)
    assert str(failure.value.description) == f"{type(error).__name__}: t"


def test_a_foreign_exception_is_a_kind_and_a_place() -> None:
    with pytest.raises(dg.Failure) as failure, value_free():
        int(SECRET)
    assert str(failure.value.description).startswith("ValueError at contact_pipeline_tests.")
    assert SECRET not in str(failure.value.description)
    assert failure.value.allow_retries is False


def test_a_failure_of_dagsters_passes() -> None:
    with pytest.raises(dg.Failure, match="as it is"), value_free():
        raise dg.Failure("as it is")


@pytest.mark.parametrize("kind", [ValueError, TransientError])
def test_no_event_holds_the_first_exception(kind: type[Exception]) -> None:
    """Neither as cause nor as context: Dagster stores both."""
    tries = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=2))
    def breaks() -> dg.MaterializeResult:  # type: ignore[type-arg]
        tries.append(1)
        with value_free():
            try:
                raise KeyError(SECRET)
            except KeyError:
                if kind is ValueError:
                    raise ValueError(SECRET)  # noqa: B904 - a context is wanted
                raise TransientError("passes")  # noqa: B904
        return dg.MaterializeResult()

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize([breaks], instance=instance, raise_on_error=False)
        events = [str(entry) for entry in instance.all_logs(result.run_id)]
    assert not result.success
    assert len(tries) == (1 if kind is ValueError else 3)
    assert events
    assert not [event for event in events if SECRET in event]
    assert RETRIES.max_retries == 2


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt, dg.DagsterExecutionInterruptedError])
def test_a_person_can_stop_a_stage(interrupt: type[BaseException]) -> None:
    """Dagster would try it again: it counts an interrupt among the reasons for a retry."""
    tries = []

    @dg.asset(retry_policy=RETRIES)
    def waits() -> dg.MaterializeResult:  # type: ignore[type-arg]
        tries.append(1)
        with value_free():
            raise interrupt
        return dg.MaterializeResult()

    with dg.DagsterInstance.ephemeral() as instance:
        assert not dg.materialize([waits], instance=instance, raise_on_error=False).success
    assert len(tries) == 1
