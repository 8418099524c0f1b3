"""Fields of contacts go back to the values that they had, as rulings. Which may, and which stay, and why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.profiles.corrections import CORRECTABLE
from contact_pipeline.profiles.deciding import as_rows
from contact_pipeline.profiles.enriching import open_store
from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.merging import Change
from contact_pipeline.profiles.planning import PARTS
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

# A rollback can only bring such a word back, never take it away.
RESTRICTIONS = frozenset({
    "suppress_email", "suppress_phone", "deletion_requested", "processing_restricted", "hard_bounce",
})  # fmt: skip

SCOPE = ("contact", "since", "version", "actor", "run", "field")

CONFLICT = "somebody has changed it again since"
DELETED = "the contact was deleted: only a restore brings it back"
ERASED = "its values were erased"
PERMITS = (
    "it permits, forbids or counts something: that follows from what is said and done, and comes back by no rollback"
)
OPT_OUT = "what stops a channel or a contact stays"
FOLLOWS = "it follows from the other fields"
TAKEN = "another contact has that address"


@dataclass(frozen=True)
class Kept:
    """A field that stays as it is. contact_id: as readers know it."""

    contact_id: str
    field: str
    why: str

    @property
    def is_conflict(self) -> bool:
        """Whether a later change stands on it."""
        return self.why == CONFLICT


@dataclass(frozen=True)
class Found:
    """values: contact → field → value to go back to. old: those of now. restrictions: contacts and flags to be set."""

    values: Mapping[int, Mapping[str, str | None]]
    old: Mapping[int, Mapping[str, str | None]]
    restrictions: Sequence[tuple[int, str]]
    kept: list[Kept]

    @property
    def ids(self) -> set[int]:
        """Contacts that change."""
        return set(self.values) | {contact for contact, _ in self.restrictions}


def fields_to_take_back(session: Session, connection: Connection, *, force: bool, **scope: Any) -> Found:
    """What the changes of a scope have to go back to.

    scope: any of contact (its number), since, version, actor, run, field; all that are given hold together. force:
    where a later change stands on one of them, it goes, too.
    """
    steps = Script(connection, STEPS, **(dict.fromkeys(SCOPE) | scope))
    steps.run("create_scope", "index_scope")
    values: dict[int, dict[str, str | None]] = {}
    old: dict[int, dict[str, str | None]] = {}
    restrictions: list[tuple[int, str]] = []
    kept: list[Kept] = []
    targets = [t for t in steps.rows("targets") if t["to_value"] != t["now_value"] or t["is_gone"] or t["is_taken"]]
    closed = _closed_addresses(session, open_store(session, connection, ""), steps, targets)
    for target in targets:
        name, value = target["field"], target["to_value"]
        why = _why_not(target, closed, force=force)
        if why is not None:
            kept.append(Kept(str(target["public_id"] or "deleted"), name, why))
        elif name in RESTRICTIONS:
            restrictions.append((target["contact_id"], name))
        else:
            values.setdefault(target["contact_id"], {})[name] = value
            old.setdefault(target["contact_id"], {})[name] = target["now_value"]
    return Found(values, old, restrictions, kept)


def _why_not(target: Mapping[str, Any], closed: Mapping[str, str | int], *, force: bool) -> str | None:
    """None: it may go back."""
    name, value = target["field"], target["to_value"]
    if target["is_gone"]:
        return DELETED
    if target["is_taken"]:
        return ERASED
    if name in RESTRICTIONS:
        may = value == "true"
        return (CONFLICT if target["stands"] and not force else None) if may else OPT_OUT
    if name not in CORRECTABLE:
        return PERMITS
    if name in PARTS and value is None:
        return FOLLOWS
    if target["stands"] and not force:
        return CONFLICT
    if name == "email" and value in closed:
        owner = closed[value]
        return owner if isinstance(owner, str) else TAKEN if owner != target["contact_id"] else None
    return None


def _closed_addresses(
    session: Session, store: EnrichmentStore, steps: Script, targets: Sequence[Mapping[str, Any]]
) -> dict[str, str | int]:
    """Addresses that cannot simply come back: why, or the contact that has it or gets it first."""
    wanted = {t["to_value"]: t["contact_id"] for t in reversed(targets) if t["field"] == "email" and t["to_value"]}
    keys = {session.key.email(address): address for address in wanted}
    found: dict[str, str | int] = dict(wanted)
    found |= {keys[key]: contact for key, contact in store.taken(list(keys)).items()}
    for row in steps.rows("erased_keys", keys=list(keys)):
        found[keys[bytes(row["subject_key"])]] = ERASED
    return found


def take_back(session: Session, connection: Connection, found: Found, *, rollback_id: str | None) -> None:
    """Write the values. rollback_id: as rulings of it, so that nobody who has spoken up to now is heard about these
    fields any more; None: whoever speaks of them decides."""
    steps = Script(connection, STEPS)
    if rollback_id:
        ruled = [
            {"contact_id": contact, "field": name, "value": value}
            for contact, values in found.values.items()
            for name, value in values.items()
        ]
        about = {"now": session.clock(), "actor": session.actor, "rollback_id": rollback_id}
        steps.run("rule", rows=json.dumps(ruled), **about)
    store = open_store(session, connection, "")
    _write_values(session, store, found)
    now = {contact["contact_id"]: contact for contact in store.contacts(sorted(found.values))}
    parts = [
        {"contact_id": contact} | left
        for contact, values in found.values.items()
        if (left := {name: values[name] for name in PARTS & values.keys() if now[contact][name] != values[name]})
    ]
    if parts:
        steps.run("write_parts", rows=json.dumps(parts))
    if found.restrictions:
        flags = [{"contact_id": contact, "field": name} for contact, name in found.restrictions]
        steps.run("restrict", rows=json.dumps(flags))


def _write_values(session: Session, store: EnrichmentStore, found: Found) -> None:
    """All but the parts, which follow from the others."""
    rows: list[dict[str, Any]] = []
    history: list[dict[str, Any]] = []
    for contact, values in found.values.items():
        changes = [
            Change(name, found.old[contact][name], value, f"person:{session.actor}", 1.0)
            for name, value in values.items()
            if name not in PARTS
        ]
        new, past = as_rows(session, contact, changes)
        rows += new
        history += past
    store.apply(rows, history, enriched_by=session.actor, ids=sorted(found.values))
