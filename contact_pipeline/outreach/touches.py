"""Touches that nobody's webhook tells of: a call, a meeting, a letter, or the history of another tool.

Each time of a touch becomes an event like all others, so a bounce in a list closes its address and a complaint is an
opt-out. Somebody who was not to be contacted then is a violation: refused, or written down as one and alerted.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core import said
from contact_pipeline.core.alerts import FORBIDDEN_TOUCH
from contact_pipeline.core.csv_text import as_text
from contact_pipeline.core.errors import UsageError
from contact_pipeline.outreach import inbox
from contact_pipeline.outreach.events import LONGEST_ID, LONGEST_WORDS, Kind, Said
from contact_pipeline.outreach.inlets.imports import OUTREACH_LIST, received
from contact_pipeline.outreach.working_off import Told, touch_key, work_off
from contact_pipeline.rights.subjects import subjects_of
from contact_pipeline.stage.session import Session
from contact_pipeline.wording.touches import WHO, name_of_touch, times_of, way_of

STEPS = beside(__file__)

AT_ONCE = 5_000
KINDS: Mapping[str, Kind] = {
    "sent_at": Kind.SENT, "delivered_at": Kind.DELIVERED, "machine_opened_at": Kind.MACHINE_OPENED,
    "opened_at": Kind.OPENED, "clicked_at": Kind.CLICKED, "replied_at": Kind.REPLIED,
    "complained_at": Kind.COMPLAINED, "unsubscribed_at": Kind.UNSUBSCRIBED,
}  # fmt: skip
BOUNCES = {"hard": Kind.HARD, "soft": Kind.SOFT}


@dataclass(frozen=True)
class Touch:
    """One touch of one person. line: of the list. who: an address, a number or a contact's id. times: of what became of
    it, by kind."""

    line: int
    who: str
    times: Mapping[Kind, datetime]
    channel: str = "email"
    direction: str = "outbound"
    campaign: str = ""
    message_id: str = ""


@dataclass
class Logged:
    """touches: how many there were. nobody: lines of whom nobody is known. forbidden: lines that touch somebody who was
    not to be contacted then. outcomes: what became of the events."""

    touches: int = 0
    nobody: list[int] = field(default_factory=list)
    forbidden: list[int] = field(default_factory=list)
    outcomes: Counter[str] = field(default_factory=Counter)


def read_touches(lines: Iterable[str], *, now: datetime) -> list[Touch]:
    """A CSV with the columns of core.outreach_history, and email, phone or contact_id for whom. Times that are missing
    did not happen; a row without any was sent now.

    Raises UsageError naming the line, never its value.
    """
    rows = csv.DictReader(as_text(lines))
    columns = {name_of_touch(name): name for name in rows.fieldnames or ()}
    if not columns.keys() & set(WHO):
        raise UsageError("The list has no column email, phone or contact_id, so nobody knows whom it is about.")
    found = []
    for number, row in enumerate(as_text(rows), 2):
        cells = {name: (row.get(column) or "").strip() for name, column in columns.items()}
        try:
            found.append(touch_of(number, cells, now))
        except ValueError as error:
            raise UsageError(f"Line {number} cannot be read: {error}. Nothing was written.") from None
    return found


def touch_of(line: int, cells: Mapping[str, str], now: datetime) -> Touch:
    """cells: by the names of core.outreach_history. Raises ValueError, naming no value."""
    given = {name: cells[name] for name in WHO if cells.get(name)}
    if len(given) > 1 and not said.is_uuid(given.get("contact_id", "")):
        given.pop("contact_id", None)  # another program's
    who = next(iter(given.values()), "")
    if not who:
        raise ValueError("it says not whom")
    channel, direction = way_of(cells)
    bounced = BOUNCES.get(cells.get("bounce_type", "").lower(), Kind.SOFT)
    times = {KINDS.get(name, bounced): at for name, at in times_of(cells, now=now).items()}
    campaign, number = cells.get("campaign", "")[:LONGEST_WORDS], cells.get("message_id", "")[:LONGEST_ID]
    return Touch(line, who, times or {Kind.SENT: now}, channel, direction, campaign, number)


def log_touches(
    session: Session, touches: Sequence[Touch], *, record_only: bool = False, dry_run: bool = False
) -> Logged:
    """Write them down; the same list again changes nothing. record_only: also those of people who were not to be
    contacted. Raises UsageError, before anything is written, where there are some and it is off."""
    done = Logged(len(touches))
    events: list[Said] = []
    violations: list[bytes] = []
    with session.connection("outreach log") as connection:
        for start in range(0, len(touches), AT_ONCE):
            chunk = touches[start : start + AT_ONCE]
            whom = _whom(connection, chunk)
            subjects = subjects_of(session, whom.values())
            found = [(touch, whom[touch.who]) for touch in chunk if whom.get(touch.who) in subjects]
            keys = {who: subjects[who].key for _, who in found}
            known = {bytes(row["key"]): row for row in _standing(connection, keys.values())}
            done.nobody += [touch.line for touch in chunk if keys.get(whom.get(touch.who, "")) not in known]
            for touch, who in found:
                if keys[who] in known:
                    ours = list(_said(session, touch, who, keys[who]))
                    events += ours
                    if _is_forbidden(touch, known[keys[who]]):
                        done.forbidden.append(touch.line)
                        violations.append(
                            touch_key(
                                session, Told(0, "", OUTREACH_LIST, ours[0], ours[0].at or session.clock()), keys[who]
                            )
                        )
        if done.forbidden and not record_only and not dry_run:
            some = ", ".join(map(str, done.forbidden[:10]))
            raise UsageError(
                f"{len(done.forbidden)} of these touch somebody who must not be contacted on that channel: {some}."
                " Nothing was written. --record-only writes down what has happened all the same, and opens an alert."
            )
        if dry_run or not events:
            return done
        for start in range(0, len(events), AT_ONCE):
            part = [received(one) for one in events[start : start + AT_ONCE]]
            inbox.store(connection, inbox.as_rows(OUTREACH_LIST, part, session.key))
        done.outcomes.update(work_off(session).counts)
        if violations:
            count = Script(connection, STEPS).run("note_violations", touches=violations)
            Alerts(connection).open_alert(FORBIDDEN_TOUCH, "log", counts={"touches": count})
    return done


def _said(session: Session, touch: Touch, who: str, key: bytes) -> Iterator[Said]:
    """What became of it, one event a time; all of one touch, by the message's id or by what the line says."""
    first = min(touch.times.values()).isoformat()
    number = (
        touch.message_id
        or session.key.digest(
            f"logged:{key.hex()}\x1f{touch.channel}\x1f{touch.direction}\x1f{touch.campaign}\x1f{first}"
        ).hex()
    )
    for kind, at in touch.times.items():
        yield Said(kind, who, at, number, touch.campaign, channel=touch.channel, direction=touch.direction)


def _whom(connection: Connection, touches: Sequence[Touch]) -> dict[str, str]:
    """As the list says it → an address or number; of a contact's id the first of these that it has."""
    ids = [touch.who for touch in touches if said.is_uuid(touch.who)]
    rows = Script(connection, STEPS).rows("of_contacts", ids=ids) if ids else []
    known = {str(row["contact_id"]): row["who"] for row in rows}
    return {touch.who: known.get(touch.who.lower(), touch.who) for touch in touches}


def _standing(connection: Connection, keys: Iterable[bytes]) -> list[dict[str, Any]]:
    return Script(connection, STEPS).rows("standing", keys=sorted(set(keys)))


def _is_forbidden(touch: Touch, standing: Mapping[str, Any]) -> bool:
    """Whether the person was not to be contacted on that channel when it happened. What was closed later is no
    violation then; a missing ground has no moment, so it counts as it stands."""
    if touch.direction == "inbound":
        return False
    of_channel = {"email": "email", "phone": "phone", "sms": "phone"}.get(touch.channel)
    reason = standing[f"{of_channel}_reason"] if of_channel else standing["any_reason"]
    closed_at = standing[f"{of_channel or 'email'}_closed_at"]
    if reason in (None, "allowed", "invalid", "no_address", "not_identified"):
        return False
    sent_at = touch.times.get(Kind.SENT) or min(touch.times.values())
    return not (isinstance(closed_at, datetime) and sent_at < closed_at)
