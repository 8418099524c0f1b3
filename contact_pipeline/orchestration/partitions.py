"""One partition for each drop; its key is the drop's key."""

import dagster as dg

DROPS = "drops"
drop_partitions = dg.DynamicPartitionsDefinition(name=DROPS)

# A range is by position: sensors and commands add keys in the order of landing, so that new drops are neighbours.
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def range_tags(keys: list[str]) -> dict[str, str]:
    """Run tags that make one run cover all of `keys`, which must be neighbours among the partitions."""
    return {RANGE_START: keys[0], RANGE_END: keys[-1]}
