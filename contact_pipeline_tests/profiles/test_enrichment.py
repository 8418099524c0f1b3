"""Enrichment inside the stages: who is asked, what is filled, and what never is."""

from dataclasses import replace
from typing import Any

import pytest

from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.persons import known_company, known_person, person_of
from contact_pipeline_tests.lab.profile_vendors import FOUND, ProfileVendors, ask, known
from contact_pipeline_tests.vendors.asking import provider_of

HISTORY = (
    "select field_name, old_value, new_value, data_source, confidence_score, enriched_by from core.enrichment_history"
    " where data_source like 'provider:%%' order by field_name"
)


def test_what_is_missing_is_filled_and_says_who_said_it(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter"))
    (address,) = known(1)
    truth = known_person(address, "hunter")
    lab.drop("crm", csv("Email", address))
    contact = lab.contact(address)
    assert (contact["name"], contact["title"], contact["company"]) == (truth.name, truth.title, truth.company)
    assert contact["linkedin_url"] == f"https://www.linkedin.com/in/{truth.linkedin}"
    rows = {field: rest for field, *rest in lab.rows(HISTORY)}
    assert rows["title"][:3] == [None, truth.title, "provider:hunter"]
    assert (float(rows["title"][3]), rows["title"][4]) == (0.8, "enriched_profiles")
    company = known_company("ok.test")
    assert lab.row("select name, data_source from core.companies") == (company.name, "provider:hunter")
    assert vendors.hunter.paid.total() == 1  # the company came with the person


def test_the_next_provider_is_asked_only_for_what_is_open(lab: Lab, vendors: ProfileVendors) -> None:
    lab.with_policy(enrichment={"key_fields": ("name", "email", "title", "company", "linkedin_url")})
    ask(lab, vendors.vendors("hunter", "clearbit"))
    both = [a for a in known(40) if person_of(a, "clearbit")][:2]
    strangers = [f"clara.dorn{n}@ok.test" for n in range(1, 200) if not person_of(f"clara.dorn{n}@ok.test", "hunter")]
    known_to_clearbit = next(a for a in strangers if person_of(a, "clearbit"))
    lab.drop("crm", csv("Email", *both, known_to_clearbit))
    assert set(vendors.clearbit.paid) == {known_to_clearbit}
    assert lab.contact(known_to_clearbit)["title"]


def test_two_providers_are_held_against_each_other_where_the_policy_says_so(lab: Lab, vendors: ProfileVendors) -> None:
    lab.with_policy(enrichment={"key_fields": ("name", "title"), "cross_check": 2})
    ask(lab, vendors.vendors("hunter", "clearbit", "fullcontact"))
    address = next(a for a in known(60) if person_of(a, "clearbit"))
    lab.drop("crm", csv("Email", address))
    paid = [vendor.paid.total() for vendor in (vendors.hunter, vendors.clearbit, vendors.fullcontact)]
    assert paid == [1, 1, 0]
    agreement = lab.value("select agreement -> 'name' from curated.identity_confirmation")
    assert agreement == {"sources": 2, "agreeing": 2}


def test_whom_nobody_knows_is_not_asked_about_again_before_the_period_ends(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter"))
    stranger = next(f"clara.dorn{n}@ok.test" for n in range(1, 99) if not person_of(f"clara.dorn{n}@ok.test", "hunter"))
    key = lab.drop("crm", csv("Email", stranger))
    asked = len(vendors.hunter.requests)
    lab.passes(days=60)
    lab.enrich(key)
    assert [r.path for r in vendors.hunter.requests[asked:] if "account" not in r.path] == []
    lab.passes(days=31)
    lab.enrich(key)
    assert [r.path for r in vendors.hunter.requests[asked:] if "find" in r.path]


def test_what_the_person_gave_us_no_provider_overwrites(lab: Lab, vendors: ProfileVendors) -> None:
    lab.with_source("crm", origin="first_party")
    ask(lab, vendors.vendors("hunter"))
    (address,) = known(1)
    truth = known_person(address, "hunter")
    lab.drop("crm", csv("Email,Name,Title", f"{address},{truth.name},Lighthouse Keeper"))
    contact = lab.contact(address)
    assert (contact["title"], contact["company"]) == ("Lighthouse Keeper", None)  # nor half of another employment
    claims = lab.rows("select value, data_source from core.profile_claims where field_name = 'title'")
    assert claims == [(truth.title, "provider:hunter")]  # kept, as an alternative


def test_a_bought_value_gives_way_to_a_better_one_and_the_change_is_told(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter"))
    (address,) = known(1)
    truth = known_person(address, "hunter")
    lab.drop("fair", csv("Email,Name,Title", f"{address},{truth.name},Lighthouse Keeper"))  # trust 0.4, vendor
    assert lab.contact(address)["title"] == truth.title
    old, new = lab.row("select old_value, new_value from core.enrichment_history where field_name = 'title'")
    assert (old, new) == ("Lighthouse Keeper", truth.title)
    assert lab.rows("select old_value from audit.changes where field = 'title'") == [("Lighthouse Keeper",)]


def test_running_again_changes_nothing(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter", "clearbit", "fullcontact"))
    key = lab.drop("crm", csv("Email", *known(6)))
    tables = ("contacts", "profile_claims", "enrichment_history", "identity_checks", "companies", "field_agreement")
    moving = ["profile_due_at", "profile_verified_at", "identity_verified_at"]

    def state() -> dict[str, list[tuple[Any, ...]]]:
        return {t: lab.rows(f"select to_jsonb(t) - %s::text[] from core.{t} t order by 1", moving) for t in tables}

    before = state()
    paid = [vendor.paid.total() for vendor in (vendors.hunter, vendors.clearbit, vendors.fullcontact)]
    lab.do("update core.contacts set profile_due_at = null")
    lab.enrich(key)
    assert state() == before
    assert [vendor.paid.total() for vendor in (vendors.hunter, vendors.clearbit, vendors.fullcontact)] == paid


def test_a_found_address_is_judged_in_the_same_run(lab: Lab, vendors: ProfileVendors) -> None:
    vendors.hunter.companies["engines"] = "ok.test"
    ask(lab, vendors.vendors("hunter"))
    lab.drop("crm", csv("Name,Company", f"{FOUND.name},Engines"))
    name, email, status, reason, may, key = lab.row(
        "select name, email, email_status, email_sub_status, can_email, email_key is not null from core.contacts"
    )
    assert (name, email) == (FOUND.name, FOUND.email)
    assert (status, reason, key) == ("unknown", "mailbox_not_checked", True)  # judged by the free layers
    assert may  # by the ground of its source; whether the verdict is good enough says mailable_contacts
    history = lab.rows("select new_value, data_source from core.enrichment_history where field_name = 'email'")
    assert history == [(FOUND.email, "provider:hunter")]


def test_an_address_that_another_contact_has_is_not_taken(lab: Lab, vendors: ProfileVendors) -> None:
    vendors.hunter.companies["engines"] = "ok.test"
    ask(lab, vendors.vendors("hunter"))
    lab.drop("crm", csv("Email,Name", f"{FOUND.email},{FOUND.name}"))
    lab.drop("crm", csv("Name,Company", f"{FOUND.name},Engines"), "other.csv")
    assert lab.value("select count(*) from core.contacts where email = %s", FOUND.email) == 1
    assert lab.rows("select kind, field_name from ops.reviews where kind = 'identity_conflict'") == [
        ("identity_conflict", "email")
    ]


def test_answers_about_somebody_else_and_absurd_ones_are_refused_and_counted(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter"))
    rows = ("stranger-clara.dorn@ok.test,Clara Dorn", "absurd-clara.dorn@ok.test,Clara Dorn",
            "formula-clara.dorn@ok.test,Clara Dorn")  # fmt: skip
    lab.drop("crm", csv("Email,Name", *rows))
    report = lab.reports[-1]
    (check,) = [c for c in report.checks if c.name == "enriched_profiles_answers_fit"]
    assert not check.passed
    assert check.counts["other_person"] == 1
    assert {"too_long", "formula"} <= set(check.counts)
    assert lab.rows("select title from core.contacts") == [(None,)] * 3
    stored = str(lab.rows("select facts from core.provider_answers"))
    assert "HYPERLINK" not in stored and "\\x1b" not in stored and len(stored) < 5_000


def test_who_opted_out_at_hunter_is_suppressed(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter", "fullcontact"))
    lab.drop("crm", csv("Email", "optout-clara.dorn@ok.test"))
    assert lab.rows("select reason, source from core.suppressions") == [("legal", "provider:hunter")]
    assert lab.rows("select kind from ops.reviews") == [("erasure_request",)]
    assert vendors.fullcontact.paid.total() == 0


def test_only_people_with_a_ground_are_asked_about(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter"))
    lab.drop("nobody", csv("Email", *known(2)))
    assert [r for r in vendors.hunter.requests if "find" in r.path] == []


def test_the_days_budget_ends_it_and_the_next_day_goes_on(lab: Lab, vendors: ProfileVendors) -> None:
    lab.with_policy(enrichment={"daily_budget": 0.04})
    ask(lab, vendors.vendors("hunter"))
    key = lab.drop("crm", csv("Email", *known(4)))
    assert lab.value("select count(*) from core.contacts where title is not null") == 2
    assert float(lab.value("select spent from ops.enrichment_days")) == pytest.approx(0.04)
    lab.passes(days=1)
    lab.enrich(key)
    assert lab.value("select count(*) from core.contacts where title is not null") == 4


def test_a_dead_provider_leaves_the_drop_published(lab: Lab, vendors: ProfileVendors) -> None:
    hunter = vendors.vendors("hunter")
    ask(lab, replace(hunter, make=lambda layer, name: provider_of(vendors.hunter, layer, key="wrong")))
    key = lab.drop("crm", csv("Email", *known(2)))
    assert lab.value("select published_at is not null from raw.drops where key = %s", key)
    assert lab.rows("select fingerprint from ops.alerts where rule = 'provider_stopped'") == [
        ("provider_stopped:hunter:unauthorized",)
    ]
    assert lab.value("select max(profile_due_at) from core.contacts") < lab.now.replace(hour=23)


def test_statistics_and_identity_are_written_down(lab: Lab, vendors: ProfileVendors) -> None:
    ask(lab, vendors.vendors("hunter", "clearbit"))
    address = next(a for a in known(60) if person_of(a, "clearbit"))
    truth = known_person(address, "hunter")
    lab.drop("crm", csv("Email,Name,Phone", f"{address},{truth.name},"))
    row = lab.row(
        "select contacts, asked, found, completeness_before < completeness_after, by_field ->> 'title'"
        " from ops.enrichment_runs"
    )
    assert row[0] == 1 and row[1] >= 1 and row[2] >= 4 and row[3] and row[4] == "1"
    report = lab.reports[-1]
    assert report.figures["completeness_after"] > report.figures["completeness_before"]
    seen = lab.row(
        "select identity_confidence, name_matches, profile_exists, email_seen from curated.identity_confirmation"
    )
    assert float(seen[0]) > 0.3 and seen[1:3] == ("yes", "yes")
    assert "ok.test" not in str(lab.rows("select * from ops.provider_calls")) + str(
        lab.rows("select * from ops.enrichment_runs")
    )
