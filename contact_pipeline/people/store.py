"""core.contacts and what hangs on it, for the stage that applies a drop."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

import pandas as pd
import pyarrow as pa

from contact_pipeline.adapters.postgres.bulk import bytea, copy_frame, read_frame
from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.engine import Connection, DriverError, Script, beside
from contact_pipeline.adapters.postgres.refusals import refused_rows
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.emails.address_keys import remember_address_keys
from contact_pipeline.people.parts import follow_origins
from contact_pipeline.people.remarks import note_remarks
from contact_pipeline.people.sharing import Sharing
from contact_pipeline.people.suppressions import Suppressions
from contact_pipeline.schemas.landed import NOT_STORED
from contact_pipeline.stage.contacts_lock import lock_contacts

STEPS = beside(__file__)

CHUNK_ROWS = 50_000
_COLUMNS = {
    "row_number": pa.int64(), "record_id": pa.string(), "name": pa.string(), "given_name": pa.string(),
    "family_name": pa.string(), "email": pa.string(), "more_emails": pa.string(), "phone": pa.string(),
    "more_phones": pa.string(), "company": pa.string(), "title": pa.string(), "linkedin_url": pa.string(),
    "location": pa.string(), "country": pa.string(), "restrictions": pa.string(),
}  # fmt: skip
# What makes a row recognisable when it has neither record id, e-mail nor profile URL.
ROW_IDENTITY = ("name", "given_name", "family_name", "phone", "company", "title", "location", "country")
_LISTS = ("more_emails", "more_phones", "restrictions")
_SEPARATOR = "\x1f"  # unit separator: the drops room strips control characters, so no value holds one


class ContactStore:
    """One drop being applied, inside the transaction of `connection`."""

    rows = "outcome is null"  # which of the drop's

    def __init__(
        self,
        connection: Connection,
        drop: DropRecord,
        *,
        trust: float,
        now: datetime,
        key: SubjectKey,
    ) -> None:
        self._connection = connection
        self._key = key
        self._drop = drop.key
        self._source, self._now = drop.source, now
        self._only: list[int] | None = None
        self.record_ids_refused = self.unreadable_opt_outs = 0
        self._parameters = {
            "drop_key": drop.key,
            "source": drop.source,
            "trust": trust,
            "landed_at": drop.landed_at,
            "now": now,
        }
        self._contacts = Script(connection, STEPS, **self._parameters)
        self._suppressions = Suppressions(connection, **self._parameters)

    def has_waiting(self) -> bool:
        """Whether any row of the drop is neither applied nor quarantined."""
        query = "select exists (select from raw.landed_rows where drop_key = %s and outcome is null)"
        return self._connection.execute(query, (self._drop,)).fetchone() == (True,)

    def begin(self) -> None:
        """Wait for other drops, make the temporary tables."""
        lock_contacts(self._connection)
        self._contacts.run("create_incoming", "create_points", "create_restrictions")

    def chunks(self, *, restricted_only: bool, rows: str | None = None) -> Iterator[pd.DataFrame]:
        """Rows not applied yet: row_number, record_id, email, more_emails, phone, … (schemas.LANDED_ROWS). rows: others
        of the drop, as a condition."""
        selected = ", ".join(
            f"array_to_string({name}, %(separator)s) as {name}" if name in _LISTS else name for name in _COLUMNS
        )
        query = (
            f"select {selected} from raw.landed_rows"  # noqa: S608 - our own column names
            f" where drop_key = %(drop)s and {rows or self.rows} and row_number > %(after)s"
            + (" and restrictions is not null" if restricted_only else "")
            + (" and row_number = any(%(only)s)" if self._only is not None else "")
            + " order by row_number limit %(limit)s"
        )
        after = 0
        while True:
            found = read_frame(
                self._connection,
                query,
                {
                    "separator": _SEPARATOR,
                    "drop": self._drop,
                    "after": after,
                    "limit": CHUNK_ROWS,
                    "only": self._only,
                },
                kinds=_COLUMNS,
            )
            if found.empty:
                return
            after = int(found["row_number"].iloc[-1])
            for name in _LISTS:
                values = [v.split(_SEPARATOR) if isinstance(v, str) else None for v in found[name]]
                found[name] = pd.Series(values, index=found.index, dtype=object)
            yield found

    def add_rows(self, rows: pd.DataFrame) -> None:
        """row_number, email_normalized, email_key, row_key, record_id, profile_url."""
        email_key = bytea(rows["email_key"])
        keyed = rows.assign(email_key=email_key, identity_key=email_key, row_key=bytea(rows["row_key"]))
        copy_frame(self._connection, "incoming", keyed)

    def add_points(self, points: pd.DataFrame) -> None:
        """row_number, kind, value, email_key, position."""
        copy_frame(self._connection, "incoming_points", points.assign(email_key=bytea(points["email_key"])))

    def add_addresses(self, addresses: "pd.Series[str]") -> None:
        """Every address of these rows, in the spelling that identity uses."""
        remember_address_keys(self._connection, addresses, self._key)

    def add_restrictions(self, restrictions: pd.DataFrame) -> None:
        """row_number, channel, reason, subject_key, canonical_key (of an address)."""
        keyed = restrictions.assign(
            subject_key=bytea(restrictions["subject_key"]), canonical_key=bytea(restrictions["canonical_key"])
        )
        copy_frame(self._connection, "incoming_restrictions", keyed)

    def without_refused(self, work: Callable[[], None], opt_outs: Callable[[], None]) -> None:
        """Do the work; where PostgreSQL refuses a value of some rows, quarantine those rows and do it for the rest.

        work begins this store and hands it the rows of chunks(). opt_outs does the same for opt-outs only: those of a
        quarantined row count, unless they are what is refused. Raises DriverError when no single row explains it.
        """
        try:
            with self._connection.transaction():
                work()
            return
        except DriverError as error:
            waiting = self._connection.execute(
                "select row_number from raw.landed_rows where drop_key = %s and outcome is null order by 1",
                (self._drop,),
            ).fetchall()
            refused = refused_rows([number for (number,) in waiting], partial(self._attempt, work), first=error)
            if refused is None:
                raise
        for number in refused:
            with suppress(DriverError):
                self._attempt(opt_outs, [number], keep=True)
        DropStore(self._connection).quarantine(self._drop, refused, reason=NOT_STORED, stage="contacts")
        work()

    def _attempt(self, work: Callable[[], None], numbers: Sequence[int], *, keep: bool = False) -> None:
        """The work for these rows only, undone afterwards unless it is to be kept."""
        self._only = list(numbers)
        try:
            with self._connection.transaction(force_rollback=not keep):
                work()
                self.forget()
        finally:
            self._only = None

    def apply(self) -> None:
        """Match, insert, merge, suppress. All or nothing."""
        run = self._contacts.run
        sharing = Sharing(self._connection, self._key, drop_key=self._drop, source=self._source)
        sharing.refuse(ROW_IDENTITY)
        self.record_ids_refused += sharing.refused_records
        self._place(self._resolve)
        run("insert_leaders", "insert_reviews", "insert_basis_reviews")
        sharing.ask()
        run("insert_sources", "record_outcomes")
        run("analyze_core")
        self._settle()
        note_remarks(self._connection, self._drop, self._now)

    def forget(self) -> None:
        """Drop the temporary tables, so that more of the drop's rows can be applied in the same transaction."""
        self._contacts.run("forget_incoming")

    def _place(self, decide: Callable[[], object]) -> None:
        """Each incoming row gets the contact that `decide` writes into the temporary table `placed`."""
        self._contacts.run("index_incoming")
        decide()
        self._contacts.run("analyze_placed")

    def _resolve(self) -> None:
        """By record id, address, profile, or all values; rows that share one are one person, over however many."""
        self._contacts.run("create_resolved")
        while self._contacts.run("follow"):
            pass
        self._contacts.run("create_placed")

    def _settle(self) -> None:
        """What follows once every row has its contact."""
        run = self._contacts.run
        if run("create_merged"):
            run("index_merged", "analyze_merged", "create_golden", "index_golden", "analyze_golden")
            self._spare()
            run("insert_history", "keep_replaced_points", "forget_confirmations", "update_merged")
            run("insert_losing_points")
            self._follow_origins()
        run("insert_points", "insert_consents")
        self.suppress()

    def _spare(self) -> None:
        """Values that stay although lists say others: none, where a drop says something new."""

    def _follow_origins(self) -> None:
        after = 0
        while (chunk := self._contacts.one("next_merged", after=after, limit=CHUNK_ROWS))["ids"]:
            follow_origins(self._connection, chunk["ids"], stage="contacts")
            after = chunk["last"]

    def suppress(self) -> int:
        """Write the opt-outs and forbid at once whom they stop. Returns how many say something new."""
        return self._suppressions.write()

    def count_unread(self) -> int:
        """Rows that restrict a channel by which nobody can be recognised."""
        return self._suppressions.count_unread()

    def close(self, *, kind: str | None = "contacts") -> dict[str, int]:
        """Store the drop's counts, derived from its rows' outcomes. Rows of a list of opt-outs or of touches are loaded
        as such: no contact is made."""
        if kind == "suppressions":
            self.unreadable_opt_outs = self._suppressions.load_rows()
        elif kind == "touches":
            self._suppressions.load_named_rows()
        counts = self._contacts.one("count_outcomes")
        self._contacts.run("close_drop", **counts)
        return counts
