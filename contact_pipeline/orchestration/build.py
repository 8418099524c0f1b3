"""Assembly: one function with overrides, so that tests build the same code location around other resources."""

from collections.abc import Mapping

import dagster as dg

from contact_pipeline.orchestration.assets.backups import backups
from contact_pipeline.orchestration.assets.compliance import compliance_views, curated_views
from contact_pipeline.orchestration.assets.contacts import contacts
from contact_pipeline.orchestration.assets.enriched_profiles import enriched_profiles
from contact_pipeline.orchestration.assets.kpis import kpis
from contact_pipeline.orchestration.assets.normalized_phones import normalized_phones
from contact_pipeline.orchestration.assets.outreach import esp_sync, inbound_events
from contact_pipeline.orchestration.assets.raw_contacts import raw_contacts
from contact_pipeline.orchestration.assets.validated_emails import validated_emails
from contact_pipeline.orchestration.assets.watch import costs, freshness_report, provider_balances, reports
from contact_pipeline.orchestration.backup_jobs import backup_drill, backup_drill_weekly, backups_daily, make_backup
from contact_pipeline.orchestration.erasure_jobs import data_retention, erasure_scrub, retention_daily, scrub_nightly
from contact_pipeline.orchestration.graph import read_graph
from contact_pipeline.orchestration.jobs import (
    compare_senders,
    ingest_drop,
    prune_dagster_history,
    pull_senders,
    push_senders,
    reconcile_providers,
    refresh_views,
    report_freshness,
    work_off_events,
)
from contact_pipeline.orchestration.resources import SessionResource
from contact_pipeline.orchestration.rights_jobs import rights_jobs
from contact_pipeline.orchestration.ruling_jobs import carry_out_rulings, waiting_rulings
from contact_pipeline.orchestration.schedules import (
    balances_daily,
    bounces_watched,
    daily_enrichment,
    prune_daily,
    refresh_stale_partitions,
    senders_compared,
    senders_pulled,
    senders_pushed,
    views_daily,
)
from contact_pipeline.orchestration.schedules import freshness_report as freshness_weekly
from contact_pipeline.orchestration.sensors import csv_drops, waiting_events


def build_definitions(*, resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """The code location. In-process executor: a process for each step would cost 2 s a step (measured)."""
    definitions: dg.Definitions = dg.Definitions(
        assets=[
            raw_contacts,
            contacts,
            validated_emails,
            normalized_phones,
            enriched_profiles,
            compliance_views,
            *curated_views,
            kpis,
            provider_balances,
            costs,
            freshness_report,
            reports,
            inbound_events,
            esp_sync,
            backups,
        ],
        jobs=[
            ingest_drop,
            refresh_views,
            reconcile_providers,
            report_freshness,
            work_off_events,
            pull_senders,
            push_senders,
            compare_senders,
            prune_dagster_history,
            data_retention,
            erasure_scrub,
            carry_out_rulings,
            make_backup,
            backup_drill,
            *rights_jobs,
        ],
        schedules=[
            refresh_stale_partitions,
            daily_enrichment,
            views_daily,
            balances_daily,
            freshness_weekly,
            prune_daily,
            retention_daily,
            scrub_nightly,
            bounces_watched,
            senders_pulled,
            senders_pushed,
            senders_compared,
            backups_daily,
            backup_drill_weekly,
        ],
        sensors=[csv_drops, waiting_events, waiting_rulings],
        resources={
            "session": SessionResource(),
            "graph": lambda: read_graph(definitions),  # they hold it themselves, so it is read when it is asked for
            **(resources or {}),
        },
        executor=dg.in_process_executor,
    )
    return definitions
