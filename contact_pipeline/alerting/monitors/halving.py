"""What is too large for one request goes in two."""

from collections.abc import Callable, Sequence

from contact_pipeline.alerting.figures import Sample
from contact_pipeline.core.providers import Fault, ProviderRefused


def in_halves(samples: Sequence[Sample], takes: Callable[[Sequence[Sample]], bool], *, name: str) -> int:
    """All of them, in as few requests as fit; returns how many. takes: whether these were small enough, and taken.

    Raises ProviderRefused where a single one is too large.
    """
    if not samples or takes(samples):
        return 1 if samples else 0
    if len(samples) == 1:
        raise ProviderRefused(name, Fault.BAD_REQUEST, "It takes not even one figure.")
    half = len(samples) // 2
    return in_halves(samples[:half], takes, name=name) + in_halves(samples[half:], takes, name=name)
