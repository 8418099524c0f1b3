"""deploy/ is what the tables say today, and asks for nothing that is not exposed."""

import json
import re

import yaml  # type: ignore[import-untyped,unused-ignore]

from contact_pipeline.alerting.deploying import DASHBOARD, RULES, dashboard, rules
from contact_pipeline.alerting.figures import FAMILIES, PREFIX
from contact_pipeline.core.alerts import ALERT_RULES
from contact_pipeline.core.kpis import KPIS
from contact_pipeline.web.counting import REGISTRY
from contact_pipeline_tests.docs.test_readme import table
from contact_pipeline_tests.installation import REPOSITORY

MONITORING = REPOSITORY / "docs" / "monitoring.md"

EXPOSED = {PREFIX + family.name: set(family.labels) for family in FAMILIES} | {f"{PREFIX}database_answers": set[str]()}


def test_the_files_are_what_is_generated() -> None:
    wrong = "run: python -m contact_pipeline.alerting.deploying deploy"
    assert (REPOSITORY / "deploy" / DASHBOARD).read_text(encoding="utf-8") == dashboard(), wrong
    assert (REPOSITORY / "deploy" / RULES).read_text(encoding="utf-8") == rules(), wrong


def test_every_expression_asks_for_figures_and_labels_that_there_are() -> None:
    board = json.loads(dashboard())
    alerts = [rule for group in yaml.safe_load(rules())["groups"] for rule in group["rules"]]
    expressions = [target["expr"] for panel in board["panels"] for target in panel.get("targets", ())]
    for expression in [*expressions, *(rule["expr"] for rule in alerts)]:
        for name, _, selector in re.findall(rf"({PREFIX}\w+)(\{{([^}}]*)\}})?", expression):
            assert set(re.findall(r"(\w+)=~?\"", selector)) <= EXPOSED[name], expression
    shown = {name for expression in expressions for name in re.findall(rf"{PREFIX}\w+", expression)}
    assert EXPOSED.keys() - shown == {f"{PREFIX}database_answers", f"{PREFIX}kpi_measured_timestamp_seconds"}


def test_every_rule_and_goal_has_its_alert_and_names_are_unique() -> None:
    alerts = [rule for group in yaml.safe_load(rules())["groups"] for rule in group["rules"]]
    names = [rule["alert"] for rule in alerts]
    assert len(set(names)) == len(names) == len(ALERT_RULES) + len(KPIS) + 3
    places = [
        (panel["gridPos"]["x"], panel["gridPos"]["y"])
        for panel in json.loads(dashboard())["panels"]
    ]  # fmt: skip
    assert len(set(places)) == len(places)


def test_the_document_has_every_figure() -> None:
    said = {row[0].strip("`"): set(re.findall(r"`(\w+)`", row[1])) for row in table(MONITORING, "figure")}
    of_kpis = {PREFIX + kpi.name for kpi in KPIS}
    counted = {f"{metric.name}_total" for metric in REGISTRY.collect()}
    assert said.keys() == EXPOSED.keys() - of_kpis | counted
    assert all(said[name] == EXPOSED[name] for name in said.keys() - counted)
