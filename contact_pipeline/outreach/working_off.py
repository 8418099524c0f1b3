"""Stored events → what follows from them, once in effect, whoever works them off: the web process or the asset.

What a contact is afterwards follows from the facts that the events leave behind (core.outreach_history by message,
suppressions by key), each of which only ever moves one way. So neither order nor repetition changes the outcome.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.bulk import bytea, copy_frame
from contact_pipeline.adapters.postgres.engine import Connection, Script, ValueRefused, beside
from contact_pipeline.adapters.postgres.turns import turn
from contact_pipeline.core.alerts import DELIVERY_REFUSED
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.outreach import inbox
from contact_pipeline.outreach.events import Kind, Said, read_all
from contact_pipeline.outreach.inlets.imports import KEPT_THERE
from contact_pipeline.outreach.inlets.registry import inlets
from contact_pipeline.outreach.watch import look_at_bounces
from contact_pipeline.people.facts import Facts, kept_facts
from contact_pipeline.rights.closing import (
    HARD_BOUNCE,
    close_channels,
    holders_of,
    leave_lists,
    remember_mailbox,
)
from contact_pipeline.rights.subjects import Subject, subjects_of
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
STAGE = "inbound_events"

BATCH = 10_000
BODY_KEPT = timedelta(days=30)
# What the outreach history keeps; the rest has an effect of its own, or none.
TOUCHES = frozenset(Kind) - {Kind.ABOUT_US, Kind.CLOSED_THERE, Kind.ANSWER_READY, Kind.NOTED}
LEAVING = {Kind.COMPLAINED: "complaint", Kind.UNSUBSCRIBED: "opt_out", Kind.CLOSED_THERE: "opt_out"}


@dataclass(frozen=True, slots=True)
class Told:
    """What one stored event says, with our number of it, the sender's, and the sender."""

    event: int
    name: str
    source: str
    said: Said
    at: datetime


def work_off(
    session: Session, *, batch: int = BATCH, is_stopped: Callable[[], bool] = lambda: False, looks: bool = False
) -> StageReport:
    """Every event that waits. Nothing is done where another process works them off. counts: events by outcome. looks:
    also at what the bounces say of us, which reads the whole history."""
    started, outcomes = time.monotonic(), Counter[str]()
    with session.connection(STAGE) as connection:
        with turn(connection, STAGE) as is_ours:
            while is_ours and not is_stopped():
                waiting = inbox.waiting(connection, batch)
                if not waiting:
                    inbox.drop_bodies(connection, before=session.clock() - BODY_KEPT)
                    break
                outcomes += _apply_all(session, connection, waiting)
        checks: tuple[Check, ...] = look_at_bounces(session, connection) if looks else ()
    return StageReport(STAGE, None, outcomes.total(), time.monotonic() - started, dict(outcomes), checks)


def _apply_all(session: Session, connection: Connection, rows: Sequence[inbox.Waiting]) -> Counter[str]:
    """These events, in one transaction; where PostgreSQL refuses a value, the one event it belongs to ends as `failed`
    and the others go on."""
    try:
        return _apply(session, connection, rows)
    except ValueRefused:
        if len(rows) > 1:
            half = len(rows) // 2
            return _apply_all(session, connection, rows[:half]) + _apply_all(session, connection, rows[half:])
        Script(connection, STEPS).run("mark_failed", id=rows[0][0], now=session.clock())
        return Counter({"failed": 1})


def _apply(session: Session, connection: Connection, rows: Sequence[inbox.Waiting]) -> Counter[str]:
    told, outcomes = _read(session, rows)
    now = session.clock()
    with connection.transaction(), kept_facts(session, connection) as facts:
        lock_contacts(connection)  # nobody decides a verdict or a permission meanwhile
        steps = Script(connection, STEPS, now=now, actor=session.actor)
        steps.run("create_told")
        subjects = _keyed(session, connection, told, outcomes)
        steps.run("analyze_told", "find_holders", "analyze_held", "record_touches")
        closed = steps.rows("close_bounced", reason=HARD_BOUNCE)
        facts.suppressions(closed)
        for source in sorted({one.source for one in told}):
            steps.run("settle", source=source)
        steps.run("note_activity", "ask_again", "due_again")
        _leave(session, connection, facts, told, subjects)
        held = {row["event"] for row in steps.rows("held_events")}
        for one in told:
            outcomes.setdefault(one.event, _outcome(one.said.kind, is_known=one.event in held))
        _mark(steps, told, subjects, outcomes)
        steps.run("forget")
    counts = Counter(outcomes.values())
    if counts["about_us"]:
        for source in {one.source for one in told if one.said.kind is Kind.ABOUT_US}:
            recent = steps.one("refused_lately", source=source)["events"]
            Alerts(connection).open_alert(DELIVERY_REFUSED, source, counts={"events": recent})
    return counts


def _read(session: Session, rows: Sequence[inbox.Waiting]) -> tuple[list[Told], dict[int, str]]:
    """What the events say, first to last in their own time; outcomes of those that say nothing."""
    told, outcomes = list[Told](), dict[int, str]()
    received = {number: (provider, at, name) for number, provider, _, at, name in rows}
    for number, said in read_all(inlets(session.policy), [row[:3] for row in rows]):
        if isinstance(said, str):
            outcomes[number] = said
            continue
        provider, came_at, name = received[number]
        # A clock that is wrong, or lies: nothing has happened after we heard of it.
        told.append(Told(number, name, provider, said, min(said.at or came_at, came_at)))
    told.sort(key=lambda one: (one.at, one.event))
    return told, outcomes


def _keyed(session: Session, connection: Connection, told: list[Told], outcomes: dict[int, str]) -> dict[str, Subject]:
    """Into the temporary table; returns the subject of each address. An address that is none has the outcome
    `unreadable`."""
    subjects = subjects_of(session, {one.said.who for one in told})
    for one in told:
        if one.said.who not in subjects:
            outcomes[one.event] = "noted" if one.said.kind is Kind.NOTED else "unreadable"
    kept = [one for one in told if one.said.who in subjects]
    told[:] = kept
    rows = [one for one in kept if one.said.kind is not Kind.NOTED]
    keys = [subjects[one.said.who] for one in rows]
    copy_frame(
        connection,
        "told",
        pd.DataFrame(
            {
                "event": [one.event for one in rows],
                "source": [one.source for one in rows],
                "kind": [one.said.kind.value for one in rows],
                "channel": [one.said.channel for one in rows],
                "direction": [one.said.direction for one in rows],
                "subject_key": bytea(key.key for key in keys),
                "is_address": [key.channel == "email" for key in keys],
                "at": [one.at.isoformat() for one in rows],
                "message_id": [one.said.message_id or None for one in rows],
                "campaign": [one.said.campaign or None for one in rows],
                "status": [one.said.status or None for one in rows],
                "reason": [one.said.reason or None for one in rows],
                "touch_key": bytea(
                    touch_key(session, one, key.key) if _is_touch(one) else None
                    for one, key in zip(rows, keys, strict=True)
                ),
            }
        ).astype(
            dict.fromkeys(
                ("source", "kind", "channel", "direction", "at", "message_id", "campaign", "status", "reason"), "str"
            )
        ),
    )
    return subjects


def _is_touch(one: Told) -> bool:
    return one.said.kind in TOUCHES and one.source not in KEPT_THERE.values()


def touch_key(session: Session, one: Told, subject_key: bytes) -> bytes:
    """One message to one address is one touch, whoever tells of it; what names no message is a touch of its own."""
    if one.said.message_id:
        return session.key.digest(f"touch:{one.said.channel}\x1f{one.said.message_id}\x1f{subject_key.hex()}")
    return session.key.digest(f"touch-of-event:{one.source}\x1f{one.name}")


def _leave(
    session: Session, connection: Connection, facts: Facts, told: Iterable[Told], subjects: Mapping[str, Subject]
) -> None:
    """Opt-outs and complaints. Of several about one list the first and the last count: since when it was said, and
    until when an older consent is outweighed."""
    words: dict[tuple[Subject, str, str, str], list[Told]] = {}
    for one in told:
        if one.said.kind in LEAVING:
            reason = one.said.reason if one.said.kind is Kind.CLOSED_THERE else LEAVING[one.said.kind]
            words.setdefault((subjects[one.said.who], reason, one.said.purpose, one.source), []).append(one)
    known = _known_words(connection, words)
    closed = {key for key, *_ in known}
    for (subject, reason, purpose, source), said in words.items():
        first, last = known.get((subject.key, reason, source), (None, None))
        for one in {said[0].event: said[0], said[-1].event: said[-1]}.values():
            is_mirror = one.said.kind is Kind.CLOSED_THERE
            if is_mirror and subject.key in closed:
                continue  # their list mirrors a word that we have
            if not purpose and first is not None and last is not None and first <= one.at <= last:
                continue  # said before, in both directions
            told_now: dict[str, Any] = {
                "reason": reason, "source": source, "acted_at": None if is_mirror else one.at, "received_at": one.at,
            }  # fmt: skip
            remember_mailbox(connection, subject)
            if purpose:
                leave_lists(session, connection, facts, subject, [purpose], **told_now)
            else:
                holders = holders_of(connection, subject.key, subject.channel)
                close_channels(session, connection, facts, subject, holders, channels=[subject.channel], **told_now)


def _known_words(
    connection: Connection, asked: Iterable[tuple[Subject, str, str, str]]
) -> dict[tuple[bytes, str, str], tuple[datetime, datetime]]:
    """Key, reason and source → when it was first and last said."""
    keys = sorted({subject.key for subject, *_ in asked})
    rows = Script(connection, STEPS).rows("known_words", keys=keys) if keys else []
    return {
        (bytes(row["subject_key"]), row["reason"], row["source"]): (row["acted_at"], row["last_said_at"])
        for row in rows
    }


def _outcome(kind: Kind, *, is_known: bool) -> str:
    if kind is Kind.NOTED:
        return "noted"
    if kind is Kind.ABOUT_US:
        return "about_us"
    return "applied" if is_known else "nobody"


def _mark(steps: Script, told: Sequence[Told], subjects: Mapping[str, Subject], outcomes: Mapping[int, str]) -> None:
    key_of = {one.event: subjects[one.said.who].key for one in told}
    numbers = sorted(outcomes)
    steps.run(
        "mark",
        numbers=numbers,
        outcomes=[outcomes[number] for number in numbers],
        keys=[key_of[number].hex() if number in key_of else None for number in numbers],
    )
