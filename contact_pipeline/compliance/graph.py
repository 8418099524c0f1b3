"""What the code location holds, read from the real Dagster definitions: assets with their columns, and what enforces.

Plain data, so that the record of processing and the documents are pure functions of it. Dagster is loaded when the
definitions are read, not before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg


@dataclass(frozen=True)
class AssetFacts:
    """One asset. columns: of its table, each with whether its value is personal (schemas: Column.personal)."""

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


def read_graph(definitions: "dg.Definitions | None" = None) -> Graph:
    """Of these definitions; of the code location when none are given (30 ms)."""
    if definitions is None:
        from contact_pipeline.orchestration.build import build_definitions  # it imports the asset that calls this

        definitions = build_definitions()
    assets = {
        spec.key.to_user_string(): AssetFacts(
            key=spec.key.to_user_string(),
            table=spec.metadata["dagster/table_name"],
            deps=tuple(sorted(dep.asset_key.to_user_string() for dep in spec.deps)),
            columns={
                column.name: "pii" in (column.tags or {}) for column in spec.metadata["dagster/column_schema"].columns
            },
        )
        for spec in definitions.resolve_all_asset_specs()
    }
    checks = definitions.resolve_asset_graph().asset_check_keys
    return Graph(
        assets=dict(sorted(assets.items())),
        enforcers={
            "asset": frozenset(assets),
            "check": frozenset(key.name for key in checks),
            "job": frozenset(job.name for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")),
            "schedule": frozenset(schedule.name for schedule in definitions.schedules or ()),
            "sensor": frozenset(sensor.name for sensor in definitions.sensors or ()),
        },
    )
