"""Every call of every registered vendor, made of its own declaration, so that a new vendor is among them."""

from collections.abc import Callable
from typing import Any

import pytest

from contact_pipeline.core.providers import JobState, Layer, Outcome, Provider, Reply
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors import registry
from contact_pipeline_tests.lab.facts import POLICY
from contact_pipeline_tests.lab.serve import environment_of
from contact_pipeline_tests.lab.vendor import Vendor

JOB = "1234567"
CALLS: dict[str, Callable[[Any, Any], object]] = {
    "credits": lambda provider, _: provider.credits(),
    "ask": lambda provider, subject: provider.ask(subject),
    "ask_batch": lambda provider, subject: provider.ask_batch([subject]),
    "upload": lambda provider, subject: provider.upload([subject], label="lab"),
    "find": lambda provider, _: provider.find("lab"),
    "start": lambda provider, _: provider.start(JOB),
    "state": lambda provider, _: provider.state(JOB),
    "results": lambda provider, _: list(provider.results(JOB)),
}
ASKED = {"ask", "ask_batch", "upload", "results"}  # these always ask the vendor
WAYS = {"single": "ask", "batch": "ask_batch", "job": "upload"}


def provider_at(url: str, layer: Layer, name: str) -> Provider:
    """A vendor's provider that asks at this address, whatever answers there."""
    said = {"key": "lab", "secret": "lab", "base_url": url, "bulk_base_url": url}
    variables = registry.vendors()[name].variables
    access = {variable: said[part] for part, variable in variables.items() if part in said}
    return registry.make(load_settings(access), POLICY, layer, name)


def provider_of(simulator: Vendor, layer: Layer, **said: str) -> Provider:
    """A vendor's provider that asks its simulator. said: parts of its access that are other than the simulator's."""
    variables = registry.vendors()[simulator.name].variables
    environment = environment_of(simulator) | {variables[part]: text for part, text in said.items()}  # type: ignore[index]
    return registry.make(load_settings(environment), POLICY, layer, simulator.name)


def _every(names: dict[str, str]) -> list[Any]:
    return [
        pytest.param(layer, name, key, id=f"{layer}-{name}-{key}")
        for layer, name in registry.every_offer()
        for key, call in names.items()
        if hasattr(provider_at("http://127.0.0.1:1", layer, name), call)
    ]


EVERY_OFFER = [pytest.param(layer, name, id=f"{layer}-{name}") for layer, name in registry.every_offer()]
EVERY_CALL = _every({call: call for call in CALLS})
EVERY_WAY = _every(WAYS)


def reply_of(provider: Any, way: str, subject: Any) -> Reply[Any]:
    """What is said of one subject, asked that way; a job is waited for. FAILED where a batch leaves it out."""
    match way:
        case "single":
            return provider.ask(subject)  # type: ignore[no-any-return]
        case "batch":
            (reply,) = provider.ask_batch([subject])
            return reply  # type: ignore[no-any-return]
    job = provider.upload([subject], label="lab")
    for _ in range(10):
        state = provider.state(job)
        if state is JobState.WAITING:
            provider.start(job)
        elif state is not JobState.RUNNING:
            break
    assert state is JobState.FINISHED
    replies = list(provider.results(job))
    assert len(replies) <= 1
    return replies[0] if replies else Reply(subject, Outcome.FAILED)
