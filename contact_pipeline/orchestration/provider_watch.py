"""After the asking: are the providers' words known, their shares plausible, their failures few, the budgets in hand?

And by schedule: do their counts agree with ours, and how fresh is what we know.
"""

import time
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from contact_pipeline.adapters.postgres.engine import Connection, Script
from contact_pipeline.adapters.postgres.ledger import Ledger
from contact_pipeline.core.alerts import BUDGET, PROVIDER_DRIFT, PROVIDER_FAILING, PROVIDER_STOPPED
from contact_pipeline.core.providers import Fault, Layer, ProviderRefused, ProviderUnavailable
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.orchestration.panel import Asked
from contact_pipeline.policy import Band

if TYPE_CHECKING:
    from contact_pipeline.orchestration.pipeline import Pipeline

ENOUGH_ANSWERS = 100  # fewer say nothing about a share
FAILED_CALLS_ALERT_SHARE = 0.10
BUDGET_ALERT_SHARE = 0.80
DRIFT_ALLOWED = (10.0, 0.05)  # credits, or share of the billed calls, whichever is more


def watch_providers(
    connection: Connection, stage: str, drop_key: str, questions: Asked | None, bands: Mapping[str, Band]
) -> tuple[Check, ...]:
    """Opens and closes alerts; returns the checks of a stage that may ask providers, numbers and names only."""
    unmapped: Counter[str] = Counter()
    for tally in questions.tallies if questions else []:
        unmapped.update(tally.unmapped)
    known = Check(f"{stage}_words_known", not sum(unmapped.values()), counts=+unmapped)
    if questions is None:
        plausible = Check(f"{stage}_shares_plausible", True)
        return (known, plausible) if bands else (known,)
    ledger = Ledger(connection)
    outside: dict[str, float] = {}
    for row in Script(connection, "providers").rows("shares", drop_key=drop_key):
        name, answers = row["provider"], row["answers"]
        is_failing = row["calls"] >= ENOUGH_ANSWERS and row["failed"] > FAILED_CALLS_ALERT_SHARE * row["calls"]
        ledger.set_alert(
            PROVIDER_FAILING,
            f"{name}:{row['layer']}:{drop_key}",
            is_on=is_failing,
            counts={k: row[k] for k in ("calls", "failed")},
        )
        if row["layer"] == "mailbox" and answers >= ENOUGH_ANSWERS:
            shares = {word: row[word] / answers for word in bands}
            outside |= {
                f"{name} {word}": share
                for word, share in shares.items()
                if not bands[word][0] <= share <= bands[word][1]
            }
    for name, reason in questions.stopped().items():
        ledger.set_alert(PROVIDER_STOPPED, f"{name}:{reason}", is_on=True, counts={})
    for name in questions.went_well():
        for fault in Fault:
            ledger.close_alert(PROVIDER_STOPPED, f"{name}:{fault}")
    for name, share in questions.budget_use().items():
        ledger.set_alert(BUDGET, name, is_on=share >= BUDGET_ALERT_SHARE, counts={"percent": round(100 * share)})
    return (known, Check(f"{stage}_shares_plausible", not outside, counts=outside)) if bands else (known,)


def look_at_balances(pipeline: "Pipeline") -> StageReport:
    """Ask every configured provider that counts credits for its count, and hold it against the ledger."""
    started, counts, drifting = time.monotonic(), dict[str, int](), dict[str, float]()
    makers = {name: layer for layer in Layer for name in pipeline.panel.names.get(layer, ()) if name != "smtp"}
    with pipeline.connection("provider_balances") as connection:
        steps, ledger = Script(connection, "watch", now=pipeline.clock()), Ledger(connection)
        for name, layer in makers.items():
            provider = pipeline.panel.make(layer, name)
            try:
                credits = provider.credits()
            except (ProviderRefused, ProviderUnavailable) as error:
                ledger.set_alert(PROVIDER_STOPPED, f"{name}:{error.fault}", is_on=True, counts={})
                continue
            if credits is None:
                continue
            each = getattr(provider, "credits_per_subject", 1.0)
            found = steps.one("look_at_balance", provider=name, credits=credits, credits_per_subject=each)
            counts[name] = found["billed_calls"]
            least, share = DRIFT_ALLOWED
            if found["drift"] is not None and found["drift"] > max(least, share * found["billed_calls"]):
                drifting[name] = found["drift"]
            drift = {"credits": round(drifting.get(name, 0))}
            ledger.set_alert(PROVIDER_DRIFT, name, is_on=name in drifting, counts=drift)
    check = Check("provider_balances_agree", not drifting, counts=drifting)
    return StageReport("provider_balances", None, len(counts), time.monotonic() - started, counts, (check,))


def report_freshness(pipeline: "Pipeline") -> StageReport:
    """Write down what curated.freshness says today."""
    started = time.monotonic()
    with pipeline.connection("freshness_report") as connection:
        rows = Script(connection, "watch", day=pipeline.clock().date()).run("report_freshness")
    return StageReport("freshness_report", None, rows, time.monotonic() - started)
