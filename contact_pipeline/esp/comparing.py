"""A sender's whole list against ours: who is there and must not be is taken off, who is missing is sent again.

What a push cannot see is seen here: members whose address no contact has any more (it was corrected, or erased), and
what somebody changed there by hand. Addresses are read page by page; only their keyed hashes are held.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.emails.normal_forms import identities
from contact_pipeline.esp.erasing import erase_at
from contact_pipeline.esp.port import Person, State, Why
from contact_pipeline.esp.pushing import record
from contact_pipeline.esp.registry import Connected
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
ERASED = "erased"


@dataclass
class Compared:
    """there: written to at the sender. surplus: of these must not be, and were taken off. erased: of these,
    were erased here, and are now there. missing: were to be there and are not, and are sent again by the next push.
    strangers: nobody here knows them; they are the sender's own."""

    there: int = 0
    surplus: int = 0
    erased: int = 0
    missing: int = 0
    strangers: int = 0


def compare(
    session: Session, system: Connected, *, on_progress: Callable[[int], None] = lambda _count: None
) -> Compared:
    """Measure the drift and heal it."""
    done, begun = Compared(), session.clock()
    with session.connection("esp comparison") as connection:
        steps = Script(connection, STEPS, system=system.name, purpose=system.policy.purpose)
        steps.run("create_there")
        for emails in system.esp.members():
            known = identities(set(emails))
            by_key = {session.key.email(normal).hex(): email for email, normal in known.items()}
            steps.run("note_there", keys=sorted(by_key))
            done.there += len(by_key)
            surplus, erased = _take_off(session, connection, system, by_key)
            done.surplus, done.erased = done.surplus + surplus, done.erased + erased
            on_progress(done.there)
        steps.run("there_again", begun=begun)
        done.missing = steps.run("send_again", begun=begun)
        steps.run("gone", begun=begun)
        done.strangers = steps.one("strangers")["people"]
        steps.run("note_comparison", begun=begun, **asdict(done))
    return done


def last_comparison(session: Session, system: str) -> dict[str, Any] | None:
    """compared_at and the figures of `Compared`; None: there was none."""
    with session.connection("esp status") as connection:
        rows = Script(connection, STEPS).rows("last_comparison", system=system)
    return rows[0] if rows else None


def _take_off(
    session: Session, connection: Connection, system: Connected, by_key: Mapping[str, str]
) -> tuple[int, int]:
    """How many, and how many of them were erased: of these nothing is written down."""
    steps = Script(connection, STEPS, system=system.name, purpose=system.policy.purpose, now=session.clock())
    rows = steps.rows("not_ours_to_write_to", keys=sorted(by_key))
    erased = [_person(row, by_key) for row in rows if row["why"] == ERASED]
    if erased:
        erase_at(session, system, erased)
    steps.run("own", keys=[row["key"] for row in rows if row["why"] != ERASED])
    for why in Why:
        people = [_person(row, by_key) for row in rows if row["why"] == why]
        if people:
            told = (one for one in system.esp.take_off(people, why) if one.state is State.LEFT)
            record(session, connection, system, told, {})
    return len(rows), len(erased)


def _person(row: Mapping[str, Any], by_key: Mapping[str, str]) -> Person:
    return Person(bytes.fromhex(row["key"]), by_key[row["key"]], row["contact_id"] or "")
