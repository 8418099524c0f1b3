"""The code location as plain data, read from the real Dagster definitions."""

import dagster as dg

from contact_pipeline.compliance.graph import AssetFacts, Graph


def read_graph(definitions: dg.Definitions) -> Graph:
    """Of these definitions (30 ms)."""
    assets = {
        spec.key.to_user_string(): AssetFacts(
            key=spec.key.to_user_string(),
            table=spec.metadata.get("dagster/table_name", ""),  # a backup is a file
            deps=tuple(sorted(dep.asset_key.to_user_string() for dep in spec.deps)),
            columns={
                column.name: "pii" in (column.tags or {})
                for column in getattr(spec.metadata.get("dagster/column_schema"), "columns", ())
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
