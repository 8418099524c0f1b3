"""The landing stage: every record of a drop through the gate, into rows that wait to be applied or are quarantined."""

from collections.abc import Iterator, Set
from typing import Protocol

import pandas as pd

from contact_pipeline.core.ahead import read_ahead
from contact_pipeline.drops.opened import Drop
from contact_pipeline.schemas.gate import failures
from contact_pipeline.schemas.landed import LANDED_ROWS

# Part of the input of every later stage: raise it when a file would land differently.
LANDING_RULES = "landing-1"


class LandingStore(Protocol):
    """The tables behind this stage, inside one transaction."""

    def add_landed(self, rows: pd.DataFrame) -> None:
        """schemas.LANDED_ROWS without drop_key and contact_id."""
        ...

    def add_quarantined(self, rows: pd.DataFrame) -> None:
        """row_number, reasons."""
        ...


def land_drop(drop: Drop, store: LandingStore, *, applied: Set[int] = frozenset()) -> int:
    """Land the drop's rows, but for those applied before. Returns how many of all its rows are quarantined."""
    quarantined = 0
    for rows in read_ahead(_gated(drop)):
        fresh = rows[~rows["row_number"].isin(applied)] if applied else rows
        refused = fresh["outcome"].notna()
        store.add_landed(fresh.drop(columns="reasons"))
        if refused.any():
            store.add_quarantined(fresh.loc[refused, ["row_number", "reasons"]])
        quarantined += int(refused.sum())
    return quarantined


def _gated(drop: Drop) -> Iterator[pd.DataFrame]:
    """Chunks with `outcome` set to quarantined and `reasons` filled for rows that cannot be used."""
    for rows in drop.chunks():
        broken = failures(rows.drop(columns="reasons"), LANDED_ROWS)
        if len(broken):
            # A value that breaks the schema after mapping is not stored: the archive keeps the file.
            rows["reasons"] = rows["reasons"].where(~rows.index.isin(broken.index), broken.reindex(rows.index))
            emptied = [c for c in rows.columns if c not in ("row_number", "reasons")]
            rows.loc[broken.index, emptied] = None
        rows["outcome"] = pd.Series("quarantined", index=rows.index, dtype="str").where(rows["reasons"].notna())
        yield rows
