"""Which vendors there are, which of them are configured, and what they cost. A new vendor is its file in this folder.

Whom the policy may name follows from what the vendors offer, and from our own probe of mail servers (`smtp`), which is
no vendor: it has no key, no price and no host.
"""

import pkgutil
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module

from contact_pipeline import vendors as folder
from contact_pipeline.core.providers import Layer, Provider, ProviderNames
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings
from contact_pipeline.vendors.vendor import Vendor

PROBE = "smtp"
PROBE_ASKS = "smtp (the mail server of the address)"
_OUR_OWN = frozenset({"registry", "vendor"})  # files of this folder that are no vendor's


@cache
def vendors() -> Mapping[str, Vendor]:
    """Every vendor by its name: the `VENDOR` of each file and folder here, in alphabetical order."""
    names = {module.name for module in pkgutil.iter_modules(folder.__path__)} - _OUR_OWN
    return {name: import_module(f"{folder.__name__}.{name}").VENDOR for name in sorted(names)}


def every_offer() -> list[tuple[Layer, str]]:
    """Each layer with the name of each vendor that answers about it."""
    return [(layer, name) for name, vendor in vendors().items() for layer in vendor.offers]


def offering(*layers: Layer) -> tuple[str, ...]:
    """Names of the vendors that answer about one of these layers."""
    return tuple(name for name, vendor in vendors().items() if vendor.offers.keys() & set(layers))


def provider_names() -> ProviderNames:
    """Whom the policy may name, for `load_policy`."""
    return ProviderNames(
        mailbox=(*offering(Layer.MAILBOX), PROBE),
        activity=offering(Layer.ACTIVITY),
        lookup=offering(Layer.CARRIER),
        person=offering(Layer.PERSON, Layer.COMPANY, Layer.ADDRESS),
        profile=offering(Layer.PERSON, Layer.COMPANY, Layer.ADDRESS, Layer.IDENTITY),
        any=(*vendors(), PROBE),
    )


def check_access(settings: Settings) -> None:
    """Said at every start, whoever is asked afterwards. Raises ConfigurationError naming the variable that is wrong."""
    for vendor in vendors().values():
        vendor.access(settings)


def named(policy: Policy, layer: Layer) -> Sequence[str]:
    """Whom the policy wants asked about a layer, in its order."""
    if layer is Layer.IDENTITY:  # off until a source is named whose people may be looked at
        return offering(layer) if policy.enrichment.linkedin.sources else ()
    listed = {
        Layer.MAILBOX: policy.email.mailbox_providers,
        Layer.ACTIVITY: policy.email.activity_providers,
        Layer.CARRIER: policy.phone.lookup_providers,
    }.get(layer, policy.enrichment.providers)
    answering = {*offering(layer), *([PROBE] if layer is Layer.MAILBOX else [])}
    return tuple(name for name in listed if name in answering)


def configured(settings: Settings, policy: Policy, layer: Layer) -> list[str]:
    """Names of the providers that can be asked, in the policy's order."""
    return [
        name
        for name in named(policy, layer)
        if (policy.smtp_probe.enabled if name == PROBE else vendors()[name].is_configured(settings))
    ]


def recipients(names: Mapping[Layer, Sequence[str]]) -> dict[Layer, list[str]]:
    """By layer, who is given what the providers of these names are asked about, in words for people."""
    return {layer: [_recipient(name) for name in of_layer] for layer, of_layer in names.items()}


def _recipient(name: str) -> str:
    return PROBE_ASKS if name == PROBE else vendors()[name].recipient or name


def price(policy: Policy, layer: Layer, name: str) -> float:
    """US dollars for one subject: the policy's, else the documented one."""
    stated = policy.budget(name).price
    if stated is not None:
        return stated
    return 0.0 if name == PROBE else vendors()[name].offers[layer].price_under(policy)


def make(settings: Settings, policy: Policy, layer: Layer, name: str) -> Provider:
    """One configured provider. Nothing is sent yet."""
    vendor = vendors()[name]
    return vendor.offers[layer].make(vendor.access(settings), policy)
