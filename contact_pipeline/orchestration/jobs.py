"""Jobs: the whole graph for one drop or several; the upkeep of Dagster's own history."""

import dagster as dg

from contact_pipeline.orchestration.run_pruning import prune_history

# Partitioned and unpartitioned assets together: one run brings a drop from file to published views.
ingest_drop = dg.define_asset_job(
    "ingest_drop",
    selection=dg.AssetSelection.all() - dg.AssetSelection.groups("watch", "outreach"),
    description="Everything for one drop, or for a range of drops: land, apply, judge, enrich, publish.",
)

refresh_views = dg.define_asset_job(
    "refresh_views",
    selection=dg.AssetSelection.groups("publish"),
    description="Permissions that time has ended (retention), the day's figures and the curated views. No drop needed.",
)


reconcile_providers = dg.define_asset_job(
    "reconcile_providers",
    selection=dg.AssetSelection.assets("provider_balances", "costs", "reports"),
    description="The providers' own counts of credits against our ledger, what everything costs, reports that are due.",
)

work_off_events = dg.define_asset_job(
    "work_off_events",
    selection=dg.AssetSelection.assets("inbound_events"),
    description="Bounces, opt-outs and engagement that senders reported and nobody has worked off yet.",
)

ESP_SYNC = dg.AssetSelection.assets("esp_sync")

pull_senders = dg.define_asset_job(
    "pull_senders",
    selection=ESP_SYNC,
    config={"ops": {"esp_sync": {"config": {"pushes": False}}}},
    description="Who is closed at an e-mail service provider is closed here.",
)

push_senders = dg.define_asset_job(
    "push_senders",
    selection=ESP_SYNC,
    description="The same, and then who may be written to goes there, and who may not is taken off.",
)

compare_senders = dg.define_asset_job(
    "compare_senders",
    selection=ESP_SYNC,
    config={"ops": {"esp_sync": {"config": {"compares": True}}}},
    description="The same, against the whole of their lists: drift is counted and healed.",
)

report_freshness = dg.define_asset_job(
    "report_freshness",
    selection=dg.AssetSelection.assets("freshness_report", "reports"),
    description="Writes down how fresh the verdicts are.",
)


@dg.job(description="Deletes finished runs and their events that are older than 30 days. Nothing of the contact data.")
def prune_dagster_history() -> None:
    """See orchestration/run_pruning.py."""
    prune_history()
