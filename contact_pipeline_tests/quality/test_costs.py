"""The bill: what the ledger knows, what only the policy can say, and a forecast that is the plan's."""

from datetime import timedelta
from pathlib import Path

import pytest

from contact_pipeline.core.costs import COST_ITEMS
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.providers import Layer
from contact_pipeline.policy.costs import CostPolicy
from contact_pipeline.policy.file import load_policy
from contact_pipeline.quality.costs import costs, count_costs, totals
from contact_pipeline.quality.spending import plan
from contact_pipeline.vendors.registry import provider_names
from contact_pipeline_tests.lab.lab import Lab, csv

CALL = (
    "insert into ops.provider_calls (provider, layer, endpoint, subject_key, price, session, reserved_at, outcome,"
    " fault) values ('hunter', %s, 'single', %s, %s, 1, %s, %s, %s)"
)


def actual(lab: Lab, item: str, *, back: int = 0) -> float | None:
    """Of a month so many months ago."""
    month = lab.value(
        "select (date_trunc('month', %s::date) - make_interval(months => %s))::date", lab.now.date(), back
    )
    rows = lab.rows(
        "select actual from curated.costs where (kind, item, layer, month) = ('month', %s, '', %s)", item, month
    )
    assert len(rows) == 1
    found: float | None = rows[0][0]
    return found


def test_the_requirements_ranges_add_up() -> None:
    annual = [item for item in COST_ITEMS if item.kind == "annual"]
    assert (sum(item.low for item in annual), sum(item.high for item in annual), len(annual)) == (2990, 21250, 6)
    once = [item for item in COST_ITEMS if item.kind == "one_time"]
    assert (sum(item.low for item in once), sum(item.high for item in once), len(once)) == (1015, 13015, 5)
    labour = [item for item in COST_ITEMS if item.kind == "labour"]
    assert (sum(item.low for item in labour), sum(item.high for item in labour)) == (18000, 36000)
    assert {item.name: item.hours for item in labour} == {"data_steward": 5, "compliance_officer": 2}
    assert 18000 <= sum(CostPolicy().planned(item) for item in labour) <= 36000
    assert {layer for item in COST_ITEMS for layer in item.layers} == set(Layer), "no call is on no line"


def test_a_month_is_what_its_calls_cost_and_what_the_policy_says_was_paid(lab: Lab) -> None:
    lab.with_policy(costs={"items": {"hosting": {"paid": 40}, "data_steward": {"hours": 6}}})
    last_month = lab.now.replace(day=1) - timedelta(days=1)
    for number, (layer, price, at, outcome, fault) in enumerate([
        ("mailbox", 0.25, lab.now, "answered", None), ("activity", 0.5, lab.now, "failed", "timeout"),
        ("carrier", 1.0, lab.now, "outcome_unknown", None), ("person", 2.0, last_month, "answered", None),
        ("mailbox", 4.0, lab.now, "failed", "circuit_open"),
        ("mailbox", 8.0, lab.now - timedelta(days=900), "answered", None),
    ]):  # fmt: skip
        lab.do(CALL, layer, bytes([number]), price, at, outcome, fault)
    count_costs(lab.session)
    assert (actual(lab, "email"), actual(lab, "phone"), actual(lab, "enrichment")) == (0.75, 1.0, 0.0)
    assert actual(lab, "enrichment", back=1) == 2.0
    assert actual(lab, "email", back=30) == 8.0, "from the first call on"
    assert actual(lab, "hosting", back=1) is None, "what is paid now says nothing of months before anybody counted"
    assert actual(lab, "hosting") == 40
    assert actual(lab, "data_steward") == pytest.approx(6 * 52 / 12 * 75)
    assert actual(lab, "monitoring") is None and actual(lab, "compliance_officer") is None, (
        "nobody said, which is not 0"
    )


def test_a_month_that_is_over_stays(lab: Lab) -> None:
    lab.with_policy(costs={"items": {"hosting": {"paid": 40}}})
    count_costs(lab.session)
    lab.passes(days=62)
    lab.with_policy(costs={"items": {"hosting": {"paid": 90}}})
    lab.do(CALL, "mailbox", b"1", 0.25, lab.now - timedelta(days=62), "answered", None)
    count_costs(lab.session)
    count_costs(lab.session)
    assert [actual(lab, "hosting", back=back) for back in (0, 1, 2)] == [90, 90, 40]
    lab.passes(days=31)
    lab.with_policy(costs={"items": {"hosting": {"paid": 10}}})
    count_costs(lab.session)
    assert [actual(lab, "hosting", back=back) for back in (0, 1, 2)] == [10, 90, 90]


def test_the_forecast_is_the_plans_and_units_follow_from_it(lab: Lab) -> None:
    lab.drop("shop", csv("Name,Email", *(f"Person {n},person-{n}@ok.test" for n in range(4))))
    lab.do("update core.contacts set can_email = true")
    rows = costs(lab.session)
    assert rows == costs(lab.session), "counted once a day"
    year = {row["item"]: row["forecast"] for row in rows if row["kind"] == "year" and not row["layer"]}
    assert year["email"] + year["phone"] + year["enrichment"] == plan(lab.session)["cost_a_year"]
    assert year["hosting"] is None
    bought, everything = totals([row for row in rows if row["kind"] == "year"])
    assert (bought["low"], bought["high"], bought["forecast"]) == (2990, 21250, None)
    assert everything["low"] == 2990 + 18000 and everything["planned"] > bought["planned"]
    units = {row["item"]: row for row in rows if row["kind"] == "unit"}
    planned = sum(row["planned"] for row in rows if row["kind"] == "year" and not row["layer"])
    whole, calls = units["reachable_contact"], units["reachable_contact_calls"]
    assert whole["planned"] == pytest.approx(planned / 4)
    assert (whole["actual"], whole["forecast"]) == (None, None), "nobody said what hosting costs"
    assert (calls["actual"], calls["forecast"]) == (0, 0)


@pytest.mark.parametrize("text, fault", [
    ("[costs.items.hostin]\npaid = 1", "costs.items.hostin"),
    ("[costs.items.email]\npaid = 1", "the ledger of calls knows"),
    ("[costs.items.hosting]\npaid = -1", "costs.items.hosting.paid"),
])  # fmt: skip
def test_a_wrong_line_is_refused(text: str, fault: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=fault):
        load_policy(file, provider_names())
