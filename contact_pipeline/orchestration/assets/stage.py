"""What every stage of a drop shares as an asset: one partition a drop, one run for a range, our retries, no value."""

from collections.abc import Callable, Sequence
from typing import Any

import dagster as dg

from contact_pipeline.core.report import CheckRule, finished_rule
from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.orchestration.partitions import drop_partitions
from contact_pipeline.orchestration.reporting import NO_VALUE


def check_specs(asset: str, rules: Sequence[CheckRule]) -> list[dg.AssetCheckSpec]:
    """The checks of an asset, as its room declares them."""
    return [
        dg.AssetCheckSpec(rule.name, asset=asset, blocking=rule.blocking, description=rule.description)
        for rule in rules
    ]


def stage_asset(
    *, checks: Sequence[CheckRule], **options: Any
) -> Callable[[Callable[..., dg.MaterializeResult]], dg.AssetsDefinition]:
    """dg.asset for a stage; its function has the asset's name."""

    def declared(function: Callable[..., dg.MaterializeResult]) -> dg.AssetsDefinition:
        name = function.__name__
        asset: dg.AssetsDefinition = dg.asset(
            partitions_def=drop_partitions,
            backfill_policy=dg.BackfillPolicy.single_run(),
            owners=["team:data"],
            retry_policy=RETRIES,
            dagster_type=NO_VALUE,
            check_specs=check_specs(name, [*checks, finished_rule(name)]),
            **options,
        )(function)
        return asset

    return declared
