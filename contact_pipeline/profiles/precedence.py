"""Which value of a field wins. One rule over numbers that the policy states; nothing here knows a field or a provider.

The claim of the highest Standing wins: first its origin's rank, then how much it is believed, then the later word.
Among lists alone the trust in the source is what is believed; among providers it is the score: trust of the source x
its confidence x age by the field's half-life x what verification says of the value. The result does not depend on the
order in which values arrived. SQL orders by the same numbers (core.standing, sql/functions/standing.sql).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import NamedTuple

from contact_pipeline.people.comparing import is_same


class Origin(IntEnum):
    """Who said it; a higher one is never overwritten by a lower one."""

    BOUGHT = 1  # a provider's answer, or a list whose source is a vendor
    FIRST_PARTY = 2  # the person gave it to us
    PERSON = 3  # somebody of ours typed or confirmed it


class Place(NamedTuple):
    """Where a claim stands: a list's row; what no list said has no place."""

    key: str = ""
    row_number: int = 0


NOWHERE = Place()


class Standing(NamedTuple):
    """What decides between two claims of one field, first to last; the greater wins.

    belief: 0-1. said_at: between equals the later word counts, and what was said at one moment goes by its place. The
    composite type core.standing has the same parts in the same order.
    """

    origin: Origin
    belief: float
    said_at: datetime
    place: Place


@dataclass(frozen=True, slots=True)
class Candidate:
    """One source's value. source: `crm`, `provider:hunter`, `person:login`. confidence: 0-1, of the source in itself.

    status: what verification says of the value; None: it is not verified.
    """

    value: str
    origin: Origin
    source: str
    confidence: float
    said_at: datetime
    status: str | None = None
    place: Place = NOWHERE


@dataclass(frozen=True)
class FieldRule:
    """One field's line of the table. trust: by source, where it differs from `Precedence.trust`.

    verification: weight of each status; 0: such a value counts as missing.
    """

    half_life_days: float = 365.0
    verification: Mapping[str, float] = field(default_factory=dict)
    trust: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Precedence:
    """The policy's table. margin: challengers within this share of the winner's score make a disagreement."""

    trust: Mapping[str, float]
    fields: Mapping[str, FieldRule]
    sufficient: float = 0.6
    margin: float = 0.15

    def rule(self, name: str) -> FieldRule:
        """The line of a field; the default where the policy says nothing."""
        return self.fields.get(name) or FieldRule()

    def belief(self, name: str, candidate: Candidate) -> float:
        """0-1 at the moment it was said: trust x confidence x verification."""
        rule = self.rule(name)
        known = rule.trust.get(candidate.source, self.trust.get(candidate.source, 1.0))
        weight = 1.0 if candidate.status is None else rule.verification.get(candidate.status, 1.0)
        return known * candidate.confidence * weight

    def score(self, name: str, candidate: Candidate, now: datetime) -> float:
        """`belief`, halved with every half-life. The order of two values does not change while both grow older."""
        days = max(0.0, (now - candidate.said_at).total_seconds() / 86_400)
        return float(self.belief(name, candidate) * 0.5 ** (days / self.rule(name).half_life_days))

    def standing(self, name: str, candidate: Candidate, now: datetime) -> Standing:
        """By what the candidate is compared with others of its field, as of `now`."""
        return Standing(candidate.origin, self.score(name, candidate, now), candidate.said_at, candidate.place)

    def ranked(self, name: str, candidates: Iterable[Candidate], now: datetime) -> list[Candidate]:
        """The candidates, the winner first. Equals in every number come in an order that is always the same."""
        return sorted(sorted(candidates, key=_tie), key=lambda c: self.standing(name, c, now), reverse=True)


@dataclass(frozen=True, slots=True)
class Decision:
    """winner: None where no value is worth keeping. alternatives: other values, best first, one for each meaning.
    is_disputed: sources that are believed nearly as much mean something else; then nothing is changed and a person
    decides."""

    winner: Candidate | None
    alternatives: tuple[Candidate, ...] = ()
    is_disputed: bool = False


def decide(
    name: str, current: Candidate | None, claims: Sequence[Candidate], *, table: Precedence, now: datetime
) -> Decision:
    """Which value a field should have.

    current: what it has, with its origin. A dispute keeps it; an empty field is filled by the best even when others
    disagree (and is disputed all the same), since unknown would hide what is known.
    """
    believed = [c for c in (*claims, *([current] if current else [])) if table.belief(name, c) > 0]
    if not believed:
        return Decision(None)
    # Scored at the youngest's moment: what it is today must not depend on how today rounds.
    moment = min(now, max(c.said_at for c in believed))
    ranked = table.ranked(name, believed, moment)
    best = winner = ranked[0]
    alive = current if current and table.belief(name, current) > 0 else None
    if alive and is_same(name, alive.value, best.value):
        winner = alive  # the same meaning is no reason to rewrite a value
    bar = table.score(name, best, moment) * (1 - table.margin)
    rivals = (c for c in ranked if table.score(name, c, moment) >= bar and not is_same(name, c.value, winner.value))
    is_disputed = best.origin is not Origin.PERSON and any(rivals)
    if alive and is_disputed:
        winner = alive
    return Decision(winner, _others(name, winner, ranked), is_disputed)


def _tie(candidate: Candidate) -> tuple[str, str, float, str]:
    """What decides between equals: anything, as long as it is always the same."""
    c = candidate
    return c.source, c.value, -c.confidence, c.status or ""


def _others(name: str, winner: Candidate, ranked: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The best of each meaning that is not the winner's."""
    others: list[Candidate] = []
    for candidate in ranked:
        if not any(is_same(name, candidate.value, other.value) for other in (winner, *others)):
            others.append(candidate)
    return tuple(others)
