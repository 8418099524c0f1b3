"""The tables behind the profile stage: facts that follow from facts, gated, written once with the permissions."""

from collections import Counter
from datetime import datetime

import pyarrow as pa

from contact_pipeline.adapters.postgres.bulk import read_frame
from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, statements
from contact_pipeline.schemas.gate import failures
from contact_pipeline.schemas.judged import DERIVED_PROFILES
from contact_pipeline.stage.contacts_lock import lock_contacts

STEPS = beside(__file__)

CHUNK_ROWS = 50_000


class ProfileStore:
    """Works inside the transaction of `connection`. since: only contacts judged from then on; None: all of the drop."""

    def __init__(self, connection: Connection, drop_key: str, *, now: datetime, since: datetime | None) -> None:
        self._connection = connection
        self._drop_key = drop_key
        self._steps = Script(connection, STEPS, drop_key=drop_key, now=now, since=since)
        self.refused = 0

    def derive(self) -> tuple[int, dict[str, int]]:
        """Returns the drop's contacts and, for each field, how many were filled. By chunk: see VerdictStore."""
        lock_contacts(self._connection)  # an opt-out that is being written must not be overlooked
        self._steps.run("create_derived", "index_derived", "analyze_derived")
        after, filled = 0, Counter[str]()
        while (chunk := self._steps.one("next_chunk", after=after, limit=CHUNK_ROWS))["last"] is not None:
            self._steps.run("settle", **chunk)
            self._gate(chunk)
            filled.update(self._steps.one("count_filled", **chunk))
            self._steps.run("insert_history", "update_contacts", **chunk)
            after = chunk["last"]
        if after:
            self._steps.run("analyze_contacts")
        return self._steps.one("count_profiles")["contacts"], dict(filled)

    def _gate(self, chunk: dict[str, int]) -> None:
        """Facts that break their schema are dropped and their rows quarantined; the contact itself stays."""
        kinds = {"id": pa.int64(), "row_number": pa.int64()} | dict.fromkeys(DERIVED_PROFILES.column_names, pa.string())
        query = statements(STEPS)["derived_chunk"]
        rows = read_frame(self._connection, query, chunk | {"drop_key": self._drop_key}, kinds=kinds)
        broken = failures(rows, DERIVED_PROFILES)
        if len(broken):
            self.refused += len(broken)
            wrong = rows.loc[broken.index]
            self._steps.run("forget_derived", ids=[int(i) for i in wrong["id"]])
            quarantined = wrong[["row_number"]].assign(reasons=broken)
            DropStore(self._connection).add_quarantined(self._drop_key, quarantined, stage="enriched_profiles")
