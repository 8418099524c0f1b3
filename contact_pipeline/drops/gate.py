"""The gate between landing and core: why a drop is held. Used when it lands and when a file is only looked at."""

from collections.abc import Sequence

from contact_pipeline.core.faults import Fault
from contact_pipeline.policy.file import Policy


def held_reason(
    policy: Policy, faults: Sequence[Fault], *, rows: int, refused: int, is_suppression: bool = False
) -> str | None:
    """None: it may go on. faults: of the file. refused: rows of `rows` that cannot be used, and whose fault is the
    list's. is_suppression: a list of opt-outs, of which each row that is lost is somebody who said no."""
    if faults:
        return " ".join(map(str, faults))
    if is_suppression and refused:
        return f"refused_opt_outs: {refused} of {rows} rows of a list of opt-outs cannot be read."
    share, allowed = refused / (rows or 1), policy.gates.max_failed_share
    if share > allowed:
        return f"failed rows: {share:.1%} of {rows}, the gate allows {allowed:.1%}"
    return None
