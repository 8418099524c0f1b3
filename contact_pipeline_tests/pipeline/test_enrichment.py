"""Enrichment inside the stages: who is asked, what is filled, and what never is."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline.adapters.postgres.call_ledger import Budget
from contact_pipeline.adapters.providers.clearbit import ClearbitCompany, ClearbitPerson
from contact_pipeline.adapters.providers.fullcontact import FullContactCompany, FullContactPerson
from contact_pipeline.adapters.providers.hunter_profiles import HunterCompany, HunterFinder, HunterPerson
from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.orchestration.panel import Panel
from contact_pipeline_tests.lab.persons import company_of, person_of
from contact_pipeline_tests.lab.vendor import Vendor
from contact_pipeline_tests.lab.vendors.clearbit import Clearbit
from contact_pipeline_tests.lab.vendors.fullcontact import FullContact
from contact_pipeline_tests.lab.vendors.hunter import Hunter
from contact_pipeline_tests.pipeline.lab import Lab, csv

MAKERS: Mapping[tuple[Layer, str], Callable[..., Any]] = {
    (Layer.PERSON, "hunter"): HunterPerson,
    (Layer.COMPANY, "hunter"): HunterCompany,
    (Layer.ADDRESS, "hunter"): HunterFinder,
    (Layer.PERSON, "clearbit"): ClearbitPerson,
    (Layer.COMPANY, "clearbit"): ClearbitCompany,
    (Layer.PERSON, "fullcontact"): FullContactPerson,
    (Layer.COMPANY, "fullcontact"): FullContactCompany,
}


class Vendors:
    """The simulators of this test, by name, and the panel that asks them."""

    def __init__(self, opened: ExitStack) -> None:
        self.hunter = opened.enter_context(Hunter())
        self.clearbit = opened.enter_context(Clearbit())
        self.fullcontact = opened.enter_context(FullContact())

    def panel(self, *names: str, monthly: float = 100.0) -> Panel:
        def make(layer: Layer, name: str) -> Provider:
            vendor: Vendor = getattr(self, name)
            provider: Provider = MAKERS[layer, name](vendor.key, vendor.url)
            return provider

        return Panel(
            {layer: tuple(n for n in names if (layer, n) in MAKERS) for layer in (Layer.PERSON, Layer.ADDRESS, Layer.COMPANY)},
            make=make, price=lambda layer, name: 0.02, budgets={name: Budget(monthly, monthly) for name in names},
        )  # fmt: skip


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with ExitStack() as opened:
        yield Vendors(opened)


def ask(lab: Lab, panel: Panel) -> None:
    lab.pipeline = replace(lab.pipeline, panel=panel)


def known(count: int, vendor: str = "hunter") -> list[str]:
    """Addresses of people whom this vendor knows, at a domain whose mail works in the lab."""
    found = [f"clara.dorn{n}@ok.test" for n in range(1, 200)]
    return [address for address in found if person_of(address, vendor)][:count]


HISTORY = (
    "select field_name, old_value, new_value, data_source, confidence_score, enriched_by from core.enrichment_history"
    " where data_source like 'provider:%%' order by field_name"
)


def test_what_is_missing_is_filled_and_says_who_said_it(lab: Lab, vendors: Vendors) -> None:
    ask(lab, vendors.panel("hunter"))
    (address,) = known(1)
    truth = person_of(address, "hunter")
    assert truth
    lab.drop("crm", csv("Email", address))
    contact = lab.contact(address)
    assert (contact["name"], contact["title"], contact["company"]) == (truth.name, truth.title, truth.company)
    assert contact["linkedin_url"] == f"https://www.linkedin.com/in/{truth.linkedin}"
    rows = {field: rest for field, *rest in lab.rows(HISTORY)}
    assert rows["title"][:3] == [None, truth.title, "provider:hunter"]
    assert (float(rows["title"][3]), rows["title"][4]) == (0.8, "enriched_profiles")
    company = company_of("ok.test")
    assert company
    assert lab.row("select name, data_source from core.companies") == (company.name, "provider:hunter")
    assert vendors.hunter.paid.total() == 1  # the company came with the person
