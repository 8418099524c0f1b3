"""What a stage tells about itself: counts and rule names, nothing that belongs to a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Check:
    """One rule held against one drop. is_error: an invariant of our own is broken; a bad list is a warning."""

    name: str
    passed: bool
    is_error: bool = False
    counts: Mapping[str, int | float] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckRule:
    """A check as it is declared, once: here the asset, the stage and the documents read its name and what it says.

    Kept apart from the stages, since the code location reads it and must not import what the stages need.
    """

    name: str
    description: str
    blocking: bool = False  # the run's later steps are not started
    is_error: bool = False  # an error and no warning, though the run goes on

    def held(self, passed: bool, counts: Mapping[str, int | float] | None = None) -> Check:
        """Held against one drop. counts: numbers by rule or name, never a value."""
        return Check(self.name, passed, self.blocking or self.is_error, counts or {})


def finished_rule(asset: str) -> CheckRule:
    """The check that every stage of a drop has: it was not held because this stage failed for good."""
    return CheckRule(
        f"{asset}_finished", "The stage failed for no drop; one for which it did is held, and says why.", is_error=True
    )


def fits_schema(asset: str, what: str) -> CheckRule:
    """The check of a stage that gates what it writes. what: "verdict", "derived fact"."""
    return CheckRule(f"{asset}_fit_schema", f"Every {what} fits its schema.", blocking=True)


@dataclass(frozen=True)
class StageReport:
    """Result of one stage for one drop (None: the stage is not about a drop).

    rows: what the stage wrote or looked at and found up to date. counts: by verdict or rule. columns: of a dropped
    file, what each was taken for (header or place, field, sureness).
    """

    stage: str
    drop: str | None
    rows: int
    seconds: float
    counts: Mapping[str, int] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    up_to_date: bool = False
    figures: Mapping[str, float] = field(default_factory=dict)  # further numbers that are worth a plot
    columns: tuple[Mapping[str, str], ...] = ()
