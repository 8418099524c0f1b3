"""provider_balances: the vendors' own counts of credits, held against the ledger of our calls."""

import time
from collections.abc import Mapping

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.alerts import PROVIDER_DRIFT, PROVIDER_QUOTA, PROVIDER_STOPPED
from contact_pipeline.core.providers import Layer, ProviderRefused, ProviderUnavailable
from contact_pipeline.core.report import StageReport
from contact_pipeline.quality.checks import BALANCES_AGREE
from contact_pipeline.quality.spending import calls_due
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def look_at_balances(session: Session) -> StageReport:
    """Ask every configured provider that counts credits for its count; more gone than our calls explain is a drift."""
    started, counts, drifting = time.monotonic(), dict[str, int](), dict[str, float]()
    limits = session.policy.alerts
    due: Mapping[str, int] | None = None  # read when the first provider says what is left
    makers = {name: layer for layer in Layer for name in session.vendors.names.get(layer, ()) if name != "smtp"}
    with session.connection("provider_balances") as connection:
        steps, alerts = Script(connection, STEPS, now=session.clock()), Alerts(connection)
        for name, layer in makers.items():
            provider = session.vendors.make(layer, name)
            try:
                credits = provider.credits()
            except (ProviderRefused, ProviderUnavailable) as error:
                alerts.set_alert(PROVIDER_STOPPED, f"{name}:{error.fault}", is_on=True, counts={})
                continue
            if credits is None:
                continue
            each = getattr(provider, "credits_per_subject", 1.0)
            found = steps.one("look_at_balance", provider=name, credits=credits, credits_per_subject=each)
            counts[name] = found["billed_calls"]
            due = calls_due(session, within_days=limits.quota_days) if due is None else due
            needed = round(due.get(name, 0) * each)
            left = {"credits_left": round(credits), "credits_needed": needed}
            alerts.set_alert(PROVIDER_QUOTA, name, is_on=needed > credits, counts=left)
            allowed = max(limits.drift_credits, limits.drift_share * found["billed_calls"])
            if found["drift"] is not None and found["drift"] > allowed:
                drifting[name] = found["drift"]
            drift = {"credits": round(drifting.get(name, 0))}
            alerts.set_alert(PROVIDER_DRIFT, name, is_on=name in drifting, counts=drift)
    checks = (BALANCES_AGREE.held(not drifting, drifting),)
    return StageReport("provider_balances", None, len(counts), time.monotonic() - started, counts, checks)
