"""Stage reports as materialisations: sums, tables, checks."""

import dagster as dg

from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.orchestration.reporting import as_result


def value(metadata: object) -> object:
    return getattr(metadata, "value", metadata)


def test_reports_of_several_drops_are_one_materialisation() -> None:
    gate = Check("gate", True, counts={"rows_in": 2})
    shut = Check("gate", False, counts={"rows_in": 3})
    result = as_result(
        [
            StageReport("s", "one", 2, 0.5, {"valid": 2}, (gate,)),
            StageReport("s", "two", 3, 0.25, {"valid": 1, "invalid": 2}, (shut,), up_to_date=True),
        ]
    )
    metadata = result.metadata or {}
    assert metadata["dagster/row_count"] == 5
    assert (metadata["drops"], metadata["up_to_date"], metadata["seconds"]) == (2, 1, 0.75)
    table = metadata["counts"]
    assert isinstance(table, dg.TableMetadataValue)
    assert [record.data for record in table.records] == [
        {"what": "invalid", "rows": 2},
        {"what": "valid", "rows": 3},
    ]
    (check,) = result.check_results or []
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert value(check.metadata["failed_drops"]) == ["two"]
    assert value(check.metadata["counts"]) == {"one": {"rows_in": 2}, "two": {"rows_in": 3}}


def test_a_broken_invariant_is_an_error() -> None:
    result = as_result([StageReport("s", "one", 0, 0.0, {}, (Check("conserved", False, is_error=True),))])
    (check,) = result.check_results or []
    assert check.severity is dg.AssetCheckSeverity.ERROR
    assert "counts" not in (result.metadata or {})
