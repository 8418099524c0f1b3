"""The list goes to a sender: leavers first, then who is new or has changed, and only these.

A row of ops.esp_bases is written before anybody is sent, and again with what the sender said: after a crash between
the two they are sent once more, which changes nothing there, and whoever left meanwhile is taken off. A member stays on
our books until the sender has said that they are off its list.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, dict_row, statements
from contact_pipeline.adapters.postgres.turns import turn
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.esp.port import Person, State, Told, Why, some_at_once
from contact_pipeline.esp.registry import Connected, connected
from contact_pipeline.policy.esp import EspPolicy
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
LATER = timedelta(days=3)
AT_ONCE = 500  # leavers in one call, rows of a cursor in one journey: 10 times
NAMED = 100  # failures that a report names
NEVER_AGAIN = (State.CLOSED, State.FORGOTTEN)
Progress = Callable[[int], None]


@dataclass
class Pushed:
    """counts: people by what became of them. failures: the first whom the sender refused, by contact id, and why."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, str]] = field(default_factory=list)

    def add(self, told: Told) -> None:
        """One of them."""
        self.counts[told.state.value] += 1
        if told.state not in (State.SENT, State.LEFT) and len(self.failures) < NAMED:
            self.failures.append((told.person.contact_id, told.reason))


def push(
    session: Session, system: Connected, *, dry_run: bool = False, on_progress: Progress = lambda _count: None
) -> Pushed:
    """Bring a sender's list to what it has to be. Leavers go out also while [sender] is incomplete; nobody else does.

    Raises ConfigurationError then. dry_run: counts only. on_progress: told how many were sent or taken off.
    """
    done = Pushed()
    with session.connection("esp push") as connection, turn(connection, f"esp/{system.name}") as is_ours:
        if not is_ours:
            done.counts["under_way"] += 1
            return done
        _take_off(session, connection, system, done, only_closed=False, dry_run=dry_run, on_progress=on_progress)
        if missing := session.policy.sender.missing:
            raise ConfigurationError(
                f"Nobody was sent to {system.name}: the policy's [sender] lacks {' and '.join(missing)}, which every"
                " message has to name (CAN-SPAM, 15 U.S.C. 7704(a)(5)(A)(iii)). Write it: docs/policy.md."
            )
        _send(session, connection, system, done, dry_run=dry_run, on_progress=on_progress)
        done.counts["address_unknown"] += Script(connection, STEPS, system=system.name).one("unnamed")["people"]
    return done


def push_leavers(session: Session) -> int:
    """Tell every connected sender of those who may not be written to any more, as far as a flag or a suppression says
    so; returns how many. For the web edge, at each of its rounds. One sender's failure keeps no other waiting."""
    taken_off, failure = 0, None
    for system in connected(session.settings, session.policy).values():
        if not system.policy.pushes:
            continue
        done = Pushed()
        try:
            with (
                session.connection("esp leavers") as connection,
                turn(connection, f"esp/{system.name}/leavers") as is_ours,
            ):
                if is_ours:
                    _take_off(session, connection, system, done, only_closed=True)
        except Exception as error:
            failure = failure or error
        taken_off += done.counts[State.LEFT]
    if failure:
        raise failure
    return taken_off


def stands(session: Session, system: str) -> dict[str, int]:
    """People by state."""
    with session.connection("esp status") as connection:
        return {row["state"]: row["people"] for row in Script(connection, STEPS).rows("stands", system=system)}


def _take_off(
    session: Session,
    connection: Connection,
    system: Connected,
    done: Pushed,
    *,
    only_closed: bool,
    dry_run: bool = False,
    on_progress: Progress = lambda _count: None,
) -> None:
    steps = Script(
        connection, STEPS, system=system.name, purpose=system.policy.purpose, only_closed=only_closed, most=AT_ONCE
    )
    after = ""
    while rows := steps.rows("leavers", after=after):
        after = rows[-1]["key"]
        if dry_run:
            done.counts["would_leave"] += len(rows)
            continue
        for why in Why:
            people = [_person(row, None) for row in rows if row["why"] == why]
            if people:
                told = system.esp.take_off(people, why)
                record(session, connection, system, _added(done, told, on_progress), {})


def _send(
    session: Session, connection: Connection, system: Connected, done: Pushed, *, dry_run: bool, on_progress: Progress
) -> None:
    due = array("q", _due(session, system))
    if dry_run:
        done.counts["would_send"] += len(due)
        return
    steps = Script(connection, STEPS, system=system.name, purpose=system.policy.purpose)
    for ids in some_at_once(due, system.esp.most):
        with connection.transaction():
            rows = steps.rows("still_mailable", ids=list(ids))
            steps.run(
                "mark_sending",
                keys=[row["key"] for row in rows],
                contacts=[row["contact_id"] for row in rows],
                now=session.clock(),
            )
        if rows:
            people = [_person(row, fields_of(system.policy, row)) for row in rows]
            fields_keys = {one.key: fields_key(session.key, system, one.email, one.fields or {}) for one in people}
            record(session, connection, system, _added(done, system.esp.send(people), on_progress), fields_keys)


def _due(session: Session, system: Connected) -> Iterator[int]:
    """Numbers of contacts that are new there, or have changed. By a connection of its own, which ends before the first
    is sent: a sender is slow, and nobody waits for its transaction."""
    later = session.clock() - LATER
    with (
        session.connection("esp push") as connection,
        connection.transaction(),
        connection.cursor("mailable", row_factory=dict_row) as cursor,
    ):
        cursor.itersize = 10 * AT_ONCE
        cursor.execute(statements(STEPS)["mailable"], {"system": system.name, "purpose": system.policy.purpose})
        for row in cursor:
            if _is_due(session.key, system, row, later):
                yield row["id"]


def _is_due(key: SubjectKey, system: Connected, row: Mapping[str, Any], later: Any) -> bool:
    state = row["state"]
    if state is None or state in (State.SENDING, State.LEFT):
        return True
    if state in NEVER_AGAIN:
        return False
    if state == State.LATER:
        return bool(row["sent_at"] <= later)
    return bool(row["fields_key"] != fields_key(key, system, row["email"], fields_of(system.policy, row)).hex())


def fields_of(policy: EspPolicy, row: Mapping[str, Any]) -> dict[str, str]:
    """Theirs → value; what a contact does not have is sent empty, since it may have had it."""
    return {theirs: row[ours] or "" for ours, theirs in policy.fields.items()}


def fields_key(key: SubjectKey, system: Connected, email: str, fields: Mapping[str, str]) -> bytes:
    """Of all that is sent of one person."""
    sent = [system.name, email, sorted(fields.items()), list(system.policy.tags), system.policy.list_id]
    return key.digest(f"esp:{orjson.dumps(sent).decode()}")


def record(
    session: Session,
    connection: Connection,
    system: Connected,
    told: Iterable[Told],
    fields_keys: Mapping[bytes, bytes],
) -> None:
    """Write down what the sender said, some at a time, so that what it said before it failed is not lost."""
    steps, waiting = Script(connection, STEPS, system=system.name), list[Told]()

    def write() -> None:
        some = waiting[:]
        waiting.clear()
        if some:
            steps.run(
                "record",
                now=session.clock(),
                keys=[one.person.key.hex() for one in some],
                states=[one.state.value for one in some],
                reasons=[one.reason for one in some],
                lists=[one.taken_off for one in some],
                fields_keys=[fields_keys.get(one.person.key, b"").hex() for one in some],
            )

    try:
        for one in told:
            waiting.append(one)
            if len(waiting) >= AT_ONCE:
                write()
    finally:
        write()


def _added(done: Pushed, told: Iterable[Told], on_progress: Progress) -> Iterator[Told]:
    for one in told:
        done.add(one)
        on_progress(done.counts.total())
        yield one


def _person(row: Mapping[str, Any], fields: Mapping[str, str] | None) -> Person:
    return Person(bytes.fromhex(row["key"]), row["email"], row["contact_id"] or "", fields)
