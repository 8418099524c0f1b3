"""Lists of touches that were dropped at the door, worked off as the command `outreach log` does with those it is given.

What has happened cannot be refused any more: a touch of somebody who was not to be contacted is a violation, written
down and alerted.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.report import StageReport
from contact_pipeline.outreach.touches import Touch, log_touches, touch_of
from contact_pipeline.outreach.working_off import BATCH, STAGE, work_off
from contact_pipeline.stage.holding import Stage, finish_or_hold
from contact_pipeline.stage.runs import fingerprint, stage_of_drop
from contact_pipeline.stage.session import Session
from contact_pipeline.wording.touches import name_of_touch

STEPS = beside(__file__)
AT_ONCE = 10_000
RULES = "touches-1"


def work_off_all(
    session: Session, *, batch: int = BATCH, is_stopped: Callable[[], bool] = lambda: False, looks: bool = False
) -> StageReport:
    """Every event that waits (see `work_off`), then what dropped lists tell."""
    report = work_off(session, batch=batch, is_stopped=is_stopped, looks=looks)
    take_dropped(session)
    return report


def is_due(connection: Connection) -> bool:
    """Whether a list waits."""
    return bool(_due(connection))


def take_dropped(session: Session) -> None:
    """Every list that is due, each by one process. One that fails for good is held, and keeps no other waiting."""
    with session.connection(STAGE) as connection:
        due = _due(connection)
    for key in due:
        finish_or_hold(session, TOUCHES, key)


def _due(connection: Connection) -> list[str]:
    return [row["key"] for row in Script(connection, STEPS).rows("due", stage=STAGE)]


def _take(session: Session, drop_key: str) -> StageReport:
    """Taken once in effect: after a crash it is taken again, which changes nothing."""
    with stage_of_drop(session, STAGE, drop_key) as stage:
        steps = Script(stage.connection, STEPS, drop_key=drop_key, limit=AT_ONCE)
        counts, after = Counter[str](), 0
        while rows := steps.rows("rows", after=after):
            after = rows[-1]["row_number"]
            done = log_touches(session, [_touch(session, row) for row in rows], record_only=True)
            counts.update(touches=done.touches, nobody=len(done.nobody), violations=len(done.forbidden))
        stage.record(saw=fingerprint(stage.drop().sha256), rules=RULES, rows=counts["touches"], counts=counts)
        return stage.report(counts["touches"], counts)


TOUCHES = Stage(STAGE, _take)


def _touch(session: Session, row: Mapping[str, Any]) -> Touch:
    """Landing has seen that it can be read."""
    cells = {name_of_touch(header): text.strip() for header, text in (row["extra"] or {}).items()}
    who = {name: row[name] for name in ("email", "phone") if row[name]}
    return touch_of(row["row_number"], cells | who, session.clock())
