"""KPIs over real rows: what is counted, what stands where there is nothing, and what a past day keeps."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from contact_pipeline.core.kpis import KPIS
from contact_pipeline.policy.goals import GoalPolicy
from contact_pipeline.quality.kpi_document import render
from contact_pipeline.quality.kpis import kpis, measure_kpis
from contact_pipeline_tests.lab.lab import Lab, csv


def of(lab: Lab, metric: str, scope: str = "all", *, back: int = 0) -> tuple[float | None, ...]:
    """value, numerator, denominator, unknown share; () where there is no row."""
    day = lab.now.date() - timedelta(days=back)
    rows = lab.rows(
        "select value, numerator, denominator, unknown_share from curated.kpis"
        " where (metric, scope, day) = (%s, %s, %s)",
        metric, scope, day,
    )  # fmt: skip
    return rows[0] if rows else ()


def contacts(lab: Lab) -> str:
    """Three addresses: valid, invalid, unknown; one number of the plan; nobody has a title."""
    key = lab.drop("shop", csv(
        "Name,Email,Phone,Country",
        "Mia Lopez,mia-one@ok.test,+12015550123,US",
        "Ada Orchid,ada-one@nullmx.test,,DE",
        "Tom Reed,tom-one@silent.test,,DE",
    ))  # fmt: skip
    sound(lab, "mia-one@ok.test")
    return key


def sound(lab: Lab, email: str) -> None:
    """As a mailbox provider would say."""
    lab.do("update core.contacts set email_status = 'valid', email_sub_status = null where email = %s", email)


def test_where_there_is_nothing_every_figure_is_empty_and_says_why(lab: Lab) -> None:
    found = {row["metric"]: row for row in kpis(lab.session)}
    assert list(found) == [kpi.name for kpi in KPIS], "measured, since nobody had, and in the order of the table"
    assert {name: (row["value"], row["is_anomaly"], bool(row["reason"])) for name, row in found.items()} == {
        kpi.name: (None, False, True) for kpi in KPIS
    }


def test_unknown_is_neither_valid_nor_left_out(lab: Lab) -> None:
    key = contacts(lab)
    measure_kpis(lab.session)
    for scope in ("all", "source:shop", f"drop:{key}"):
        assert of(lab, "email_deliverability_rate", scope) == pytest.approx((1 / 3, 1, 3, 1 / 3))
    assert of(lab, "email_deliverability_rate", "country:DE") == pytest.approx((0, 0, 2, 1 / 2))
    assert of(lab, "phone_validation_rate")[2] == 1
    assert of(lab, "mailable_deliverability_rate") == pytest.approx((1, 1, 1, 0))
    assert of(lab, "enrichment_completeness") == pytest.approx((10 / 21, 10, 21, 0))
    assert of(lab, "consent_coverage") == pytest.approx((1, 3, 3, 0))
    assert of(lab, "duplicate_rate") == (None, None, 0, None)
    assert of(lab, "email_deliverability_rate", "provider:zerobounce") == ()


def test_confidence_is_the_best_sources_and_the_goal_is_the_policys(lab: Lab) -> None:
    contacts(lab)
    lab.drop("fair", csv("Name,Email", "Mia Lopez,mia-one@ok.test", "Zoe Quux,zoe-one@ok.test"))
    measure_kpis(lab.session)
    assert of(lab, "high_confidence_share")[1:3] == (3, 4), "the shop is trusted by 0.9, the fair by 0.4"
    lab.with_policy(goals={"high_confidence": 0.4, "high_confidence_share": 0.75})
    measure_kpis(lab.session)
    assert of(lab, "high_confidence_share")[1:3] == (4, 4)
    goal = "select goal, distance from curated.kpis where metric = 'high_confidence_share' and scope = 'all'"
    assert lab.row(goal) == (0.75, 0.25)


def test_a_past_day_is_never_rewritten(lab: Lab) -> None:
    contacts(lab)
    measure_kpis(lab.session)
    before = of(lab, "email_deliverability_rate")
    lab.passes(days=1)
    lab.drop("shop", csv("Name,Email", "Zoe Quux,zoe-one@ok.test"))
    sound(lab, "zoe-one@ok.test")
    measure_kpis(lab.session)
    measure_kpis(lab.session)
    assert of(lab, "email_deliverability_rate") == pytest.approx((2 / 4, 2, 4, 1 / 4))
    assert of(lab, "email_deliverability_rate", back=1) == before


def test_of_a_drop_a_row_is_written_when_it_changes(lab: Lab) -> None:
    key = contacts(lab)
    for _ in range(3):
        measure_kpis(lab.session)
        lab.passes(days=1)
    rows = "select count(*) from ops.kpi_history where metric = 'email_deliverability_rate' and scope = %s"
    assert lab.value(rows, f"drop:{key}") == 1
    assert lab.value(rows, "source:shop") == 3


CALL = (
    "insert into ops.provider_calls (provider, layer, endpoint, subject_key, price, session, reserved_at, settled_at,"
    " outcome, fault) values ('hunter', 'mailbox', 'single', %s, 0.01, 1, %s, %s, %s, %s)"
)


def test_days_that_nobody_measured_are_filled_from_what_facts_still_tell(lab: Lab) -> None:
    contacts(lab)
    lab.sync_permissions()  # keeps the day's quality
    for number, (outcome, fault) in enumerate(
        [("answered", None), ("not_found", None), ("failed", "timeout"), ("failed", "circuit_open"), ("reserved", None)]
    ):
        lab.do(CALL, bytes([number]), lab.now, lab.now, outcome, fault)
    lab.passes(days=3)
    measure_kpis(lab.session)
    assert of(lab, "enrichment_api_uptime") == pytest.approx((2 / 3, 2, 3, 0))
    for back in (1, 2, 3):
        assert of(lab, "enrichment_api_uptime", "provider:hunter", back=back) == pytest.approx((2 / 3, 2, 3, 0))
    assert of(lab, "email_deliverability_rate", back=3) == pytest.approx((1 / 3, 1, 3, 1 / 3))
    assert of(lab, "email_deliverability_rate", back=2) == (), "nobody looked, and no fact tells"
    assert of(lab, "consent_coverage", back=3) == ()


def test_messages_whose_end_nobody_told_are_left_out_and_counted_beside(lab: Lab) -> None:
    contacts(lab)
    at = lab.now
    lab.do(
        "insert into core.outreach_history (contact_id, channel, direction, source, sent_at, delivered_at, bounced_at,"
        " replied_at) select c.id, 'email', 'outbound', m.tool, %s, m.delivered, m.bounced, m.replied"
        " from core.contacts c join (values"
        " ('mia-one@ok.test', 'mailchimp', %s, null::timestamptz, null::timestamptz),"
        " ('ada-one@nullmx.test', 'mailchimp', null, %s, null), ('tom-one@silent.test', 'mailchimp', null, null, null),"
        " ('mia-one@ok.test', 'desk', null, null, %s), ('ada-one@nullmx.test', 'desk', null, null, null)"
        ") m (email, tool, delivered, bounced, replied) on m.email = c.email",
        at, at, at, at,
    )  # fmt: skip
    lab.passes(minutes=1)
    measure_kpis(lab.session)
    assert of(lab, "bounce_rate") == pytest.approx((1 / 2, 1, 2, 3 / 5))
    assert of(lab, "bounce_rate", "provider:desk") == ()
    assert of(lab, "response_rate") == pytest.approx((1 / 2, 1, 2, 3 / 5)), "mailchimp has never told of an answer"
    lab.passes(days=31)
    measure_kpis(lab.session)
    assert of(lab, "bounce_rate")[0] is None and of(lab, "response_rate")[0] == 1 / 2


def test_an_opt_out_of_a_file_counts_from_when_we_had_the_file(lab: Lab) -> None:
    contacts(lab)
    lab.do(
        "insert into core.suppressions (subject_key, channel, reason, source, acted_at, received_at, created_at,"
        " drop_key)"
        " select decode(k, 'hex'), 'email', 'opt_out', 'desk', now - interval '90 days',"
        " now - make_interval(days => d), now, f"
        " from (values ('01', 4, null), ('02', 2, (select min(key) from raw.drops))) v (k, d, f),"
        " (select %s::timestamptz) n (now)",
        lab.now,
    )  # fmt: skip
    lab.passes(minutes=1)
    measure_kpis(lab.session)
    assert of(lab, "opt_out_processing_time") == pytest.approx(((90 + 2) / 2, 92, 2, 0))


def history(lab: Lab, *values: float) -> None:
    """The figure of the last days, the newest last."""
    for back, value in enumerate(reversed(values), start=1):
        lab.do(
            "insert into ops.kpi_history (metric, scope, day, value, numerator, denominator, unknown, goal)"
            " values ('email_deliverability_rate', 'all', %s, %s, 0, 1000, 0, 0.94)",
            lab.now.date() - timedelta(days=back), value,
        )  # fmt: skip


@pytest.mark.parametrize("days, is_odd", [(13, False), (14, True)])
def test_an_anomaly_is_what_its_own_weeks_did_not_lead_to_expect(lab: Lab, days: int, is_odd: bool) -> None:
    lab.drop("shop", csv("Name,Email", *(f"Person {n},person-{n}@nullmx.test" for n in range(40))))
    history(lab, *([0.9, 0.92] * 14)[:days])
    measure_kpis(lab.session)
    row = lab.row(
        "select value, expected, is_anomaly from curated.kpis where metric = 'email_deliverability_rate'"
        " and scope = 'all' and day = %s", lab.now.date(),
    )  # fmt: skip
    assert row == (0.0, pytest.approx(0.91) if is_odd else None, is_odd)


def test_few_contacts_scatter_and_are_not_odd(lab: Lab) -> None:
    contacts(lab)
    history(lab, *[0.9] * 20)
    measure_kpis(lab.session)
    assert of(lab, "email_deliverability_rate")[0] == pytest.approx(1 / 3)
    assert not lab.value(
        "select is_anomaly from curated.kpis where metric = 'email_deliverability_rate' and scope = 'all' and day = %s",
        lab.now.date(),
    )  # fmt: skip


def test_where_measuring_takes_long_today_rests(lab: Lab) -> None:
    contacts(lab)
    measure_kpis(lab.session)
    assert not measure_kpis(lab.session, is_asked=False).up_to_date, "quick: with every run"
    lab.do("update ops.kpi_days set seconds = 10")
    lab.passes(minutes=9)
    assert measure_kpis(lab.session, is_asked=False).up_to_date
    assert not measure_kpis(lab.session).up_to_date, "whoever asks is told how it is now"
    lab.do("update ops.kpi_days set seconds = 10")
    lab.passes(minutes=10)
    assert not measure_kpis(lab.session, is_asked=False).up_to_date


def test_kpis_of_a_day_that_nobody_measured_are_none(lab: Lab) -> None:
    assert kpis(lab.session, day=date(2026, 1, 1)) == []


def test_the_document_is_generated_and_every_figure_has_its_goal() -> None:
    document = Path(__file__).parents[2] / "docs" / "kpis.md"
    assert document.read_text(encoding="utf-8") == render(), (
        "python -m contact_pipeline.quality.kpi_document > docs/kpis.md"
    )
    assert {kpi.name: GoalPolicy().of(kpi) for kpi in KPIS} == {kpi.name: kpi.goal for kpi in KPIS}
