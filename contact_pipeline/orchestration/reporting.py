"""Stage reports as Dagster shows them: row counts, counts by rule, checks. Numbers and rule names only."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import dagster as dg

from contact_pipeline.core.errors import TransientError
from contact_pipeline.core.report import StageReport
from contact_pipeline.orchestration.failures import value_free
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.schemas.columns import Table

# The output type of every asset: a returned value would be pickled to disk by the default IO manager.
NO_VALUE = cast("dg.DagsterType", dg.Nothing)


def finish_drops(
    context: dg.AssetExecutionContext, session: SessionResource, finish: Callable[[str], StageReport]
) -> dg.MaterializeResult:
    """A stage for every partition of this run, reported as one materialisation.

    Every drop has its turn, whatever becomes of the others; what may pass by itself is raised at the end.
    """
    passing = list[Exception]()
    with value_free():
        reports: list[StageReport] = []
        for key in context.partition_keys:
            try:
                report = finish(key)
            except Exception as error:
                passing.append(error)
            else:
                session.observe(report)
                reports.append(report)
        if passing:
            raise next((error for error in passing if isinstance(error, TransientError)), passing[0])
        return as_result(reports, declared=[key.name for key in context.selected_asset_check_keys])


def as_result(reports: Sequence[StageReport], *, declared: Sequence[str] = ()) -> dg.MaterializeResult:
    """rows and counts summed over drops; each check once, failed when it failed for any drop.

    declared: names that Dagster waits for; one that no drop came to, as its stage failed, is a warning.
    """
    counts: dict[str, int] = {}
    for report in reports:
        for name, number in report.counts.items():
            counts[name] = counts.get(name, 0) + number
    figures: dict[str, float] = {}
    for report in reports:
        for name, value in report.figures.items():
            figures[name] = figures.get(name, 0.0) + (value / len(reports) if "completeness" in name else value)
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": sum(report.rows for report in reports),
            "seconds": round(sum(report.seconds for report in reports), 3),
            "drops": len(reports),
            "up_to_date": sum(report.up_to_date for report in reports),
            **figures,
            **_counts_table(counts),
            **_columns_table(reports),
        },
        check_results=list(_checks(reports, declared)),
    )


def reported(session: SessionResource, report: StageReport) -> dg.MaterializeResult:
    """One report, of a stage that is not about a drop."""
    session.observe(report)
    return as_result([report])


def _counts_table(counts: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    if not counts:
        return {}
    records = [dg.TableRecord({"what": name, "rows": number}) for name, number in sorted(counts.items())]
    schema = dg.TableSchema(columns=[dg.TableColumn("what", "text"), dg.TableColumn("rows", "bigint")])
    return {"counts": dg.MetadataValue.table(records=records, schema=schema)}


MOST_COLUMNS = 500  # of a run, in the event log


def _columns_table(reports: Sequence[StageReport]) -> dict[str, dg.MetadataValue]:
    """What the columns of the files were taken for."""
    records = [
        dg.TableRecord({"drop": report.drop or "", **column}) for report in reports for column in report.columns
    ][:MOST_COLUMNS]
    if not records:
        return {}
    names = ("drop", "header", "field", "sureness")
    schema = dg.TableSchema(columns=[dg.TableColumn(name, "text") for name in names])
    return {"columns": dg.MetadataValue.table(records=records, schema=schema)}


def _checks(reports: Sequence[StageReport], declared: Sequence[str]) -> list[dg.AssetCheckResult]:
    by_name: dict[str, list[tuple[str, bool, bool, Mapping[str, int | float]]]] = {}
    for report in reports:
        for check in report.checks:
            by_name.setdefault(check.name, []).append((report.drop or "", check.passed, check.is_error, check.counts))
    unknown = [
        dg.AssetCheckResult(
            check_name=name,
            passed=False,
            severity=dg.AssetCheckSeverity.WARN,
            description="The stage failed, so this was not looked at.",
        )
        for name in declared
        if name not in by_name
    ]
    return unknown + [
        dg.AssetCheckResult(
            check_name=name,
            passed=all(passed for _, passed, _, _ in outcomes),
            severity=dg.AssetCheckSeverity.ERROR if outcomes[0][2] else dg.AssetCheckSeverity.WARN,
            metadata={
                "failed_drops": [drop for drop, passed, _, _ in outcomes if not passed],
                "counts": {drop: dict(numbers) for drop, _, _, numbers in outcomes},
            },
        )
        for name, outcomes in by_name.items()
    ]


def table_metadata(table: Table, lineage: Mapping[str, Sequence[tuple[str, str]]] | None = None) -> dict[str, object]:
    """Static metadata of an asset: its columns and where each comes from."""
    columns = [
        dg.TableColumn(
            column.name,
            column.kind,
            description=column.meaning,
            constraints=dg.TableColumnConstraints(nullable=column.nullable),
            tags={"pii": ""} if column.personal else None,
        )
        for column in table.columns
    ]
    deps = {
        column: [
            dg.TableColumnDep(asset_key=dg.AssetKey(asset.split("/")), column_name=name) for asset, name in origins
        ]
        for column, origins in (lineage or {}).items()
    }
    return {
        "dagster/column_schema": dg.TableSchema(columns=columns),
        "dagster/column_lineage": dg.TableColumnLineage(deps),
        "dagster/table_name": table.name,
    }
