"""Contacts' values as they follow from everything that is claimed of them, written with their history."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from contact_pipeline.profiles.enrichment_store import EnrichmentStore
from contact_pipeline.profiles.merging import Change, Merged, merge_profile
from contact_pipeline.profiles.planning import PARTS, Contact
from contact_pipeline.profiles.precedence import Candidate
from contact_pipeline.profiles.questions import Somebody, candidates_of, people_of, precedence
from contact_pipeline.stage.session import Session

CHUNK = 1000


def decide_again(
    session: Session,
    store: EnrichmentStore,
    ids: Sequence[int],
    *,
    unsaid: Mapping[int, Collection[tuple[str, str]]] | None = None,
    on_progress: Callable[[int], None] = lambda _count: None,
) -> None:
    """Decide the values of these contacts anew, after what is said of them has changed.

    unsaid: by contact, field and value that somebody said who is not heard any more. Where nobody else says it, the
    contact loses it; what nobody ever said was typed by somebody of ours, and stays. on_progress: is told after each
    thousand how many are decided.
    """
    for first in range(0, len(ids), CHUNK):
        chunk = ids[first : first + CHUNK]
        contacts = store.contacts(chunk)
        candidates = candidates_of(store.origins(chunk))
        lost = {c["contact_id"]: _lost(c, candidates, (unsaid or {}).get(c["contact_id"], ())) for c in contacts}
        people = people_of(session, [c | dict.fromkeys(lost[c["contact_id"]]) for c in contacts], candidates)
        reviews: list[dict[str, Any]] = []
        outcomes = merge_all(session, store, people, candidates, reviews)
        values: list[dict[str, Any]] = []
        history: list[dict[str, Any]] = []
        for contact in contacts:
            changes = _with_lost(session, contact, outcomes[contact["contact_id"]], lost[contact["contact_id"]])
            rows, past = as_rows(session, contact["contact_id"], changes)
            values += rows
            history += past
        store.apply(values, history, enriched_by=session.actor, ids=chunk)
        store.open_reviews(one_each(reviews))
        on_progress(first + len(chunk))


def _lost(
    contact: Contact, candidates: Mapping[int, Mapping[str, list[Candidate]]], unsaid: Collection[tuple[str, str]]
) -> frozenset[str]:
    said = candidates.get(contact["contact_id"], {})
    return frozenset(
        field
        for field, value in unsaid
        if field not in PARTS and contact[field] == value and all(c.value != value for c in said.get(field, ()))
    )


def _with_lost(session: Session, contact: Mapping[str, Any], outcome: Merged, lost: Collection[str]) -> list[Change]:
    """The changes against what the contact has, where what it lost was taken for empty."""
    changes = {change.field: change for change in outcome.changes}
    for field in lost:
        new = changes.pop(field, Change(field, None, None, f"person:{session.actor}", 1.0))
        if new.new != contact[field]:
            changes[field] = Change(field, contact[field], new.new, new.source, new.confidence)
    return list(changes.values())


def as_rows(
    session: Session, contact_id: int, changes: Sequence[Change]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The contact's new values (one row, or none) and a row of history for each."""
    history = [
        {
            "contact_id": contact_id,
            "field": c.field,
            "old": c.old,
            "new": c.new,
            "source": c.source,
            "confidence": c.confidence,
        }
        for c in changes
    ]
    if not history:
        return [], []
    row: dict[str, Any] = {"contact_id": contact_id} | {c.field: c.new for c in changes}
    if "email" in row:
        row["email_key"] = session.key.email(row["email"]).hex() if row["email"] else None
    return [row], history


def merge_all(
    session: Session,
    store: EnrichmentStore,
    people: Sequence[Somebody],
    candidates: Mapping[int, Mapping[str, list[Candidate]]],
    reviews: list[dict[str, Any]],
) -> dict[int, Merged]:
    """Which values win. An address that another contact has is not taken: the two may be one person."""
    table, now = precedence(session), session.clock()
    merged: dict[int, Merged] = {}
    owner: dict[bytes, int] = {}  # two of this chunk may be given the same one
    for person in people:
        refused: frozenset[str] = frozenset()
        while True:
            outcome = merge_profile(
                person.contact, candidates.get(person.id, {}), table=table, now=now, refused=refused
            )
            address = next((change.new for change in outcome.changes if change.field == "email"), None)
            if address is None:
                break
            key = session.key.email(address)
            other = owner.get(key) or store.taken([key]).get(key, person.id)
            if other == person.id:
                owner[key] = person.id
                break
            refused |= {address}
            reviews.append(
                {"kind": "identity_conflict", "contact_id": person.id, "other_contact_id": other, "field": "email",
                 "details": {"proposed": address}}
            )  # fmt: skip
        merged[person.id] = outcome
        for field, decision in merged[person.id].disputed.items():
            sides = [c for c in (decision.winner, *decision.alternatives) if c is not None]
            reviews.append(
                {"kind": "field_disagreement", "contact_id": person.id, "field": field,
                 "details": {"current": person.contact[field],
                             "sides": [{"value": c.value, "source": c.source} for c in sides]}}
            )  # fmt: skip
    return merged


def one_each(reviews: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One for each contact, kind and field: the last."""
    return list({(r["contact_id"], r["kind"], r["field"]): r for r in reviews}.values())
