"""The gate between landing and core: why a drop is held. Used when it lands and when a file is only looked at."""

from collections.abc import Sequence

from contact_pipeline.policy.file import Policy
from contact_pipeline.reading.faults import Fault


def held_reason(policy: Policy, faults: Sequence[Fault], *, rows: int, refused: int) -> str | None:
    """None: it may go on. faults: of the file. refused: rows of `rows` that cannot be used, and whose fault is the
    list's."""
    if faults:
        return " ".join(map(str, faults))
    share, allowed = refused / (rows or 1), policy.gates.max_failed_share
    if share > allowed:
        return f"failed rows: {share:.1%} of {rows}, the gate allows {allowed:.1%}"
    return None
