"""Reports: made once the period is over, kept as they were, counts only, and nothing in them runs."""

from datetime import date

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.policy.sections import SourcePolicy
from contact_pipeline.quality.freshness import report_freshness
from contact_pipeline.quality.kpis import measure_kpis
from contact_pipeline.quality.reports import make_due_reports, report
from contact_pipeline_tests.lab.lab import Lab, csv

MIA = "mia-one@ok.test"
MONDAY = date(2026, 11, 2)


def kept(lab: Lab) -> list[tuple[str, date]]:
    return lab.rows("select kind, period from ops.reports order by 1, 2")


def test_a_period_is_reported_when_it_is_over_and_once(lab: Lab) -> None:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}"))
    report_freshness(lab.session)
    make_due_reports(lab.session)
    assert kept(lab) == [], "neither the week nor the month is over"
    assert not report(lab.session, "freshness", MONDAY).is_kept and kept(lab) == []
    lab.passes(days=7)
    make_due_reports(lab.session)
    assert kept(lab) == [("freshness", MONDAY)]
    lab.passes(days=60)
    make_due_reports(lab.session)
    assert kept(lab) == [
        ("compliance", date(2026, 11, 1)), ("compliance", date(2026, 12, 1)), ("freshness", MONDAY),
    ]  # fmt: skip
    assert make_due_reports(lab.session).rows == 0


def test_it_stays_as_it_was_made(lab: Lab) -> None:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}"))
    lab.passes(days=40)
    first = report(lab.session, "compliance", MONDAY)
    assert "<td>shop</td>" in first.html
    lab.do("update raw.drops set source = 'gone'")
    assert report(lab.session, "compliance", date(2026, 11, 30)) == first


def test_it_names_no_person_and_nothing_in_it_runs(lab: Lab) -> None:
    lab.with_policy(sources=dict(lab.session.policy.sources) | {"evil": SourcePolicy(documentation="")})
    lab.drop("evil", csv("Name,Email", f"Mia Lopez,{MIA}"))
    lab.do("update ops.alerts set rule = '<script>alert(1)</script>'")
    lab.do(
        "insert into ops.exports (view_name, format, destination, columns, purposes, is_purpose_stated, exported_by,"
        " started_at) values ('contacts', 'csv', 'file', '{name}', '{<img src=x>}', true, 'mia-clerk', %s)",
        lab.now,
    )
    measure_kpis(lab.session)
    page = report(lab.session, "compliance", MONDAY).html
    assert "&lt;img src=x&gt;" in page and "<img" not in page and "<script" not in page
    assert "mia" not in page.lower() and "lopez" not in page.lower()
    assert "evil" in page


def test_figures_are_those_of_the_end_of_the_period(lab: Lab) -> None:
    lab.drop("shop", csv("Name,Email", f"Mia Lopez,{MIA}"))
    measure_kpis(lab.session)
    lab.passes(days=40)
    lab.drop("bought", csv("Name,Email", "Ada Orchid,ada-one@ok.test"))
    measure_kpis(lab.session)
    page = report(lab.session, "compliance", MONDAY).html
    assert "<td>100.0%</td><td>at least 100.0%</td><td>kept</td>" in page, "of November, before the bought list came"


def test_one_to_come_is_refused(lab: Lab) -> None:
    with pytest.raises(UsageError, match="has not begun"):
        report(lab.session, "compliance", date(2027, 1, 1))
