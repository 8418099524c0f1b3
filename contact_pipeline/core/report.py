"""What a stage tells about itself: counts and rule names, nothing that belongs to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """One rule held against one drop. `blocking` is for broken invariants of our own; a bad list is a warning."""

    name: str
    passed: bool
    blocking: bool = False
    counts: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class StageReport:
    """Result of one stage for one drop (None: the stage is not about a drop).

    rows: what the stage wrote or looked at and found up to date. counts: by verdict or rule.
    """

    stage: str
    drop: str | None
    rows: int
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    up_to_date: bool = False
    figures: Mapping[str, float] = field(default_factory=dict)  # further numbers that are worth a plot
