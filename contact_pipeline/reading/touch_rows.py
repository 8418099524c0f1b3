"""Rows of a list of touches: whether they say when and how, and who left."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from contact_pipeline.wording.touches import LEAVING_TIMES, times_of, way_of

UNREADABLE = "unreadable_touch"
_LEFT = {"email": ("email:unsubscribed",), "phone": ("phone:opt_out",), "sms": ("phone:opt_out",)}
_LEFT_ALL = ("email:unsubscribed", "phone:opt_out")


def judge(
    cells: Mapping[str, Sequence[str]], *, now: datetime | None
) -> tuple[dict[int, str], dict[int, tuple[str, ...]]]:
    """By position: why a row cannot be used, and what it restricts. cells: columns by their names. now: when it came.

    A time of leaving that nobody can read restricts, too.
    """
    faults, left = dict[int, str](), dict[int, tuple[str, ...]]()
    names = list(cells)
    for row, values in enumerate(zip(*cells.values(), strict=True)):
        touch = {name: value.strip() for name, value in zip(names, values, strict=True)}
        try:
            channel, _ = way_of(touch)
            times_of(touch, now=now)
        except ValueError:
            faults[row], channel = UNREADABLE, ""
        if any(touch.get(name) for name in LEAVING_TIMES):
            left[row] = _LEFT.get(channel, _LEFT_ALL)
    return faults, left
