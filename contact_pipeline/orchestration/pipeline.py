"""The stages with their stores: what an asset, the command line and the tests call. No Dagster in here.

Every stage is idempotent and resumable: it asks what is still to do for a drop, does it in one transaction, and writes
into ops.stage_runs what it saw. Running it again finds nothing to do.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from contact_pipeline.adapters.fact_ledger import FactLedger
from contact_pipeline.adapters.postgres.contact_store import PostgresContactStore
from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.engine import Connection, Script, connect, count_rows
from contact_pipeline.adapters.postgres.landing_store import PostgresLandingStore
from contact_pipeline.adapters.postgres.ledger import Ledger
from contact_pipeline.adapters.postgres.profile_store import PostgresProfileStore
from contact_pipeline.core.alerts import DROP_FAILED, DROP_HELD, LISTED_WRONGLY
from contact_pipeline.core.clock import Clock, utc_now
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.core.providers import PROFILE_LAYERS, Layer
from contact_pipeline.core.report import Check, StageReport
from contact_pipeline.drops import DropOptions, open_drop
from contact_pipeline.drops.land import LANDING_RULES, land_drop
from contact_pipeline.emails import RULES_VERSION as EMAIL_RULES
from contact_pipeline.emails import EmailRules, MailHostResolver, canonical_address, normalize_emails
from contact_pipeline.orchestration.archived import archived_file
from contact_pipeline.orchestration.asset_facts import Graph
from contact_pipeline.orchestration.compliance_watch import watch_compliance, write_register
from contact_pipeline.orchestration.enriching import enrich_people
from contact_pipeline.orchestration.erased_rows import erased_rows, rewrite_archived
from contact_pipeline.orchestration.facts import kept_facts, restrict_awaited
from contact_pipeline.orchestration.holding import finish_or_hold
from contact_pipeline.orchestration.judging import judge_emails, judge_phones
from contact_pipeline.orchestration.panel import Panel
from contact_pipeline.orchestration.person import close_everywhere
from contact_pipeline.orchestration.register import processing_activities
from contact_pipeline.orchestration.stage_runs import fingerprint, is_held, record_run, up_to_date
from contact_pipeline.people import APPLY_RULES, IdentityNormalizers, apply_drop, read_opt_outs
from contact_pipeline.phones import RULES_VERSION as PHONE_RULES
from contact_pipeline.phones import numbers_to_restrict
from contact_pipeline.policy import Policy
from contact_pipeline.profiles import PROFILE_RULES
from contact_pipeline.schemas.columns import Table
from contact_pipeline.schemas.curated import CHANNELS

PHONE_PROCESSES = max(1, min(3, (os.cpu_count() or 1) - 1))  # PostgreSQL needs a core too; on two, one is fastest


@dataclass(frozen=True)
class Pipeline:
    """Everything a stage needs. `resolver` is called when a stage first asks DNS, so that nothing is probed in vain."""

    database_url: str
    archive: Path
    policy: Policy
    key: SubjectKey
    resolver: Callable[[], MailHostResolver]
    ledger: FactLedger = field(kw_only=True)
    clock: Clock = utc_now
    run_id: str | None = None
    actor: str = "contact_pipeline"
    panel: Panel = field(default_factory=Panel)
    phone_processes: int = field(default=PHONE_PROCESSES)

    @contextmanager
    def connection(self, reason: str = "") -> Iterator[Connection]:
        """A connection that tells the audit who works, in which run and why."""
        with connect(self.database_url, actor=self.actor, run_id=self.run_id, reason=reason) as connection:
            yield connection

    @property
    def email_rules(self) -> EmailRules:
        """The policy's switches, as the e-mail room knows them."""
        return EmailRules(
            allow_private_addresses=self.policy.email.allow_private_addresses,
            allow_special_use_domains=self.policy.email.allow_special_use_domains,
        )

    @property
    def email_version(self) -> str:
        """Rules and switches, hashed: it stands in every contact. When either changes, every verdict is due again."""
        return fingerprint(EMAIL_RULES, self.email_rules, *self.panel.of(Layer.MAILBOX, Layer.ACTIVITY))

    @property
    def phone_version(self) -> str:
        """The same for numbers."""
        return fingerprint(PHONE_RULES, self.policy.phone.line_status, *self.panel.of(Layer.CARRIER))

    def drop_options(self, source: str) -> DropOptions:
        """How the policy wants a source's files read."""
        mapping, ignored = self.policy.source(source).mapping, self.policy.ignored_columns(source)
        return DropOptions(mapping=mapping, ignore_columns=ignored, max_rows=self.policy.limits.max_rows)

    def finish(self, asset: str, drop_key: str) -> StageReport:
        """The stage of this asset for one drop, by one run at a time; a drop for which it fails for good is held."""
        return finish_or_hold(self, asset, drop_key)

    def land(self, drop_key: str) -> StageReport:
        """raw_contacts: the archived file's records into raw.landed_rows, and the verdict of the gate."""
        stage, started = "raw_contacts", time.monotonic()
        with self.connection(stage) as connection:
            drops, ledger = DropStore(connection), Ledger(connection)
            drop = drops.get(drop_key)
            source = self.policy.source(drop.source)
            rules = LANDING_RULES
            ignored = self.policy.ignored_columns(drop.source)
            input_hash = fingerprint(drop.sha256, source.mapping, ignored, self.policy.limits, self.policy.gates)
            last = ledger.last_run(drop_key, stage)
            if last and (last.input_hash, last.rules) == (input_hash, rules):
                return up_to_date(stage, drop_key, last.row_count, last.counts, started, _landing_checks(drop))
            options = replace(self.drop_options(drop.source), landed_at=drop.landed_at)
            with connection.transaction(), self._archived(drop) as stream:
                opened = open_drop(stream, file_name=drop.file_name, options=options)
                drops.forget_unapplied_rows(drop_key)
                store = PostgresLandingStore(connection, drop_key)
                applied = drops.applied_row_numbers(drop_key)
                is_erased = erased_rows(self, connection, drop.source)
                landed = land_drop(opened, store, applied=applied, is_erased=is_erased)
                if landed.erased_numbers:  # before the commit: a crash in between lands the lines that stand for them
                    rewrite_archived(self, drop, frozenset(landed.erased_numbers))
                facts = store.facts(opened) | {"rows_quarantined": landed.quarantined}
                # That a person was erased is no fault of the list.
                judged = facts | {"rows_quarantined": landed.quarantined - landed.erased}
                held = None if drop.approved_at else self._held_reason(opened.header_map.faults, judged)
                drops.finish_landing(drop_key, facts, held_reason=held)
                rows = {"bad": landed.quarantined, "rows": facts["rows_in"]}
                ledger.set_alert(DROP_HELD, drop_key, is_on=held is not None, counts=rows)
                ledger.close_alert(DROP_FAILED, drop_key)
                counts = {
                    "rows_in": facts["rows_in"], "quarantined": landed.quarantined,
                    "unknown_headers": len(facts["unknown_headers"]), "ignored_headers": len(facts["ignored_headers"]),
                } | {f"repaired {rule}": n for rule, n in facts["repairs"].items()}  # fmt: skip
                record_run(self, ledger, drop_key, stage, input_hash, rules, facts["rows_in"], counts, started)
            return StageReport(
                stage,
                drop_key,
                facts["rows_in"],
                time.monotonic() - started,
                counts,
                _landing_checks(drops.get(drop_key)),
            )

    def apply(self, drop_key: str) -> StageReport:
        """contacts: rows that wait become contacts; a held drop only hands over its opt-outs."""
        stage, started = "contacts", time.monotonic()
        with self.connection(stage) as connection:
            ledger = Ledger(connection)
            with connection.transaction(), kept_facts(self, connection) as facts:
                drop = DropStore(connection).get(drop_key)
                source = self.policy.source(drop.source)
                store = PostgresContactStore(
                    connection, drop, trust=source.trust, now=self.clock(), key=self.key, canonical=canonical_address
                )
                waiting = connection.execute(
                    "select exists (select from raw.landed_rows where drop_key = %s and outcome is null)", (drop_key,)
                ).fetchone() == (True,)
                input_hash = fingerprint(drop.sha256)
                last = ledger.last_run(drop_key, stage)
                if last and not waiting:
                    checks = (_rows_conserved(drop),)
                    return up_to_date(stage, drop_key, last.row_count, last.counts, started, checks)
                reading: dict[str, Any] = {
                    "source": drop.source, "default_region": source.default_region, "key": self.key,
                    "normalize": IdentityNormalizers(normalize_emails, numbers_to_restrict, canonical_address),
                }  # fmt: skip

                def opt_outs() -> None:
                    store.begin()
                    read_opt_outs(store, **reading)
                    if store.suppress():
                        facts.applied(drop_key)
                    self._close_for_persons(connection)

                def people() -> None:
                    store.begin()
                    apply_drop(store, **reading)
                    store.apply()
                    self._close_for_persons(connection)

                if drop.held_reason:
                    opt_outs()
                    return StageReport(
                        stage, drop_key, 0, time.monotonic() - started, {"held": 1}, (_rows_conserved(drop),)
                    )
                is_list_of_people = drop.kind != "suppressions"
                store.without_refused(people if is_list_of_people else opt_outs, opt_outs)
                counts = store.close(is_list_of_people=is_list_of_people)
                restrict_awaited(connection, drop_key)
                facts.applied(drop_key)
                rows = counts["loaded"] + counts["merged"]
                record_run(self, ledger, drop_key, stage, input_hash, APPLY_RULES, rows, counts, started)
                ledger.publish_when_done(drop_key)
                checks = (_rows_conserved(DropStore(connection).get(drop_key)),)
            return StageReport(stage, drop_key, rows, time.monotonic() - started, counts, checks)

    def _close_for_persons(self, connection: Connection) -> None:
        """The drop's opt-outs reach every contact of whoever said them."""
        close_everywhere(self, connection, [row["id"] for row in Script(connection, "person").rows("touched")])

    def validate_emails(self, drop_key: str) -> StageReport:
        """validated_emails: every due address of the drop's contacts through syntax, DNS and the paid layers."""
        return judge_emails(self, drop_key)

    def normalize_phones(self, drop_key: str) -> StageReport:
        """normalized_phones: every due number of the drop's contacts against the numbering plans, then look-ups."""
        return judge_phones(self, drop_key)

    def enrich(self, drop_key: str) -> StageReport:
        """enriched_profiles: what providers know, what follows from known facts, then permissions; the last stage
        publishes the drop. An address or number that was found is judged before that."""
        started = time.monotonic()
        enriched = enrich_people(self, drop_key)
        # Also after a run that found an address and failed before it was judged.
        if enriched.finds_points or self._has_unjudged(drop_key):
            judge_emails(self, drop_key)
            judge_phones(self, drop_key)
        report = self._publish(drop_key)
        return replace(
            report, counts=dict(report.counts) | dict(enriched.counts), checks=report.checks + enriched.checks,
            seconds=time.monotonic() - started, figures=enriched.figures,
            up_to_date=report.up_to_date and not enriched.figures,
        )  # fmt: skip

    def _has_unjudged(self, drop_key: str) -> bool:
        """Whether the drop holds an address or number that nobody has judged; only enriching brings one so late."""
        if not any(self.panel.of(*PROFILE_LAYERS)):
            return False
        with self.connection("enriched_profiles") as connection:
            return bool(Script(connection, "enrichment", drop_key=drop_key).one("has_unjudged")["has_unjudged"])

    def _publish(self, drop_key: str) -> StageReport:
        stage, started = "enriched_profiles", time.monotonic()
        with self.connection(stage) as connection, connection.transaction():
            ledger, now = Ledger(connection), self.clock()
            applied, *judged = (
                ledger.last_run(drop_key, name) for name in ("contacts", "validated_emails", "normalized_phones")
            )
            people = fingerprint(
                applied and applied.finished_at,
                self.policy.fingerprint(*self.policy.sources.values(), self.policy.retention),
            )
            seen = f"{people}-{fingerprint(*(run and run.finished_at for run in judged))}"
            last = ledger.last_run(drop_key, stage)
            if last and (last.input_hash, last.rules) == (seen, PROFILE_RULES):
                return up_to_date(stage, drop_key, last.row_count, last.counts, started, _profile_checks(0))
            # The same people under the same policy: only those judged since can have changed.
            same_people = last and last.rules == PROFILE_RULES and last.input_hash.startswith(people)
            since = last.as_of if last and same_people else None
            restrict_awaited(connection, drop_key)  # again: only now is everybody's number judged
            # Numbers are known to be mobile ones only now: who shares one with somebody who opted out is that person.
            links = Script(connection, "person").rows("links_of_drop", drop_key=drop_key)
            close_everywhere(self, connection, [row["id"] for row in links])
            store = PostgresProfileStore(connection, drop_key, now=now, since=since)
            looked_at, counts = store.derive()
            rows = last.row_count if last and since else looked_at
            if not is_held(connection, drop_key):
                record_run(self, ledger, drop_key, stage, seen, PROFILE_RULES, rows, counts, started, as_of=now)
                ledger.publish_when_done(drop_key)
            checks = _profile_checks(store.refused)
            return StageReport(stage, drop_key, rows, time.monotonic() - started, counts, checks)

    def sync_permissions(self, graph: Graph | None = None) -> StageReport:
        """compliance_views: permissions that changed without a drop, the day's figures, alerts about duties.

        graph: of the assets; with it the record of processing is brought up to date.
        """
        stage, started = "compliance_views", time.monotonic()
        with self.connection(stage) as connection, connection.transaction():
            steps = Script(connection, "compliance", day=self.clock().date(), policy=self.policy.fingerprint())
            Script(connection, "contacts").run("lock")
            is_decided = steps.one("is_decided")["is_decided"]
            changed = 0 if is_decided else steps.run("note_decision", "sync_permissions")
            counts = steps.one("count_permissions")
            steps.run("measure_day")
            wrong = {fault: rows for fault, rows in steps.one("listed_wrongly").items() if rows}
            if wrong:  # a flag that was set by hand; the lists ask the rule, so nobody was on one because of it
                changed += steps.run("sync_permissions")
            ledger = Ledger(connection)
            ledger.set_alert(LISTED_WRONGLY, "permissions", is_on=bool(wrong), counts=wrong)
            check = Check("lists_hold_only_the_allowed", not wrong, blocking=True, counts=wrong)
            counts = counts | {"changed": changed}
            if graph:
                activities = processing_activities(self.policy, self.panel.names, graph)
                counts["register"] = write_register(connection, activities)
            figures = watch_compliance(connection)
            seconds = time.monotonic() - started
            return StageReport(stage, None, counts["contacts"], seconds, counts, (check,), figures=figures)

    def count_view(self, table: Table) -> StageReport:
        """curated/<view>: how many rows a reader finds."""
        started = time.monotonic()
        with self.connection(table.name) as connection:
            if table.name == "curated.contactability":
                # A row for each channel of each contact: counting the view would decide every permission (22 s at 1 M).
                rows = len(CHANNELS) * count_rows(connection, "curated.contacts")
            else:
                rows = count_rows(connection, table.name)
        return StageReport(table.name.replace(".", "/"), None, rows, time.monotonic() - started)

    def stale_drops(self, *, limit: int) -> list[str]:
        """Drops that hold decayed contacts, or whose first run did not finish; longest waiting first."""
        with self.connection("refresh") as connection:
            steps = Script(connection, "refresh", now=self.clock(), limit=limit, phone_rules=self.phone_version,
                email_rules=self.email_version, asks_about_people=any(self.panel.of(*PROFILE_LAYERS)))  # fmt: skip
            return [row["key"] for row in steps.rows("stale_drops")]

    @contextmanager
    def _archived(self, drop: DropRecord) -> Iterator[BinaryIO]:
        """The drop's file, proved to be the one that was dropped, as far as no row of an erased person has left it."""
        with archived_file(self.archive, drop) as stream:
            yield stream

    def _held_reason(self, faults: tuple[str, ...], facts: Mapping[str, int]) -> str | None:
        if faults:
            return f"wrong structure: {', '.join(faults)}"
        share = facts["rows_quarantined"] / facts["rows_in"] if facts["rows_in"] else 0.0
        if share > self.policy.gates.max_failed_share:
            allowed = self.policy.gates.max_failed_share
            return f"failed rows: {share:.1%} of {facts['rows_in']}, the gate allows {allowed:.1%}"
        return None


def _landing_checks(drop: DropRecord) -> tuple[Check, ...]:
    counts = {"rows_in": drop.rows_in or 0, "quarantined": drop.rows_quarantined}
    return (Check("drop_passes_gate", drop.held_reason is None, counts=counts),)


def _profile_checks(refused: int) -> tuple[Check, ...]:
    return (Check("enriched_profiles_fit_schema", refused == 0, blocking=True, counts={"refused": refused}),)


def _rows_conserved(drop: DropRecord) -> Check:
    counts = {
        "rows_in": drop.rows_in or 0, "loaded": drop.rows_loaded, "merged": drop.rows_merged,
        "quarantined": drop.rows_quarantined, "erased": drop.rows_erased,
    }  # fmt: skip
    accounted = sum(counts.values()) - counts["rows_in"]
    return Check("rows_conserved", drop.applied_at is None or counts["rows_in"] == accounted, True, counts)
