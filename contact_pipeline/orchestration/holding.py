"""One stage for one drop, by one run at a time; a drop whose stage fails for good is held. No Dagster in here.

What a person has to look at is data, not a failed run: the drop says why it is held, an alert is open, the other drops
of the run go on, and no schedule asks for it again until `replay` or `approve` frees it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script
from contact_pipeline.adapters.postgres.ledger import Ledger
from contact_pipeline.core.alerts import DROP_FAILED, DROP_HELD
from contact_pipeline.core.errors import TransientError
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.orchestration.causes import cause_of

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline

# Asset → the method of the pipeline that is its stage.
STAGES = {
    "raw_contacts": "land",
    "contacts": "apply",
    "validated_emails": "validate_emails",
    "normalized_phones": "normalize_phones",
    "enriched_profiles": "enrich",
}


def finish_or_hold(pipeline: "Pipeline", asset: str, drop_key: str) -> StageReport:
    """The stage's report, with the check `<asset>_finished`; it has failed when the drop is held because of it.

    Waits while another run works on the same drop, and then finds that there is nothing left to do. Raises what may
    pass by itself: TransientError, and OSError (a disk, a share), which is no fault of the drop.
    """
    started, stage = time.monotonic(), getattr(pipeline, STAGES[asset])
    with _alone(pipeline, drop_key):
        try:
            report: StageReport = stage(drop_key)
            return replace(report, checks=(*report.checks, Check(f"{asset}_finished", passed=True)))
        except (TransientError, OSError):
            raise
        except Exception as error:
            with pipeline.connection("hold") as connection, connection.transaction():
                if not DropStore(connection).hold_failed(drop_key, asset, cause_of(error)):
                    raise  # there is no such drop
                Ledger(connection).open_alert(DROP_FAILED, drop_key, counts={"drops": 1})
            if asset == "contacts":
                with suppress(Exception):  # why it cannot be applied is said; its opt-outs count if they can be read
                    stage(drop_key)
            failed = Check(f"{asset}_finished", passed=False, blocking=True)
            return StageReport(asset, drop_key, 0, time.monotonic() - started, {"failed": 1}, (failed,))


def free(connection: Connection, drop_key: str, *, actor: str, reason: str) -> None:
    """A person lets a held drop go on, whatever holds it."""
    DropStore(connection).approve(drop_key, actor=actor, reason=reason)
    for rule in (DROP_HELD, DROP_FAILED):
        Ledger(connection).close_alert(rule, drop_key)


@contextmanager
def _alone(pipeline: "Pipeline", drop_key: str) -> Iterator[None]:
    """Held on a connection of its own, so that a crash frees it."""
    with pipeline.connection("turn") as connection:
        Script(connection, "drops", drop_key=drop_key).rows("take_turn")
        yield
