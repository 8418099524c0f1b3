"""While the program runs, what it was told is sealed and lies outside of the database, too, a minute later at most.

The history of changes gets its seals, suppressions go into the ledger, the write-ahead log to the backups; alerts say
when that does not happen.
"""

import sys
import threading
from collections.abc import Iterator, MutableSequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.embedded_config import wal_line
from contact_pipeline.core.alerts import BACKUP_OLD, LOG_BEHIND, AlertRule
from contact_pipeline.core.causes import cause_of
from contact_pipeline.history.backup_place import noted_backups, place_of
from contact_pipeline.history.chain import seal
from contact_pipeline.history.keeping_suppressions import write_down_suppressions
from contact_pipeline.history.shipping import ship, shipped
from contact_pipeline.stage.session import Session

EVERY_S = 40.0  # with the seconds that it takes, less than the 60 that are promised
BACKUP_AGE = timedelta(hours=26)  # one a day, and two hours for it
LOG_AGE = timedelta(minutes=5)
EVERYWHERE = "all"


def follow(session: Session) -> None:
    """Once. Raises what stood in the way, after everything else was done and the alerts are as they should be."""
    failed: list[Exception] = []
    for step in (seal, write_down_suppressions, ship, watch_backups):
        try:
            step(session)
        except Exception as error:
            failed.append(error)
    if failed:
        raise failed[0]


@contextmanager
def said_on_stderr(told: MutableSequence[str] | None = None) -> Iterator[None]:
    """What fails is no reason to end; it is said, and not again while `told` holds it."""
    before = list(told or ())
    try:
        yield
        now = []
    except Exception as error:
        now = [cause_of(error)]
        if now != before:
            sys.stderr.write(f"contact-pipeline: seals, ledger or backups do not follow: {now[0]}\n")
    if told is not None:
        told[:] = now


@contextmanager
def following(session: Session, *, every_s: float = EVERY_S) -> Iterator[None]:
    """Beside whatever happens in the block, and once more at its end."""
    stop, told = threading.Event(), list[str]()

    def run() -> None:
        while not stop.wait(every_s):
            with said_on_stderr(told):
                follow(session)

    thread = threading.Thread(target=run, name="following", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        with said_on_stderr(told):
            follow(session)


def watch_backups(session: Session) -> None:
    """Open and close the alerts about backups, where any are made or meant to be."""
    settings, now = session.settings, session.clock()
    line = wal_line(settings.home) if settings.database_url is None else None
    backups = noted_backups(settings)
    if line is None and not backups and not session.policy.backup.to:
        return
    newest = max((backup.ended for backup in backups), default=None)
    known = shipped(place_of(settings, session.policy), line) if line else None
    last = datetime.fromisoformat(known.at) if known else None
    with session.connection("backups") as connection:
        alerts = Alerts(connection)
        _set(alerts, BACKUP_OLD, now, newest, BACKUP_AGE, is_meant=True)
        _set(alerts, LOG_BEHIND, now, last, LOG_AGE, is_meant=last is not None)


def _set(
    alerts: Alerts, rule: AlertRule, now: datetime, last: datetime | None, most: timedelta, *, is_meant: bool
) -> None:
    age = None if last is None else now - last
    minutes = {} if age is None else {"minutes": int(age.total_seconds() // 60)}
    alerts.set_alert(rule, EVERYWHERE, is_on=is_meant and (age is None or age > most), counts=minutes)
