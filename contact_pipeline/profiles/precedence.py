"""Which value of a field wins. One rule over numbers that the policy states; nothing here knows a field or a provider.

First the origin's rank, then the score: trust of the source x its confidence x age by the field's half-life x what
verification says of the value. The result does not depend on the order in which values arrived.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from contact_pipeline.profiles.comparing import comparable, is_same


class Origin(IntEnum):
    """Who said it; a higher one is never overwritten by a lower one."""

    BOUGHT = 1  # a provider's answer, or a list whose source is a vendor
    FIRST_PARTY = 2  # the person gave it to us
    PERSON = 3  # somebody of ours typed or confirmed it


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
    everything = [*claims, *([current] if current else [])]
    ranked = sorted(
        (c for c in everything if table.belief(name, c) > 0),
        key=lambda c: (-c.origin, -table.score(name, c, now), -c.said_at.timestamp(), c.source, c.value),
    )
    if not ranked:
        return Decision(None)
    best = ranked[0]
    others: dict[str, Candidate] = {}
    for candidate in ranked[1:]:
        if not is_same(name, candidate.value, best.value):
            others.setdefault(comparable(name, candidate.value), candidate)
    alternatives = tuple(others.values())
    bar = table.score(name, best, now) * (1 - table.margin)
    is_disputed = best.origin is not Origin.PERSON and any(table.score(name, c, now) >= bar for c in alternatives)
    is_alive = current is not None and table.belief(name, current) > 0
    if current is not None and is_alive and (is_disputed or is_same(name, current.value, best.value)):
        return Decision(current, alternatives, is_disputed)  # the same meaning is no reason to rewrite a value
    return Decision(best, alternatives, is_disputed)
