"""Keys that are not one person's: a customer number that a whole company bears is no identity, an address of a
household tells no two records of one source apart. Names are compared as people compare them; a person looks at
each."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, groupby
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.people.comparing import is_same

STEPS = beside(__file__)

SHARED_RECORD, TWO_ADDRESSES, SHARED_ADDRESS = "shared_record_id", "record_id_two_addresses", "shared_address"
_MOST_COMPARED = 12  # of one key: who else bears it says no more


class Sharing:
    """Of one drop, whose rows are in the temporary table `incoming`."""

    def __init__(self, connection: Connection, key: SubjectKey, *, drop_key: str, source: str) -> None:
        self._steps = Script(connection, STEPS, drop_key=drop_key, source=source)
        self._key, self._source = key, source
        self._questions: list[tuple[str, int]] = []
        self.refused_records = 0

    def refuse(self, row_identity: Sequence[str]) -> None:
        """Take identity from what several people bear. row_identity: columns whose values tell a bare row."""
        refused = []
        for record_id, bearers in _grouped(self._steps.rows("doubtful_records"), "record_id"):
            rows = [b["row_number"] for b in bearers]
            if _are_others(bearers, "email_key"):
                refused.append(record_id)
                self.refused_records += len(rows)
                self._questions.append((SHARED_RECORD, rows[0]))
            else:
                self._questions.append((TWO_ADDRESSES, rows[-1]))
        if refused:
            self._steps.run("refuse_records", records=refused)
            self._name_by_values(row_identity)
        apart: list[int] = []
        for _, bearers in _grouped(self._steps.rows("doubtful_addresses"), "email_key"):
            if not _are_others(bearers):
                continue
            # Whose record is known goes to its contact, whatever its address.
            new = [b for b in bearers if not b["is_known"]]
            if not new:
                continue
            self._questions.append((SHARED_ADDRESS, new[-1]["row_number"]))
            if len({b["record_id"] for b in bearers if b["record_id"]} - set(refused)) > 1:
                apart += [b["row_number"] for b in new if b["record_id"]]
        if apart:
            self._steps.run("refuse_addresses", rows=apart)

    def ask(self) -> None:
        """Open the reviews, once the rows have their contacts (temporary table `placed`)."""
        if self._questions:
            kinds, rows = zip(*self._questions, strict=True)
            self._steps.run("insert_reviews", kinds=list(kinds), rows=list(rows))

    def _name_by_values(self, row_identity: Sequence[str]) -> None:
        for row in self._steps.rows("nameless_rows"):
            values = [row[name] for name in row_identity] + ([row["email"]] if row["email"] else [])
            self._steps.run("set_row_key", row_number=row["row_number"], row_key=self._key.row(self._source, values))


def _grouped(rows: Iterable[Mapping[str, Any]], by: str) -> Iterable[tuple[Any, list[Mapping[str, Any]]]]:
    return ((key, list(group)) for key, group in groupby(rows, key=lambda row: row[by]))


def _are_others(bearers: Sequence[Mapping[str, Any]], apart_by: str | None = None) -> bool:
    """Whether two of them have names that no person would take for one. apart_by: only those that differ in it."""
    named = list({(b["name"], b[apart_by] if apart_by else None): b for b in bearers if b["name"]}.values())
    return any(
        (apart_by is None or one[apart_by] != other[apart_by]) and not is_same("name", one["name"], other["name"])
        for one, other in combinations(named[:_MOST_COMPARED], 2)
    )
