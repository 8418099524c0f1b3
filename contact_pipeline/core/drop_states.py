"""In one word how a drop stands, on a terminal and in a browser."""

from collections.abc import Mapping
from typing import Any


def drop_state(drop: Mapping[str, Any]) -> str:
    """rolled back, held, published or unfinished. drop: of raw.drops, or as a run tells it: `published` is a flag."""
    if drop["rolled_back_by"]:
        return "rolled back"
    if drop["held_reason"]:
        return "held"
    return "published" if drop.get("published") or drop.get("published_at") else "unfinished"
