"""The figures that watchers are given: /metrics, Datadog, New Relic, and the dashboard in deploy/. One table of them.

Read from kept figures and small tables, some milliseconds whatever the number of contacts. Labels are bounded: names of
sources, providers, countries, stages, rules; never a drop, never a person. What is not known has no sample, never 0.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.adapters.postgres.vitals import newest_heartbeat
from contact_pipeline.core.kpis import KPIS
from contact_pipeline.core.verdicts import EmailStatus, PhoneStatus
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)
PREFIX = "contact_pipeline_"
OF_TODAY = timedelta(days=2)
MOST_KPI_ROWS = 3_000  # a rogue list of sources must not become a rogue list of series


@dataclass(frozen=True)
class Family:
    """One metric: name without our prefix, what it is, its labels. group: its row of the dashboard."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    unit: str = "short"
    group: str = ""


@dataclass(frozen=True)
class Sample:
    """One value of a family; labels in its order."""

    family: Family
    value: float
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figures:
    """All that is known at a moment."""

    at: datetime
    samples: list[Sample] = field(default_factory=list)

    def by_family(self) -> Mapping[Family, list[Sample]]:
        """In the order of the table."""
        found: dict[Family, list[Sample]] = {}
        for sample in self.samples:
            found.setdefault(sample.family, []).append(sample)
        return found


KPI_FAMILIES = {
    kpi.name: Family(kpi.name, f"{kpi.title}: {kpi.definition} Of: {kpi.denominator}", ("scope",),
                     "percentunit" if kpi.unit == "share" else "d", "KPIs")
    for kpi in KPIS
}  # fmt: skip
GOAL = Family("kpi_goal", "What a KPI is to reach.", ("kpi",), group="KPIs")
ANOMALY = Family("kpi_anomaly", "1: the figure is outside of what its own last weeks lead to expect.", ("kpi", "scope"),
                 group="KPIs")  # fmt: skip
MEASURED = Family("kpi_measured_timestamp_seconds", "When the KPIs were measured last.", (), "dateTimeFromNow", "KPIs")
DROPS = Family("drops", "Drops by state.", ("state",), group="Pipeline")
ROWS = Family("rows", "Rows of all drops by outcome.", ("outcome",), group="Pipeline")
VERDICTS = Family("verdicts", "Verdicts as each drop's last run left them.", ("kind", "status"), group="Pipeline")
STAGE_SECONDS = Family("stage_seconds", "How long a stage took, the last time.", ("stage",), "s", "Pipeline")
STAGE_ROWS = Family("stage_rows", "How many rows a stage saw, the last time.", ("stage",), group="Pipeline")
QUEUE_AGE = Family("oldest_unfinished_drop_seconds", "Age of the oldest drop that is not done and not held.", (), "s",
                   "Pipeline")  # fmt: skip
EVENTS = Family("waiting_events", "Events of senders that wait to be worked off.", (), group="Pipeline")
EVENT_AGE = Family("oldest_waiting_event_seconds", "Age of the oldest of them.", (), "s", "Pipeline")
HEARTBEAT = Family("daemon_heartbeat_age_seconds", "Since the last sign of life of Dagster's daemon.", (), "s",
                   "Pipeline")  # fmt: skip
CALLS = Family("provider_calls", "Calls of this month.", ("provider",), group="Providers")
SPENT = Family("provider_spent_dollars", "Spent this month.", ("provider",), "currencyUSD", "Providers")
BUDGET = Family("provider_budget_dollars", "The month's budget.", ("provider",), "currencyUSD", "Providers")
FAILED = Family("provider_failed_share", "Failed calls, of the last thousand of all providers.", ("provider",),
                "percentunit", "Providers")  # fmt: skip
LATENCY = Family("provider_latency_seconds", "Latency, of the last thousand calls of all providers.",
                 ("provider", "quantile"), "s", "Providers")  # fmt: skip
CREDITS = Family("provider_credits", "Credits left, as the provider said last.", ("provider",), group="Providers")
SIZE = Family("database_bytes", "Size of the database.", (), "bytes", "Database and alerts")
ALERTS = Family("open_alerts", "Open alerts.", ("rule", "severity"), group="Database and alerts")
DELIVERIES = Family("alert_deliveries_waiting", "Messages about alerts that no channel has taken yet.", ("channel",),
                    group="Database and alerts")  # fmt: skip

FAMILIES = (
    *KPI_FAMILIES.values(), GOAL, ANOMALY, MEASURED, DROPS, ROWS, VERDICTS, STAGE_SECONDS, STAGE_ROWS, QUEUE_AGE,
    EVENTS, EVENT_AGE, HEARTBEAT, CALLS, SPENT, BUDGET, FAILED, LATENCY, CREDITS, SIZE, ALERTS, DELIVERIES,
)  # fmt: skip
STATUSES = sorted({str(status) for statuses in (EmailStatus, PhoneStatus) for status in statuses})


def read_figures(session: Session) -> Figures:
    """As they are now. Raises what a database may raise."""
    now = session.clock()
    with session.connection("figures") as connection:
        steps = Script(connection, STEPS, now=now, before=now.date() - OF_TODAY, month=now.date().replace(day=1))
        samples = [*_kpis(steps), *_pipeline(steps), *_providers(session, steps), *_rest(steps)]
        beat = newest_heartbeat(connection)
    if beat is not None:
        samples.append(Sample(HEARTBEAT, max(0.0, (now - beat).total_seconds())))
    return Figures(now, samples)


def _kpis(steps: Script) -> Iterator[Sample]:
    rows = steps.rows("kpis", metrics=list(KPI_FAMILIES), most=MOST_KPI_ROWS)
    for row in rows:
        if row["value"] is not None:
            yield Sample(KPI_FAMILIES[row["metric"]], row["value"], (row["scope"],))
            yield Sample(ANOMALY, float(row["is_anomaly"]), (row["metric"], row["scope"]))
    for row in rows:
        if row["scope"] == "all":
            yield Sample(GOAL, row["goal"], (row["metric"],))
    if rows:
        yield Sample(MEASURED, max(row["measured_at"] for row in rows))


def _pipeline(steps: Script) -> Iterator[Sample]:
    drops = steps.rows("drops")
    for row in drops:
        yield Sample(DROPS, row["drops"], (row["state"],))
    for outcome in ("loaded", "merged", "quarantined", "erased"):
        yield Sample(ROWS, sum(row[outcome] for row in drops), (outcome,))
    for row in steps.rows("verdicts", statuses=STATUSES):
        yield Sample(VERDICTS, row["verdicts"], (row["kind"], row["status"]))
    for row in steps.rows("stages"):
        yield Sample(STAGE_SECONDS, row["seconds"], (row["stage"],))
        yield Sample(STAGE_ROWS, row["rows"], (row["stage"],))
    yield from (Sample(QUEUE_AGE, max(0.0, row["oldest_seconds"])) for row in drops if row["state"] == "unfinished")
    waiting = steps.one("events")
    yield Sample(EVENTS, waiting["waiting"])
    if waiting["oldest_seconds"] is not None:
        yield Sample(EVENT_AGE, max(0.0, waiting["oldest_seconds"]))


def _providers(session: Session, steps: Script) -> Iterator[Sample]:
    for row in steps.rows("months"):
        yield Sample(CALLS, row["calls"], (row["provider"],))
        yield Sample(SPENT, row["spent"], (row["provider"],))
        yield Sample(BUDGET, session.policy.budget(row["provider"]).monthly, (row["provider"],))
    for row in steps.rows("recent_calls"):
        yield Sample(FAILED, row["failed"] / row["calls"], (row["provider"],))
        for quantile, seconds in (("0.5", row["median"]), ("0.95", row["p95"])):
            if seconds is not None:
                yield Sample(LATENCY, seconds, (row["provider"], quantile))
    yield from (Sample(CREDITS, row["credits"], (row["provider"],)) for row in steps.rows("balances"))


def _rest(steps: Script) -> Iterator[Sample]:
    yield Sample(SIZE, steps.one("size")["bytes"])
    yield from (Sample(ALERTS, row["alerts"], (row["rule"], row["severity"])) for row in steps.rows("alerts"))
    yield from (Sample(DELIVERIES, row["waiting"], (row["channel"],)) for row in steps.rows("deliveries"))


def grouped(families: Iterable[Family] = FAMILIES) -> Mapping[str, list[Family]]:
    """By group, in order."""
    found: dict[str, list[Family]] = {}
    for family in families:
        found.setdefault(family.group, []).append(family)
    return found
