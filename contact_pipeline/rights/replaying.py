"""What the ledger knows and the database does not is brought back at every start, before anybody can be contacted.

A database that was restored from a backup is older than the ledger; a crash between the ledger and the commit leaves a
few facts. How far each file was read stands in the database (ops.ledger_files), so a backup brings its own marks, and a
start that finds nothing new reads no line. Facts go in in the order of time, and none undoes what is known of later.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from contact_pipeline.adapters.fact_ledger import FactLedger
from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.alerts import DATABASE_OLDER_THAN_LEDGER as OLDER
from contact_pipeline.core.alerts import DROP_NOT_BROUGHT_BACK as LOST
from contact_pipeline.core.errors import ConfigurationError, ContactPipelineError
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.core.said import FARTHEST_ZONE, moment
from contact_pipeline.drops.raw_contacts import land_raw_contacts
from contact_pipeline.erasure.erasing import finish_erasures
from contact_pipeline.people.contacts import apply_contacts
from contact_pipeline.people.facts import BOOK
from contact_pipeline.reading.drop_file import fingerprint
from contact_pipeline.rights.closing import close_contacts, forbid_imported
from contact_pipeline.rights.serving import lift_restriction, restrict_contacts
from contact_pipeline.settings import Settings
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

_KEY = re.compile(r"\d{8}-([a-z0-9_-]{1,40})-[0-9a-f]{8}(?:[0-9a-f]{4})?")  # of a drop; its source
_RIGHTS_DONE_AGAIN = ("rectify",)  # what is to be corrected is personal, so the ledger has only that it was done
_UNKNOWN_NAME = "list.csv"
_MOMENTS = ("acted_at", "received_at", "created_at", "said_at")


@dataclass
class Found:
    """What a reading has brought: rows that changed, drops to apply, and how far each file with news was read."""

    changed: int = 0
    applied: list[str] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)


def open_ledger(settings: Settings, key: SubjectKey) -> FactLedger:
    """The folder that these settings name."""
    return FactLedger(settings.ledger, key, may_make=settings.is_own_ledger)


def bring_back(session: Session) -> None:
    """Bring the database up to the ledger and the archive, and finish erasures.

    First the facts, then the erasures, then the drops, whose landing asks who was erased. The marks move last: after a
    crash it is all done again. Raises ConfigurationError where files are missing that the database has read.
    """
    with session.connection("ledger") as connection:
        steps = Script(connection, STEPS)
        marks = _marks(steps)
        _refuse_missing(marks, session.ledger.sizes(BOOK))
        is_behind = next(session.ledger.read(BOOK, dict(marks)), None) is not None
        if not is_behind and not _unknown_files(session, steps):
            finish_erasures(session)
            steps.run("close_old_alert", rule=OLDER.name)
            return
        steps.rows("take_turn")  # held until the connection closes: whoever starts meanwhile waits for the facts
        found = _take_in(session, connection)
        finish_erasures(session)
        drops = _bring_drops(session, connection, found.applied)
        with connection.transaction():
            steps.run("set_marks", files=list(found.marks), ends=list(found.marks.values()))
            if found.changed or drops:
                alerts = Alerts(connection)
                alerts.close_alert(OLDER, "ledger")
                counts = {"facts": found.changed, "drops": drops}
                alerts.open_alert(OLDER, "ledger", counts=counts)


def _refuse_missing(marks: Mapping[str, int], sizes: Mapping[str, int]) -> None:
    if missing := marks.keys() - sizes.keys():
        raise ConfigurationError(
            f"{len(missing)} file(s) of the ledger are missing that this database has read. Point"
            " CONTACT_PIPELINE_LEDGER (by default ledger in HOME) at the folder that has them, or restore it; that all"
            " of it is lost for good is said as docs/operations.md tells."
        )


def _marks(steps: Script) -> dict[str, int]:
    return {row["file"]: row["read_to"] for row in steps.rows("marks")}


# --- facts -------------------------------------------------------------------------------------------------------


def _take_in(session: Session, connection: Connection) -> Found:
    """Every fact after the marks, in one transaction."""
    found = Found()
    with connection.transaction():
        lock_contacts(connection)  # who has promised something and not committed yet does so first
        steps = Script(connection, STEPS)
        before = _marks(steps)
        marks = dict(before)
        lines = session.ledger.read(BOOK, marks)
        facts = ((line.at, fact) for line in lines for fact in line.facts)
        for kind, group in groupby(facts, key=lambda said: said[1]["kind"]):
            _TAKE[kind](connection, found, group) if kind in _TAKE else _refuse(kind)
        if found.changed:
            forbid_imported(connection)
    found.marks = {file: read_to for file, read_to in marks.items() if read_to != before.get(file)}
    return found


def _refuse(kind: str) -> None:
    raise ConfigurationError(f"The ledger has facts of a kind that this version does not know: {kind}. Upgrade it.")


Said = Iterable[tuple[datetime, dict[str, Any]]]


def _suppressions(connection: Connection, found: Found, said: Said) -> None:
    facts = (fact | _past(fact, at) for at, fact in said)
    steps = Script(connection, STEPS)
    while rows := list(zip(range(5_000), facts, strict=False)):
        for step in ("suppress", "leave_lists"):
            found.changed += steps.run(step, rows=json.dumps([_of_one(fact) for _, fact in rows]))


def _of_one(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fact.items() if name not in ("subjects", "mailboxes")}


def _standing(connection: Connection, found: Found, said: Said) -> None:
    """The same, where many were written down as one fact."""
    _suppressions(
        connection,
        found,
        (
            (at, {**fact, "subject": subject, "mailbox": mailbox})
            for at, fact in said
            for subject, mailbox in zip(fact["subjects"], fact["mailboxes"], strict=True)
        ),
    )


def _past(fact: Mapping[str, Any], at: datetime) -> dict[str, str]:
    """Moments of a fact, each as said, but for one that lies after the line that tells it: it becomes the line's, as no
    later consent could ever reopen what was closed then. (An earlier version took any date of a list.)"""
    found = {name: str(fact[name]) for name in _MOMENTS if fact.get(name)}
    for name, text in found.items():
        try:
            moment(text, now=at + FARTHEST_ZONE)
        except ValueError:
            found[name] = at.isoformat()
    return found


def _closings(connection: Connection, found: Found, said: Said) -> None:
    for at, fact in said:
        moments = _past(fact, at)
        said_now = fact | {name: moments.get(name) and datetime.fromisoformat(moments[name]) for name in _MOMENTS}
        ids = [row["id"] for row in Script(connection, STEPS).rows("to_close", **said_now)]
        if not ids:
            continue
        close_contacts(connection, ids, said_now | {"said_at": moments["said_at"]}, at=at)
        found.changed += len(ids)


def _requests(connection: Connection, found: Found, said: Said) -> None:
    for _, fact in said:
        steps = Script(connection, STEPS, **fact)
        known = steps.rows("find_request")
        if known and known[0]["kind"] != fact["request"]:
            continue  # the number stands for another matter by now
        if not known:
            found.changed += steps.run("bring_request", **_whose(steps, fact))
        if fact["extended_until"]:
            found.changed += steps.run("go_on_with_request")
        if fact["is_identified"]:
            found.changed += steps.run("identify_request")
        is_open = not known or known[0]["state"] == "open"
        if is_open and fact["state"] != "open" and not _is_to_do_again(fact):
            ids = _restrict(connection, fact) if (fact["request"], fact["state"]) == ("restrict", "done") else None
            found.changed += steps.run("close_request", ids=ids)


def _is_to_do_again(fact: Mapping[str, Any]) -> bool:
    """It was done after the backup and is undone by it; a correction's values are in no ledger."""
    return fact["state"] == "done" and fact["request"] in _RIGHTS_DONE_AGAIN


def _whose(steps: Script, fact: Mapping[str, Any]) -> dict[str, Any]:
    """The contact that was named, where the database knows it; else an address or number of it, as a keyed hash."""
    named = steps.rows("contact") if fact["contact"] else []
    if named:
        return {"contact_id": named[0]["id"]}
    found: dict[str, Any] = {"contact_id": None}
    if fact["subject"] is None and fact["people"]:
        (person, *_) = fact["people"]
        for channel, keys in (("phone", person["phones"]), ("email", person["emails"])):
            if keys:
                found |= {"subject": keys[0], "channel": channel}
    return found


def _restrict(connection: Connection, fact: Mapping[str, Any]) -> list[int]:
    """Freeze, or release, whom the request meant; who is not back yet will be, by the keys. Returns the contacts."""
    steps = Script(connection, STEPS, closed_at=fact["closed_at"])
    ids: list[int] = []
    for person in fact["people"]:
        here = [row["id"] for row in steps.rows("contact", contact=person["contact"])]
        if not here:
            # A number may be a switchboard's: it tells who somebody is only where there is no address.
            keys = {"emails": person["emails"], "phones": [] if person["emails"] else person["phones"]}
            here = [row["id"] for row in steps.rows("contacts_by_keys", **keys)]
            steps.run("stop_awaiting" if fact["lifts"] else "await_restriction", **keys)
        ids += here
    (lift_restriction if fact["lifts"] else restrict_contacts)(connection, ids)
    return ids


def _applied(_connection: Connection, found: Found, said: Said) -> None:
    found.applied += [fact["drop"] for _, fact in said]


def _nothing(_connection: Connection, _found: Found, said: Said) -> None:
    """Registered files are looked for in the archive; what is known of them is read where one is not registered."""
    for _ in said:
        pass


_TAKE = {
    "suppression": _suppressions, "suppressions": _standing, "closing": _closings, "request": _requests,
    "applied": _applied, "drop": _nothing,
}  # fmt: skip


# --- drops -------------------------------------------------------------------------------------------------------


def _unknown_files(session: Session, steps: Script) -> list[str]:
    """Keys of archived files whose drop the database does not know."""
    names = [path.name for path in session.archive.glob("*.csv") if _KEY.fullmatch(path.stem)]
    return [row["name"].removesuffix(".csv") for row in steps.rows("unknown_files", names=names)] if names else []


def _bring_drops(session: Session, connection: Connection, applied: Sequence[str]) -> int:
    """Land archived files again, and apply what had been applied: so hold their opt-outs, also those of held drops.

    Returns how many drops that changed. One that fails opens an alert and keeps nothing else back.
    """
    steps, alerts = Script(connection, STEPS), Alerts(connection)
    unknown = _unknown_files(session, steps)
    facts = _drop_facts(session.ledger, unknown) if unknown else {}
    for key in unknown:
        with _alerting(alerts, key):
            _register(session, connection, key, facts.get(key, {}))
    known = [row["key"] for row in steps.rows("to_apply", keys=[*unknown, *applied])]
    for key in sorted(set(applied) - set(known)):  # its file is in no archive
        alerts.open_alert(LOST, key, counts={"drops": 1})
    changed = 0
    for key in known:
        with _alerting(alerts, key):
            reports = [land_raw_contacts(session, key), apply_contacts(session, key)]
            changed += not all(report.up_to_date for report in reports)
    return changed


@contextmanager
def _alerting(alerts: Alerts, key: str) -> Iterator[None]:
    try:
        yield
    except (ContactPipelineError, OSError):
        alerts.open_alert(LOST, key, counts={"drops": 1})
    else:
        alerts.close_alert(LOST, key)


def _drop_facts(ledger: FactLedger, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    wanted = set(keys)
    facts = (fact for line in ledger.read(BOOK) for fact in line.facts if fact["kind"] == "drop")
    return {fact["drop"]: fact for fact in facts if fact["drop"] in wanted}


def _register(session: Session, connection: Connection, key: str, fact: Mapping[str, Any]) -> None:
    """As it was; what no fact tells is told by the key and the file itself."""
    file, named = session.archive / f"{key}.csv", _KEY.fullmatch(key)
    assert named  # noqa: S101 - _unknown_files has looked
    written_at = datetime.fromtimestamp(file.stat().st_mtime, UTC).isoformat()
    with file.open("rb") as stream:
        known, _ = DropStore(connection).register(
            key=key,
            source=named[1],
            sha256=fingerprint(stream),
            file_name=fact.get("name", _UNKNOWN_NAME),
            file_bytes=stream.seek(0, 2),
            landed_at=datetime.fromisoformat(fact.get("landed_at", written_at)),
        )
    if known.key != key and (session.archive / known.archived_as).is_file():
        file.unlink()  # the same bytes of the same source, which came again while nobody knew of the first
