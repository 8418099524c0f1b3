"""Landed rows of one drop on their way in."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Connection, DriverError
from contact_pipeline.adapters.postgres.refusals import refused_rows
from contact_pipeline.reading.drop_file import Drop
from contact_pipeline.reading.headers import ColumnMap


class LandingStore:
    """Writes inside the transaction of `connection`."""

    def __init__(self, connection: Connection, drop_key: str) -> None:
        self._connection = connection
        self._drops = DropStore(connection)
        self._drop_key = drop_key

    def add_landed(self, rows: pd.DataFrame) -> Sequence[int]:
        """rows: schemas.LANDED_ROWS without drop_key and contact_id. Returns the numbers of rows that could not
        be stored as they are; they were left out."""
        try:
            with self._connection.transaction():
                self._drops.add_landed(self._drop_key, rows)
            return ()
        except DriverError as error:
            refused = refused_rows(rows["row_number"].tolist(), partial(self._attempt, rows), first=error)
            if refused is None:
                raise
        self._drops.add_landed(self._drop_key, rows[~rows["row_number"].isin(refused)])
        return refused

    def _attempt(self, rows: pd.DataFrame, numbers: Sequence[int]) -> None:
        with self._connection.transaction(force_rollback=True):
            self._drops.add_landed(self._drop_key, rows[rows["row_number"].isin(numbers)])

    def add_quarantined(self, rows: pd.DataFrame) -> None:
        """row_number, reasons."""
        self._drops.add_quarantined(self._drop_key, rows)

    @staticmethod
    def facts(drop: Drop) -> dict[str, Any]:
        """What landing learned of the file, as columns of raw.drops; valid after the last chunk."""
        accounting, layout, header = drop.accounting, drop.layout, drop.header_map
        return {
            "kind": header.kind,
            "format": layout.format,
            "encoding": layout.encoding,
            "delimiter": layout.delimiter,
            "columns": described(header.columns),
            "unknown_headers": list(header.unknown_headers),
            "ignored_headers": list(header.ignored_headers),
            "rows_in": accounting.rows_in,
            "blank_lines": accounting.blank_lines,
            "preamble_lines": accounting.preamble_lines,
            "footer_lines": accounting.footer_lines,
            "repairs": dict(accounting.repairs),
        }


def described(columns: Sequence[ColumnMap]) -> list[dict[str, str]]:
    """header, field and sureness of each column, in the order of the file."""
    return [{"header": c.shown, "field": c.field, "sureness": c.sureness} for c in columns]
