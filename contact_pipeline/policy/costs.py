"""[costs]: what is planned and paid beside the providers' calls, which the ledger knows."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticKnownError

from contact_pipeline.core.costs import ITEM_OF, WEEKS_A_YEAR, CostItem
from contact_pipeline.core.providers import in_words
from contact_pipeline.policy.sections import Section

Dollars = Annotated[float, Field(ge=0)]


def _known(name: object) -> object:
    if name not in ITEM_OF:
        raise PydanticKnownError("literal_error", {"expected": in_words(list(ITEM_OF))})
    return name


class CostLine(Section):
    """One line (core/costs.py). planned: a year, or once; None: the middle of its range, of labour the hours times the
    rate. paid: a month, or once; None: nobody has said, which is not nothing. hours: a week of labour, else once."""

    planned: Dollars | None = None
    paid: Dollars | None = None
    hours: Dollars | None = None


class CostPolicy(Section):
    """hourly_rate: of our own people, in US dollars."""

    hourly_rate: Dollars = 75.0
    items: Mapping[Annotated[str, BeforeValidator(_known)], CostLine] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _ledger_says_what_providers_cost(self) -> Self:
        named = [name for name, line in self.items.items() if ITEM_OF[name].layers and line.paid is not None]
        if named:
            raise ValueError(f"items.{named[0]}.paid: the ledger of calls knows what providers cost")
        return self

    def planned(self, item: CostItem) -> float:
        """US dollars a year, or once."""
        line = self.items.get(item.name)
        if line and line.planned is not None:
            return line.planned
        if item.kind == "labour":
            return self.hours(item) * WEEKS_A_YEAR * self.hourly_rate
        return (item.low + item.high) / 2

    def paid(self, item: CostItem) -> float | None:
        """US dollars a month, or once; None: nobody has said. Labour: its hours at the rate, once they are given."""
        line = self.items.get(item.name)
        if line and line.paid is None and line.hours is not None and item.kind == "labour":
            return line.hours * WEEKS_A_YEAR / 12 * self.hourly_rate
        return line.paid if line else None

    def hours(self, item: CostItem) -> float:
        """A week of labour, else once."""
        line = self.items.get(item.name)
        return item.hours if line is None or line.hours is None else line.hours
