"""A whole pipeline on a bench: a real database, a real DNS server, a clock that stands still until a test moves it.

No Dagster. What a test wants to know it asks with SQL.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from contact_pipeline.adapters.postgres.drop_store import DropStore
from contact_pipeline.adapters.postgres.engine import connect
from contact_pipeline.adapters.postgres.policy_copy import sync_policy
from contact_pipeline.adapters.postgres.subject_key import check_key
from contact_pipeline.compliance.compliance_views import sync_permissions
from contact_pipeline.compliance.graph import Graph
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.core.report import StageReport
from contact_pipeline.drops.intake import Intake
from contact_pipeline.drops.raw_contacts import RAW_CONTACTS, land_raw_contacts
from contact_pipeline.emails.validated_emails import VALIDATED_EMAILS, validate_emails
from contact_pipeline.people.contacts import CONTACTS, apply_contacts
from contact_pipeline.phones.normalized_phones import NORMALIZED_PHONES, normalize_phones
from contact_pipeline.policy.file import Policy
from contact_pipeline.policy.sections import SourcePolicy
from contact_pipeline.profiles.enriched_profiles import ENRICHED_PROFILES, enrich_profiles
from contact_pipeline.quality.freshness import stale_drops
from contact_pipeline.rights.replaying import open_ledger
from contact_pipeline.settings import NameServer, Settings
from contact_pipeline.stage.holding import finish_or_hold
from contact_pipeline.stage.session import Session
from contact_pipeline_tests.conftest import settings_in
from contact_pipeline_tests.dns_server import SERVFAIL, SILENT, Node, Zone, address, mail_domain

STAGES = {
    stage.name: stage for stage in (RAW_CONTACTS, CONTACTS, VALIDATED_EMAILS, NORMALIZED_PHONES, ENRICHED_PROFILES)
}  # in order
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
KEY = SubjectKey(b"k" * 32)
PUBLIC = "93.184.216.34"
TABLES = (
    "ops.erasures", "ops.subject_requests",  # first: an open request holds the contact that it names
    "raw.drops", "raw.landed_rows", "raw.quarantined_rows", "core.contacts", "core.contact_points",
    "core.contact_sources", "core.email_validations", "core.phone_validations", "core.enrichment_history",
    "core.consent_records", "core.outreach_history", "core.suppressions", "audit.changes", "ops.domains",
    "ops.catch_all_domains", "ops.freshness_reports", "ops.provider_balances", "ops.provider_calls",
    "ops.alert_deliveries", "ops.alert_decisions",
    "ops.provider_jobs", "ops.provider_months", "ops.stage_runs", "ops.alerts", "ops.reviews",
    "ops.kpi_history", "ops.kpi_days", "ops.costs", "ops.reports", "ops.data_quality_days",
    "core.companies", "core.provider_answers", "ops.enrichment_runs", "ops.enrichment_days",
    "core.erased_keys", "core.processing_activities", "core.address_keys", "core.purpose_suppressions",
    "ops.rollbacks", "core.rulings", "core.withdrawn_sources",
    "ops.inbound_events", "ops.esp_bases", "ops.esp_cursors", "ops.esp_comparisons", "ops.exports",
    "ops.quality_counts", "ops.web_sessions", "ops.web_users", "ops.page_views",
)  # fmt: skip
# Of dumps: places in files and salts, which differ.
LEFT_OUT = ("ops.ledger_files", "core.awaited_restrictions", "audit.seals", "audit.blocks", "audit.seal_marks")

INTEREST = SourcePolicy(
    documentation="Leads of the lab.",
    lawful_basis="legitimate_interest",
    assessment_ref="LIA-1",
    trust=0.8,
    electronic_marketing="none",
    electronic_marketing_reason="The lab writes to nobody.",
)
SOURCES: Mapping[str, SourcePolicy] = {
    "crm": INTEREST,
    "shop": SourcePolicy(
        documentation="Customers of the lab.",
        lawful_basis="contract",
        trust=0.9,
        electronic_marketing="none",
        electronic_marketing_reason="The lab writes to nobody.",
    ),
    "fair": INTEREST.model_copy(update={"trust": 0.4, "default_region": "US"}),
    "newsletter": SourcePolicy(
        documentation="Opt-in.", lawful_basis="consent", channels=("email",), trust=0.6, origin="first_party"
    ),
    "bought": SourcePolicy(trust=0.2),
    "optouts": SourcePolicy(documentation="Suppressions.", trust=0.5),
}

# Every way a domain can answer. `ok*` take mail; the others say in their name what is wrong with them.
ZONE: Zone = {
    "ok.test": mail_domain("mx.ok.test"),
    "ok2.test": mail_domain("mx.ok.test"),
    "short.test": mail_domain("mx.ok.test", ttl=600),
    "mx.ok.test": address(PUBLIC),
    "implicit.test": address(PUBLIC),
    "nullmx.test": Node({"MX": ("0 .",)}),
    "dangling.test": mail_domain("gone.dangling.test"),
    "private.test": mail_domain("mx.private.test"),
    "mx.private.test": address("10.0.0.1"),
    "silent.test": SILENT,
    "servfail.test": SERVFAIL,
}


@dataclass(repr=False)
class Lab:
    """One pipeline with its database. `now` is what the clock says."""

    session: Session
    settings: Settings
    now: datetime = START
    reports: list[StageReport] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Lab({self.now})"

    def with_policy(self, **sections: object) -> None:
        """The policy file was edited and the program started again."""
        policy = Policy.model_validate(self.session.policy.model_dump() | sections)
        self.session = replace(self.session, policy=policy)
        self.sync_policy()

    def with_source(self, name: str, **changes: object) -> None:
        """One source's section of the policy was edited."""
        source = self.session.policy.source(name).model_copy(update=changes)
        self.with_policy(sources=dict(self.session.policy.sources) | {name: source})

    def sync_policy(self) -> None:
        with self.session.connection("policy") as connection:
            sync_policy(connection, self.session.policy)

    def passes(self, **time: int) -> None:
        """Let time pass: `lab.passes(days=91)`."""
        self.now += timedelta(**time)

    def register(self, source: str, text: str | bytes, name: str = "list.csv") -> str:
        """The file is found in INCOMING and archived; no stage has run. Each file lands a minute after the last."""
        self.passes(minutes=1)
        file = self.settings.incoming / source / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        (taken,), rejected = Intake(self.session).take_incoming([f"{source}/{name}"])
        assert not rejected
        return taken.key

    def run(self, key: str) -> list[StageReport]:
        """Every stage for one drop, in order."""
        reports = [stage.work(self.session, key) for stage in STAGES.values()]
        self.reports += reports
        return reports

    def land(self, key: str) -> StageReport:
        """raw_contacts."""
        return land_raw_contacts(self.session, key)

    def apply(self, key: str) -> StageReport:
        """contacts."""
        return apply_contacts(self.session, key)

    def validate_emails(self, key: str) -> StageReport:
        """validated_emails."""
        return validate_emails(self.session, key)

    def normalize_phones(self, key: str) -> StageReport:
        """normalized_phones."""
        return normalize_phones(self.session, key)

    def enrich(self, key: str) -> StageReport:
        """enriched_profiles."""
        return enrich_profiles(self.session, key)

    def finish(self, stage: str, key: str) -> StageReport:
        """A stage as its asset calls it: a drop for which it fails for good is held."""
        return finish_or_hold(self.session, STAGES[stage], key)

    def sync_permissions(self, graph: Graph | None = None) -> StageReport:
        """compliance_views."""
        return sync_permissions(self.session, graph)

    def stale_drops(self, *, limit: int) -> list[str]:
        """What a schedule would ask for."""
        return stale_drops(self.session, limit=limit)

    def drop(self, source: str, text: str, name: str = "list.csv") -> str:
        """A file arrives and goes through every stage; returns the drop's key."""
        key = self.register(source, text, name)
        self.run(key)
        return key

    def take(self, source: str, text: str, name: str = "list.csv") -> str:
        """Like drop(), but only until the rows are contacts: nothing is judged yet."""
        key = self.register(source, text, name)
        self.reports += [self.land(key), self.apply(key)]
        return key

    def replay(self, key: str) -> None:
        """What `contact-pipeline replay` does."""
        with self.session.connection("replay") as connection, connection.transaction():
            DropStore(connection).forget_landing(key)
        self.run(key)

    def approve(self, key: str) -> None:
        """What `contact-pipeline approve` does."""
        with self.session.connection("approve") as connection, connection.transaction():
            DropStore(connection).approve(key, actor="a person", reason="looked at it")
        self.run(key)

    @contextmanager
    def psql(self) -> Iterator[psycopg.Connection]:
        """A person at a prompt, who knows nothing of our session settings. Commits on leaving."""
        with psycopg.connect(self.session.database_url) as connection:
            yield connection

    def rows(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Result of a query."""
        with self.psql() as connection:
            return connection.execute(query, parameters or None).fetchall()

    def row(self, query: str, *parameters: object) -> tuple[Any, ...]:
        """The only row of a query."""
        (row,) = self.rows(query, *parameters)
        return row

    def value(self, query: str, *parameters: object) -> Any:
        """The only value of a query."""
        (value,) = self.row(query, *parameters)
        return value

    def database_now(self) -> datetime:
        """The database's clock, which stamps the changes."""
        found: datetime = self.value("select clock_timestamp()")
        return found

    def do(self, statement: str, *parameters: object) -> None:
        """A change made by hand."""
        with self.psql() as connection:
            connection.execute(statement, parameters or None)

    def rewrite(self, statement: str, *parameters: object) -> None:
        """A change of facts that stand, as only an erasure may: the past as a test needs it."""
        with self.psql() as connection:
            connection.execute("select audit.begin_erasing()")
            connection.execute(statement, parameters or None)

    def contact(self, email: str) -> dict[str, Any]:
        """The row of core.contacts with this first address."""
        with self.psql() as connection, connection.cursor(row_factory=dict_row) as cursor:
            (row,) = cursor.execute("select * from core.contacts where email = %s", (email,)).fetchall()
            return row

    def contacts(self, *columns: str) -> list[tuple[Any, ...]]:
        """These columns of every contact, sorted."""
        rows = self.rows(f"select {', '.join(columns)} from core.contacts")
        return sorted(rows, key=repr)

    def why(self, email: str) -> tuple[str, str]:
        """What the permission rule says of a contact, for e-mail and for calls."""
        return self.row(
            "select p.email_reason, p.phone_reason from core.contact_permissions p"
            " join core.contacts c on c.id = p.contact_id where c.email = %s",
            email,
        )

    def may(self, email: str) -> tuple[bool, bool]:
        """(can_email, can_call) as they stand in the table."""
        return self.row("select can_email, can_call from core.contacts where email = %s", email)

    def accounting(self, key: str) -> tuple[int, int, int, int]:
        """rows_in, loaded, merged, quarantined."""
        return self.row("select rows_in, rows_loaded, rows_merged, rows_quarantined from raw.drops where key = %s", key)

    def forget_everything(self) -> None:
        """An empty database again (the policy stays). Faster than a new one: 30 ms against 500."""
        with self.psql() as connection:
            connection.execute("select audit.begin_erasing()")  # facts are append-only
            tables = (*TABLES, *LEFT_OUT)
            for table in sorted(tables, key="audit.changes".__eq__):  # the audit last: it notes the other deletions
                connection.execute(f"delete from {table}")
            connection.execute("update ops.permission_sync set policy = '', decided_on = null, is_asked = true")
        self.now = START


def csv(header: str, *rows: str) -> str:
    """A file from its lines."""
    return "\n".join((header, *rows)) + "\n"


def crowd(count: int, domain: str = "ok.test") -> list[str]:
    """`email,name` rows of that many different people."""
    return [f"person{i}@{domain},Person Number{i}" for i in range(count)]


def people(rows: Sequence[Sequence[str | None]], header: str) -> str:
    """A file from cells; None is an empty cell."""
    return csv(header, *(",".join(cell or "" for cell in row) for row in rows))


@contextmanager
def open_lab(url: str, folder: Path, dns_server: tuple[str, int]) -> Iterator[Lab]:
    """A lab over a migrated database."""
    settings = settings_in(
        folder / "home", CONTACT_PIPELINE_INCOMING=str(folder / "incoming"), CONTACT_PIPELINE_DATABASE_URL=url
    )
    policy = Policy.model_validate({"sources": SOURCES, "email": {"allow_special_use_domains": True}})
    session = Session(
        settings,
        url,
        policy,
        KEY,
        ledger=open_ledger(settings, KEY),
        phone_processes=1,
        name_server=NameServer(dns_server, timeout_s=0.1),
    )
    lab = Lab(session, settings)
    lab.session = replace(lab.session, clock=lambda: lab.now)
    with connect(url) as connection:
        check_key(connection, KEY)
    lab.sync_policy()
    yield lab
