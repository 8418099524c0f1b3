"""What asking providers would cost, said before anything is spent. Reads only."""

from dataclasses import asdict, dataclass
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script
from contact_pipeline.core.providers import Layer
from contact_pipeline.orchestration.pipeline import Pipeline

# US dollars a subject that each layer usually costs; outside of it the plan says so.
USUAL_PRICES = {Layer.MAILBOX: (0.005, 0.010), Layer.ACTIVITY: (0.015, 0.025), Layer.CARRIER: (0.005, 0.020)}


@dataclass(frozen=True)
class PlannedLayer:
    """One layer at its first configured provider; the next ones are asked only for what stays unknown.

    due: subjects to ask now. subjects: all that are kept fresh. Money in US dollars.
    """

    layer: str
    provider: str | None
    further: tuple[str, ...]
    due: int
    subjects: int
    without_ground: int
    price: float
    cost_now: float
    cost_a_year: float
    budget_left: float | None
    notes: tuple[str, ...]


def plan(pipeline: Pipeline) -> dict[str, Any]:
    """By layer what is due and what it costs, and the jobs that wait for a person."""
    now = pipeline.clock()
    days = {
        Layer.MAILBOX: pipeline.policy.email.refresh_days,
        Layer.ACTIVITY: pipeline.policy.email.refresh_days,
        Layer.CARRIER: pipeline.policy.phone.refresh_days,
    }
    with pipeline.connection("plan") as connection:
        steps = Script(connection, "plan", now=now)
        spent = {r["provider"]: float(r["spent"]) for r in steps.rows("months", month=now.date().replace(day=1))}
        layers = [
            _planned(
                pipeline,
                layer,
                days[layer],
                steps.one(
                    "subjects",
                    kind="phone" if layer is Layer.CARRIER else "email",
                    layer=str(layer),
                    refresh_days=days[layer],
                ),
                spent,
            )
            for layer in Layer
        ]
        held = [row | {"created_at": row["created_at"].isoformat()} for row in steps.rows("held_jobs")]
    return {
        "layers": [asdict(planned) for planned in layers],
        "cost_now": round(sum(planned.cost_now for planned in layers), 2),
        "cost_a_year": round(sum(planned.cost_a_year for planned in layers), 2),
        "held_jobs": held,
    }


def _planned(
    pipeline: Pipeline, layer: Layer, days: int, found: dict[str, int], spent: dict[str, float]
) -> PlannedLayer:
    names = tuple(pipeline.panel.names.get(layer, ()))
    if not names:
        return PlannedLayer(
            str(layer), None, (), found["due"], found["subjects"], found["without_ground"], 0.0, 0.0, 0.0, None,
            ("no provider is configured: nothing will be asked",),
        )  # fmt: skip
    first, *further = names
    price = pipeline.panel.price(layer, first)
    least, most = USUAL_PRICES[layer]
    notes = [] if least <= price <= most else [f"the price is outside the usual {least:g}-{most:g} $ a subject"]
    budget = pipeline.panel.budgets.get(first)
    left = None if budget is None else min(budget.monthly - spent.get(first, 0.0), budget.per_run)
    cost = found["due"] * price
    if left is not None and cost > left:
        notes.append("the budget ends first: the rest stays unknown / budget_exhausted until it is renewed")
    return PlannedLayer(
        str(layer), first, tuple(further), found["due"], found["subjects"], found["without_ground"], price,
        round(cost, 2), round(found["subjects"] * price * 365 / days, 2), left, tuple(notes),
    )  # fmt: skip
