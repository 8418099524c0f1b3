"""What every stage does around its work: say what it saw, and report when there was nothing to do. No Dagster here."""

import hashlib
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.adapters.postgres.ledger import Ledger
from contact_pipeline.core.report import Check, StageReport

if TYPE_CHECKING:
    from contact_pipeline.stage.session import Pipeline


def record_run(
    pipeline: "Pipeline", ledger: Ledger, drop: str, stage: str, input_hash: str, rules: str, rows: int,
    counts: Mapping[str, int], started: float, as_of: datetime | None = None,
) -> None:  # fmt: skip
    """What a stage saw and did, so that its next run finds nothing to do."""
    ledger.record_run(
        drop, stage, input_hash=input_hash, rules=rules, rows=rows, counts=counts,
        seconds=time.monotonic() - started, run_id=pipeline.run_id, as_of=as_of or pipeline.clock(),
    )  # fmt: skip


def is_held(connection: Connection, drop_key: str) -> bool:
    """Whether the gate holds the drop."""
    return DropStore(connection).get(drop_key).held_reason is not None


def up_to_date(
    stage: str, drop: str, rows: int, counts: Mapping[str, int], started: float, checks: tuple[Check, ...] = ()
) -> StageReport:
    """The report of a stage that found nothing to do."""
    return StageReport(stage, drop, rows, time.monotonic() - started, counts, checks, up_to_date=True)


def fingerprint(*parts: object) -> str:
    """A short hash of what a stage depends on."""
    return hashlib.sha256("\x1e".join(map(repr, parts)).encode()).hexdigest()[:16]
