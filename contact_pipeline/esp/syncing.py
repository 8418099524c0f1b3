"""All connected senders in step: pulled first, so that a quota is spent on those who left, then pushed."""

import time
from collections import Counter
from collections.abc import Callable

from contact_pipeline.core.report import StageReport
from contact_pipeline.esp.comparing import compare
from contact_pipeline.esp.erasing import erase_there
from contact_pipeline.esp.pulling import pull
from contact_pipeline.esp.pushing import push
from contact_pipeline.esp.registry import Connected, connected
from contact_pipeline.stage.session import Session

STAGE = "esp_sync"


def sync_senders(session: Session, *, pushes: bool = True, compares: bool = False) -> StageReport:
    """Every sender has its turn, whatever becomes of the others; the first failure is raised at the end.

    pushes: else only their lists are read. compares: against their whole list, and their lists from the beginning.
    counts: people and rows, by sender and word.
    """
    started, counts, failure = time.monotonic(), Counter[str](), None
    try:
        if count := erase_there(session):
            counts["erased_there"] = count
    except Exception as error:
        failure = error
    for name, system in connected(session.settings, session.policy).items():
        for step in (_pulled, *([_compared] if compares else []), *([_pushed] if pushes else [])):
            try:
                told = step(session, system, compares)
            except Exception as error:
                failure = failure or error
                continue
            counts.update({f"{name}_{word}": count for word, count in told.items() if count})
    if failure:
        raise failure
    return StageReport(STAGE, None, counts.total(), time.monotonic() - started, dict(counts))


Step = Callable[[Session, Connected, bool], Counter[str]]


def _pulled(session: Session, system: Connected, is_full: bool) -> Counter[str]:
    if not system.policy.pulls:
        return Counter()
    done = pull(session, system, is_full=is_full)
    return Counter({"rows_read": done.read.total(), "echoes": done.echoes}) + done.outcomes


def _compared(session: Session, system: Connected, _: bool) -> Counter[str]:
    if not system.policy.pushes:
        return Counter()
    done = compare(session, system)
    return Counter(
        {
            "there": done.there,
            "surplus": done.surplus,
            "erased": done.erased,
            "missing": done.missing,
            "strangers": done.strangers,
        }
    )


def _pushed(session: Session, system: Connected, _: bool) -> Counter[str]:
    return push(session, system).counts if system.policy.pushes else Counter()
