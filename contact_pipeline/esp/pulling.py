"""Who is closed at a sender is closed here: rows of its lists become events, and are worked off like all others.

The cursor moves when a whole list is stored, never before; an hour before it is read again, and what is known already
is left out by what it says (inbox.py). So a pull may die anywhere and be repeated.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.emails.normal_forms import identities
from contact_pipeline.esp.erasing import erase_at
from contact_pipeline.esp.port import Page, Person
from contact_pipeline.esp.registry import Connected
from contact_pipeline.outreach import inbox
from contact_pipeline.outreach.events import Kind, Said
from contact_pipeline.outreach.inlets.imports import KEPT_THERE, received
from contact_pipeline.outreach.working_off import work_off
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
OVERLAP = timedelta(hours=1)
# Our own word comes back with the moment of their clock, which may be ahead of ours.
CLOCKS_APART = timedelta(minutes=1)


@dataclass
class Pulled:
    """read: rows, by list. said: what they say, by word, without our own word come back (`echoes`). outcomes: what
    became of those that are new."""

    read: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    echoes: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


def pull(
    session: Session,
    system: Connected,
    *,
    is_full: bool = False,
    dry_run: bool = False,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> Pulled:
    """Read its lists on from the cursor, and work off what is new. is_full: from the beginning, without the cursor.

    dry_run: only reads. on_progress: told after each page how many rows were read.
    """
    done = Pulled()
    with session.connection("esp pull") as connection:
        rows = [] if is_full else Script(connection, STEPS, system=system.name).rows("cursors")
        since = {row["list"]: row["read_to"] - OVERLAP for row in rows}
        newest: dict[str, datetime] = {}
        for page in system.esp.closed(since, session.clock()):
            done.read[page.list] += len(page.said)
            on_progress(done.read.total())
            keys = _keys(session, page)
            erased = _erased(connection, keys)
            if erased and page.is_of_members and is_full and not dry_run:
                erase_at(session, system, erased)
            known = _without_echoes(connection, system.name, page, keys, done)
            gone = {person.email for person in erased}
            fresh = [one for one in known if one.who not in gone]
            done.said.update(one.kind.value for one in fresh)
            if fresh and not dry_run:
                provider = KEPT_THERE[system.name]
                inbox.store(connection, inbox.as_rows(provider, [received(one) for one in fresh], session.key))
            if page.read_to:
                newest[page.list] = max(page.read_to, newest.get(page.list, page.read_to))
        if not dry_run:
            steps = Script(connection, STEPS, system=system.name, now=session.clock())
            for name, moment in newest.items():
                steps.run("advance", list=name, read_to=moment)
    if not dry_run:
        done.outcomes.update(work_off(session).counts)
    return done


def cursors(session: Session, system: str) -> dict[str, datetime]:
    """How far each of its lists was read, in its own time."""
    with session.connection("esp status") as connection:
        return {row["list"]: row["read_to"] for row in Script(connection, STEPS, system=system).rows("cursors")}


def _keys(session: Session, page: Page) -> dict[str, str]:
    """Address → its keyed hash."""
    known = identities({one.who for one in page.said})
    return {email: session.key.email(normal).hex() for email, normal in known.items()}


def _erased(connection: Connection, keys: Mapping[str, str]) -> list[Person]:
    """Who was erased here and is still kept there. They are closed for good, so their address is not stored again."""
    rows = Script(connection, STEPS).rows("erased", keys=sorted(keys.values()))
    erased = {row["key"] for row in rows}
    return [Person(bytes.fromhex(key), email) for email, key in keys.items() if key in erased]


def _without_echoes(
    connection: Connection, system: str, page: Page, key_of: Mapping[str, str], done: Pulled
) -> Sequence[Said]:
    """Somebody whom we took off since they may not be written to any more has not said a word. Who is on the list
    since later than that has."""
    rows = Script(connection, STEPS).rows("ours", system=system, list=page.list, keys=sorted(key_of.values()))
    until = {row["key"]: row["sent_at"] + CLOCKS_APART for row in rows}
    fresh = []
    for one in page.said:
        end = until.get(key_of[one.who])
        if end is not None and one.kind is Kind.UNSUBSCRIBED and (one.at is None or one.at <= end):
            done.echoes += 1
        else:
            fresh.append(one)
    return fresh
