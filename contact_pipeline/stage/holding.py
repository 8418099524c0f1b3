"""One stage for one drop, by one run at a time; a drop whose stage fails for good is held.

What a person has to look at is data, not a failed run: the drop says why it is held, an alert is open, the other drops
of the run go on, and no schedule asks for it again until `replay` or `approve` frees it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.alerts import DROP_FAILED, DROP_HELD
from contact_pipeline.core.causes import cause_of
from contact_pipeline.core.errors import TransientError
from contact_pipeline.core.report import StageReport, finished_rule
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

Work = Callable[[Session, str], StageReport]


@dataclass(frozen=True)
class Stage:
    """A stage of a drop, declared once beside its function. name: of its asset, too.

    when_held: what it still does for a drop that is held because of it; None: nothing.
    """

    name: str
    work: Work
    when_held: Work | None = None


def finish_or_hold(session: Session, stage: Stage, drop_key: str) -> StageReport:
    """The stage's report, with the check `<stage>_finished`; it has failed when the drop is held because of it.

    Waits while another run works on the same drop, and then finds that there is nothing left to do. Raises what may
    pass by itself: TransientError, and OSError (a disk, a share), which is no fault of the drop.
    """
    started, finished = time.monotonic(), finished_rule(stage.name)
    with _alone(session, drop_key):
        try:
            report = stage.work(session, drop_key)
            return replace(report, checks=(*report.checks, finished.held(True)))
        except (TransientError, OSError):
            raise
        except Exception as error:
            with session.connection("hold") as connection, connection.transaction():
                if not DropStore(connection).hold_failed(drop_key, stage.name, cause_of(error)):
                    raise  # there is no such drop
                Alerts(connection).open_alert(DROP_FAILED, drop_key, counts={"drops": 1})
            if stage.when_held:
                with suppress(Exception):  # why the drop is held has been said
                    stage.when_held(session, drop_key)
            seconds = time.monotonic() - started
            return StageReport(stage.name, drop_key, 0, seconds, {"failed": 1}, (finished.held(False),))


def free(connection: Connection, drop_key: str, *, actor: str, reason: str) -> None:
    """A person lets a held drop go on, whatever holds it."""
    DropStore(connection).approve(drop_key, actor=actor, reason=reason)
    for rule in (DROP_HELD, DROP_FAILED):
        Alerts(connection).close_alert(rule, drop_key)


@contextmanager
def _alone(session: Session, drop_key: str) -> Iterator[None]:
    """Held on a connection of its own, so that a crash frees it."""
    with session.connection("turn") as connection:
        Script(connection, STEPS, drop_key=drop_key).rows("take_turn")
        yield
