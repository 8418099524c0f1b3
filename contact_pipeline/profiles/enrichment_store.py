"""The tables behind enrichment: who is due, what was claimed by whom, and what came of it.

Rows travel as JSON, since budgets keep them few.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.people.parts import follow_origins
from contact_pipeline.stage.contacts_lock import lock_contacts

STEPS = beside(__file__)

CHUNK = 1_000

Row = Mapping[str, Any]


class EnrichmentStore:
    """Asked outside of a transaction, written inside of one. One instance for one drop in one run."""

    def __init__(
        self,
        connection: Connection,
        drop_key: str,
        *,
        now: datetime,
        rules: str,
        key_fields: Sequence[str],
        refresh_days: int,
        company_days: int,
        order: Sequence[str],
        linkedin_sources: Sequence[str],
    ) -> None:
        self.connection = connection
        self._now = now
        self.drop_key = drop_key
        orders = [*order, None, None, None][:3]
        self._steps = Script(
            connection,
            STEPS,
            drop_key=drop_key,
            now=now,
            rules=rules,
            key_fields=list(key_fields),
            refresh_days=refresh_days,
            company_days=company_days,
            linkedin_sources=list(linkedin_sources),
            order_1=orders[0],
            order_2=orders[1],
            order_3=orders[2],
        )
        self._refresh_days, self._company_days = refresh_days, company_days
        self.due = 0

    def begin(self) -> int:
        """Find who is due; returns how many."""
        self._steps.run("create_candidates", "index_candidates")
        self.due = self._steps.one("count_candidates")["contacts"]
        return self.due

    @contextmanager
    def writing(self) -> Iterator[None]:
        """The transaction in which answers become values. Nobody else writes contacts meanwhile."""
        with self.connection.transaction():
            lock_contacts(self.connection)
            yield

    def chunks(self) -> Iterator[list[dict[str, Any]]]:
        """The due contacts as they are now, those worth most first."""
        for after in range(0, self.due, CHUNK):
            yield self._steps.rows("candidate_chunk", after=after, upto=after + CHUNK)

    def contacts(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """Contacts as they are now, as `chunks` has them, by id."""
        return self._steps.rows("contacts_now", ids=list(ids))

    def origins(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        """contact_id, field, value, origin (1-3), source, confidence, said_at, status: every claim there is."""
        return self._steps.rows("origin_rows", ids=list(ids))

    def answers(self, keys: Sequence[bytes], layers: Sequence[str]) -> list[dict[str, Any]]:
        """subject_key, layer, provider, facts (None: nothing found), answered_at; fresh ones only."""
        days = self._company_days if list(layers) == ["company"] else self._refresh_days
        return self._steps.rows("answers", keys=list(keys), layers=list(layers), days=days) if keys else []

    def rests(self, keys: Sequence[bytes], layers: Sequence[str]) -> dict[bytes, datetime]:
        """When subjects without an answer are worth asking again."""
        rows = self._steps.rows("rests", keys=list(keys), layers=list(layers)) if keys else []
        return {bytes(row["subject_key"]): row["retry_at"] for row in rows}

    def stale_domains(self, domains: Sequence[str]) -> list[str]:
        """Those whose company is not known or not fresh."""
        return [row["domain"] for row in self._steps.rows("stale_domains", domains=list(domains))]

    def taken(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Address keys that some contact already has."""
        rows = self._steps.rows("taken_keys", keys=list(keys)) if keys else []
        return {bytes(row["email_key"]): row["contact_id"] for row in rows}

    def note_questions(self, rows: Sequence[Row]) -> None:
        """contact_id, subject_key (hex). Before they are asked: whose an answer is, is known come what may."""
        self._write("note_questions", rows)

    def upsert_companies(self, rows: Sequence[Row]) -> None:
        """The columns of core.companies."""
        self._write("upsert_companies", rows)

    def upsert_claims(self, rows: Sequence[Row]) -> None:
        """The columns of core.profile_claims. An older word of the same source never replaces a newer one."""
        self._write("upsert_claims", rows)

    def apply(self, rows: Sequence[Row], history: Sequence[Row], *, enriched_by: str, ids: Sequence[int] = ()) -> None:
        """rows: contact_id and the fields that change. history: contact_id, field, old, new, source, confidence.

        ids: further contacts of whom something else is said by now; what follows from it follows, as from the rows.
        """
        replaced = [r for r in history if r["field"] in ("email", "phone")]
        self._write("keep_replaced_points", replaced)
        self._write("insert_history", history, enriched_by=enriched_by)
        self._write("update_contacts", rows)
        ids = sorted({*ids, *(row["contact_id"] for row in rows)})
        follow_origins(self.connection, ids, stage=enriched_by, now=self._now)

    def note_profiles(self, rows: Sequence[Row]) -> None:
        """contact_id, subject_key (hex), identity_confidence, is_answered, due_at (None: after the key's period)."""
        self._write("note_profiles", rows)

    def upsert_identity(self, rows: Sequence[Row]) -> None:
        """The columns of core.identity_checks."""
        self._write("upsert_identity", rows)

    def upsert_agreement(self, rows: Sequence[Row]) -> None:
        """contact_id, field, sources, agreeing."""
        self._write("upsert_agreement", rows)

    def open_reviews(self, rows: Sequence[Row]) -> None:
        """kind, contact_id, other_contact_id, field, details."""
        self._write("open_reviews", rows)

    def close_settled_reviews(self, rows: Sequence[Row]) -> None:
        """contact_id, field."""
        self._write("close_settled_reviews", rows)

    def completeness(self) -> float | None:
        """Share of key fields that the drop's contacts have."""
        share = self._steps.one("completeness")["share"]
        return None if share is None else float(share)

    def record(self, figures: Row) -> None:
        """A row of ops.enrichment_runs."""
        self._steps.run("insert_run", **figures)

    def _write(self, step: str, rows: Sequence[Row], **parameters: object) -> None:
        if rows:
            self._steps.run(step, rows=json.dumps(list(rows), default=str), **parameters)
