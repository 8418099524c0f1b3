"""The figures of compliance, the alerts that follow from them and the record of processing, over real rows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from contact_pipeline.compliance.graph import AssetFacts, Graph
from contact_pipeline.compliance.register import processing_activities
from contact_pipeline.compliance.watch import write_register
from contact_pipeline.core.providers import Layer
from contact_pipeline_tests.lab.lab import Lab, csv

HEADER = "email,name"
LATE = (
    "insert into core.suppressions (subject_key, channel, reason, source, acted_at)"
    " values (decode(%s, 'hex'), 'email', %s, 'letter', now() - make_interval(hours => %s))"
)
REQUEST = (
    "insert into ops.subject_requests (reference, kind, subject_key, received_at, due_at, extended_until, state,"
    " closed_at, recorded_by, contact_id) values (%s, 'access', '\\x00', now() - make_interval(days => %s),"
    " now() + make_interval(days => %s), now() + make_interval(days => %s), %s, now() + make_interval(days => %s),"
    " 'desk', (select min(id) from core.contacts))"
)
GRAPH = Graph(
    {
        "raw_contacts": AssetFacts("raw_contacts", "raw.landed_rows", (), {"email": True, "row_number": False}),
        "contacts": AssetFacts("contacts", "core.contacts", ("raw_contacts",), {"email": True, "name": True}),
        "curated/mailable_contacts": AssetFacts(
            "curated/mailable_contacts", "curated.mailable_contacts", ("contacts",), {"email": True}
        ),
        "curated/provider_costs": AssetFacts("curated/provider_costs", "curated.costs", ("contacts",), {"n": False}),
    },
    {"asset": frozenset({"contacts"}), "check": frozenset(), "job": frozenset(), "schedule": frozenset()},
)


def figures(lab: Lab) -> dict[str, float | None]:
    return dict(lab.rows("select metric, value from curated.compliance_figures"))


def parts(lab: Lab, metric: str) -> tuple[int, int]:
    return lab.row("select numerator, denominator from curated.compliance_figures where metric = %s", metric)


def open_alerts(lab: Lab) -> dict[str, tuple[str, dict[str, int]]]:
    rows = lab.rows("select rule, severity, counts from ops.alerts where closed_at is null")
    return {rule: (severity, counts) for rule, severity, counts in rows}


def test_where_there_is_nothing_to_measure_there_is_no_figure(lab: Lab) -> None:
    found = figures(lab)
    counted = {name for name, value in found.items() if value is not None}
    assert counted == {
        "requests_open", "requests_overdue", "requests_closed_late", "undocumented_sources",
        "undocumented_sources_in_use", "erasures", "erasures_with_certificate", "erasures_with_findings",
    }  # fmt: skip
    assert {found[name] for name in counted} == {0.0}  # counted, and none was there
    report = lab.sync_permissions()
    assert set(report.figures) == counted
    assert open_alerts(lab) == {}


def test_coverage_counts_grounds_that_are_documented_and_hold(lab: Lab) -> None:
    lab.with_source("crm", retention_days=365)
    lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example", "bo@ok.test,Bo Example", "gone@ok.test,Gone Example"))
    lab.drop("bought", csv(HEADER, "cy@ok.test,Cy Example"))
    lab.drop("crm", csv(HEADER, "di@ok.test,Di Example", "ed@ok.test,Ed Example"))
    lab.drop(
        "newsletter", csv(f"{HEADER},consent_date", "fy@ok.test,Fy Example,2026-01-05", "gil@ok.test,Gil Example,")
    )
    assert parts(lab, "consent_coverage") == (6, 8)  # not Cy of a source without a ground, nor Gil without a consent
    assert parts(lab, "consent_share") == (1, 8)
    lab.with_source("bought", lawful_basis="contract")  # and nobody says what it is
    assert parts(lab, "consent_coverage") == (6, 8)
    lab.with_source("bought", documentation="Leads.", lawful_basis="legitimate_interest")  # without its assessment
    assert parts(lab, "consent_coverage") == (6, 8)
    lab.do(
        "update core.contact_sources set source_date = null, landed_at = now() - interval '366 days'"
        " where contact_id = (select id from core.contacts where email = 'ed@ok.test')"
    )
    lab.do("update core.contacts set deletion_requested = true where email = 'bo@ok.test'")
    lab.do("update core.contacts set deletion_completed = now() where email = 'gone@ok.test'")
    lab.do(
        "insert into core.consent_records (contact_id, consent_type, withdrawn_date)"
        " select id, 'any', now() from core.contacts where email = 'fy@ok.test'"
    )
    assert parts(lab, "consent_coverage") == (2, 7)  # Ada and Di are left
    assert parts(lab, "consent_share") == (0, 7)
    assert figures(lab)["consent_coverage"] == pytest.approx(2 / 7)


def test_a_consent_for_another_channel_than_the_sources_is_no_ground(lab: Lab) -> None:
    """The source `newsletter` is about e-mail only."""
    lab.drop("newsletter", csv(HEADER, "ada@ok.test,Ada Example"))
    grant = (
        "insert into core.consent_records (contact_id, consent_type, consent_date)"
        " select id, %s, now() from core.contacts"
    )
    lab.do(grant, "phone")
    assert (parts(lab, "consent_coverage"), parts(lab, "consent_share")) == ((0, 1), (1, 1))
    lab.do(grant, "email")
    assert parts(lab, "consent_coverage") == (1, 1)


def test_coverage_and_the_permission_rule_agree_where_nobody_said_a_word(lab: Lab) -> None:
    """With no opt-out, bounce or verdict in the way, who has a ground by one is who has a ground by the other."""
    lab.with_source("shop", channels=("email", "phone"))
    for source in ("shop", "bought", "crm", "newsletter"):
        lab.drop(
            source,
            csv(f"{HEADER},consent_date", f"{source}.a@ok.test,Ada Example,2026-01-05", f"{source}.b@ok.test,Bo,"),
        )
    by_rule = lab.value("select count(*) from core.contact_permissions where has_email_ground or has_phone_ground")
    assert parts(lab, "consent_coverage") == (by_rule, 8) == (5, 8)


def test_opt_outs_are_measured_from_the_persons_word_and_bounces_are_not(lab: Lab) -> None:
    for number, hours in enumerate((0, 24, 48)):
        lab.do(LATE, f"0{number}", "opt_out", hours)
    lab.do(LATE, "0a", "hard_bounce", 9999)
    lab.do(LATE, "0c", "erased", 0)
    lab.do(
        "insert into core.suppressions (subject_key, channel, reason, source, received_at, created_at)"
        " values ('\\x0b', 'phone', 'legal', 'call', now() - interval '10 days', now())"
    )
    found = figures(lab)
    days = [found[f"opt_out_processing_time_{name}"] for name in ("median", "p95", "worst")]
    assert days == [pytest.approx(1.5), pytest.approx(8.8), pytest.approx(10)]
    business = lab.value(
        "select max(core.business_days(coalesce(acted_at, received_at), created_at))"
        " from core.suppressions where reason not in ('hard_bounce', 'erased')"
    )
    assert found["opt_out_business_days_worst"] == business
    assert 6 <= business <= 8  # whatever today is


def test_business_days_are_those_of_a_calendar(lab: Lab) -> None:
    """Held against a row for each day, over four weeks and every hour at which a day may begin."""
    wrong = lab.rows(
        "select began, ended from (select timestamptz '2026-01-01 00:30Z' + make_interval(days => i, hours => i %% 24),"
        " timestamptz '2026-01-02 23:30Z' + make_interval(days => j) from generate_series(0, 28) i,"
        " generate_series(-3, 28) j) x (began, ended) where core.business_days(began, ended) <> (select count(*)"
        " from generate_series((began at time zone 'UTC')::date + 1, (ended at time zone 'UTC')::date,"
        " interval '1 day') d where extract(isodow from d) < 6)".replace("%%", "%")
    )
    assert wrong == []


def test_retention_follows_source_and_purpose_and_warns_as_the_policy_says(lab: Lab) -> None:
    lab.with_source("shop", purpose="orders", retention_days=100)
    lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example", "bo@ok.test,Bo Example"))
    lab.drop("crm", csv(HEADER, "cy@ok.test,Cy Example"))  # no end
    age = "update core.contact_sources set landed_at = now() - make_interval(days => %s)"
    lab.do(age, 60)
    assert parts(lab, "data_retention_compliance") == (2, 2)
    assert lab.rows("select is_over from curated.retention_due") == []
    lab.with_policy(retention={"warning_days": 45})
    assert lab.rows("select is_over from curated.retention_due") == [(False,), (False,)]
    lab.with_policy(retention={"purposes": {"orders": 59}})
    assert lab.value("select retention_days from core.sources where name = 'shop'") == 59
    assert lab.rows("select is_over from curated.retention_due") == [(True,), (True,)]
    assert parts(lab, "data_retention_compliance") == (0, 2)
    assert lab.sync_permissions().figures["data_retention_compliance"] == 0
    assert open_alerts(lab) == {"retention_overdue": ("warning", {"contacts": 2})}
    assert lab.why("ada@ok.test")[0] == "retention_expired"
    lab.do("update core.contacts set deletion_completed = now()")
    assert figures(lab)["data_retention_compliance"] is None
    lab.sync_permissions()
    assert open_alerts(lab) == {}


def test_requests_are_listed_with_their_day(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example"))
    for reference, received, due, extended, state, closed in (
        ("in-time", 10, 20, None, "open", None),
        ("late", 40, -9, None, "open", None),
        ("extended", 40, -9, 50, "open", None),
        ("done", 40, -9, None, "done", -20),
        ("done-late", 60, -30, None, "refused", -2),
    ):
        lab.do(REQUEST, reference, received, due, extended, state, closed)
    seen = lab.rows(
        "select reference, is_overdue, days_left, days_taken from curated.data_subject_requests order by id"
    )
    assert seen == [
        ("in-time", False, 20, None), ("late", True, -9, None), ("extended", False, 50, None),
        ("done", False, None, 20), ("done-late", True, None, 58),
    ]  # fmt: skip
    longer = "select due_at - original_due_at from curated.data_subject_requests where reference = 'extended'"
    assert lab.value(longer) == timedelta(days=59)
    public = lab.value("select public_id from core.contacts")
    assert lab.rows("select distinct contact_id from curated.data_subject_requests") == [(public,)]
    assert (parts(lab, "requests_overdue"), parts(lab, "requests_closed_late")) == ((1, 3), (1, 2))
    lab.sync_permissions()
    assert open_alerts(lab) == {"request_overdue": ("error", {"requests": 1})}
    lab.do("update ops.subject_requests set state = 'done', closed_at = now() where reference = 'late'")
    lab.do("delete from core.contacts")
    assert lab.rows("select distinct contact_id from curated.data_subject_requests") == [(None,)]
    lab.sync_permissions()
    assert open_alerts(lab) == {}


def test_an_undocumented_source_in_use_is_an_alert_until_it_is_documented(lab: Lab) -> None:
    lab.drop("bought", csv(HEADER, "ada@ok.test,Ada Example"))
    lab.drop("optouts", csv("email", "bo@ok.test"), "unsubscribes.csv")
    lab.sync_permissions()
    assert parts(lab, "undocumented_sources_in_use") == (1, 2)
    assert open_alerts(lab) == {"source_used_without_document": ("warning", {"sources": 1})}
    lab.with_source("bought", documentation="List of the fair.", lawful_basis="contract")
    lab.sync_permissions()
    assert open_alerts(lab) == {}


def test_late_opt_outs_warn_and_then_are_an_error(lab: Lab) -> None:
    def alert() -> Any:
        lab.sync_permissions()
        return open_alerts(lab).get("opt_out_late")

    lab.do(LATE, "01", "opt_out", 47)
    lab.do(LATE, "02", "hard_bounce", 999)
    assert alert() is None
    lab.do(LATE, "03", "opt_out", 49)
    assert alert() == ("warning", {"over_2_days": 1, "over_10_business_days": 0})
    lab.do(LATE, "04", "complaint", 18 * 24)  # over ten business days, whatever day it is
    assert alert() == ("error", {"over_2_days": 2, "over_10_business_days": 1})
    assert lab.value("select count(*) from ops.alerts where rule = 'opt_out_late'") == 1  # the same one, graver
    month = "interval '31 days'"
    lab.rewrite(f"update core.suppressions set created_at = created_at - {month}, acted_at = acted_at - {month}")
    assert alert() is None


def test_an_erasure_with_findings_is_an_error(lab: Lab) -> None:
    erased = (
        "insert into ops.erasures (id, reason, began_at, findings, certificate)"
        " values (gen_random_uuid(), 'request', now(), %s, %s)"
    )
    lab.do(erased, 0, "{}")
    lab.do(erased, None, None)
    lab.sync_permissions()
    assert (parts(lab, "erasures_with_certificate"), parts(lab, "erasures_with_findings")) == ((1, 2), (0, 1))
    assert open_alerts(lab) == {}
    lab.do("update ops.erasures set findings = 3 where certificate is not null")
    report = lab.sync_permissions()
    assert open_alerts(lab) == {"erasure_findings": ("error", {"erasures": 1})}
    assert (report.figures["erasures"], report.figures["erasures_with_findings"]) == (2, 1)


def test_the_record_of_processing_follows_policy_and_providers(lab: Lab) -> None:
    report = lab.sync_permissions(GRAPH)
    assert report.counts["register"] == len(lab.rows("select 1 from curated.processing_register")) > len("crm")
    written = lab.value("select max(generated_at) from curated.processing_register")
    assert lab.sync_permissions(GRAPH).counts["register"] == 0
    assert lab.value("select max(generated_at) from curated.processing_register") == written

    row = "select {} from curated.processing_register where source = 'crm'"
    told = "name servers (the domain of an address)"
    assert lab.row(row.format("lawful_basis, assessment_ref, recipients, categories_of_data, assets")) == (
        "legitimate_interest", "LIA-1", [told], ["e-mail address", "name"],
        ["contacts", "curated/mailable_contacts", "raw_contacts"],
    )  # fmt: skip
    assert lab.value(row.format("retention")).startswith("no end is set: the controller has to say")
    lab.with_source("crm", retention_days=90, channels=("phone",))
    lab.with_policy(sender={"name": "Orchid Ltd.", "postal_address": "1 Street"}, retention={"action": "anonymise"})
    asked = {Layer.MAILBOX: ("zerobounce",), Layer.CARRIER: ("twilio",)}
    vendors = replace(lab.session.vendors, recipients=asked)
    lab.session = replace(lab.session, vendors=vendors)
    assert lab.sync_permissions(GRAPH).counts["register"] > 0
    assert lab.row(row.format("controller, recipients, assets")) == (
        "Orchid Ltd., 1 Street", [told, "twilio"], ["contacts", "raw_contacts"]
    )  # fmt: skip
    kept = lab.value(row.format("retention"))
    assert kept.startswith("90 days") and kept.endswith("made anonymous")
    bought = "select recipients, assets from curated.processing_register where source = 'bought'"
    assert lab.row(bought) == ([told], ["contacts", "raw_contacts"])  # nobody is told of people without a document
    own = lab.rows("select activity from curated.processing_register where source is null")
    assert {name for (name,) in own} >= {"validation", "enrichment", "suppression list", "ledger"}
    fewer = lab.session.policy.model_copy(update={"sources": {}})
    with lab.session.connection("register") as connection, connection.transaction():
        write_register(connection, processing_activities(fewer, {}, GRAPH))
    assert lab.rows("select 1 from curated.processing_register where source is not null") == []  # replaced as a whole


def test_no_value_of_a_person_is_in_figures_and_alerts(lab: Lab) -> None:
    lab.drop("bought", csv(HEADER, "ada.secret@ok.test,Ada Secret"))
    lab.do(LATE, "04", "complaint", 18 * 24)  # over ten business days, whatever day it is
    lab.do(REQUEST, "R-1", 40, -9, None, "open", None)
    report = lab.sync_permissions(GRAPH)
    views = ("data_subject_requests", "processing_register", "compliance_figures")
    told = [lab.rows(f"select * from curated.{view}") for view in views] + [lab.rows("select * from ops.alerts")]
    assert len(open_alerts(lab)) == 3
    assert "secret" not in repr((told, report)).lower()
