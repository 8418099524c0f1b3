"""How fast a provider may be asked: a token bucket. Ours, because a test must turn its clock (docs/decisions.md)."""

import threading
import time
from collections.abc import Callable


class TokenBucket:
    """At most `calls` in any `seconds`, spread evenly: a tenth may go at once, the rest is refilled steadily.

    A tenth, so that no window of `seconds` ever sees more than 1.1 times `calls`; the refill is slowed by as much.
    """

    def __init__(
        self,
        calls: int,
        seconds: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._burst = max(1.0, calls / 10)
        self._rate = max(calls - self._burst, calls / 2, 1e-9) / seconds
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._tokens = self._burst
        self._seen = clock()

    def take(self) -> None:
        """Wait for one token. From any thread."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._rate)
            self._seen = now
            self._tokens -= 1
            wait = max(0.0, -self._tokens / self._rate)
        if wait:
            self._sleep(wait)

    def pause(self, seconds: float) -> None:
        """The provider asked to be left alone for so long."""
        with self._lock:
            self._tokens = min(self._tokens, -seconds * self._rate)  # several say so at once: the longest counts
