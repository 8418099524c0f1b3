"""Lists of touches that were dropped at the door, worked off as the command `outreach log` does with those it is given.

What has happened cannot be refused any more: a touch of somebody who was not to be contacted is a violation, written
down and alerted.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.adapters.postgres.turns import turn
from contact_pipeline.core.report import StageReport
from contact_pipeline.outreach.touches import Touch, log_touches, touch_of
from contact_pipeline.outreach.working_off import BATCH, STAGE, work_off
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session
from contact_pipeline.wording.touches import name_of_touch

STEPS = beside(__file__)
AT_ONCE = 10_000
RULES = "touches-1"


def work_off_all(
    session: Session, *, batch: int = BATCH, is_stopped: Callable[[], bool] = lambda: False, looks: bool = False
) -> StageReport:
    """First what dropped lists tell, then every event that waits: see `work_off`."""
    take_dropped(session)
    return work_off(session, batch=batch, is_stopped=is_stopped, looks=looks)


def is_due(connection: Connection) -> bool:
    """Whether a list waits."""
    return bool(_due(connection))


def take_dropped(session: Session) -> None:
    """Every list that is due. Taken once in effect: after a crash it is taken again, which changes nothing."""
    with session.connection(STAGE) as connection:
        if not _due(connection):
            return
        with turn(connection, "dropped_touches") as is_ours:
            for key in _due(connection) if is_ours else []:
                _take(session, key)


def _due(connection: Connection) -> list[str]:
    return [row["key"] for row in Script(connection, STEPS).rows("due", stage=STAGE)]


def _take(session: Session, drop_key: str) -> None:
    with stage_of_drop(session, STAGE, drop_key) as stage:
        steps = Script(stage.connection, STEPS, drop_key=drop_key, limit=AT_ONCE)
        counts, after = Counter[str](), 0
        while rows := steps.rows("rows", after=after):
            after = rows[-1]["row_number"]
            done = log_touches(session, [_touch(session, row) for row in rows], record_only=True)
            counts.update(touches=done.touches, nobody=len(done.nobody), violations=len(done.forbidden))
        saw = fingerprint(stage.drop().sha256)
        stage.record(saw=saw, rules=RULES, rows=counts["touches"], counts=counts)


def _touch(session: Session, row: Mapping[str, Any]) -> Touch:
    """Landing has seen that it can be read."""
    cells = {name_of_touch(header): text.strip() for header, text in (row["extra"] or {}).items()}
    who = {name: row[name] for name in ("email", "phone") if row[name]}
    return touch_of(row["row_number"], cells | who, session.clock())
