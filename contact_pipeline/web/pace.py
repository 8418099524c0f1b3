"""So many requests a minute for each client of the public pages. In memory: it keeps one process answering, no more."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 10_000  # beyond that the one that was seen longest ago is forgotten


class Pace:
    """A bucket of tokens for each client."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, when that was

    def lets(self, client: str) -> bool:
        """Whether this client may ask now."""
        now = self._clock()
        tokens, seen = self._left.pop(client, (float(self._per_minute), now))
        tokens = min(float(self._per_minute), tokens + (now - seen) * self._per_minute / 60)
        is_let = tokens >= 1
        self._left[client] = (tokens - is_let, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return is_let
