"""Which e-mail service providers are configured: named by the policy with a direction, and given their keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from contact_pipeline.core.errors import UsageError
from contact_pipeline.esp import senders as folder
from contact_pipeline.esp.port import Esp, Maker
from contact_pipeline.policy.esp import EspPolicy
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings


@dataclass(frozen=True)
class Connected:
    """One that works."""

    name: str
    policy: EspPolicy
    esp: Esp


def connected(settings: Settings, policy: Policy) -> Mapping[str, Connected]:
    """All that are configured, by name. Raises ConfigurationError for a wrong variable."""
    return {
        name: Connected(name, section, maker.make(settings, section))
        for name, section in sorted(policy.esp.items())
        if section.direction != "off"
        if not missing(settings, maker := _maker(name))
    }


def named(settings: Settings, policy: Policy, name: str) -> Connected:
    """Raises UsageError that says what is missing."""
    section = policy.esp.get(name)  # type: ignore[call-overload]
    if section is None or section.direction == "off":
        raise UsageError(f"{name} is off. Give [esp.{name}] in the policy a direction: docs/outreach.md.")
    maker = _maker(name)
    if absent := missing(settings, maker):
        raise UsageError(f"{name} is not configured: set {' and '.join(absent)}.")
    return Connected(name, section, maker.make(settings, section))


def is_any_configured(settings: Settings, policy: Policy) -> bool:
    """Whether there is anything to do at all; asks nobody."""
    return any(
        section.direction != "off" and not missing(settings, _maker(name)) for name, section in policy.esp.items()
    )


def missing(settings: Settings, maker: Maker) -> list[str]:
    """Variables that are not set."""
    return [name for name in maker.variables if not settings.variable(name)]


def _maker(name: str) -> Maker:
    maker: Maker = import_module(f"{folder.__name__}.{name}").MAKER
    return maker
