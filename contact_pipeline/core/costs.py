"""Every line of the bill: what it is for, and the range that the requirements give for it, in US dollars.

The requirements give the ranges of the annual lines and the total of the set-up (1,015 to 13,015); how that is split
over its five lines is ours. [costs] of the policy says what is planned and paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contact_pipeline.core.providers import Layer

WEEKS_A_YEAR = 52


@dataclass(frozen=True)
class CostItem:
    """low, high: a year, or once. hours: of a person; of labour a week, else once. layers: whose calls are its actual
    cost, from the ledger; none: only the policy can say what was paid."""

    name: str
    title: str
    kind: Literal["annual", "labour", "one_time"]
    low: float
    high: float
    hours: float = 0.0
    layers: tuple[Layer, ...] = ()


COST_ITEMS = (
    CostItem("email", "E-mail verification", "annual", 40, 40, layers=(Layer.MAILBOX, Layer.ACTIVITY)),
    CostItem("phone", "Phone look-ups", "annual", 10, 10, layers=(Layer.CARRIER,)),
    CostItem("compliance_software", "Compliance software", "annual", 1200, 12000),
    CostItem(
        "enrichment", "Enrichment", "annual", 1200, 6000,
        layers=(Layer.PERSON, Layer.ADDRESS, Layer.IDENTITY, Layer.COMPANY),
    ),
    CostItem("hosting", "Hosting", "annual", 240, 1200),
    CostItem("monitoring", "Monitoring", "annual", 300, 2000),
    # 18,000 to 36,000 a year for both, by their hours.
    CostItem("data_steward", "Data steward", "labour", 12857, 25714, hours=5),
    CostItem("compliance_officer", "Compliance officer", "labour", 5143, 10286, hours=2),
    CostItem("first_verification", "Verifying the first lists", "one_time", 15, 15, hours=1),
    CostItem("installation", "Installing and configuring", "one_time", 500, 5000, hours=16),
    CostItem("integration", "Connecting CRM and senders", "one_time", 300, 4000, hours=24),
    CostItem("documents", "Privacy documents and assessments", "one_time", 200, 3000, hours=16),
    CostItem("training", "Training", "one_time", 0, 1000, hours=8),
)  # fmt: skip

ITEM_OF: Mapping[str, CostItem] = {item.name: item for item in COST_ITEMS}
ITEM_OF_LAYER: Mapping[Layer, CostItem] = {layer: item for item in COST_ITEMS for layer in item.layers}
