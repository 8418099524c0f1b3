"""A rule over a frame, applied once to each combination of its columns instead of row by row."""

from collections.abc import Callable, Sequence

import pandas as pd

Words = tuple[str | None, str | None]  # status and reason


def decided_by_combination(
    frame: pd.DataFrame, columns: Sequence[str], decide: Callable[..., Words]
) -> tuple["pd.Series[str]", "pd.Series[str]"]:
    """Status and reason of every row, on the frame's index. decide: is given the columns' values, in their order."""
    groups = frame.groupby(list(columns), dropna=False, sort=False)
    number = groups.ngroup().to_numpy()
    distinct = groups.size().index.to_frame(index=False)
    found = [decide(*row) for row in distinct.itertuples(index=False, name=None)]
    statuses, reasons = (pd.Series([words[place] for words in found], dtype="str") for place in (0, 1))
    return statuses.take(number).set_axis(frame.index), reasons.take(number).set_axis(frame.index)
