"""Changes are taken back: of one contact, of one actor, of a drop or of a run, and of a rollback.

A drop's and a run's claims are withdrawn, and what everybody else says is decided anew. Otherwise each field gets the
value that it had before, as a ruling: nothing that was said up to now is heard about that field, and what is said later
is. What permits something and erased values do not come back this way, an opt-out does not go; deleted rows come back
by a restore only.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.errors import PermanentError, UsageError
from contact_pipeline.history.taking_back import Kept, fields_to_take_back, take_back
from contact_pipeline.people.withdrawing import bring_back, forget_points, withdraw_claims
from contact_pipeline.profiles.deciding import decide_again
from contact_pipeline.profiles.enriching import open_store
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


SAID_FOR_GOOD = ("suppressions", "touches")  # kinds of drops: who must not be contacted, and who was


class ConflictError(PermanentError):
    """Later changes stand on what is to be taken back."""


@dataclass(frozen=True)
class Wanted:
    """What is to be taken back. about: a contact's id, the key of a drop, a run (or the id of a rollback), an actor.

    to: instant or version, of a contact. since: of an actor. field: the only one, of a contact or an actor.
    """

    kind: Literal["contact", "drop", "run", "actor"]
    about: str
    reason: str
    to: datetime | int | None = None
    since: datetime | None = None
    field: str | None = None


@dataclass(frozen=True)
class RolledBack:
    """id: its changes have it as run_id, and `--run` takes it back. changes: contact_id, field, old, new. kept: fields
    that stay as they are, and why. drops: that do not count any more, or count again. staying: drops of a run that say
    who must not be contacted, or who was. withdrawn: contacts that are in no curated view any more. Personal values."""

    id: str
    is_done: bool
    changes: list[dict[str, Any]]
    kept: list[Kept]
    drops: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    withdrawn: int = 0

    @property
    def conflicts(self) -> list[Kept]:
        """Fields on which a later change stands."""
        return [one for one in self.kept if one.is_conflict]


def roll_back(
    session: Session,
    wanted: Wanted,
    *,
    dry_run: bool = False,
    skip_conflicts: bool = False,
    force: bool = False,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> RolledBack:
    """All of it in one transaction. dry_run: what would come of it; nothing is written. on_progress: is told how many
    contacts of a drop are decided anew (20,000 take a quarter of a minute).

    Raises ConflictError where a later change stands on one that is to be taken back, unless it is to be skipped (it
    stays) or forced (it goes, too); UsageError for what is not known.
    """
    if not wanted.reason.strip():
        raise UsageError("--reason must say why.")
    rollback_id = f"rollback-{uuid.uuid4().hex[:12]}"
    session = replace(session, run_id=rollback_id)
    with (
        session.connection(f"rollback: {wanted.reason}") as connection,
        connection.transaction(force_rollback=dry_run),
    ):
        lock_contacts(connection)
        steps = Script(
            connection, STEPS, now=session.clock(), actor=session.actor, rollback_id=rollback_id, undone=wanted.about
        )
        work = _Work(session, connection, steps, rollback_id, force=force, on_progress=on_progress)
        work.roll_back(wanted)
        steps.run("forbid", ids=sorted(work.ids))
        steps.run("ask_for_permissions")
        changes = steps.rows("changes")
        withdrawn = steps.one("withdrawn_contacts", ids=sorted(work.ids))["contacts"]
        done = RolledBack(rollback_id, not dry_run, changes, work.kept, work.drops, work.staying, withdrawn)
        if done.conflicts and not (dry_run or skip_conflicts):
            raise ConflictError(
                f"Nothing was rolled back: {len(done.conflicts)} fields were changed again since by somebody else."
                " Look at them with --dry-run; --skip-conflicts leaves them as they are, --force takes them back, too."
            )
        _note(steps, wanted, done)
    return done


def _note(steps: Script, wanted: Wanted, done: RolledBack) -> None:
    steps.run(
        "note",
        kind=wanted.kind,
        about=wanted.about,
        since=wanted.to if isinstance(wanted.to, datetime) else wanted.since,
        version=wanted.to if isinstance(wanted.to, int) else None,
        field=wanted.field,
        reason=wanted.reason,
        changes=len(done.changes),
        kept=len(done.kept),
    )


@dataclass
class _Work:
    """One rollback, inside its transaction."""

    session: Session
    connection: Connection
    steps: Script
    rollback_id: str
    force: bool
    on_progress: Callable[[int], None]
    kept: list[Kept] = field(default_factory=list)
    drops: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)
    ids: set[int] = field(default_factory=set)

    def roll_back(self, wanted: Wanted) -> None:
        if wanted.kind == "drop":
            self._withdraw([_countable(DropStore(self.connection).get(wanted.about))])
        elif wanted.kind == "run" and (undone := self.steps.rows("find_rollback", id=wanted.about)):
            self._undo(undone[0])
        elif wanted.kind == "run":
            self._withdraw_run(wanted.about)
        elif wanted.kind == "contact":
            contact = self._contact(wanted.about)
            if isinstance(wanted.to, int):
                self._check_version(contact, wanted.to)
                self._take_back(contact=contact, field=wanted.field, version=wanted.to)
            else:
                self._take_back(contact=contact, field=wanted.field, since=wanted.to)
        else:
            self._take_back(actor=wanted.about, since=wanted.since, field=wanted.field)

    def _contact(self, text: str) -> int:
        found = self.steps.rows("find_contact", text=text)
        if not found:
            raise UsageError("There is no contact of that id. `contact-pipeline history EMAIL` tells it.")
        if found[0]["is_erased"]:
            raise UsageError("That contact was erased. What was erased comes back by no rollback.")
        return int(found[0]["id"])

    def _check_version(self, contact: int, wanted: int) -> None:
        now = self.steps.one("versions", contact=contact)
        if not 1 <= wanted <= now["version"]:
            raise UsageError(f"The contact has no version {wanted}: it is at {now['version']}.")
        if now["first_known"] is not None and wanted < now["first_known"] - 1:
            raise UsageError(
                f"Of changes before version {now['first_known']} it is not kept which version they made. Say --to TIME."
            )

    def _take_back(self, *, as_ruling: bool = True, **scope: Any) -> None:
        found = fields_to_take_back(self.session, self.connection, force=self.force, **scope)
        take_back(self.session, self.connection, found, rollback_id=self.rollback_id if as_ruling else None)
        self.kept += found.kept
        self.ids |= found.ids

    def _withdraw(self, drops: Sequence[DropRecord]) -> None:
        for drop in drops:
            found = withdraw_claims(self.connection, drop.key, rollback_id=self.rollback_id, now=self.session.clock())
            self._decide(found.ids, found.unsaid)
            forget_points(self.connection, drop.key)
            self.drops.append(drop.key)

    def _withdraw_run(self, run: str) -> None:
        store = DropStore(self.connection)
        of_run = [store.get(row["key"]) for row in self.steps.rows("drops_of_run", run=run)]
        drops = [drop for drop in of_run if drop.kind not in SAID_FOR_GOOD]
        self.staying = [drop.key for drop in of_run if drop.kind in SAID_FOR_GOOD]
        silenced = self.steps.run("silence_providers", run=run)
        if not drops and not silenced:
            if self.staying:
                _countable(of_run[0])
            raise UsageError(
                "No run or rollback of that id has applied a drop that still counts, or asked a provider about anybody."
                " What a person changed goes back with --since TIME --by ACTOR."
            )
        self._withdraw([_countable(drop) for drop in drops])
        unsaid: dict[int, set[tuple[str, str]]] = {}
        for row in self.steps.rows("silenced"):
            unsaid.setdefault(row["contact_id"], set()).add((row["field"], row["value"]))
        self._decide([row["contact_id"] for row in self.steps.rows("ruled_contacts", id=self.rollback_id)], unsaid)

    def _undo(self, undone: Mapping[str, Any]) -> None:
        """Of a rollback: its rulings are lifted, its drops count again, and the fields that it has set go back."""
        if undone["undone_by"]:
            raise UsageError(f"{undone['id']} was taken back already, by {undone['undone_by']}.")
        contacts = [row["contact_id"] for row in self.steps.rows("ruled_contacts", id=undone["id"])]
        self.steps.run("lift", "note_undone")
        store = DropStore(self.connection)
        for row in self.steps.rows("drops_of_rollback"):
            self._decide(bring_back(self.session, self.connection, store.get(row["key"])), {})
            self.drops.append(row["key"])
        if undone["kind"] in ("contact", "actor"):
            self._take_back(run=undone["id"], as_ruling=False)
        else:
            self._decide(contacts, {})

    def _decide(self, ids: Sequence[int], unsaid: Mapping[int, set[tuple[str, str]]]) -> None:
        store = open_store(self.session, self.connection, "")
        decide_again(self.session, store, ids, unsaid=unsaid, on_progress=self.on_progress)
        self.ids |= set(ids)


def _countable(drop: DropRecord) -> DropRecord:
    """The drop, if it is one whose claims can be withdrawn."""
    if drop.rolled_back_by:
        raise UsageError(f"Drop {drop.key} was rolled back already, by {drop.rolled_back_by}.")
    if drop.kind in SAID_FOR_GOOD:
        raise UsageError(
            f"Drop {drop.key} says who must not be contacted, or who was: that is not rolled back. A single opt-out"
            " that was a mistake: `contact-pipeline suppressions retract`."
        )
    if drop.applied_at is None:
        raise UsageError(f"Drop {drop.key} was not applied; there is nothing to roll back.")
    return drop
