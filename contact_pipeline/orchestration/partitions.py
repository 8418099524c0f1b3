"""One partition for each drop; its key is the drop's key. Whoever wants a run for drops asks here.

Dagster's storage is not ours to rely on: a restore without its schema forgets every partition, a crash between taking a
file in and asking for its run leaves one out. Dagster then refuses the whole tick that names it. So raw.drops says
which drops there are, and asking for one makes it known.
"""

from collections.abc import Collection, Iterable

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


def make_known(instance: dg.DagsterInstance, keys: Iterable[str]) -> list[str]:
    """Add the partitions that Dagster does not have, next to each other and in this order; returns them."""
    known = set(instance.get_dynamic_partitions(DROPS))
    new = [key for key in dict.fromkeys(keys) if key not in known]
    if new:
        instance.add_dynamic_partitions(DROPS, new)
    return new


def requests_for(
    instance: dg.DagsterInstance, keys: Iterable[str], *, together: Collection[str] = (), with_run_keys: bool = True
) -> list[dg.RunRequest]:
    """What a schedule or sensor returns in order to have these drops run, each in a run of its own.

    together: drops among `keys` that may share one run; those of them that Dagster does not know yet do, as only they
    become neighbours. with_run_keys: a schedule's tick of several requests needs them; a sensor would refuse a drop for
    ever after its first run, failed or not.
    """
    keys = list(dict.fromkeys(keys))
    new = set(make_known(instance, sorted(keys, key=lambda key: key not in together)))  # sorting keeps their order
    shared = [key for key in keys if key in new and key in together]
    requests = [dg.RunRequest(tags=range_tags(shared))] if shared else []
    return requests + [
        dg.RunRequest(run_key=key if with_run_keys else None, partition_key=key) for key in keys if key not in shared
    ]


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
        if first is not None and first == last:
            found.add(first)  # also where the partition itself was lost
        elif first in order and last in order:
            found.update(order[order.index(first) : order.index(last) + 1])
    return found
