"""What becomes of a contact once everybody has spoken: which fields change, what is disputed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contact_pipeline.profiles.planning import FIELDS, Contact, status_of
from contact_pipeline.profiles.precedence import Candidate, Decision, Origin, Precedence, decide

# A disagreement about these is about who the person is; the others are details nobody would be woken up for.
REVIEWED = frozenset({"name", "title", "company", "linkedin_url"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changes: one row of core.enrichment_history."""

    field: str
    old: str | None
    new: str
    source: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Merged:
    """changes: in the order of FIELDS. disputed: for a person to decide, with the challengers. settled: fields on which
    everybody agrees."""

    changes: tuple[Change, ...]
    disputed: Mapping[str, Decision]
    settled: tuple[str, ...]


def merge_profile(
    contact: Contact,
    candidates: Mapping[str, Sequence[Candidate]],
    *,
    table: Precedence,
    now: datetime,
    refused: frozenset[str] = frozenset(),
) -> Merged:
    """candidates: by field, every claim of a source, the drops' among them. refused: values that may not be taken (an
    address that another contact has)."""
    changes, disputed, settled = [], {}, []
    for field in FIELDS:
        value = contact[field]
        claims = [c for c in candidates.get(field, ()) if c.value not in refused]
        current = _current(field, value, claims, contact, now) if value else None
        # The other writings of the value that has a verdict share it.
        judged = [replace(c, status=current.status) if current and c.value == value else c for c in claims]
        decision = decide(field, current, judged, table=table, now=now)
        if decision.is_disputed and field in REVIEWED:
            disputed[field] = decision
        elif field in REVIEWED:
            settled.append(field)
        winner = decision.winner
        if winner is not None and winner.value != value and table.belief(field, winner) > 0:
            confidence = round(table.belief(field, winner), 2)
            changes.append(Change(field, value, winner.value, winner.source, confidence))
    return Merged(tuple(changes), disputed, tuple(settled))


def _current(field: str, value: str, claims: Sequence[Candidate], contact: Contact, now: datetime) -> Candidate:
    """Who said what the field has now. Nobody known: somebody of ours typed it, and that outranks every provider."""
    status = status_of(contact, field)
    sayers = sorted((c for c in claims if c.value == value), key=lambda c: (-c.origin, -c.confidence, c.source))
    if sayers:
        return replace(sayers[0], status=status)
    return Candidate(value, Origin.PERSON, "person:unknown", 1.0, now, status)
