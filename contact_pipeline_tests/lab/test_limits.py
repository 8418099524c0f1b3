"""Every provider's documented limit holds, on a clock that the test turns. The demo multiplies these limits."""

import random
from collections import deque
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import pytest

from contact_pipeline.asking.configured import documented_pace
from contact_pipeline.asking.pacing import TokenBucket
from contact_pipeline.core.providers import Layer, Limits, Provider
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors.registry import make, named
from contact_pipeline_tests.lab.demo import PACE, twentyfold
from contact_pipeline_tests.lab.facts import POLICY, Documented
from contact_pipeline_tests.lab.serve import LocalLab, every_fact, serve

WINDOWS = 6  # so many times the limit's own period


DOCUMENTED = [
    pytest.param(name, documented, id=f"{name}-{documented.layers[0]}")
    for name, facts in every_fact().items()
    for documented in facts.documented
]


def every_provider() -> list[tuple[Layer, str]]:
    """All that the policy may name, but our own probe, which has no vendor to be polite to (it paces by mail host)."""
    return [(layer, name) for layer in Layer for name in named(POLICY, layer) if name != "smtp"]


@pytest.fixture(scope="module")
def lab() -> LocalLab:
    """Only its addresses are used: a provider makes no call before its first question."""
    with serve(domains=1) as opened:
        return opened


@pytest.fixture(params=every_provider(), ids="-".join)
def provider(request: pytest.FixtureRequest, lab: LocalLab) -> Provider:
    return make(load_settings(lab.environment), POLICY, *request.param)


class Clock:
    """Moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def bucket_on(clock: Clock, limits: Limits, *, times: int = 1) -> TokenBucket:
    return TokenBucket(limits.calls * times, limits.seconds, clock=clock, sleep=clock.sleep)


def busiest_window(calls: Sequence[float], seconds: float) -> int:
    """Most calls in any window of that length, its start included and its end not."""
    window: deque[float] = deque()
    most = 0
    for moment in calls:
        window.append(moment)
        while window[0] <= moment - seconds + 1e-6:
            window.popleft()
        most = max(most, len(window))
    return most


def run(bucket: TokenBucket, clock: Clock, limits: Limits, *, idle: bool = False) -> list[float]:
    """Asks for WINDOWS periods, as fast as it may, or with rests of up to two periods that fill the bucket again."""
    luck, calls, end = random.Random(7), [], clock.now + WINDOWS * limits.seconds
    while clock.now < end:
        bucket.take()
        calls.append(clock.now)
        if idle and luck.random() < 3 / limits.calls:
            clock.sleep(luck.random() * 2 * limits.seconds)
    return calls


@pytest.mark.parametrize("idle", [False, True], ids=["without rest", "with rests"])
def test_no_window_holds_more_calls_than_documented(provider: Provider, idle: bool) -> None:
    limits, clock = provider.limits, Clock()
    calls = run(bucket_on(clock, limits), clock, limits, idle=idle)
    assert busiest_window(calls, limits.seconds) <= limits.calls
    assert len(calls) > (WINDOWS if limits.calls > 1 else WINDOWS / 3)


def test_the_limit_is_used(provider: Provider) -> None:
    limits, clock = provider.limits, Clock()
    share = 0.8 if limits.calls > 1 else 0.5  # of a single call nothing can be spread
    assert len(run(bucket_on(clock, limits), clock, limits)) >= share * WINDOWS * limits.calls


@pytest.mark.parametrize(("name", "documented"), DOCUMENTED)
def test_the_documented_limit_of_an_account_holds_over_its_layers(
    name: str, documented: Documented, lab: LocalLab
) -> None:
    """Layer after layer, each with a bucket of its own, as for the chunks of a drop; ours stay below."""
    settings, clock, luck, calls = load_settings(lab.environment), Clock(), random.Random(7), list[float]()
    buckets = [bucket_on(clock, make(settings, POLICY, layer, name).limits) for layer in documented.layers]
    end = clock.now + WINDOWS * max(seconds for _, seconds in documented.windows)
    while clock.now < end:
        for bucket in buckets:
            for _ in range(luck.randrange(20, 1_000)):
                bucket.take()
                calls += [clock.now] * documented.calls
    for number, seconds in documented.windows:
        assert busiest_window(calls, seconds) <= number


def test_every_documented_limit_is_of_a_provider_there_is() -> None:
    """NeverBounce, EmailAge, Twilio, Numverify and PhantomBuster document none: our own caution is theirs."""
    asked = set(every_provider())
    found = {(layer, name) for name, facts in every_fact().items() for d in facts.documented for layer in d.layers}
    assert found == {p for p in asked if every_fact()[p[1]].documented}
    without = {"neverbounce", "emailage", "twilio", "numverify", "phantombuster"}
    assert not without & {name for _, name in found}


def test_a_crowd_that_comes_at_once_leaves_one_after_the_other(provider: Provider) -> None:
    """As many threads as there may be calls in three periods, all at the same moment."""
    limits, waits = provider.limits, deque[float]()
    bucket = TokenBucket(limits.calls, limits.seconds, clock=Clock(), sleep=waits.append)
    for _ in range(3 * limits.calls):
        bucket.take()
    at_once = 3 * limits.calls - len(waits)
    assert at_once <= max(1, limits.calls / 10)
    assert busiest_window(sorted([0.0] * at_once + list(waits)), limits.seconds) <= limits.calls


def test_a_pause_holds_and_owes_nothing_afterwards(provider: Provider) -> None:
    limits, clock = provider.limits, Clock()
    bucket = bucket_on(clock, limits)
    before = run(bucket, clock, limits)
    bucket.pause(30.0)
    paused_at = clock.now
    bucket.take()
    assert clock.now >= paused_at + 30.0
    after = [clock.now, *run(bucket, clock, limits)]
    assert busiest_window(before + after, limits.seconds) <= limits.calls
    steps = [b - a for a, b in pairwise(after)]
    assert max(steps) <= 2 * limits.seconds / limits.calls + 1e-6


def test_the_longer_of_two_pauses_holds() -> None:
    clock = Clock()
    bucket = bucket_on(clock, Limits(calls=10, seconds=1.0))
    bucket.pause(5.0)
    bucket.pause(60.0)
    bucket.take()
    assert clock.now >= 1_000.0 + 60.0


def test_the_pipeline_keeps_the_documented_pace(provider: Provider) -> None:
    """The default of a Panel, which the demo replaces by its own."""
    clock = Clock()
    pace = partial(TokenBucket, clock=clock, sleep=clock.sleep)
    limits = provider.limits
    assert vars_of(documented_pace(provider)) == vars_of(pace(limits.calls, limits.seconds))
    assert vars_of(twentyfold(provider)) == vars_of(pace(limits.calls * PACE, limits.seconds))


def vars_of(bucket: TokenBucket) -> tuple[float, float]:
    """Burst and rate."""
    return bucket._burst, bucket._rate
