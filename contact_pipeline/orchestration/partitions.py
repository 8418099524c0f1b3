"""One partition for each drop; its key is the drop's key."""

import dagster as dg

DROPS = "drops"
drop_partitions = dg.DynamicPartitionsDefinition(name=DROPS)

# A range is by position: sensors and commands add keys in the order of landing, so that new drops are neighbours.
PARTITION = "dagster/partition"
RANGE_START = "dagster/asset_partition_range_start"
RANGE_END = "dagster/asset_partition_range_end"


def range_tags(keys: list[str]) -> dict[str, str]:
    """Run tags that make one run cover all of `keys`, which must be neighbours among the partitions."""
    return {RANGE_START: keys[0], RANGE_END: keys[-1]}


def keys_under_way(instance: dg.DagsterInstance) -> set[str]:
    """Drops that a run waits for or works on; a second one would only do the same."""
    active = [
        dg.DagsterRunStatus.QUEUED,
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTING,
        dg.DagsterRunStatus.STARTED,
    ]
    order = list(instance.get_dynamic_partitions(DROPS))
    found: set[str] = set()
    for run in instance.get_runs(dg.RunsFilter(statuses=active)):
        first = run.tags.get(RANGE_START, run.tags.get(PARTITION))
        last = run.tags.get(RANGE_END, first)
        if first in order and last in order:
            found.update(order[order.index(first) : order.index(last) + 1])
    return found
