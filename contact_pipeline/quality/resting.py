"""Figures are taken again with every run while that is quick; in a large database today's may rest for a while."""

from datetime import datetime, timedelta

QUICK_S = 1.0
REST = 60  # at most once in so many times as long as it takes


def may_rest(taken_at: datetime | None, seconds: float, now: datetime) -> bool:
    """Whether what was taken then, in so many seconds, need not be taken again now."""
    return taken_at is not None and seconds > QUICK_S and now - taken_at < timedelta(seconds=REST * seconds)
