"""What becomes of a contact once everybody has spoken: which fields change, what is disputed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contact_pipeline.profiles.comparing import comparable, is_same
from contact_pipeline.profiles.planning import FIELDS, VERIFIED, Contact, status_of
from contact_pipeline.profiles.precedence import Candidate, Decision, Origin, Precedence, decide

# A disagreement about these is about who the person is; the others are details nobody would be woken up for.
REVIEWED = frozenset({"name", "title", "company", "linkedin_url"})
UNKNOWN = "unknown"


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
        not_these = {comparable(field, each) for each in refused}
        claims = [c for c in candidates.get(field, ()) if comparable(field, c.value) not in not_these]
        verdicts = _verdicts(field, contact, claims, table)
        claims = [replace(c, status=verdicts.get(comparable(field, c.value), c.status)) for c in claims]
        current = _current(field, contact, claims, verdicts, table, now) if value else None
        decision = decide(field, current, _latest(claims), table=table, now=now)
        if decision.is_disputed and field in REVIEWED:
            disputed[field] = decision
        elif field in REVIEWED:
            settled.append(field)
        winner = decision.winner
        if winner is None or table.belief(field, winner) == 0 or (value and is_same(field, value, winner.value)):
            continue  # nothing better, or the same in other words
        if winner.value != value:
            confidence = round(table.belief(field, winner), 2)
            changes.append(Change(field, value, winner.value, winner.source, confidence))
    return Merged(tuple(changes), disputed, tuple(settled))


def _latest(claims: Sequence[Candidate]) -> list[Candidate]:
    """The newest word of each source; what it said before is past."""
    newest: dict[str, Candidate] = {}
    for claim in sorted(claims, key=lambda c: (c.said_at, c.confidence, c.value)):
        newest[claim.source] = claim
    return list(newest.values())


def _verdicts(field: str, contact: Contact, claims: Sequence[Candidate], table: Precedence) -> dict[str, str]:
    """What verification says of every meaning: of the contact's own what it says itself, else the worst of a claim.

    What nobody verified is unknown, as it will be once it is taken: else every run would take another one.
    """
    if field not in VERIFIED:
        return {}
    weights = table.rule(field).verification
    found = {comparable(field, value): UNKNOWN for value in (contact[field], *(c.value for c in claims)) if value}
    known = {(c.value, c.status) for c in claims if c.status and c.status != UNKNOWN}
    for value, status in sorted(known, key=lambda pair: (-weights.get(pair[1], 1.0), pair)):
        found[comparable(field, value)] = status
    own = status_of(contact, field)
    if contact[field] and own and own != UNKNOWN:
        found[comparable(field, contact[field])] = own
    return found


def _current(
    field: str,
    contact: Contact,
    claims: Sequence[Candidate],
    verdicts: Mapping[str, str],
    table: Precedence,
    now: datetime,
) -> Candidate | None:
    """Who said what the field has now; of several the best of those that are believed. Nobody known: somebody of ours
    typed it, and that outranks every provider. None: whoever said it says something else by now."""
    value = contact[field]

    def rank(sayer: Candidate) -> tuple[bool, Origin, float, datetime, str]:
        is_believed, score = table.belief(field, sayer) > 0, table.score(field, sayer, now)
        return is_believed, sayer.origin, score, sayer.said_at, sayer.source

    typed = Candidate(value, Origin.PERSON, "person:unknown", 1.0, now, verdicts.get(comparable(field, value)))
    latest = {c.source: c for c in _latest(claims)}

    def is_past(sayer: Candidate) -> bool:
        word = latest[sayer.source]
        return word.said_at > sayer.said_at and not is_same(field, word.value, value)

    sayers = [c for c in claims if c.value == value]
    return max((c for c in sayers if not is_past(c)), key=rank, default=None) if sayers else typed


def said_by(contact: Contact, candidates: Mapping[str, Sequence[Candidate]]) -> dict[str, str]:
    """field → whose word the contact's value is: who said it first. Those who say it later confirm it."""
    found = {}
    for field in FIELDS:
        sayers = [c for c in candidates.get(field, ()) if c.value == contact[field]]
        if sayers:
            found[field] = min(sayers, key=lambda c: (c.said_at, -c.origin, c.source)).source
    return found


def agreement_by_field(contact: Contact, candidates: Mapping[str, Sequence[Candidate]]) -> dict[str, tuple[int, int]]:
    """field → how many sources say something of it, and how many of these mean what the contact has."""
    found = {}
    for field in FIELDS:
        said = {c.source: c.value for c in sorted(candidates.get(field, ()), key=lambda c: (c.said_at, c.value))}
        if contact[field] and said:
            agreeing = sum(is_same(field, contact[field], value) for value in said.values())
            found[field] = (len(said), agreeing)
    return found
