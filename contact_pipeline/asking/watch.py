"""After the asking: are the vendors' words known, their shares plausible, their failures few, the budgets in hand?"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.asking.configured import Asked
from contact_pipeline.core.alerts import BUDGET, PROVIDER_FAILING, PROVIDER_STOPPED
from contact_pipeline.core.providers import Fault
from contact_pipeline.policy.alerts import AlertPolicy
from contact_pipeline.policy.sections import Band

STEPS = beside(__file__)


@dataclass(frozen=True)
class Watched:
    """What stood out. unmapped: answers in words that our tables do not hold, by vendor. outside: shares of answers
    that lie outside of what is expected, by vendor and word."""

    unmapped: Mapping[str, int] = field(default_factory=dict)
    outside: Mapping[str, float] = field(default_factory=dict)


def watch_vendors(
    connection: Connection, drop_key: str, asked: Asked | None, limits: AlertPolicy, bands: Mapping[str, Band]
) -> Watched:
    """Opens and closes alerts about the vendors that were asked for a drop. bands: where shares of mailbox verdicts are
    expected to lie. Numbers and names only."""
    if asked is None:
        return Watched()
    unmapped: Counter[str] = Counter()
    for tally in asked.tallies:
        unmapped.update(tally.unmapped)
    alerts = Alerts(connection)
    outside: dict[str, float] = {}
    for row in Script(connection, STEPS).rows("shares", drop_key=drop_key):
        name, answers = row["provider"], row["answers"]
        is_failing = row["calls"] >= limits.answers_from and row["failed"] > limits.failed_call_share * row["calls"]
        counts = {k: row[k] for k in ("calls", "failed")}
        alerts.set_alert(PROVIDER_FAILING, f"{name}:{row['layer']}:{drop_key}", is_on=is_failing, counts=counts)
        if row["layer"] == "mailbox" and answers >= limits.answers_from:
            shares = {word: row[word] / answers for word in bands}
            outside |= {
                f"{name} {word}": share
                for word, share in shares.items()
                if not bands[word][0] <= share <= bands[word][1]
            }
    for name, reason in asked.stopped().items():
        alerts.set_alert(PROVIDER_STOPPED, f"{name}:{reason}", is_on=True, counts={})
    for name in asked.went_well():
        for fault in Fault:
            alerts.close_alert(PROVIDER_STOPPED, f"{name}:{fault}")
    for name, share in asked.budget_use().items():
        counts = {"percent": round(100 * share)}
        alerts.set_alert(BUDGET, name, is_on=share >= limits.budget_share, counts=counts)
    return Watched(+unmapped, outside)
