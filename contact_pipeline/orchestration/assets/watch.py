"""What is looked at by schedule and not by drop: the providers' own counts, and how fresh everything is."""

import dagster as dg

from contact_pipeline.orchestration.assets.stage import check_specs
from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.reporting import NO_VALUE, reported, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.quality.checks import BALANCES_AGREE
from contact_pipeline.schemas.kpis import COSTS, REPORTS
from contact_pipeline.schemas.providers import FRESHNESS_REPORTS, PROVIDER_BALANCES

GROUP = "watch"


@dg.asset(
    check_specs=check_specs("provider_balances", [BALANCES_AGREE]),
    metadata=table_metadata(PROVIDER_BALANCES, {"billed_calls": [("validated_emails", "provider")]}),
    group_name=GROUP,
    kinds={"python", "postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def provider_balances(session: SessionResource) -> dg.MaterializeResult:
    """Holds the credits that providers say are left against the ledger of our calls."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.quality.balances import look_at_balances

    with value_free():
        return reported(session, look_at_balances(session.get()))


@dg.asset(
    deps=["compliance_views"],
    metadata=table_metadata(COSTS, {"actual": [("validated_emails", "provider")]}),
    group_name=GROUP,
    kinds={"postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def costs(session: SessionResource) -> dg.MaterializeResult:
    """What the contact base has cost by month and line, beside plan and the forecast of a year."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.quality.costs import count_costs

    with value_free():
        return reported(session, count_costs(session.get()))


@dg.asset(
    deps=[["curated", "freshness"]],
    metadata=table_metadata(FRESHNESS_REPORTS, {"fresh_share": [("curated/freshness", "fresh_share")]}),
    group_name=GROUP,
    kinds={"postgres"},
    owners=["team:data"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def freshness_report(session: SessionResource) -> dg.MaterializeResult:
    """Writes down what curated.freshness says today."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.quality.freshness import report_freshness

    with value_free():
        return reported(session, report_freshness(session.get()))


@dg.asset(
    deps=["freshness_report", "compliance_views"],
    metadata=table_metadata(REPORTS, {"period": [("freshness_report", "day")]}),
    group_name=GROUP,
    kinds={"postgres", "html"},
    owners=["team:compliance"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def reports(session: SessionResource) -> dg.MaterializeResult:
    """How fresh each week was and how lawful each month, once it is over; kept as they were made, and sent by mail to
    whom the policy names."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.alerting.mailing import mail_reports
    from contact_pipeline.quality.reports import make_due_reports

    with value_free():
        report = make_due_reports(session.get())
        mail_reports(session.get())
        return reported(session, report)
