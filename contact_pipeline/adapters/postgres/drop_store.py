"""raw.*: the register of drops, their landed rows and the quarantine."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
import psycopg
from psycopg.rows import class_row

from contact_pipeline.adapters.postgres.bulk import copy_frame
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import drop_key

STEPS = beside(__file__)

FAILED = "failed in "  # how the reason of a drop begins that a stage, not the gate, holds


@dataclass(frozen=True)
class DropRecord:
    """One row of raw.drops, as far as the pipeline steers by it."""

    key: str
    source: str
    sha256: str
    file_name: str
    archived_as: str
    kind: str | None
    rows_in: int | None
    rows_loaded: int
    rows_merged: int
    rows_quarantined: int
    rows_erased: int
    landed_at: datetime
    held_reason: str | None
    approved_at: datetime | None
    applied_at: datetime | None
    published_at: datetime | None
    rewritten_at: datetime | None
    rolled_back_by: str | None
    columns: list[dict[str, str]]

    @property
    def has_failed(self) -> bool:
        """Held because a stage failed for good, not by the gate."""
        return self.held_reason is not None and self.held_reason.startswith(FAILED)


_COLUMNS = ", ".join(DropRecord.__dataclass_fields__)


class DropStore:
    """Reads and writes raw.* on one connection."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._steps = Script(connection, STEPS)

    def register(
        self, *, source: str, sha256: str, file_name: str, file_bytes: int, landed_at: datetime, key: str | None = None
    ) -> tuple[DropRecord, bool]:
        """The drop of this content in this source, and whether it is new. Safe to call twice at the same time.

        key: of a drop that had one before, in a database that was lost.

        Two contents of a day may share the first digits of their hash, by chance or by somebody's effort: the second
        gets a longer key, so neither is taken for the other.
        """
        for wanted in [key] if key else [drop_key(landed_at, source, sha256, digits=digits) for digits in (8, 12)]:
            new = self._steps.run(
                "register",
                key=wanted,
                source=source,
                sha256=sha256,
                file_name=file_name,
                file_bytes=file_bytes,
                archived_as=f"{wanted}.csv",
                landed_at=landed_at,
            )
            if found := self._select("source = %s and sha256 = %s", (source, sha256)):
                break
        (record,) = found
        return record, bool(new)

    def get(self, key: str) -> DropRecord:
        """Raises UsageError for an unknown key."""
        found = self._select("key = %s", (key,))
        if not found:
            raise UsageError(f"There is no drop {key!r}. `contact-pipeline status` lists them.")
        return found[0]

    def of_content(self, source: str, sha256: str) -> DropRecord | None:
        """The drop of this content in this source; None: there is none."""
        found = self._select("source = %s and sha256 = %s", (source, sha256))
        return found[0] if found else None

    def all(self) -> list[DropRecord]:
        """In the order of landing."""
        return self._select("true order by sequence", ())

    def _select(self, where: str, parameters: Sequence[object]) -> list[DropRecord]:
        with self._connection.cursor(row_factory=class_row(DropRecord)) as cursor:
            return cursor.execute(f"select {_COLUMNS} from raw.drops where {where}", parameters).fetchall()  # noqa: S608 - constants only

    def forget_unapplied_rows(self, key: str) -> int:
        """Make room for landing again: rows that reached core stay, quarantined and waiting ones go."""
        self._connection.execute("delete from raw.quarantined_rows where drop_key = %s", (key,))
        return self._connection.execute(
            "delete from raw.landed_rows where drop_key = %s and (outcome is null or outcome = 'quarantined')", (key,)
        ).rowcount

    def applied_row_numbers(self, key: str) -> frozenset[int]:
        """Rows that a landing again must leave alone."""
        rows = self._connection.execute("select row_number from raw.landed_rows where drop_key = %s", (key,))
        return frozenset(number for (number,) in rows)

    def add_landed(self, key: str, rows: pd.DataFrame) -> None:
        """Columns of schemas.LANDED_ROWS (outcome set for quarantined rows only)."""
        copy_frame(self._connection, "raw.landed_rows", rows.assign(drop_key=key))

    def add_quarantined(self, key: str, rows: pd.DataFrame, *, stage: str = "raw_contacts") -> None:
        """row_number, reasons."""
        copy_frame(self._connection, "raw.quarantined_rows", rows.assign(drop_key=key, stage=stage))

    def quarantine(self, key: str, numbers: Sequence[int], *, reason: str, stage: str) -> None:
        """Waiting rows that turned out to be unusable after they had landed."""
        self._steps.run("quarantine", key=key, numbers=list(numbers), stage=stage, reason=reason)

    def finish_landing(self, key: str, facts: Mapping[str, Any], *, held_reason: str | None) -> None:
        """Counts and layout of a landed drop. `facts` has the columns of raw.drops that landing knows."""
        values = dict(facts) | {"held_reason": held_reason}
        values |= {name: json.dumps(facts[name]) for name in ("repairs", "columns") if name in facts}
        assignments = ", ".join(f"{name} = %({name})s" for name in values)
        self._steps.run("reopen_books", key=key)
        self._connection.execute(
            f"update raw.drops set {assignments} where key = %(key)s",  # noqa: S608 - our own names
            values | {"key": key},
        )
        self._connection.execute("analyze raw.landed_rows")  # the next stage runs before autovacuum would notice

    def forget_landing(self, key: str) -> None:
        """Let the next run land the file again; rows that reached core stay as they are."""
        self.get(key)
        self._connection.execute("delete from ops.stage_runs where drop_key = %s and stage = 'raw_contacts'", (key,))

    def hold_failed(self, key: str, stage: str, why: str) -> bool:
        """A stage failed for good; False when there is no such drop. A reason of the gate's own is not overwritten."""
        return bool(self._steps.run("hold_failed", key=key, failed=FAILED, reason=f"{FAILED}{stage}: {why}"[:500]))

    def hold(self, key: str, reason: str) -> None:
        """A gate of a later stage holds it."""
        self._connection.execute("update raw.drops set held_reason = %s where key = %s", (reason, key))

    def note_rewriting(self, key: str) -> None:
        """The archived file is about to lose rows: from now on it is not the file of raw.drops.sha256."""
        self._connection.execute("update raw.drops set rewritten_at = now() where key = %s", (key,))

    def approve(self, key: str, *, actor: str, reason: str) -> None:
        """A person takes responsibility for a held drop."""
        self._steps.run("approve", key=key, actor=actor, reason=reason)
