"""Watch, plan, send: once, or every minute beside whatever a program does."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from contact_pipeline.alerting.configured import configured_channels
from contact_pipeline.alerting.planning import plan_messages
from contact_pipeline.alerting.sending import Round, send_waiting
from contact_pipeline.alerting.watching import watch
from contact_pipeline.core.causes import cause_of
from contact_pipeline.policy.file import Policy
from contact_pipeline.stage.session import Session

EVERY_S = 60.0
LAST_WORD_S = 30.0  # a channel that is slow keeps no program from ending; what it did not take waits


def tell(session: Session, *, watching_since: datetime | None = None, page: str = "") -> Round:
    """Once. That a channel fails is told on the others in the same round."""
    watch(session, watching_since=watching_since)
    channels = configured_channels(session)
    plan_messages(session, channels, page=page)
    done = send_waiting(session, channels)
    if done.failed and plan_messages(session, channels, page=page):
        more = send_waiting(session, channels)
        done = Round(done.sent + more.sent, done.failed + more.failed)
    return done


def tell_quietly(session: Session) -> None:
    """Once, at the end of a run or a command, which does not fail for it."""
    try:
        tell(session)
    except Exception as error:
        sys.stderr.write(f"contact-pipeline: nobody was told of alerts: {cause_of(error)}. Tried again.\n")


@contextmanager
def telling(
    session: Session, *, read_policy: Callable[[], Policy] | None = None, page: str = "", every_s: float = EVERY_S
) -> Iterator[None]:
    """Beside whatever happens in the block, and once more at its end. read_policy: anew in each round, as runs do.
    page: where our pages are reached."""
    stop, since = threading.Event(), session.clock()
    told: list[str] = []

    def once() -> None:
        try:
            policy = read_policy() if read_policy else session.policy
            tell(replace(session, policy=policy), watching_since=since, page=page)
            told.clear()
        except Exception as error:  # whatever it is, the next round tries again
            if told != [cause_of(error)]:
                told[:] = [cause_of(error)]
                sys.stderr.write(f"contact-pipeline: nobody was told of alerts: {told[0]}. Tried again.\n")

    def run() -> None:
        while not stop.wait(every_s):
            once()
        once()

    thread = threading.Thread(target=run, name="telling", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(LAST_WORD_S)
