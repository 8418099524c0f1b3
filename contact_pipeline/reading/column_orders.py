"""Which order of day and month each column of a file has, from all of its cells; read only when a date needs it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from contact_pipeline.core.said import FARTHEST_ZONE
from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.wording.dates import ColumnOrder, Order
from contact_pipeline.wording.vocabulary import CLAIM_DATES

_CLAIMS = (*CLAIM_DATES, "deletion_requested", "retention_period")
_DATED = {f"claim:{name}" for name in _CLAIMS} | {"optin_time", "confirm_time"}


class ColumnOrders:
    """rows: all records of the file, read anew. day_first: how the product writes all its dates; None: nobody knows."""

    def __init__(
        self,
        columns: Sequence[ColumnMap],
        rows: Callable[[], Iterable[Sequence[str]]],
        *,
        day_first: bool | None,
        landed_at: datetime | None,
    ) -> None:
        self._columns = [column for column in columns if column.target in _DATED]
        self._rows, self._now = rows, (landed_at or datetime.now(UTC)) + FARTHEST_ZONE
        self._everywhere = None if day_first is None else Order.DAY_FIRST if day_first else Order.MONTH_FIRST
        self._proven: dict[str, Order | None] | None = None

    def __call__(self, key: str) -> Order | None:
        """Of the column with that key in `extra`; None: open, or it contradicts itself."""
        if self._everywhere is not None:
            return self._everywhere
        if self._proven is None:
            self._proven = self._prove()
        return self._proven.get(key)

    def _prove(self) -> dict[str, Order | None]:
        seen = [(column.position, ColumnOrder()) for column in self._columns]
        for record in self._rows():
            for position, order in seen:
                if record[position]:
                    order.see(record[position], self._now)
        proven = [(column, order.proven) for column, (_, order) in zip(self._columns, seen, strict=True)]
        # Evidence of an e-mail service goes by the service's own name, whatever the case of the header.
        return {name: order for column, order in proven for name in (column.target.upper(), column.key)}
