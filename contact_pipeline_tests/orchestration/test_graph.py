"""The asset graph, as the UI shows it: a change here is a change of what people rely on."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.freshness import TimeWindowFreshnessPolicy

from contact_pipeline.definitions import defs
from contact_pipeline.orchestration.failures import RETRIES
from contact_pipeline.schemas.curated import CURATED_VIEWS
from contact_pipeline.schemas.rights import REQUEST_KINDS

VIEWS = [table.name.replace(".", "/") for table in CURATED_VIEWS]

# key: (depends on, group, kinds, owners, checks: * for blocking)
STAGES: Mapping[str, tuple[set[str], str, set[str], list[str], set[str]]] = {
    "raw_contacts": (set(), "ingest", {"csv", "postgres"}, ["team:data"], {"drop_passes_gate"}),
    "contacts": ({"raw_contacts"}, "ingest", {"postgres"}, ["team:data"], {"rows_conserved*"}),
    "validated_emails": (
        {"contacts"},
        "verify",
        {"python", "postgres"},
        ["team:data"],
        {
            "validated_emails_fit_schema*",
            "invalid_email_share",
            "validated_emails_resolvers_agree",
            "validated_emails_words_known",
            "validated_emails_shares_plausible",
        },
    ),
    "normalized_phones": (
        {"contacts"},
        "verify",
        {"python", "postgres"},
        ["team:data"],
        {"normalized_phones_fit_schema*", "normalized_phones_words_known"},
    ),
    "enriched_profiles": (
        {"validated_emails", "normalized_phones"},
        "enrich",
        {"postgres"},
        ["team:data"],
        {"enriched_profiles_fit_schema*", "enriched_profiles_answers_fit"},
    ),
    "compliance_views": (
        {"enriched_profiles"},
        "publish",
        {"postgres"},
        ["team:compliance"],
        {"lists_hold_only_the_allowed*"},
    ),
    "kpis": ({"compliance_views"}, "publish", {"postgres"}, ["team:analytics"], set()),
    "costs": ({"compliance_views"}, "watch", {"postgres"}, ["team:data"], set()),
    "provider_balances": (set(), "watch", {"python", "postgres"}, ["team:data"], {"provider_balances_agree"}),
    "inbound_events": ({"contacts"}, "outreach", {"postgres"}, ["team:data"], {"bounces_few", "verdicts_hold"}),
    "esp_sync": ({"compliance_views", "inbound_events"}, "outreach", {"python", "postgres"}, ["team:data"], set()),
    "backups": ({"compliance_views"}, "watch", {"postgres", "file"}, ["team:data"], set()),
    "reports": ({"freshness_report", "compliance_views"}, "watch", {"postgres", "html"}, ["team:compliance"], set()),
    "freshness_report": ({"curated/freshness"}, "watch", {"postgres"}, ["team:data"], set()),
} | {view: ({"compliance_views"}, "publish", {"postgres", "view"}, ["team:analytics"], set()) for view in VIEWS}
PARTITIONED = {"raw_contacts", "contacts", "validated_emails", "normalized_phones", "enriched_profiles"}

IMPORTS = """
import sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", message="The `__fields__` attribute")
import contact_pipeline.definitions
heavy = {"pandas", "pandera", "phonenumbers", "pyarrow", "numpy", "email_validator", "dns", "babel"}
print(sorted(heavy & set(sys.modules)))
"""


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def nodes() -> dict[str, Any]:
    graph = defs.resolve_asset_graph()
    return {key.to_user_string(): graph.get(key) for key in graph.get_all_asset_keys()}


def test_definitions_load() -> None:
    dg.Definitions.validate_loadable(defs)
    assert set(nodes()) == set(STAGES)


@pytest.mark.parametrize("name", STAGES)
def test_an_asset_is_where_and_what_it_was(name: str) -> None:
    deps, group, kinds, owners, checks = STAGES[name]
    spec = specs()[name]
    graph = defs.resolve_asset_graph()
    assert {dep.asset_key.to_user_string() for dep in spec.deps} == deps
    assert (spec.group_name, spec.kinds, list(spec.owners)) == (group, kinds, owners)
    found = [graph.get_check_spec(key) for key in graph.get_check_keys_for_assets({spec.key})]
    finished = {f"{name}_finished"} if name in PARTITIONED else set()
    assert {check.name + "*" * check.blocking for check in found} == checks | finished
    assert all(check.description for check in found)
    assert spec.description


@pytest.mark.parametrize("name", STAGES)
def test_only_stages_of_a_drop_are_partitioned(name: str) -> None:
    spec = specs()[name]
    if name not in PARTITIONED:
        assert spec.partitions_def is None
        return
    assert isinstance(spec.partitions_def, dg.DynamicPartitionsDefinition)
    assert spec.partitions_def.name == "drops"
    assert nodes()[name].backfill_policy == dg.BackfillPolicy.single_run()


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_that_nobody_refreshes_turns_red(name: str) -> None:
    policy = specs()[name].freshness_policy
    assert isinstance(policy, TimeWindowFreshnessPolicy)
    assert policy.fail_window.to_timedelta() > policy.warn_window.to_timedelta() > timedelta(days=1)  # type: ignore[union-attr]


@pytest.mark.parametrize("name", [name for name in STAGES if name not in ("compliance_views", "backups")])
def test_columns_are_described_and_say_where_they_come_from(name: str) -> None:
    metadata = specs()[name].metadata
    schema = metadata["dagster/column_schema"]
    assert all(column.description for column in schema.columns)
    assert metadata["dagster/table_name"]
    lineage = metadata["dagster/column_lineage"].deps_by_column
    if name == "raw_contacts":
        return  # the file's columns have other names in every file
    assert lineage
    assert set(lineage) <= {column.name for column in schema.columns}
    for origins in lineage.values():
        for origin in origins:
            upstream = specs()[origin.asset_key.to_user_string()].metadata["dagster/column_schema"]
            assert origin.column_name in {column.name for column in upstream.columns}


def test_personal_columns_are_marked() -> None:
    columns = {c.name: c for c in specs()["contacts"].metadata["dagster/column_schema"].columns}
    assert "pii" in columns["email"].tags
    assert "pii" not in columns["version"].tags


def test_no_asset_hands_a_value_to_dagster() -> None:
    """The default IO manager would pickle it to disk."""
    for asset in defs.resolve_asset_graph().assets_defs:
        for name in asset.keys_by_output_name:
            assert asset.node_def.output_def_named(name).dagster_type.is_nothing, asset.key


def test_every_asset_retries_what_may_pass() -> None:
    for asset in defs.resolve_asset_graph().assets_defs:
        assert asset.op.retry_policy == RETRIES


def test_jobs_sensors_and_schedules_are_on() -> None:
    assert {job.name for job in defs.resolve_all_job_defs() if not job.name.startswith("__")} == {
        "ingest_drop",
        "refresh_views",
        "reconcile_providers",
        "report_freshness",
        "work_off_events",
        "pull_senders",
        "push_senders",
        "compare_senders",
        "prune_dagster_history",
        "data_retention",
        "erasure_scrub",
        "carry_out_rulings",
        "make_backup",
        "backup_drill",
        *(f"subject_{kind}" for kind in REQUEST_KINDS),
    }
    for name in ("csv_drops", "waiting_events", "waiting_rulings"):
        assert defs.resolve_sensor_def(name).default_status is dg.DefaultSensorStatus.RUNNING
    for name in (
        "refresh_stale_partitions",
        "refresh_views_schedule",
        "reconcile_providers_schedule",
        "freshness_report",
        "prune_dagster_history_schedule",
        "data_retention_schedule",
        "erasure_scrub_schedule",
        "senders_pulled",
        "senders_pushed",
        "senders_compared",
        "backups_daily",
        "backup_drill_weekly",
    ):
        schedule = defs.resolve_schedule_def(name)
        assert schedule.default_status is dg.DefaultScheduleStatus.RUNNING
        assert schedule.execution_timezone == "UTC"
    job = defs.resolve_job_def("ingest_drop")
    assert job.executor_def is dg.in_process_executor
    selected = job.asset_layer.executable_asset_keys
    assert {key.to_user_string() for key in selected} == {
        n for n, (_, group, *_) in STAGES.items() if group not in ("watch", "outreach")
    }


def test_the_code_location_imports_nothing_heavy() -> None:
    """Each run's process and the code server pay for it: pandas and what needs it cost 3 s. Nor does it warn."""
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
