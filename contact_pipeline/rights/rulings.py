"""Rulings of stewards, who have a login and no command line: filed by the functions of sql/views/80_access.sql, carried
out here as `subject rectify` and `review` would, in their name.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, DatabaseRefused, Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.people.person import person_of
from contact_pipeline.profiles.corrections import checked_corrections
from contact_pipeline.profiles.reviewing import decide_review
from contact_pipeline.rights.rectifying import rectify
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
CORRECTION = "correction"


def is_any_waiting(connection: Connection) -> bool:
    """Whether a steward has ruled what nobody has carried out yet."""
    return bool(Script(connection, STEPS).rows("waiting"))


def carry_out_rulings(session: Session) -> Counter[str]:
    """Each ruling in the order in which they were given, each in a transaction of its own.

    Returns how many were `applied` and `refused`; curated.reviews says why one was refused, in names of fields.
    """
    with session.connection("rulings") as connection:
        waiting = Script(connection, STEPS).rows("waiting")
    done: Counter[str] = Counter()
    for ruling in waiting:
        try:
            done["applied"] += _carry_out(replace(session, actor=ruling["ruled_by"]), ruling)
        except (UsageError, DatabaseRefused) as error:  # one that cannot stand keeps no other back
            _refuse(session, ruling, str(error))
            done["refused"] += 1
    return done


def _carry_out(steward: Session, ruling: Mapping[str, Any]) -> bool:
    """False: it does not wait any more."""
    if ruling["kind"] == CORRECTION:
        return _correct(steward, ruling)
    decide_review(
        steward,
        ruling["id"],
        ruling["ruling"],
        reason=ruling["reason"],
        value=ruling["ruled_value"],
        field=ruling["ruled_field"],
    )
    with steward.connection("rulings") as connection:
        Script(connection, STEPS).run("forget_value", id=ruling["id"])
    return True


def _correct(steward: Session, ruling: Mapping[str, Any]) -> bool:
    """As when the person had asked for it: every contact of the person, and the address or number of the named one."""
    values = checked_corrections({ruling["ruled_field"]: ruling["ruled_value"]})
    with steward.connection(f"correction: {ruling['reason']}") as connection, connection.transaction():
        lock_contacts(connection)  # a run that applies answers now has read what was before
        steps = Script(connection, STEPS, **ruling, now=steward.clock())
        if not steps.rows("still_waits"):
            return False
        named = ruling["contact_id"]
        rectify(steward, connection, person_of(connection, [named]).contacts, values, named=[named])
        steps.run("close", decision=ruling["ruling"], refusal=None)
        return True


def _refuse(session: Session, ruling: Mapping[str, Any], why: str) -> None:
    with session.connection("rulings") as connection, connection.transaction():
        steps = Script(connection, STEPS, **ruling, now=session.clock(), refusal=why)
        if not steps.rows("still_waits"):
            return
        if ruling["kind"] == CORRECTION:
            steps.run("close", decision="refused")
        else:
            steps.run("refuse")
