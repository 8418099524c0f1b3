"""The figures against their goals, day by day."""

import dagster as dg

from contact_pipeline.core.kpis import KPIS
from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.reporting import NO_VALUE, reported, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.schemas.kpis import KPI_HISTORY

MEANINGS = "\n".join(
    ["| figure | counts | of | unknown |", "|---|---|---|---|"]
    + [f"| `{kpi.name}` | {kpi.definition} | {kpi.denominator} | {kpi.unknowns} |" for kpi in KPIS]
)


@dg.asset(
    deps=["compliance_views"],
    metadata=table_metadata(KPI_HISTORY, {"denominator": [("contacts", "public_id")]})
    | {"figures": dg.MetadataValue.md(MEANINGS)},
    group_name="publish",
    kinds={"postgres"},
    owners=["team:analytics"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def kpis(session: SessionResource) -> dg.MaterializeResult:
    """Today's KPIs, each with its goal; days that nobody measured, as far as facts still tell. Past days stay."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.alerting.pushing import push_figures
    from contact_pipeline.quality.counts import keep_quality_counts
    from contact_pipeline.quality.kpis import measure_kpis

    with value_free():
        keep_quality_counts(session.get(), is_asked=False)  # what the charts of the pages are drawn from
        report = measure_kpis(session.get(), is_asked=False)
        if not report.up_to_date:
            push_figures(session.get())
        return reported(session, report)
