"""What is done around the work of every stage: compare with the last run, record what was seen, publish, report."""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
PUBLISHED_AFTER = ("raw_contacts", "contacts", "validated_emails", "normalized_phones", "enriched_profiles")


@dataclass(frozen=True)
class StageRun:
    """The last finished run of a stage for a drop."""

    input_hash: str
    rules: str
    row_count: int
    counts: Mapping[str, int]
    as_of: datetime | None
    finished_at: datetime


@dataclass(frozen=True)
class DropStage:
    """One stage at work on one drop. name: of the stage and of its asset."""

    session: Session
    connection: Connection
    name: str
    drop_key: str
    started: float = field(default_factory=time.monotonic)

    @property
    def alerts(self) -> Alerts:
        """On this connection."""
        return Alerts(self.connection)

    @property
    def _steps(self) -> Script:
        return Script(self.connection, STEPS, drop_key=self.drop_key)

    def drop(self) -> DropRecord:
        """The drop as it is now. Raises UsageError where there is none of that key."""
        return DropStore(self.connection).get(self.drop_key)

    def last_run(self, stage: str | None = None) -> StageRun | None:
        """The last finished run of this stage, or of another one, for the drop."""
        found = self._steps.rows("last_run", stage=stage or self.name)
        return StageRun(**found[0]) if found else None

    def record(
        self, *, saw: str, rules: str, rows: int, counts: Mapping[str, int], as_of: datetime | None = None
    ) -> None:
        """What the stage saw and did, so that its next run finds nothing to do.

        saw: fingerprint of the input. rules: version of the rules. as_of: the moment for which it was judged.
        """
        self._steps.run(
            "record_run",
            stage=self.name,
            input_hash=saw,
            rules=rules,
            rows=rows,
            counts=json.dumps(dict(counts)),
            seconds=self.seconds,
            run_id=self.session.run_id,
            as_of=as_of or self.session.clock(),
        )

    def record_and_publish(
        self, *, saw: str, rules: str, rows: int, counts: Mapping[str, int], as_of: datetime | None = None
    ) -> None:
        """`record`, and readers see the drop once every stage has come so far. Of a held drop nothing is recorded, so
        that the stage runs again when it is freed."""
        if self.drop().held_reason is None:
            self.record(saw=saw, rules=rules, rows=rows, counts=counts, as_of=as_of)
            self._steps.run("publish_when_done", after=list(PUBLISHED_AFTER))

    def report(
        self,
        rows: int,
        counts: Mapping[str, int],
        checks: tuple[Check, ...] = (),
        *,
        figures: Mapping[str, float] | None = None,
    ) -> StageReport:
        """Of the work that was done."""
        return StageReport(self.name, self.drop_key, rows, self.seconds, counts, checks, figures=figures or {})

    def nothing_to_do(self, last: StageRun, checks: tuple[Check, ...]) -> StageReport:
        """The report of a stage whose last run saw the same."""
        return StageReport(self.name, self.drop_key, last.row_count, self.seconds, last.counts, checks, up_to_date=True)

    @property
    def seconds(self) -> float:
        """Since the stage began."""
        return time.monotonic() - self.started


@contextmanager
def stage_of_drop(session: Session, name: str, drop_key: str) -> Iterator[DropStage]:
    """A connection of the stage's own, outside of any transaction, whose changes the audit files under its name."""
    with session.connection(name) as connection:
        yield DropStage(session, connection, name, drop_key)


def fingerprint(*parts: object) -> str:
    """A short hash of what a stage depends on."""
    return hashlib.sha256("\x1e".join(map(repr, parts)).encode()).hexdigest()[:16]
