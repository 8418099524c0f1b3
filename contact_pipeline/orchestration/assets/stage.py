"""What every stage of a drop shares as an asset: one partition a drop, one run for a range, our retries, no value."""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.orchestration.partitions import drop_partitions
from contact_pipeline.orchestration.reporting import NO_VALUE


def stage_asset(
    *, check_specs: Sequence[dg.AssetCheckSpec], **options: Any
) -> Callable[[Callable[..., dg.MaterializeResult]], dg.AssetsDefinition]:
    """dg.asset for a stage; its function has the asset's name."""

    def declared(function: Callable[..., dg.MaterializeResult]) -> dg.AssetsDefinition:
        finished = dg.AssetCheckSpec(
            f"{function.__name__}_finished",
            asset=function.__name__,
            description="The stage failed for no drop; one for which it did is held, and says why.",
        )
        asset: dg.AssetsDefinition = dg.asset(
            partitions_def=drop_partitions,
            backfill_policy=dg.BackfillPolicy.single_run(),
            owners=["team:data"],
            retry_policy=RETRIES,
            dagster_type=NO_VALUE,
            check_specs=[*check_specs, finished],
            **options,
        )(function)
        return asset

    return declared
