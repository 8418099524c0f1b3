"""How long a row says that it may be kept: what that does to permissions, figures, reviews and the retention run."""

from datetime import timedelta

import pytest

from contact_pipeline.erasure.retention import end_retention
from contact_pipeline_tests.lab.lab import Lab, csv

DUE = "select is_over from curated.retention_due"
ASKED = "select details ->> 'words', (details ->> 'rows')::int from ops.reviews where kind = 'unread_retention'"
COMPLIANT = "select numerator, denominator from curated.compliance_figures where metric = 'data_retention_compliance'"


def drop(lab: Lab, *periods: str, source_date: str = "") -> str:
    rows = [f"p{i}@ok.test,{source_date},{period}" for i, period in enumerate(periods)]
    return lab.drop("crm", csv("email,source_date,retention_period", *rows))


@pytest.mark.parametrize("period", ["for as long as we like", "unbegrenzt", "sine die", "2 years or so"])
def test_a_period_that_nobody_can_read_gives_no_ground_is_counted_asked_and_not_compliant(
    period: str, lab: Lab
) -> None:
    key = drop(lab, period, period, "2 years")
    lab.sync_permissions()
    assert lab.why("p0@ok.test")[0] == "retention_unreadable"
    assert lab.may("p0@ok.test") == (False, False)
    assert lab.why("p2@ok.test")[0] == "allowed"
    assert lab.value("select repairs ->> 'retention_period:unreadable' from raw.drops where key = %s", key) == "2"
    assert lab.rows(ASKED) == [(period, 2)]
    assert lab.rows(COMPLIANT) == [(1, 3)]


def test_another_row_gives_the_ground_that_an_unread_one_does_not(lab: Lab) -> None:
    drop(lab, "sine die")
    drop(lab, "18 months")
    assert lab.why("p0@ok.test")[0] == "allowed"
    assert lab.rows(COMPLIANT) == [(0, 1)]  # what the other row brought is still kept for nobody knows how long


@pytest.mark.parametrize("period", ["0", "0 days", "P0D", "null Tage"])
def test_zero_is_due_at_once(period: str, lab: Lab) -> None:
    drop(lab, period)
    assert lab.why("p0@ok.test")[0] == "retention_expired"
    assert lab.rows(DUE) == [(True,)]
    assert end_retention(lab.session)["announced"] == 1
    lab.passes(days=31)
    assert end_retention(lab.session)["erased"] == 1


def test_an_end_counts_from_the_rows_own_start_and_never_beyond_its_day(lab: Lab) -> None:
    ends = (lab.now + timedelta(days=400)).date()
    drop(lab, f"until {ends:%Y-%m-%d}")
    lab.drop("crm", csv("email,source_date,retention_period", f"old@ok.test,2020-01-05,bis {ends:%d.%m.%Y}"))
    assert [lab.why(f"{name}@ok.test")[0] for name in ("p0", "old")] == ["allowed", "allowed"]
    end = "coalesce(source_date, landed_at) + make_interval(days => retention_days)"
    assert lab.rows(f"select (({end}) at time zone 'UTC')::date from core.contact_sources") == [(ends,), (ends,)]


def test_an_end_that_is_over_is_due_at_once(lab: Lab) -> None:
    drop(lab, "2020-01-31")
    assert lab.value("select retention_days from core.contact_sources") == 0
    assert lab.rows(DUE) == [(True,)]


def test_the_shorter_of_what_the_row_says_and_the_source_counts_for_an_end_too(lab: Lab) -> None:
    lab.with_source("crm", retention_days=10)
    drop(lab, "until 2090-12-31", "sine die")
    lab.do("update core.contact_sources set landed_at = now() - interval '11 days'")
    assert lab.why("p0@ok.test")[0] == "retention_expired"
    assert lab.rows(DUE) == [(True,), (True,)]  # the source's end holds for a row whose own nobody could read


def test_what_today_s_rules_read_counts_for_rows_of_before(lab: Lab) -> None:
    key = drop(lab, "18 months")
    lab.do("update core.contact_sources set retention_days = null, retention_unread = true")
    assert lab.why("p0@ok.test")[0] == "retention_unreadable"
    lab.do("update ops.stage_runs set rules = 'of before' where drop_key = %s and stage = 'contacts'", key)
    lab.apply(key)
    assert lab.rows("select retention_days, retention_unread from core.contact_sources") == [(545, False)]
