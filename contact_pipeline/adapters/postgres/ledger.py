"""ops.*: what ran on what input, what is published, what needs a person, and whose key made the hashes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from contact_pipeline.adapters.postgres.engine import Script, statements
from contact_pipeline.core.alerts import AlertRule, known_rule
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.marketing_law import MARKETING_RULES
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.policy.file import Policy

PUBLISHED_AFTER = ("raw_contacts", "contacts", "validated_emails", "normalized_phones", "enriched_profiles")


@dataclass(frozen=True)
class StageRun:
    """The last finished run of a stage for a drop."""

    input_hash: str
    rules: str
    row_count: int
    counts: Mapping[str, int]
    as_of: datetime | None
    finished_at: datetime


class Ledger:
    """Reads and writes ops.* on one connection."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._steps = Script(connection, "stage_runs")

    def last_run(self, drop: str, stage: str) -> StageRun | None:
        """None when the stage never finished for this drop."""
        found = self._steps.rows("last_run", drop_key=drop, stage=stage)
        return StageRun(**found[0]) if found else None

    def record_run(
        self, drop: str, stage: str, *, input_hash: str, rules: str, rows: int, counts: Mapping[str, int],
        seconds: float,
        run_id: str | None, as_of: datetime,
    ) -> None:  # fmt: skip
        """Replaces the last run of this stage and drop."""
        self._steps.run(
            "record_run", drop_key=drop, stage=stage, input_hash=input_hash, rules=rules, rows=rows,
            counts=json.dumps(dict(counts)), seconds=seconds, run_id=run_id, as_of=as_of,
        )  # fmt: skip

    def publish_when_done(self, drop: str) -> bool:
        """Make the drop's contacts visible once every stage has finished; True when it is published."""
        self._steps.run("publish_when_done", drop_key=drop, after=list(PUBLISHED_AFTER))
        row = self._connection.execute(
            "select published_at is not null from raw.drops where key = %s", (drop,)
        ).fetchone()
        return bool(row and row[0])

    def set_alert(
        self, rule: AlertRule, subject: str, *, is_on: bool, counts: Mapping[str, int], is_grave: bool = False
    ) -> None:
        """Opens the alert while the condition holds, closes it when it has passed."""
        if is_on:
            self.open_alert(rule, subject, counts=counts, is_grave=is_grave)
        else:
            self.close_alert(rule, subject)

    def open_alert(self, rule: AlertRule, subject: str, *, counts: Mapping[str, int], is_grave: bool = False) -> None:
        """One open alert for each rule and subject; a second call refreshes its counts and how grave it is.

        Raises ValueError for a rule that is not in core/alerts.py.
        """
        severity, name = known_rule(rule).severity_when(is_grave=is_grave), rule.name
        told = json.dumps(dict(counts))
        self._steps.run("open_alert", rule=name, severity=severity, fingerprint=f"{name}:{subject}", counts=told)

    def close_alert(self, rule: AlertRule, subject: str) -> None:
        """The condition has passed."""
        self._connection.execute(
            "update ops.alerts set closed_at = now() where fingerprint = %s and closed_at is null",
            (f"{known_rule(rule).name}:{subject}",),
        )

    def key_fingerprint(self) -> str | None:
        """Of the key that made this database's hashes; None for a database that holds none yet."""
        row = self._connection.execute("select fingerprint from ops.subject_key").fetchone()
        return str(row[0]) if row else None

    def check_key(self, key: SubjectKey) -> None:
        """Remember whose key made the hashes; refuse another one, which would let every opt-out slip."""
        self._connection.execute(
            "insert into ops.subject_key (fingerprint) values (%s) on conflict do nothing", (key.fingerprint,)
        )
        if self.key_fingerprint() != key.fingerprint:
            raise ConfigurationError(
                "The key file is not the one this database was made with, so opt-outs could not be recognised."
                " Point CONTACT_PIPELINE_KEY_FILE at the original key file."
            )

    def sync_policy(self, policy: Policy) -> None:
        """Copy sources, usable verdicts and periods to where views can read them; a source that left loses its basis.

        A source's retention_days is the effective one: policy.retention_days.
        """
        rows = [
            {
                "name": name, "documentation": s.documentation, "lawful_basis": s.lawful_basis,
                "assessment_ref": s.assessment_ref, "purpose": s.purpose, "retention_days": policy.retention_days(name),
                "channels": list(s.channels), "trust": s.trust, "origin": s.origin, "default_region": s.default_region,
                "electronic_marketing": s.electronic_marketing,
                "own_bases": [words for words in (*s.own_bases, s.assessment_ref) if words.strip()],
            }
            for name, s in sorted(policy.sources.items())
        ]  # fmt: skip
        copy = Script(self._connection, "policy_copy")
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute("lock table core.sources in share row exclusive mode")
            cursor.execute("delete from core.sources where name <> all(%s)", ([row["name"] for row in rows],))
            cursor.executemany(statements("policy_copy")["upsert_source"], rows)
            copy.run("write_patterns")
            cursor.execute("delete from core.marketing_rules")
            cursor.executemany(
                "insert into core.marketing_rules (country, email, phone) values (%s, %s, %s)",
                [(rule.country, rule.email, rule.phone) for rule in MARKETING_RULES],
            )
            copy.run("decide_for_nobody", policy=policy.fingerprint())
            cursor.execute("delete from core.usable_verdicts")
            cursor.executemany(
                "insert into core.usable_verdicts (channel, verdict) values (%s, %s) on conflict do nothing",
                [("email", v) for v in policy.email.mailable_verdicts]
                + [("phone", v) for v in policy.phone.callable_verdicts],
            )
            cursor.execute("delete from core.refresh_periods")
            cursor.executemany(
                "insert into core.refresh_periods (layer, refresh_days) values (%s, %s)", list(policy.periods.items())
            )
            copy.run("set_warning_days", days=policy.retention.warning_days)
            cursor.execute("delete from core.key_fields")
            cursor.executemany(
                "insert into core.key_fields (field) values (%s)", [(f,) for f in policy.enrichment.key_fields]
            )
