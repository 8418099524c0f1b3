"""What the tables behind the e-mail and the phone stage have in common.

Verdicts go through a temporary table and are written with few, set-based statements a chunk (each further
update of all contacts costs 14-25 s at a million rows).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from contact_pipeline.adapters.postgres.bulk import copy_frame, read_frame
from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import Script, beside, statements
from contact_pipeline.asking.settling import Shortfall
from contact_pipeline.schemas.columns import Table
from contact_pipeline.schemas.gate import failures
from contact_pipeline.stage.contacts_lock import lock_contacts
from contact_pipeline.stage.runs import DropStage

STEPS = beside(__file__)


@dataclass(frozen=True)
class VerdictCount:
    """How many of a drop's contacts have a verdict. sub_status: empty where there is none."""

    status: str
    sub_status: str
    rows: int

    @property
    def words(self) -> str:
        """`status/sub_status`."""
        return f"{self.status}/{self.sub_status}"


class VerdictStore:
    """What is due, in chunks; verdicts through the gate; one write at the end. A room adds its columns and statements.

    Asking (DNS, providers) is done before the transaction in which the verdicts are written: it may take half an hour,
    and an open transaction would hold back vacuum and make each look-up slower than the last.
    """

    steps: Path
    table: Table
    chunk_rows: int
    chunk_kinds: Mapping[str, pa.DataType]
    askable_kinds: Mapping[str, pa.DataType]
    write_steps: tuple[str, ...]
    answer_steps: frozenset[str]  # those of them that only matter once a provider was asked

    def __init__(self, stage: DropStage, *, rules: str, refresh_days: int) -> None:
        """rules: version of what verdicts follow from; an older one makes a verdict due. refresh_days: so does age."""
        self.stage = stage
        self.connection = stage.connection
        self._key = stage.session.key
        self._now = stage.session.clock()
        self._parameters = {
            "drop_key": stage.drop_key, "now": self._now, "rules": rules, "refresh_days": refresh_days,
        }  # fmt: skip
        self._steps = Script(self.connection, self.steps, **self._parameters)
        self._has_askable = False
        self._shortfall = Shortfall(None, self._now)
        self._last_validation: int | None = None
        self._is_overtaken: bool | None = None
        self._erasures = 0
        self._has_erased = False
        self.due = 0
        self.refused = 0

    def find_due(self) -> int:
        """Find what is due; returns how much."""
        self._last_validation = self._steps.one("last_validation")["id"]
        self._erasures = self._count_erasures()
        self._steps.run("create_due", "index_due", "analyze_due")
        self.due = self._steps.one("count_due")["due"]
        if self.due:
            self._steps.run("create_judged")
        return self.due

    def askable_chunks(self) -> Iterator[pd.DataFrame]:
        """The columns of askable_kinds; see the room's store. Outside of any transaction."""
        self._steps.run("create_askable", "index_askable", "analyze_askable")
        self._has_askable = True
        yield from self._chunks("askable_chunk", self.askable_kinds)

    def note_shortfall(self, shortfall: Shortfall) -> None:
        """Why some of the askable may not have been asked, and when to try again."""
        self._shortfall = shortfall

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The transaction in which everything is judged and written; all asking is done."""
        with self.connection.transaction():
            yield

    def due_chunks(self) -> Iterator[pd.DataFrame]:
        """The columns of chunk_kinds."""
        if not self._has_askable:
            self._steps.run("create_empty_askable")
        self._steps.run("create_verdict", **self._shortfall.parameters)
        yield from self._chunks("due_chunk", self.chunk_kinds)

    def _chunks(self, step: str, kinds: Mapping[str, pa.DataType]) -> Iterator[pd.DataFrame]:
        """In slices of n, so that memory does not grow with the drop."""
        query = statements(self.steps)[step]
        for after in range(0, self.due, self.chunk_rows):
            bounds = {"after": after, "upto": after + self.chunk_rows}
            parameters = self._parameters | self._shortfall.parameters | bounds
            yield read_frame(self.connection, query, parameters, kinds=dict(kinds))

    def add(self, judged: pd.DataFrame) -> None:
        """Rows that break their schema are a fault of ours: kept out, quarantined, counted."""
        numbers = judged["n"]
        broken = failures(judged, self.table)
        if len(broken):
            self.refused += len(broken)
            self._quarantine(judged.loc[broken.index, "n"], list(broken))
            judged = judged.drop(index=broken.index)
        copy_frame(self.connection, "judged", judged)
        self._write(int(numbers.min()), int(numbers.max()))

    def _quarantine(self, numbers: "pd.Series[int]", reasons: list[list[str]]) -> None:
        rows = self.connection.execute(
            "select d.n, min(cs.row_number) from due d join core.contact_sources cs on cs.contact_id = d.contact_id"
            " where cs.drop_key = %s and d.n = any(%s) group by d.n",
            (self.stage.drop_key, [int(n) for n in numbers]),
        )
        row_of: dict[int, int] = dict(rows.fetchall())
        frame = pd.DataFrame({"row_number": [row_of[int(n)] for n in numbers], "reasons": reasons})
        DropStore(self.connection).add_quarantined(
            self.stage.drop_key, frame.drop_duplicates("row_number"), stage=self.stage.name
        )

    def _write(self, first: int, last: int) -> None:
        """The chunk's verdicts into the tables. By chunk, so that the audit trigger's old and new rows fit in memory.

        The contacts come first: the foreign key of a history row is checked by locking its contact, which costs a
        quarter less on a row that this transaction has written (2.7 against 3.7 s for 100,000 rows).
        """
        self._take_turn()
        steps = [s for s in self.write_steps if self._has_answers or s not in self.answer_steps]
        self._steps.run("analyze_judged", *steps, "forget_judged", first=first, last=last)

    @cached_property
    def _has_answers(self) -> bool:
        """Whether any provider was ever asked. First read when something is written: all asking is done by then."""
        return bool(Script(self.connection, STEPS).one("has_calls")["has_calls"])

    def _take_turn(self) -> None:
        """Nobody else writes contacts until this transaction ends; what another run has judged since is let be."""
        if self._is_overtaken is None:
            lock_contacts(self.connection)
            self._is_overtaken = self._steps.one("last_validation")["id"] != self._last_validation
            self._has_erased = self._count_erasures() != self._erasures
        if self._is_overtaken:
            self._steps.run("forget_settled")
        if self._has_erased:  # our copy of what was due still has them
            Script(self.connection, STEPS).run("forget_erased")

    def _count_erasures(self) -> int:
        return int(Script(self.connection, STEPS).one("count_erasures")["erasures"])

    def verdicts(self) -> list[VerdictCount]:
        """How the drop's contacts stand now."""
        return [VerdictCount(**row) for row in self._steps.rows("verdicts")]
