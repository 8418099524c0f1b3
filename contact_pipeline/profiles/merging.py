"""What becomes of a contact once everybody has spoken: which fields change, what is disputed. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contact_pipeline.people.comparing import comparable, is_same
from contact_pipeline.profiles.planning import FIELDS, PARTS, VERIFIED, Contact, status_of
from contact_pipeline.profiles.precedence import Candidate, Decision, Origin, Precedence, Standing, decide

# A disagreement about these is about who the person is; the others are details nobody would be woken up for.
REVIEWED = frozenset({"name", "title", "company", "linkedin_url"})
# What is said together holds together: the company of one answer with the title of another is nobody's employment.
EMPLOYMENT = frozenset({"company", "title"})
# What no longer holds when who said it meant somebody else. A name, an address or a number is never left empty.
CLEARED = frozenset({"title", "company", "linkedin_url", "location"})
UNKNOWN = "unknown"

Claims = Mapping[str, Sequence[Candidate]]


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changes: one row of core.enrichment_history. new: None where nobody says it of this person."""

    field: str
    old: str | None
    new: str | None
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
    candidates: Claims,
    *,
    table: Precedence,
    now: datetime,
    refused: frozenset[str] = frozenset(),
) -> Merged:
    """candidates: by field, every claim of a source, the drops' among them. refused: values that may not be taken (an
    address that another contact has). The fields that follow from others (PARTS) are not decided here.

    A provider that means somebody of another name is not heard, and what only it has said goes. Of a provider's company
    and title either both are the contact's afterwards or neither is taken.
    """
    fields = [field for field in FIELDS if field not in PARTS]
    unfit = {field: {comparable(field, each) for each in refused} for field in fields}
    said = {
        field: [c for c in candidates.get(field, ()) if comparable(field, c.value) not in unfit[field]]
        for field in fields
    }
    name = _decided("name", contact, said["name"], table, now)
    strangers = _strangers(_value("name", contact, name, table), said["name"])
    heard = {field: _without(strangers, claims) if field != "name" else claims for field, claims in said.items()}
    gone = {
        field
        for field in CLEARED
        if contact[field] and (own := {c.source for c in said[field] if c.value == contact[field]}) and own <= strangers
    }
    standing = dict(contact) | dict.fromkeys(gone)
    decisions = {field: _decided(field, standing, heard[field], table, now) for field in fields} | {"name": name}
    taken = decisions
    while partial := _partly_taken(standing, taken, heard, table):
        heard |= {field: _without(partial, heard[field]) for field in EMPLOYMENT}
        taken = decisions | {field: _decided(field, standing, heard[field], table, now) for field in EMPLOYMENT}
    changes = []
    for field in fields:
        value = _value(field, standing, taken[field], table)
        if value != contact[field]:
            winner = taken[field].winner
            changes.append(
                Change(field, contact[field], value, winner.source, round(table.belief(field, winner), 2))
                if value and winner
                else Change(field, contact[field], None, min(strangers), 1.0)
            )
    disputed = {field: decisions[field] for field in fields if field in REVIEWED and decisions[field].is_disputed}
    settled = tuple(field for field in fields if field in REVIEWED and field not in disputed)
    return Merged(tuple(changes), disputed, settled)


def _decided(field: str, contact: Contact, claims: Sequence[Candidate], table: Precedence, now: datetime) -> Decision:
    verdicts = _verdicts(field, contact, claims, table)
    claims = [replace(c, status=verdicts.get(comparable(field, c.value), c.status)) for c in claims]
    current = _current(field, contact, claims, verdicts, table, now) if contact[field] else None
    return decide(field, current, _latest(claims), table=table, now=now)


def _value(field: str, contact: Contact, decision: Decision, table: Precedence) -> str | None:
    """What the field has then: a value that means the same is not rewritten."""
    value: str | None = contact[field]
    winner = decision.winner
    if winner is None or table.belief(field, winner) == 0 or (value and is_same(field, value, winner.value)):
        return value  # nothing better, or the same in other words
    return winner.value


def _strangers(name: str | None, said: Sequence[Candidate]) -> frozenset[str]:
    """Providers whose latest word on the name is another one."""
    return frozenset(c.source for c in _latest(said) if name and _is_provider(c) and not is_same("name", name, c.value))


def _partly_taken(
    contact: Contact, decisions: Mapping[str, Decision], heard: Claims, table: Precedence
) -> frozenset[str]:
    """Providers of whose employment something would be taken and something not. First those whose company is not."""
    after = {field: _value(field, contact, decisions[field], table) for field in EMPLOYMENT}
    new = {decisions[f].winner.source for f in EMPLOYMENT if after[f] != contact[f] and decisions[f].winner}  # type: ignore[union-attr]
    left: dict[str, set[str]] = {}
    for field in EMPLOYMENT:
        for claim in _latest(heard[field]):
            if _is_provider(claim) and claim.source in new:
                value = after[field]
                if not value or not is_same(field, value, claim.value):
                    left.setdefault(claim.source, set()).add(field)
    of_company = {source for source, fields in left.items() if "company" in fields}
    return frozenset(of_company or left)


def _is_provider(claim: Candidate) -> bool:
    return claim.source.startswith("provider:")


def _without(sources: frozenset[str], claims: Sequence[Candidate]) -> list[Candidate]:
    return [claim for claim in claims if claim.source not in sources]


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

    def rank(sayer: Candidate) -> tuple[bool, Standing, str]:
        return table.belief(field, sayer) > 0, table.standing(field, sayer, now), sayer.source

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


def as_listed(contact: Contact, candidates: Claims) -> dict[str, str | None]:
    """FIELDS as our lists and people have them, where they say anything: that is what providers confirm or not."""

    def best(claim: Candidate) -> tuple[bool, Origin, datetime, str]:
        return claim.value == contact[field], claim.origin, claim.said_at, claim.source

    found = {}
    for field in FIELDS:
        ours = [c for c in candidates.get(field, ()) if not c.source.startswith(("provider:", "derived:"))]
        found[field] = max(ours, key=best).value if ours else contact[field]
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
