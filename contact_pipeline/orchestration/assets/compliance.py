"""Who may be contacted, and the views that analysts read."""

from datetime import timedelta

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.reporting import as_result, table_metadata
from contact_pipeline.orchestration.resources import PipelineResource
from contact_pipeline.schemas.columns import Table
from contact_pipeline.schemas.curated import CURATED_VIEWS

# A business that drops a list every working day sees a missing one after the weekend.
FRESH = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=26), fail_window=timedelta(hours=74))


@dg.asset(deps=["enriched_profiles"], group_name="publish", kinds={"postgres"}, owners=["team:compliance"], retry_policy=RETRIES)
def compliance_views(pipeline: PipelineResource) -> dg.MaterializeResult:
    """Permissions that changed without a drop (retention, policy, withdrawal) and the day's quality figures."""
    with value_free():
        return as_result([pipeline.rooms.sync_permissions()])


def view_asset(table: Table) -> dg.AssetsDefinition:
    """One curated view as an asset: nothing is computed, its rows are counted and its columns described."""
    schema, view = table.name.split(".")

    @dg.asset(
        key=[schema, view],
        deps=["compliance_views"],
        description=table.meaning,
        metadata=table_metadata(table),
        freshness_policy=FRESH,
        group_name="publish",
        kinds={"postgres", "view"},
        owners=["team:analytics"],
        retry_policy=RETRIES,
    )
    def curated_view(pipeline: PipelineResource) -> dg.MaterializeResult:
        with value_free():
            return as_result([pipeline.rooms.count_view(table)])

    return curated_view


curated_views = [view_asset(table) for table in CURATED_VIEWS]
