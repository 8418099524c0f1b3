"""Who is asked about people and companies in the lab, and whom they know."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from contact_pipeline.asking.call_ledger import Budget
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.vendors import registry
from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.lab.persons import Person, email_of, person_of
from contact_pipeline_tests.lab.vendors.clearbit import Clearbit
from contact_pipeline_tests.lab.vendors.fullcontact import FullContact
from contact_pipeline_tests.lab.vendors.hunter import Hunter
from contact_pipeline_tests.vendors.asking import provider_of

LAYERS = (Layer.PERSON, Layer.ADDRESS, Layer.COMPANY)


@dataclass(frozen=True)
class ProfileVendors:
    """The simulators of this test, by name."""

    hunter: Hunter
    clearbit: Clearbit
    fullcontact: FullContact

    def vendors(self, *names: str, monthly: float = 100.0) -> ConfiguredVendors:
        """These and no others are configured, at 0.02 dollars a call; monthly: dollars for each."""
        offers = registry.vendors()

        def make(layer: Layer, name: str) -> Provider:
            return provider_of(getattr(self, name), layer)

        return ConfiguredVendors(
            {layer: tuple(name for name in names if layer in offers[name].offers) for layer in LAYERS},
            make=make,
            price=lambda layer, name: 0.02,
            budgets={name: Budget(monthly, monthly) for name in names},
        )


@contextmanager
def profile_vendors() -> Iterator[ProfileVendors]:
    """All of them, answering."""
    with ExitStack() as opened:
        enter = opened.enter_context
        yield ProfileVendors(enter(Hunter()), enter(Clearbit()), enter(FullContact()))


def ask(lab: Lab, vendors: ConfiguredVendors) -> None:
    """From now on these are asked."""
    lab.session = replace(lab.session, vendors=vendors)


def known(count: int, vendor: str = "hunter") -> list[str]:
    """Addresses of people whom this vendor knows, at a domain whose mail works in the lab."""
    found = [f"clara.dorn{n}@ok.test" for n in range(1, 200)]
    return [address for address in found if person_of(address, vendor)][:count]


def somebody() -> Person:
    """Whom Hunter finds by name and domain."""
    addresses = (f"{given}.dorn@ok.test" for given in ("clara", "mia", "ida", "paul", "nils", "jana", "lena", "ole"))
    return next(p for a in addresses if (p := person_of(a, "hunter")) and email_of(p.given, p.family, "ok.test"))


FOUND = somebody()
