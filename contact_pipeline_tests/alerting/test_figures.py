"""What watchers are given, at /metrics and by push: whole, bounded, nobody's name, and as their parsers want it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as prometheus_text

from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.alerting.figures import FAMILIES, PREFIX, Figures, read_figures
from contact_pipeline.alerting.monitors import newrelic as newrelic_module
from contact_pipeline.alerting.pushing import push_figures
from contact_pipeline.core.alerts import REQUEST_OVERDUE
from contact_pipeline.core.kpis import KPIS
from contact_pipeline.quality.kpis import measure_kpis
from contact_pipeline.stage.session import Session
from contact_pipeline.web import exposing
from contact_pipeline_tests.lab.lab import Lab, crowd, csv
from contact_pipeline_tests.lab.monitors import Datadog, NewRelic
from contact_pipeline_tests.web.edge import serving

OPEN_METRICS = [("Accept", "application/openmetrics-text; version=1.0.0")]


@pytest.fixture
def measured(lab: Lab) -> Lab:
    """Ten people of one list, two of them at a domain without mail, an open alert, some calls; the KPIs of today."""
    lab.drop("crm", csv("email,name", *crowd(8), *crowd(2, "nullmx.test")))
    lab.do("insert into ops.provider_months (provider, month, calls, spent) values ('hunter', '2026-11-01', 9, 1.5)")
    lab.do(
        "insert into ops.provider_calls (provider, layer, endpoint, subject_key, price, session, reserved_at, outcome,"
        " latency_ms) select 'hunter', 'person', 'single', int4send(i), 1, 1, now(),"
        " case when i = 1 then 'failed' else 'answered' end, 100 * i from generate_series(1, 4) i"
    )
    with lab.session.connection("test") as connection:
        Alerts(connection).open_alert(REQUEST_OVERDUE, "all", counts={})
    measure_kpis(lab.session)
    return lab


def test_prometheus_reads_every_figure(measured: Lab) -> None:
    with serving(measured) as edge:
        answer = edge.ask("GET", "/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    found = {
        (sample.name.removeprefix(PREFIX), *sample.labels.values()): sample.value
        for family in prometheus_text(answer.text)
        for sample in family.samples
    }
    assert found["data_freshness", "source:crm"] == found["data_freshness", "all"]
    assert found["email_deliverability_rate", "all"] == measured.value(
        "select value from ops.kpi_history where metric = 'email_deliverability_rate' and scope = 'all'"
    )
    assert found["kpi_goal", "data_freshness"] == 0.85
    assert found["drops", "published"] == 1 and found["rows", "loaded"] == 10
    assert found["verdicts", "email", "invalid"] == 2
    assert found["provider_spent_dollars", "hunter"] == 1.5 and found["provider_budget_dollars", "hunter"] == 100
    assert found["provider_failed_share", "hunter"] == 0.25
    assert found["provider_latency_seconds", "hunter", "0.5"] == 0.25
    assert found["open_alerts", "request_overdue", "error"] == 1
    assert found["database_bytes",] > 1_000_000 and found["database_answers",] == 1
    assert found["waiting_events",] == 0
    assert ("response_rate", "all") not in found  # nobody wrote to anybody: no figure, and no 0
    names = {name for name, *_ in found}
    assert (
        not names
        - {family.name for family in FAMILIES}
        - {"database_answers"}
        - {name for name in names if name.startswith(("web_", "events_"))}
    )


def test_openmetrics_where_it_is_asked_for(measured: Lab) -> None:
    with serving(measured) as edge:
        answer = edge.ask("GET", "/metrics", OPEN_METRICS)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")
    names = {family.name for family in open_metrics(answer.text)}  # type: ignore[no-untyped-call]
    assert {PREFIX + kpi.name for kpi in KPIS if kpi.name not in ("response_rate", "bounce_rate")} & names
    assert f"{PREFIX}database_bytes" in names


def test_no_label_is_a_drop_or_a_person_and_their_number_is_bounded(measured: Lab) -> None:
    drop = measured.value("select key from raw.drops")
    with serving(measured) as edge:
        text = edge.ask("GET", "/metrics").text
    assert drop not in text and "ok.test" not in text and "Person" not in text
    for number in range(3):
        measured.drop("crm", csv("email,name", f"more{number}@ok.test,More Number{number}"))
    measure_kpis(measured.session)
    kpis = {family.name for family in FAMILIES if family.group == "KPIs"}
    scopes = {sample.labels[-1] for sample in read_figures(measured.session).samples if sample.family.name in kpis
              if sample.labels and sample.family.name != "kpi_goal"}  # fmt: skip
    assert scopes == {"all", "source:crm", "country:unknown"}


def test_many_who_ask_at_once_cost_one_look_and_a_silent_database_is_said(
    measured: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []

    def read(session: Session) -> Figures:
        looks.append(session)
        return read_figures(session)

    monkeypatch.setattr(exposing, "read_figures", read)
    exposed = exposing.Exposed(measured.session)
    assert exposed.answer("") == exposed.answer("")
    assert len(looks) == 1
    away = replace(measured.session, database_url="postgresql://nobody@127.0.0.1:1/nowhere")
    body, _ = exposing.Exposed(away).answer("")
    assert b"contact_pipeline_database_answers 0.0" in body and b"database_bytes" not in body


@pytest.fixture
def datadog() -> Iterator[Datadog]:
    with Datadog() as vendor:
        yield vendor


@pytest.fixture
def newrelic() -> Iterator[NewRelic]:
    with NewRelic() as vendor:
        yield vendor


def pushes(lab: Lab, datadog: Datadog, newrelic: NewRelic) -> None:
    environment = {
        "DD_API_KEY": "dd-key-of-the-bench",
        "DD_BASE_URL": datadog.url,
        "NEW_RELIC_LICENSE_KEY": "nr-key-of-the-bench",
        "NEW_RELIC_BASE_URL": newrelic.url,
    }
    # The measuring is stamped by the database's clock.
    now = lab.value("select max(computed_at) from ops.kpi_history")
    lab.do("update ops.kpi_history set day = %s", now.date())
    settings = replace(lab.session.settings, environment=environment)
    lab.session = replace(lab.session, settings=settings, clock=lambda: now)


def test_a_push_reaches_both_and_a_second_one_changes_nothing(
    measured: Lab, datadog: Datadog, newrelic: NewRelic
) -> None:
    pushes(measured, datadog, newrelic)
    first = push_figures(measured.session)
    points, metrics = dict(datadog.points), list(newrelic.metrics)
    assert first["datadog"] == len(points) and first["newrelic"] == len(metrics)
    assert push_figures(measured.session) == first
    assert (datadog.points, newrelic.metrics) == (points, metrics)
    (second,) = {at for *_, at in points}
    assert points["contact_pipeline.consent_coverage", ("scope:all",), second] == 1.0
    assert {metric["timestamp"] for metric in metrics} == {second * 1000}
    assert {"contact_pipeline.consent_coverage"} <= {metric["name"] for metric in metrics}
    assert "ok.test" not in repr(points) + repr(metrics)


def test_what_is_too_large_goes_in_parts(
    measured: Lab, datadog: Datadog, newrelic: NewRelic, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushes(measured, datadog, newrelic)
    datadog.most_bytes = 700  # theirs is less than we believe
    monkeypatch.setattr(newrelic_module, "MOST_BYTES", 700)
    taken = push_figures(measured.session)
    assert (len(datadog.points), len(newrelic.metrics)) == (taken["datadog"], taken["newrelic"])
    assert len(newrelic.requests) > 1


def test_a_service_that_refuses_is_an_alert_and_keeps_no_other_from_its_figures(
    measured: Lab, datadog: Datadog, newrelic: NewRelic
) -> None:
    pushes(measured, datadog, newrelic)
    datadog.key = "another"
    taken = push_figures(measured.session)
    assert taken.keys() == {"newrelic"}
    fingerprint = "select fingerprint from ops.alerts where rule = 'figures_unsent' and closed_at is null"
    assert measured.rows(fingerprint) == [("figures_unsent:datadog",)]
    datadog.key = "dd-key-of-the-bench"
    push_figures(measured.session)
    assert measured.rows(fingerprint) == []


def test_what_was_measured_too_long_ago_is_not_sent_where_it_would_be_dropped(
    measured: Lab, datadog: Datadog, newrelic: NewRelic
) -> None:
    pushes(measured, datadog, newrelic)
    measured.do("update ops.kpi_history set computed_at = computed_at - interval '61 minutes'")
    assert push_figures(measured.session).keys() == {"newrelic"}
    assert datadog.requests == []
