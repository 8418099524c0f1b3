"""Who may be contacted, and the views that analysts read."""

from collections.abc import Callable
from datetime import timedelta

import dagster as dg

from contact_pipeline.compliance.checks import LISTS_ALLOWED, STAGE
from contact_pipeline.compliance.graph import Graph
from contact_pipeline.orchestration.assets.stage import check_specs
from contact_pipeline.orchestration.failures import RETRIES, value_free
from contact_pipeline.orchestration.reporting import NO_VALUE, reported, table_metadata
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.schemas.columns import Table
from contact_pipeline.schemas.core import CONTACTS
from contact_pipeline.schemas.curated import CURATED_VIEWS

# A business that drops a list every working day sees a missing one after the weekend.
FRESH = dg.FreshnessPolicy.time_window(warn_window=timedelta(hours=26), fail_window=timedelta(hours=74))

PERMISSIONS = Table(
    CONTACTS.name,
    "The permissions of every contact.",
    [column for column in CONTACTS.columns if column.name in ("id", "can_email", "can_call")],
)
READ_FROM_CONTACTS = ("curated.contacts", "curated.mailable_contacts", "curated.callable_contacts")
OTHER_ORIGINS = {
    "curated.contactability": {"contact_id": ("contacts", "public_id"), "allowed": ("compliance_views", "can_email")},
    "curated.contact_purposes": {"contact_id": ("contacts", "public_id")},
    "curated.quarantine": {"drop_key": ("raw_contacts", "drop_key"), "row_number": ("raw_contacts", "row_number")},
    "curated.data_quality": {
        "email_deliverability_rate": ("contacts", "email_status"),
        "phone_validation_rate": ("contacts", "phone_status"),
        "data_freshness": ("contacts", "email_verified_at"),
    },
    "curated.kpis": {"denominator": ("contacts", "public_id")},
    "curated.quality_counts": {"total": ("contacts", "public_id")},
    "curated.costs": {"actual": ("validated_emails", "provider")},
    "curated.provider_costs": {"provider": ("validated_emails", "provider"), "drop_key": ("raw_contacts", "drop_key")},
    "curated.consent_status": {"contact_id": ("contacts", "public_id")},
    "curated.suppressed": {"contact_id": ("contacts", "public_id")},
    "curated.undocumented_sources": {"drops": ("raw_contacts", "drop_key")},
    "curated.retention_due": {"contact_id": ("contacts", "public_id")},
    "curated.data_subject_requests": {"contact_id": ("contacts", "public_id")},
    # Its columns are what is told there, not its rows.
    "curated.processing_register": {"categories_of_data": ("contacts", "public_id")},
    "curated.compliance_figures": {"denominator": ("contacts", "public_id")},
    "curated.identity_confirmation": {"identity_confidence": ("enriched_profiles", "contact_id")},
    "curated.companies": {"domain": ("contacts", "company_domain")},
    "curated.outreach_history": {"contact_id": ("contacts", "public_id")},
    "curated.bounces": {
        "contact_id": ("contacts", "public_id"),
        "soft_bounce_count": ("contacts", "soft_bounce_count"),
    },
    "curated.engagement": {"contact_id": ("contacts", "public_id")},
    "curated.channel_summary": {"sent": ("contacts", "public_id")},
    "curated.verdict_quality": {"provider": ("validated_emails", "provider")},
    "curated.audit_trail": {"contact_id": ("contacts", "public_id")},
    "curated.reviews": {"contact_id": ("contacts", "public_id")},
    # Books about contacts that name none.
    "curated.exports": {"row_count": ("contacts", "public_id")},
    "curated.erasures": {"findings": ("contacts", "public_id")},
    "curated.retractions": {"channel": ("contacts", "email_key")},
    "curated.freshness": {"newest_verified_at": ("contacts", "email_verified_at"), "due": ("contacts", "email_due_at")},
}


@dg.asset(
    deps=["enriched_profiles"],
    check_specs=check_specs(STAGE, [LISTS_ALLOWED]),
    metadata=table_metadata(PERMISSIONS, {"can_email": [("contacts", "email")], "can_call": [("contacts", "phone")]}),
    group_name="publish",
    kinds={"postgres"},
    owners=["team:compliance"],
    retry_policy=RETRIES,
    dagster_type=NO_VALUE,
)
def compliance_views(session: SessionResource, graph: dg.ResourceParam[Callable[[], Graph]]) -> dg.MaterializeResult:
    """Permissions that changed without a drop (retention, policy, withdrawal), the day's quality figures, the figures
    and alerts of compliance, and the record of processing activities."""
    # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
    from contact_pipeline.compliance.compliance_views import sync_permissions
    from contact_pipeline.history.chain import seal

    with value_free():
        report = sync_permissions(session.get(), graph())
        seal(session.get())  # what this run has changed
        return reported(session, report)


def lineage(table: Table) -> dict[str, list[tuple[str, str]]]:
    """Where each column of a view comes from, one step back."""
    if table.name in READ_FROM_CONTACTS:
        origins = {name: [("contacts", name)] for name in table.column_names if name in CONTACTS.column_names}
        permissions = {name: [("compliance_views", name)] for name in PERMISSIONS.column_names}
        return (
            origins
            | {name: permissions[name] for name in table.column_names if name in permissions and name != "id"}
            | {"contact_id": [("contacts", "public_id")]}
        )
    return {name: [origin] for name, origin in OTHER_ORIGINS.get(table.name, {}).items()}


def view_asset(table: Table) -> dg.AssetsDefinition:
    """One curated view as an asset: nothing is computed, its rows are counted and its columns described."""
    schema, view = table.name.split(".")

    @dg.asset(
        key=[schema, view],
        deps=["compliance_views"],
        description=table.meaning,
        metadata=table_metadata(table, lineage(table)),
        freshness_policy=FRESH,
        group_name="publish",
        kinds={"postgres", "view"},
        owners=["team:analytics"],
        retry_policy=RETRIES,
        dagster_type=NO_VALUE,
    )
    def curated_view(session: SessionResource) -> dg.MaterializeResult:
        # At its turn: spares the code location up to 3 s of imports (pandas, pandera, phonenumbers) at every start.
        from contact_pipeline.quality.views import count_view

        with value_free():
            return reported(session, count_view(session.get(), table))

    return curated_view


curated_views = [view_asset(table) for table in CURATED_VIEWS]
