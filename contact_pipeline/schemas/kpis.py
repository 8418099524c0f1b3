"""KPIs by metric, day and scope: kept, and as readers see them.

The DDL is adapters/postgres/sql/tables/270_kpis.sql and sql/views/65_kpis.sql; a test compares both.
"""

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.core import TIME

_KEY = (
    Column("metric", "text", "Which KPI (docs/kpis.md).", nullable=False),
    Column("scope", "text", "all, source:NAME, drop:KEY, provider:NAME or country:XX.", nullable=False),
    Column("day", "date", "Day (UTC).", nullable=False),
)
_COUNTS = (
    Column("value", "double precision", "The figure; empty: reason says why."),
    Column("numerator", "double precision", "What was counted, of days their sum."),
    Column("denominator", "double precision", "Of how many."),
)
_GOAL = (
    Column("goal", "double precision", "What was to be reached on that day.", nullable=False),
    Column("distance", "double precision", "How far beyond the goal; below 0: missed by so much."),
)
_ODD = (
    Column("expected", "double precision", "Median of the last 56 days; empty: too few days."),
    Column("is_anomaly", "boolean", "Far from what its own last weeks led to expect.", nullable=False),
    Column("reason", "text", "Why there is no value."),
    Column("computed_at", TIME, "When it was computed, UTC.", nullable=False),
)

KPI_HISTORY = Table(
    "ops.kpi_history",
    "One row for each KPI, day and scope; past days are never rewritten. Of a drop a row is written when it changes.",
    (
        *_KEY, *_COUNTS,
        Column("unknown", "double precision", "Of how many nobody knows."),
        *_GOAL, *_ODD,
    ),
)  # fmt: skip
KPI_DAYS = Table(
    "ops.kpi_days",
    "Which days were measured, when, and how long it took.",
    (
        Column("day", "date", "Day (UTC).", nullable=False),
        Column("measured_at", TIME, "When it was measured last, UTC.", nullable=False),
        Column("seconds", "double precision", "How long that took.", nullable=False),
    ),
)
_DOLLARS = "US dollars"
_COSTS = (
    Column("month", "date", "First day of the month; of a year, the set-up and units: when it was last said.",
           nullable=False),
    Column("kind", "text", "A month's bill, the year to come, the set-up, or what one unit costs.", nullable=False,
           one_of=("month", "year", "one_time", "unit")),
    Column("item", "text", "Line of the bill, or unit (reachable_contact and, of"
           " providers' calls alone, reachable_contact_calls; freshness_point).", nullable=False),
    Column("provider", "text", "Of a part of the year: who is asked first; else empty.", nullable=False),
    Column("layer", "text", "Of a part of the year, and of a point of freshness: which verdict; else empty.",
           nullable=False),
    Column("low", "double precision", f"{_DOLLARS}: lower end of the range to expect."),
    Column("high", "double precision", f"{_DOLLARS}: its upper end."),
    Column("planned", "double precision", f"{_DOLLARS}: what the policy plans."),
    Column("actual", "double precision",
           f"{_DOLLARS}: of providers by the ledger, else by the policy; empty: nobody said."),
    Column("forecast", "double precision", f"{_DOLLARS}: of a year at the policy's decay; empty: nobody can tell."),
    Column("hours", "double precision", "Hours of our own people, a month or once."),
    Column("computed_at", TIME, "When it was computed, UTC.", nullable=False),
)  # fmt: skip
COSTS = Table(
    "ops.costs", "The bill by month and line, beside plan and forecast. Older months stay as they were.", _COSTS
)
COST_VIEW = Table("curated.costs", "What the contact base costs, by month and line, beside plan and forecast.", _COSTS)
REPORTS = Table(
    "ops.reports",
    "Reports as they were made, once their week or month was over. Counts and names of rules only.",
    (
        Column("id", "bigint", "Row number, given by the database.", nullable=False),
        Column("kind", "text", "What it tells of.", nullable=False, one_of=("freshness", "compliance")),
        Column("period", "date", "First day of its week or month.", nullable=False),
        Column("title", "text", "What stands above it.", nullable=False),
        Column("html", "text", "The whole page.", nullable=False),
        Column("made_at", TIME, "When it was made, UTC.", nullable=False),
        Column("mailed_at", TIME, "When a mail server took it; empty: not yet, or nobody is named for it."),
    ),
)
KPI_TABLES = (KPI_HISTORY, KPI_DAYS, COSTS, REPORTS)

KPI_VIEW = Table(
    "curated.kpis",
    "The KPIs of every day, each with what it is a share of, its goal and where it is going.",
    (
        *_KEY, *_COUNTS,
        Column("unknown_share", "double precision", "Share of which nobody knows.", at_least=0, at_most=1),
        *_GOAL,
        Column("change_7d", "double precision", "Change since the newest figure that is at least 7 days older."),
        Column("change_30d", "double precision", "The same for 30 days."),
        Column("change_90d", "double precision", "The same for 90 days."),
        *_ODD,
    ),
)  # fmt: skip
