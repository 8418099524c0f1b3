"""What asking providers would cost, said before anything is spent. Reads only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.providers import PROFILE_LAYERS, Layer
from contact_pipeline.profiles.enriching import profile_version
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

# US dollars a subject that each layer usually costs; outside of it the plan says so.
USUAL_PRICES = {Layer.MAILBOX: (0.005, 0.010), Layer.ACTIVITY: (0.015, 0.025), Layer.CARRIER: (0.005, 0.020)}
ANY_PRICE = (0.0, float("inf"))  # of people and companies: sold by contract


@dataclass(frozen=True)
class PlannedLayer:
    """One waterfall: the first configured provider is asked about all that is due, the further ones about the rest.

    due: subjects to ask now. subjects: all that are kept fresh. Money in US dollars. prices: of one subject, by name.
    cost_now: the first provider; cost_at_most: every provider about every subject. cost_a_year: all subjects once a
    period at the first.
    """

    layer: str
    provider: str | None
    further: tuple[str, ...]
    due: int
    subjects: int
    without_ground: int
    price: float
    prices: Mapping[str, float]
    cost_now: float
    cost_at_most: float
    cost_a_year: float
    budget_left: float | None
    notes: tuple[str, ...]


def plan(session: Session) -> dict[str, Any]:
    """By layer what is due and what it costs, and the jobs that wait for a person."""
    now = session.clock()
    days = {layer: session.policy.periods[str(layer)] for layer in Layer}
    with session.connection("plan") as connection:
        steps = Script(connection, STEPS, now=now)
        spent = {r["provider"]: float(r["spent"]) for r in steps.rows("months", month=now.date().replace(day=1))}
        layers = []
        for layer in Layer:
            for names in session.vendors.waterfalls(layer) or [()]:
                if layer in PROFILE_LAYERS and not names:
                    continue  # nobody asks for them unless somebody can be asked
                found = _subjects(session, steps, layer, names, days[layer])
                layers.append(_planned(session, layer, names, days[layer], found, spent))
        held = [row | {"created_at": row["created_at"].isoformat()} for row in steps.rows("held_jobs")]
    return {
        "layers": [asdict(planned) for planned in layers],
        "cost_now": round(sum(planned.cost_now for planned in layers), 2),
        "cost_at_most": round(sum(planned.cost_at_most for planned in layers), 2),
        "cost_a_year": round(sum(planned.cost_a_year for planned in layers), 2),
        "held_jobs": held,
    }


def _subjects(session: Session, steps: Script, layer: Layer, names: Sequence[str], days: int) -> Mapping[str, int]:
    """subjects, due and without_ground of one layer."""
    policy = session.policy.enrichment
    if layer is Layer.COMPANY:
        return steps.one("companies", refresh_days=days)
    if layer in PROFILE_LAYERS:
        return steps.one(
            "people",
            layer=str(layer),
            rules=profile_version(session),
            key_fields=list(policy.key_fields),
            linkedin_sources=list(policy.linkedin.sources),
        )
    return steps.one(
        "subjects",
        kind="phone" if layer is Layer.CARRIER else "email",
        layer=str(layer),
        refresh_days=days,
        providers=list(names) if layer is Layer.ACTIVITY else None,
    )


def calls_due(session: Session, *, within_days: int) -> dict[str, int]:
    """Calls by the provider that is asked first, for all that falls due within so many days. What is left over for the
    others of a waterfall nobody knows."""
    days = {layer: session.policy.periods[str(layer)] for layer in Layer}
    calls = Counter[str]()
    with session.connection("quota") as connection:
        steps = Script(connection, STEPS, now=session.clock() + timedelta(days=within_days))
        for layer in Layer:
            for names in filter(None, session.vendors.waterfalls(layer)):
                calls[names[0]] += _subjects(session, steps, layer, names, days[layer])["due"]
    return dict(calls)


def release_job(session: Session, label: str, *, reason: str) -> int:
    """Let the subjects of a held job be asked again, which may be paid for a second time. Returns how many.

    Raises UsageError where no held job has that label.
    """
    with session.connection("release-job") as connection, connection.transaction():
        steps = Script(connection, STEPS, now=session.clock())
        found = steps.rows("release_job", label=label, reason=reason, actor=session.actor)
        if not found:
            raise UsageError("No job with that label is held. `contact-pipeline plan` names the held ones.")
        steps.run("release_calls", "release_contacts", "release_points", "release_profiles", job=found[0]["id"])
    return int(found[0]["size"])


def _planned(
    session: Session,
    layer: Layer,
    names: Sequence[str],
    days: int,
    found: Mapping[str, int],
    spent: Mapping[str, float],
) -> PlannedLayer:
    due, subjects, without_ground = found["due"], found["subjects"], found["without_ground"]
    if not names:
        nobody = ("no provider is configured: nothing will be asked",)
        return PlannedLayer(str(layer), None, (), due, subjects, without_ground, 0.0, {}, 0.0, 0.0, 0.0, None, nobody)
    first, *further = names
    prices = {name: session.vendors.price(layer, name) for name in names}
    least, most = USUAL_PRICES.get(layer, ANY_PRICE)
    odd = [name for name, price in prices.items() if not least <= price <= most and price > 0]
    notes = tuple(f"the price of {name} is outside the usual {least:g}-{most:g} $ a subject" for name in odd)
    notes += tuple(
        f"the price of {name} is the policy's{f' of {b.price_date}' if b.price_date else ''}"
        f"{f', from {b.price_source}' if b.price_source else ''}"
        for name in names
        if (b := session.policy.budget(name)).price is not None
    )
    budget = session.vendors.budgets.get(first)
    left = None if budget is None else min(budget.monthly - spent.get(first, 0.0), budget.per_run)
    if left is not None and due * prices[first] > left:
        notes += ("the budget ends first: the rest stays unknown / budget_exhausted until it is renewed",)
    return PlannedLayer(
        str(layer),
        first,
        tuple(further),
        due,
        subjects,
        without_ground,
        prices[first],
        prices,
        round(due * prices[first], 2),
        round(due * sum(prices.values()), 2),
        round(subjects * prices[first] * 365 / days, 2),
        left,
        notes,
    )
