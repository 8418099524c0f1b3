"""What is looked at by schedule and not by drop: the providers' own counts, and how fresh everything is."""

import dagster as dg

from contact_pipeline.asking.watch import look_at_balances, report_freshness
from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.reporting import NO_VALUE, as_result, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.providers import FRESHNESS_REPORTS, PROVIDER_BALANCES

GROUP = "watch"


@dg.asset(
    check_specs=[
        dg.AssetCheckSpec(
            "provider_balances_agree",
            asset="provider_balances",
            description="No more credits are gone than our calls explain.",
        )
    ],
    metadata=table_metadata(PROVIDER_BALANCES, {"billed_calls": [("validated_emails", "provider")]}),
    group_name=GROUP,
    kinds={"python", "postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def provider_balances(pipeline: PipelineResource) -> dg.MaterializeResult:
    """Holds the credits that providers say are left against the ledger of our calls."""
    with value_free():
        return as_result([look_at_balances(pipeline.rooms)])


@dg.asset(
    deps=[["curated", "freshness"]],
    metadata=table_metadata(FRESHNESS_REPORTS, {"fresh_share": [("curated/freshness", "fresh_share")]}),
    group_name=GROUP,
    kinds={"postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def freshness_report(pipeline: PipelineResource) -> dg.MaterializeResult:
    """Writes down what curated.freshness says today."""
    with value_free():
        return as_result([report_freshness(pipeline.rooms)])
