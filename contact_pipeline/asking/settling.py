"""How calls end: what came of each, counted by vendor, and why some subjects were not asked."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from contact_pipeline.core.providers import Fault, Outcome, Reply

BUDGET_EXHAUSTED = "budget_exhausted"

# Looks at an answer before it is stored: what may be kept of it, and the faults that it found.
Screen = Callable[[Reply[Any]], tuple[Reply[Any], Iterable[str]]]


@dataclass(frozen=True, slots=True)
class Settled:
    """How one call ended."""

    call: int
    outcome: Outcome
    reply: Reply[Any] | None = None
    fault: Fault | None = None
    is_billed: bool = True
    latency_ms: int | None = None


@dataclass
class Tally:
    """What came of it, by provider; numbers only. stopped: why a provider was left, by its name."""

    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    unmapped: Counter[str] = field(default_factory=Counter)
    stopped: dict[str, str] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)  # by fault: answers or parts of them that were not kept

    @property
    def shortfall(self) -> str | None:
        """Why a subject may have stayed unasked: `budget_exhausted`, `provider_error`; None: no provider stopped."""
        if not self.stopped:
            return None
        return BUDGET_EXHAUSTED if BUDGET_EXHAUSTED in self.stopped.values() else "provider_error"


@dataclass(frozen=True)
class Shortfall:
    """Why some subjects may not have been asked, and when to try again. reason: a sub-status; None: all were asked.

    activity_short: the activity providers that fell short, with a date of their own.
    """

    reason: str | None
    again_at: datetime
    activity_again_at: datetime | None = None
    activity_short: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, object]:
        """As the statements of the stages name them."""
        return {
            "shortfall": self.reason, "again_at": self.again_at, "activity_again_at": self.activity_again_at,
            "activity_short": list(self.activity_short),
        }  # fmt: skip


def keep_whole(reply: Reply[Any]) -> tuple[Reply[Any], Iterable[str]]:
    """The screen that leaves nothing out."""
    return reply, ()


class Settling:
    """Turns replies and faults into settled calls, and counts them. Subjects are known by their keyed hashes."""

    def __init__(self, key: Callable[[Any], bytes], screen: Screen = keep_whole) -> None:
        self.tally = Tally()
        self._key = key
        self._screen = screen
        self._keys: dict[Any, bytes] = {}

    def key(self, subject: Any) -> bytes:
        """The keyed hash of a subject; remembered, since hashing again took a fifth of the settling thread's time."""
        return self._keys.get(subject) or self._key(subject)

    def answers(
        self, provider: str, calls: Mapping[bytes, int], replies: Iterable[Reply[Any]], latency_ms: int | None = None
    ) -> list[Settled]:
        """Replies as settled calls; a call without a reply has failed."""
        open_calls = dict(calls)
        settled = []
        for reply in replies:
            if (call := open_calls.pop(self.key(reply.subject), None)) is not None:
                reply, faults = self._screen(reply)
                self.tally.refused.update(faults)
                counted = self.tally.failed if reply.outcome is Outcome.FAILED else self.tally.answered
                counted[provider] += 1
                self.tally.unmapped[provider] += not reply.is_known
                settled.append(Settled(call, reply.outcome, reply, None, reply.is_billed, latency_ms))
        return settled + self.failures(provider, open_calls, Fault.BAD_ANSWER, is_billed=True)

    def failures(self, provider: str, calls: Mapping[bytes, int], fault: Fault, *, is_billed: bool) -> list[Settled]:
        """Calls without an answer."""
        self.tally.failed[provider] += len(calls)
        return [Settled(call, Outcome.FAILED, None, fault, is_billed) for call in calls.values()]
