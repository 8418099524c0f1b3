"""Erasing contacts. Which tables hang on a contact is read from the catalogue, so a later table is not forgotten."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from contact_pipeline.adapters.postgres.engine import Connection, Script, ValueRefused, beside, sql
from contact_pipeline.erasure.search_terms import SubjectValues

STEPS = beside(__file__)

# Rows stay without a value: they say that something came or happened.
KEPT = frozenset({"core.contacts", "core.contact_sources", "raw.landed_rows", "audit.changes", "ops.subject_requests",
                  "ops.page_views"})  # fmt: skip
# What an erased contact is; every other column that may be empty is emptied.
_ERASED_CONTACT = {
    "email_status": "'unknown'", "phone_status": "'unknown'", "soft_bounce": "false", "soft_bounce_count": "0",
    "hard_bounce": "false", "can_email": "false", "can_call": "false", "suppress_email": "true",
    "suppress_phone": "true", "deletion_requested": "true", "deletion_completed": "%(now)s", "updated_at": "%(now)s",
    "version": "version + 1",
}  # fmt: skip


class ErasureStore:
    """Works inside the caller's transaction but where a method says otherwise."""

    def __init__(self, connection: Connection, *, now: datetime, actor: str) -> None:
        self.connection = connection
        self._now, self._actor = now, actor
        self._steps = self.script(STEPS)

    def script(self, steps: Path) -> Script:
        """Statements of a module of this room, as of the erasure's moment and by its actor."""
        return Script(self.connection, steps, now=self._now, actor=self._actor)

    def allow_erasing(self) -> None:
        """Facts that stand may go, until the transaction ends."""
        self._steps.run("allow")

    def doomed_drops(self) -> dict[str, list[int]]:
        """Drop → numbers of the rows in the temporary table `doomed`."""
        return {row["drop_key"]: row["numbers"] for row in self._steps.rows("doomed_drops")}

    def contacts_of(
        self, *, ids: Sequence[int] = (), public_ids: Sequence[str] = (), keys: Sequence[bytes] = ()
    ) -> dict[int, str]:
        """Internal id → public id of those that are not erased yet."""
        rows = self._steps.rows("contacts_of", ids=list(ids), public_ids=list(public_ids), keys=list(keys))
        return {row["id"]: str(row["public_id"]) for row in rows}

    def known_values(self, ids: Iterable[int]) -> SubjectValues:
        """Every writing that some table has of their addresses, numbers, profiles and names; no keys."""
        found: dict[str, set[str]] = {}
        for row in self._steps.rows("known_values", ids=list(ids)):
            found.setdefault(row["kind"], set()).add(row["value"])
        return SubjectValues(**{f"{kind}s": tuple(sorted(values)) for kind, values in found.items()})

    def erase(self, ids: Sequence[int], *, hex_keys: Sequence[str], keep: Sequence[str] = ()) -> dict[str, list[int]]:
        """Blank and delete. `doomed` has been made (create_doomed). Returns drop → row numbers to take from its file.

        keep: columns of core.contacts that stay as they are.
        """
        self.allow_erasing()
        drops = self.doomed_drops()
        self._steps.run("blank_rows", "forget_quarantine", "keep_the_books")
        about = {"ids": list(ids), "hex_keys": list(hex_keys)}
        self._steps.run(
            "unlink_calls",
            "unlink_retractions",
            "forget_events",
            "forget_senders",
            "forget_shared_answers",
            "forget_restrictions",
            **about,
        )
        self._steps.run("blank_sources", "blank_requests", **about)
        for table, columns in self._hanging().items():
            if table not in KEPT:
                self._delete(table, columns, ids)
        self._blank_contacts(ids, keep)
        self._steps.run("blank_audit", ids=list(ids))
        return drops

    def _hanging(self) -> dict[str, list[str]]:
        return {row["name"]: row["columns"] for row in self._steps.rows("tables_on_contacts")}

    def _delete(self, table: str, columns: Sequence[str], ids: Sequence[int]) -> None:
        about = sql.SQL(" or ").join(sql.SQL("{} = any (%(ids)s)").format(sql.Identifier(name)) for name in columns)
        name = sql.Identifier(*table.split("."))
        self.connection.execute(sql.SQL("delete from {} where {}").format(name, about), {"ids": list(ids)})

    def _blank_contacts(self, ids: Sequence[int], keep: Sequence[str]) -> None:
        nullable = [row["name"] for row in self._steps.rows("columns_to_empty")]
        values = dict.fromkeys((name for name in nullable if name not in keep), "null") | _ERASED_CONTACT
        assignments = sql.SQL(", ").join(
            sql.SQL("{} = ").format(sql.Identifier(name)) + sql.SQL(value) for name, value in values.items()
        )
        self.connection.execute(
            sql.SQL("update core.contacts set {} where id = any (%(ids)s)").format(assignments),
            {"ids": list(ids), "now": self._now},
        )

    def redact(self, table: str, ctid: str, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """One row's columns, JSON and arrays as PostgreSQL writes them. Nothing happens where the row is another one by
        now; what a constraint holds fast stays, and the search finds it again."""
        name = sql.Identifier(*table.split("."))
        for column, value in new.items():
            statement = sql.SQL("update {0} set {1} = %s where ctid = %s::tid and {1}::text = %s returning ctid::text")
            try:
                with self.connection.transaction():
                    row = self.connection.execute(
                        statement.format(name, sql.Identifier(column)), [value, ctid, old[column]]
                    ).fetchone()
                    ctid = row[0] if row else ctid  # an update moves the row
            except ValueRefused:
                continue
