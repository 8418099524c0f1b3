"""What must outlive a restored backup, written into the ledger outside the database before it takes effect.

    with fact_transaction(pipeline, reason) as (connection, facts):
        ...            # the statements
        facts.…        # what they mean, without a personal value

The facts are on the disk before the transaction commits. A crash in between leaves them to the next start
(rights/replaying.py); where the ledger cannot be written, the transaction is rolled back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.fact_ledger import Batch
from contact_pipeline.adapters.postgres.drop_store import DropRecord
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.said import reason, word
from contact_pipeline.stage.session import Session
from contact_pipeline.wording.suppression import nameless

STEPS = beside(__file__)

BOOK = "facts"
AT_ONCE = 5_000  # facts of a line, so that reading needs no more memory than writing


class Facts:
    """Facts of one transaction."""

    def __init__(self, session: Session, connection: Connection, batch: Batch) -> None:
        self._clock = session.clock
        self._steps = Script(connection, STEPS)
        self._batch = batch

    def suppressions(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Rows of core.suppressions, or with a purpose of core.purpose_suppressions: subject (key), channel, reason,
        source, said_at (last), and what is known of canonical_key, acted_at and received_at."""
        at = self._clock()
        facts = [_suppression(row, at) for row in rows]
        for start in range(0, len(facts), AT_ONCE):
            self._batch.add(at, *facts[start : start + AT_ONCE])

    def standing(self, groups: Iterable[Mapping[str, Any]]) -> None:
        """What stands in those tables already, in groups of rows that differ in their keys alone: as above, with the
        lists subjects and mailboxes instead of a subject, and created_at."""
        at = self._clock()
        for group in groups:
            said = {**_suppression({**group, "subject": None}, at), "created_at": group["created_at"]}
            for start in range(0, len(group["subjects"]), AT_ONCE):
                lists = {name: group[name][start : start + AT_ONCE] for name in ("subjects", "mailboxes")}
                self._batch.add(at, {**said, **lists, "kind": "suppressions"})

    def closing(self, contacts: Sequence[str], channel: str, **said: Any) -> None:
        """A channel of contacts (public ids) was closed and their consents for it ended: reason, source, acted_at and
        said_at, as of which it counts."""
        if contacts:
            words = {"reason": reason(said["reason"]), "source": word(said["source"], "desk")}
            self._add("closing", contacts=list(contacts), channel=channel, **said | words)

    def request(self, request_id: int, *, lifts: bool = False) -> None:
        """A request as it stands now. lifts: it has lifted a restriction."""
        request = self._steps.one("request", id=request_id)
        people = self._steps.rows("people_of_request", id=request_id)
        self._add("request", **request | {"lifts": lifts or request["lifts"], "people": people})

    def drop(self, drop: DropRecord) -> None:
        """A file has become a drop: what its archived content does not say."""
        self._add("drop", drop=drop.key, landed_at=drop.landed_at, name=nameless(drop.file_name))

    def applied(self, drop_key: str) -> None:
        """The opt-outs of a drop hold; they are in its archived file."""
        self._add("applied", drop=drop_key)

    def _add(self, kind: str, **fact: Any) -> None:
        self._batch.add(self._clock(), {"kind": kind} | fact)


@contextmanager
def fact_transaction(session: Session, reason: str) -> Iterator[tuple[Connection, Facts]]:
    """A connection of its own in a transaction, and the facts of it. Raises what FactLedger.batch does."""
    with (
        session.connection(reason) as connection,
        connection.transaction(),
        kept_facts(session, connection) as facts,
    ):
        yield connection, facts


@contextmanager
def kept_facts(session: Session, connection: Connection) -> Iterator[Facts]:
    """To be entered inside the transaction that makes them true. Raises what FactLedger.batch does."""
    with session.ledger.batch(BOOK) as batch:
        yield Facts(session, connection, batch)
        batch.flush()
        if batch.file:
            where: dict[str, Any] = {"file": batch.file, "start": batch.start, "end": batch.end}
            steps = Script(connection, STEPS)
            steps.rows("lock_mark", **where)
            steps.run("move_mark", **where)


def restrict_awaited(connection: Connection, drop_key: str) -> None:
    """Freeze those contacts of a drop whose restriction has waited for them, in the transaction that brings them."""
    steps = Script(connection, STEPS, drop_key=drop_key)
    if steps.one("has_awaited")["has_awaited"]:
        steps.run("restrict_awaited")


def _suppression(row: Mapping[str, Any], at: datetime) -> Mapping[str, Any]:
    kept = {"reason": reason(row["reason"]), "source": word(row["source"], "ledger")}
    return {
        "kind": "suppression", "subject": row["subject"], "mailbox": row.get("canonical_key"),
        "channel": row["channel"], "purpose": row.get("purpose"), **kept,
        "acted_at": row.get("acted_at"), "received_at": row.get("received_at") or at, "created_at": at,
        "said_at": row["said_at"], "is_exact": all(row[name] == text for name, text in kept.items()),
    }  # fmt: skip
