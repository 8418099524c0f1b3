"""Which files of the incoming folder are ready. Pure: a listing and yesterday's state in, a plan and new state out.

A half-written file is left until its size and its time stamp were the same in two consecutive ticks. Remembers only
files
that are still there, so the state stays as small as the folder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

MAX_READY = 100
Seen: TypeAlias = Mapping[str, tuple[int, int] | list[int]]


@dataclass(frozen=True, order=True)
class Listed:
    """A file under INCOMING: path relative to it, with forward slashes."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class DropPlan:
    """ready: to be landed now, sorted by path. waiting: not yet stable, or over the cap. seen: state for the next
    tick (JSON)."""

    ready: tuple[Listed, ...]
    waiting: int
    seen: dict[str, list[int]] = field(default_factory=dict)
    next_look: datetime | None = None


def plan_drops(
    listing: Iterable[Listed], seen: Seen, *, now: datetime | None = None, max_ready: int = MAX_READY
) -> DropPlan:
    """seen: path → [size, mtime_ns] of the tick before. A file over the cap stays stable and comes in a later tick.

    A ready file stays in the state: when landing fails and it is still there, the next tick offers it again. `now` is
    handed through, the plan itself asks no clock.
    """
    ready: list[Listed] = []
    state: dict[str, list[int]] = {}
    waiting = 0
    for entry in sorted(listing):
        fingerprint = [entry.size, entry.mtime_ns]
        state[entry.path] = fingerprint
        before = seen.get(entry.path)
        if before is not None and list(before) == fingerprint and len(ready) < max_ready:
            ready.append(entry)
        else:
            waiting += 1
    return DropPlan(tuple(ready), waiting, state, now)
