"""What every stage of a drop shares as an asset: one partition a drop, one run for a range, our retries, no value."""

from functools import partial

import dagster as dg

from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.orchestration.partitions import drop_partitions
from contact_pipeline.orchestration.reporting import NO_VALUE

stage_asset = partial(
    dg.asset,
    partitions_def=drop_partitions,
    backfill_policy=dg.BackfillPolicy.single_run(),
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
