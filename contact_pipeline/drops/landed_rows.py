"""Every record of a drop, through its schema, into rows that wait to be applied or are quarantined."""

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from contact_pipeline.core.lookahead import read_ahead
from contact_pipeline.drops.store import LandingStore
from contact_pipeline.reading.drop_file import Drop
from contact_pipeline.schemas.gate import failures
from contact_pipeline.schemas.landed import ERASED_SUBJECT, LANDED_ROWS, NOT_STORED

# Part of the input of every later stage: raise it when a file would land differently.
LANDING_RULES = "landing-5"


@dataclass(frozen=True)
class Landed:
    """What a landing found in the file. quarantined: rows refused for any reason, erased ones among them.

    erased: rows that stand for an erased person, by the line in their place or because is_erased knew them.
    erased_numbers: the latter only, in order: their text is still in the file.
    """

    quarantined: int
    erased: int
    erased_numbers: tuple[int, ...]


def land_drop(
    drop: Drop,
    store: LandingStore,
    *,
    applied: Set[int] = frozenset(),
    is_erased: Callable[[pd.DataFrame], "pd.Series[bool]"] | None = None,
    most: int | None = None,
) -> Landed:
    """Land the drop's rows, but for those applied before, which are neither looked at nor counted.

    is_erased: given rows of schemas.LANDED_ROWS from row_number on (no outcome) with `reasons`, as the file has them,
    tells for each (same index) whether it is a person who was erased; called in the thread of the caller. Nothing of
    such a row is stored but its number and the reason erased_subject. most: so many rows and no more.
    """
    quarantined = erased = 0
    numbers: list[int] = []
    for rows, broken in read_ahead(_judged(drop, most)):
        fresh = rows[~rows["row_number"].isin(applied)] if applied else rows
        if is_erased is not None and len(fresh):
            found = fresh.index[is_erased(fresh).to_numpy(dtype=bool) & ~_of_erased(fresh["reasons"])]
            numbers.extend(fresh.loc[found, "row_number"].tolist())
            broken = pd.concat([broken.drop(found, errors="ignore"), _erasures(found)])
        fresh = _emptied(fresh, broken)
        if left_out := store.add_landed(fresh.drop(columns="reasons")):
            odd = fresh.index[fresh["row_number"].isin(left_out)]
            fresh = _emptied(fresh, pd.Series([[NOT_STORED] for _ in odd], index=odd, dtype=object))
            store.add_landed(fresh.loc[odd].drop(columns="reasons"))
        refused = fresh["outcome"].notna()
        if refused.any():
            store.add_quarantined(fresh.loc[refused, ["row_number", "reasons"]])
        quarantined += int(refused.sum())
        erased += int(_of_erased(fresh.loc[refused, "reasons"]).sum())
    return Landed(quarantined, erased, tuple(numbers))


def _judged(drop: Drop, most: int | None = None) -> Iterator[tuple[pd.DataFrame, pd.Series]]:
    """Chunks, each with the reasons (by index) of rows that break the schema."""
    left = most
    for chunk in drop.chunks():
        rows = chunk if left is None else chunk.head(left)
        yield rows, failures(rows.drop(columns="reasons"), LANDED_ROWS)
        left = None if left is None else left - len(rows)
        if left == 0:
            return


def refused_rows(drop: Drop) -> Iterator[list[list[str]]]:
    """Chunk by chunk, the reasons of every row that cannot be used, with nothing stored."""
    for rows, broken in _judged(drop):
        reasons = rows["reasons"].where(~rows.index.isin(broken.index), broken.reindex(rows.index))
        yield [named for named in reasons if isinstance(named, list)]


def _emptied(rows: pd.DataFrame, broken: pd.Series) -> pd.DataFrame:
    """With `outcome` set to quarantined and `reasons` filled for rows that cannot be used."""
    broken = broken[broken.index.isin(rows.index)]
    if len(broken):
        # A value that breaks the schema after mapping is not stored: the archive keeps the file.
        rows["reasons"] = rows["reasons"].where(~rows.index.isin(broken.index), broken.reindex(rows.index))
        emptied = [c for c in rows.columns if c not in ("row_number", "reasons")]
        rows.loc[broken.index, emptied] = None
    rows["outcome"] = pd.Series("quarantined", index=rows.index, dtype="str").where(rows["reasons"].notna())
    return rows


def _erasures(index: pd.Index) -> pd.Series:
    return pd.Series([[ERASED_SUBJECT] for _ in index], index=index, dtype=object)


def _of_erased(reasons: pd.Series) -> npt.NDArray[np.bool_]:
    return np.fromiter((bool(names) and ERASED_SUBJECT in names for names in reasons), bool, len(reasons))
