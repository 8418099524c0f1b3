"""What the code location holds: assets with their columns, and what enforces.

Plain data, so that the record of processing and the documents are pure functions of it; orchestration/graph.py reads it
from the real Dagster definitions.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class AssetFacts:
    """One asset. table: empty where it has none. columns: of its table, each with whether its value is personal
    (schemas: Column.personal).
    """

    key: str
    table: str
    deps: tuple[str, ...]
    columns: Mapping[str, bool]

    @property
    def is_about_people(self) -> bool:
        """A value of a person, or the number by which one is found."""
        return any(self.columns.values()) or "contact_id" in self.columns


@dataclass(frozen=True)
class Graph:
    """All assets by key, and the names that can enforce something, by kind: check, asset, job, schedule, sensor."""

    assets: Mapping[str, AssetFacts]
    enforcers: Mapping[str, frozenset[str]]

    def path_of_people(self) -> tuple[str, ...]:
        """Assets through which data of people go: from where files come in, along the graph. Sorted."""
        tables = {asset.table for asset in self.assets.values() if asset.is_about_people}
        reached: set[str] = set()
        waiting = [key for key, asset in self.assets.items() if not asset.deps and asset.table in tables]
        while waiting:
            key = waiting.pop()
            reached.add(key)
            waiting += [after for after, asset in self.assets.items() if key in asset.deps and after not in reached]
        return tuple(sorted(key for key in reached if self.assets[key].table in tables))
