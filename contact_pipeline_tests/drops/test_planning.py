"""Which files of the folder are ready."""

import json

from contact_pipeline.drops.planning import Listed, plan_drops

A, B = Listed("crm/a.csv", 10, 1), Listed("b.csv", 5, 1)


def test_a_file_is_ready_when_it_stood_still_for_two_ticks() -> None:
    first = plan_drops([A, B], {})
    assert (first.ready, first.waiting) == ((), 2)
    seen = json.loads(json.dumps(first.seen))
    grown = Listed(A.path, 11, 2)
    second = plan_drops([grown, B], seen)
    assert second.ready == (B,)
    assert plan_drops([grown], second.seen).ready == (grown,)


def test_state_forgets_what_is_gone_and_the_cap_delays_only() -> None:
    assert plan_drops([B], {"gone.csv": [1, 1]}).seen == {"b.csv": [5, 1]}
    files = [Listed(f"{n}.csv", 1, 1) for n in range(5)]
    seen = plan_drops(files, {}).seen
    plan = plan_drops(reversed(files), seen, max_ready=2)
    assert [f.path for f in plan.ready] == ["0.csv", "1.csv"]
    assert [f.path for f in plan_drops(files[2:], plan.seen, max_ready=2).ready] == ["2.csv", "3.csv"]
