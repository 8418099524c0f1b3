"""The tables of what providers were asked, what it cost and what they said.

The DDL is adapters/postgres/sql/tables/50_providers.sql; a test compares both.
"""

from contact_pipeline.core.providers import Fault, Layer, Outcome
from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

LAYERS = tuple(map(str, Layer))
ENDPOINTS = ("single", "batch", "job", "stream")

_ID = Column("id", "bigint", "Row number, given by the database.", nullable=False)
_PROVIDER = Column("provider", "text", "Provider, as the policy names it; smtp is our own probe.", nullable=False)
_LAYER = Column("layer", "text", "What was asked about.", nullable=False, one_of=LAYERS)
_DROP = Column("drop_key", "text", "The drop whose stage asked.")
_RUN = Column("run_id", "text", "The Dagster run; empty: the command line.")
_SESSION = Column("session", "bigint", "Which process asked; a live one holds a lock of this number.", nullable=False)

PROVIDER_CALLS = Table(
    "ops.provider_calls",
    "One row for each subject a provider was asked about: reserved before the call, settled after it. A fresh answer "
    "is never asked for again. Subjects are keyed hashes.",
    (
        _ID,
        _PROVIDER,
        _LAYER,
        Column("endpoint", "text", "How it was asked.", nullable=False, one_of=ENDPOINTS),
        Column("subject_key", "bytea", "Keyed hash of the address or number.", personal=True, nullable=False),
        Column(
            "price", "numeric(12,6)", "US dollars; 0 once the provider did not bill it.", nullable=False, at_least=0
        ),
        _DROP,
        _RUN,
        _SESSION,
        Column("job_id", "bigint", "The bulk job it was part of."),
        Column("reserved_at", TIME, "Before the call, UTC.", nullable=False),
        Column("settled_at", TIME, "After the answer; empty: on its way."),
        Column("outcome", "text", "How the call ended.", nullable=False, one_of=tuple(map(str, Outcome))),
        Column("fault", "text", "Why there is no answer.", one_of=tuple(map(str, Fault))),
        Column("latency_ms", "integer", "Milliseconds until the answer; of single and batch calls."),
        Column("reference", "text", "The provider's name for the result."),
        Column("status", "text", "Verdict in our words; `known` for activity."),
        Column("sub_status", "text", "Why."),
        Column("raw_status", "text", "The provider's own word."),
        Column("raw_sub_status", "text", "Its second word."),
        Column("is_known", "boolean", "Our table holds the provider's word."),
        Column("facts", "jsonb", "The whole answer in our words."),
        Column("retry_at", TIME, "An answer that settles nothing may be asked for again from here on."),
    ),
)

PROVIDER_JOBS = Table(
    "ops.provider_jobs",
    "Bulk jobs at providers. One that a crash left is found and collected, or held for a person; never uploaded again "
    "by itself.",
    (
        _ID,
        _PROVIDER,
        _LAYER,
        Column("label", "text", "Our name for the job at the provider; names nobody.", nullable=False),
        Column("vendor_job", "text", "The provider's name for it; empty until its answer to the upload is stored."),
        Column("size", "integer", "Subjects in it.", nullable=False),
        Column(
            "state",
            "text",
            "outcome_unknown: nobody can tell whether it ran; a person looks at the provider.",
            nullable=False,
            one_of=("uploading", "uploaded", "finished", "failed", "outcome_unknown"),
        ),
        _SESSION,
        _DROP,
        _RUN,
        Column("created_at", TIME, "Before the upload, UTC.", nullable=False),
        Column("finished_at", TIME, "When it ended."),
        Column("released_by", "text", "Who let the subjects of a held job be asked again."),
        Column("released_because", "text", "Why."),
    ),
)

PROVIDER_MONTHS = Table(
    "ops.provider_months",
    "What each provider has cost in each month, raised before a call is made.",
    (
        _PROVIDER,
        Column("month", "date", "First day of the month (UTC).", nullable=False),
        Column("calls", "bigint", "Subjects asked about.", nullable=False),
        Column("spent", "numeric(14,6)", "US dollars, without what was not billed.", nullable=False),
    ),
)

CATCH_ALL_DOMAINS = Table(
    "ops.catch_all_domains",
    "Whether a domain takes mail for any local part, as our own SMTP probe found out.",
    (
        Column("domain", "text", "Domain (A-labels).", nullable=False),
        Column("is_catch_all", "boolean", "It took a made-up address.", nullable=False),
        Column("checked_at", TIME, "When it was asked, UTC.", nullable=False),
    ),
)

FRESHNESS_REPORTS = Table(
    "ops.freshness_reports",
    "What curated.freshness said, week by week.",
    (
        Column("day", "date", "Day of the report (UTC).", nullable=False),
        Column("source", "text", "Source of the contacts' latest drop.", nullable=False),
        Column("layer", "text", "Which verdict.", nullable=False),
        Column("contacts", "bigint", "Contacts with an address or number.", nullable=False),
        Column("fresh_share", "double precision", "Share judged within its period.", nullable=False),
    ),
)

PROVIDER_BALANCES = Table(
    "ops.provider_balances",
    "A provider's own count of credits beside our count of calls, day by day.",
    (
        _PROVIDER,
        Column("looked_at", TIME, "When it was asked, UTC.", nullable=False),
        Column("credits", "double precision", "Credits left, by the provider.", nullable=False),
        Column("billed_calls", "bigint", "Calls of ours since the last look that it bills.", nullable=False),
        Column("drift", "double precision", "Credits gone that no call explains; empty: first look, or a top-up."),
    ),
)

PROVIDER_COSTS = Table(
    "curated.provider_costs",
    "What providers cost and how they did, by month, drop and stage.",
    (
        _PROVIDER,
        _LAYER,
        Column("month", "date", "First day of the month (UTC).", nullable=False),
        _DROP,
        Column("stage", "text", "Stage that asked.", nullable=False),
        Column("calls", "bigint", "Subjects asked about; a call that was never sent is none.", nullable=False),
        Column("answers", "bigint", "Of these, answered.", nullable=False),
        Column("verdicts", "bigint", "Of these, answers that settled something.", nullable=False),
        Column("failed", "bigint", "Calls without an answer.", nullable=False),
        Column("outcome_unknown", "bigint", "Calls of which nobody can tell whether they were done.", nullable=False),
        Column("price", "numeric", "US dollars.", nullable=False),
        Column("price_per_verdict", "numeric", "US dollars for each verdict gained; empty: none."),
        Column("uptime", "double precision", "Share of ended calls that were answered.", at_least=0, at_most=1),
        Column("median_latency_ms", "integer", "Median milliseconds of single and batch calls."),
    ),
)

PROVIDER_TABLES = (
    PROVIDER_CALLS,
    PROVIDER_JOBS,
    PROVIDER_MONTHS,
    CATCH_ALL_DOMAINS,
    FRESHNESS_REPORTS,
    PROVIDER_BALANCES,
)
