"""What the program must know of a vendor, said once, in the vendor's own file: `VENDOR = Vendor(...)`.

Importing a vendor's file asks nobody; every start reads what all of them declare.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings

Part = Literal["key", "secret", "base_url", "bulk_base_url", "api_style"]
_ORIGINS = ("base_url", "bulk_base_url")  # held to core/origins.py


@dataclass(frozen=True)
class Access:
    """How one vendor is reached. Empty parts were not set; repr shows no secret."""

    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    base_url: str = ""
    bulk_base_url: str = ""
    api_style: str = ""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a vendor answers about one layer. make: a provider, which has sent nothing yet.

    price: the documented one for one subject, in US dollars, or what it is under a policy that books more.
    """

    make: Callable[[Access, Policy], Provider]
    price: float | Callable[[Policy], float]

    def price_under(self, policy: Policy) -> float:
        """US dollars for one subject."""
        return self.price(policy) if callable(self.price) else self.price


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """One paid service.

    name: in the policy, in ops.provider_calls and of its file. variables: of the environment, by the part of `Access`
    that each becomes; NAME_API_KEY and NAME_BASE_URL, where its users know them by no other names. needs: what must be
    set before it counts as configured. api_styles: what the variable of that part may be. recipient: who gets what it
    is asked about, as the record of processing says it; the name, where nothing else is said.
    """

    name: str
    variables: Mapping[Part, str]
    offers: Mapping[Layer, Offer]
    needs: tuple[Part, ...] = ("key",)
    api_styles: tuple[str, ...] = ()
    recipient: str = ""

    def access(self, settings: Settings) -> Access:
        """What the environment says. Raises ConfigurationError naming the variable that is wrong."""
        read = {
            part: settings.origin(variable) if part in _ORIGINS else settings.variable(variable)
            for part, variable in self.variables.items()
        }
        if read.get("api_style") and read["api_style"] not in self.api_styles:
            raise ConfigurationError(f"{self.variables['api_style']} is not {' or '.join(self.api_styles)}")
        return Access(**read)

    def is_configured(self, settings: Settings) -> bool:
        """Whether everything is set that it needs."""
        access = self.access(settings)
        return all(getattr(access, part) for part in self.needs)
