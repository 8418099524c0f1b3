"""Which providers there are, and which of them are configured. A new provider is its file and a line in `_makers`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from contact_pipeline.core.providers import Layer, Provider
from contact_pipeline.policy import Policy
from contact_pipeline.settings import ProviderAccess, Settings


def _host(access: ProviderAccess) -> dict[str, Any]:
    return {"base_url": access.base_url} if access.base_url else {}


def _hosts(access: ProviderAccess) -> dict[str, Any]:
    """For vendors with a second host for bulk work."""
    return _host(access) | ({"bulk_base_url": access.bulk_base_url} if access.bulk_base_url else {})


# What must be set before a provider counts as configured; a key alone where nothing is said.
_NEEDS = {"reacher": ("base_url",), "emailage": ("key", "secret"), "twilio": ("key", "secret")}


@dataclass(frozen=True)
class _Maker:
    """How a provider is made. price: the documented one for one subject, in US dollars."""

    make: Callable[[ProviderAccess, Policy], Provider]
    price: float


@cache
def _makers() -> dict[tuple[Layer, str], _Maker]:
    """Imported here: most runs ask no provider, and the vendors' modules bring an HTTP library."""
    from contact_pipeline.vendors import (
        briteverify,
        clearbit,
        emailage,
        emaillistverify,
        fullcontact,
        neverbounce,
        numverify,
        phantombuster,
        reacher,
        twilio,
        zerobounce,
    )  # fmt: skip
    from contact_pipeline.vendors.hunter import profiles as hunter_profiles
    from contact_pipeline.vendors.hunter import verifier as hunter

    return {
        (Layer.MAILBOX, "zerobounce"): _Maker(
            lambda a, _: zerobounce.ZeroBounceMailbox(a.key, **_hosts(a)), zerobounce.PRICE_PER_1000 / 1000
        ),
        (Layer.MAILBOX, "neverbounce"): _Maker(
            lambda a, _: neverbounce.NeverBounceMailbox(a.key, **_host(a)), neverbounce.PRICE_PER_1000 / 1000
        ),
        (Layer.MAILBOX, "emaillistverify"): _Maker(
            lambda a, _: emaillistverify.EmailListVerifyMailbox(a.key, **_host(a)),
            emaillistverify.PRICE_PER_1000 / 1000,
        ),
        (Layer.MAILBOX, "briteverify"): _Maker(
            lambda a, _: briteverify.BriteVerifyMailbox(a.key, **_hosts(a)), briteverify.PRICE_PER_1000 / 1000
        ),
        (Layer.MAILBOX, "hunter"): _Maker(
            lambda a, _: hunter.HunterMailbox(a.key, **_host(a)), hunter.PRICE_PER_1000 / 1000
        ),
        (Layer.MAILBOX, "reacher"): _Maker(
            lambda a, _: reacher.ReacherMailbox(a.key, a.base_url),
            reacher.PRICE_PER_1000 / 1000,
        ),
        (Layer.ACTIVITY, "zerobounce"): _Maker(
            lambda a, _: zerobounce.ZeroBounceActivity(a.key, **_host(a)), zerobounce.PRICE_PER_1000 / 1000
        ),
        (Layer.ACTIVITY, "emailage"): _Maker(
            lambda a, _: emailage.EmailAgeActivity(a.key, a.secret, **_host(a)),
            emailage.PRICE_PER_1000 / 1000,
        ),
        (Layer.CARRIER, "twilio"): _Maker(
            lambda a, p: twilio.TwilioLookup(a.key, a.secret, with_line_status=p.phone.line_status, **_host(a)),
            twilio.PRICE_PER_1000 / 1000,
        ),
        (Layer.CARRIER, "numverify"): _Maker(
            lambda a, _: numverify.NumverifyLookup(a.key, api_style=a.api_style or "legacy", **_host(a)),
            numverify.PRICE_PER_1000 / 1000,
        ),
        (Layer.PERSON, "hunter"): _Maker(
            lambda a, _: hunter_profiles.HunterPerson(a.key, **_host(a)), hunter_profiles.PERSON_PRICE_PER_1000 / 1000
        ),
        (Layer.COMPANY, "hunter"): _Maker(
            lambda a, _: hunter_profiles.HunterCompany(a.key, **_host(a)), hunter_profiles.COMPANY_PRICE_PER_1000 / 1000
        ),
        (Layer.ADDRESS, "hunter"): _Maker(
            lambda a, _: hunter_profiles.HunterFinder(a.key, **_host(a)), hunter_profiles.FINDER_PRICE_PER_1000 / 1000
        ),
        (Layer.PERSON, "clearbit"): _Maker(
            lambda a, _: clearbit.ClearbitPerson(a.key, **_host(a)), clearbit.PERSON_PRICE_PER_1000 / 1000
        ),
        (Layer.COMPANY, "clearbit"): _Maker(
            lambda a, _: clearbit.ClearbitCompany(a.key, **_host(a)), clearbit.COMPANY_PRICE_PER_1000 / 1000
        ),
        (Layer.PERSON, "fullcontact"): _Maker(
            lambda a, _: fullcontact.FullContactPerson(a.key, **_host(a)), fullcontact.PERSON_PRICE_PER_1000 / 1000
        ),
        (Layer.COMPANY, "fullcontact"): _Maker(
            lambda a, _: fullcontact.FullContactCompany(a.key, **_host(a)), fullcontact.COMPANY_PRICE_PER_1000 / 1000
        ),
        (Layer.IDENTITY, "phantombuster"): _Maker(
            lambda a, p: phantombuster.PhantomBusterProfiles(
                a.key,
                p.enrichment.linkedin.agent,
                **_host(a),
                seconds_per_profile=p.enrichment.linkedin.seconds_per_profile,
            ),
            phantombuster.PRICE_PER_1000 / 1000,
        ),
    }


def named(policy: Policy, layer: Layer) -> Sequence[str]:
    """The policy's order."""
    return {
        Layer.MAILBOX: policy.email.mailbox_providers,
        Layer.ACTIVITY: policy.email.activity_providers,
        Layer.CARRIER: policy.phone.lookup_providers,
        Layer.PERSON: policy.enrichment.providers,
        Layer.COMPANY: policy.enrichment.providers,
        Layer.ADDRESS: tuple(name for name in policy.enrichment.providers if name == "hunter"),
        Layer.IDENTITY: ("phantombuster",) if policy.enrichment.linkedin.sources else (),
    }[layer]


def configured(settings: Settings, policy: Policy, layer: Layer) -> list[str]:
    """Names of the providers that can be asked, in the policy's order."""
    return [name for name in named(policy, layer) if _is_configured(settings, policy, layer, name)]


def price(policy: Policy, layer: Layer, name: str) -> float:
    """US dollars for one subject: the policy's, else the documented one."""
    stated = policy.budget(name).price
    if stated is not None:
        return stated
    if name == "twilio" and policy.phone.line_status:
        from contact_pipeline.vendors.twilio import LINE_STATUS_PRICE_PER_1000

        return _makers()[layer, name].price + LINE_STATUS_PRICE_PER_1000 / 1000
    return 0.0 if name == "smtp" else _makers()[layer, name].price


def make(settings: Settings, policy: Policy, layer: Layer, name: str) -> Provider:
    """One configured provider. Nothing is sent yet."""
    return _makers()[layer, name].make(settings.providers[name], policy)


def _is_configured(settings: Settings, policy: Policy, layer: Layer, name: str) -> bool:
    if name == "smtp":
        return policy.smtp_probe.enabled
    access = settings.providers.get(name, ProviderAccess())
    return all(getattr(access, part) for part in _NEEDS.get(name, ("key",)))
