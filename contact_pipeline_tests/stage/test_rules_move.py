"""A rule's version moves: what was done under the older one is found, and done again, without changing what stands."""

from types import ModuleType
from typing import Any

import pytest

from contact_pipeline.drops import raw_contacts
from contact_pipeline.emails import validated_emails
from contact_pipeline.people import contacts
from contact_pipeline.phones import normalized_phones
from contact_pipeline.profiles import enriched_profiles
from contact_pipeline.quality.freshness import STAGE_RULES
from contact_pipeline_tests.lab.lab import Lab, csv

HEADER = "Record ID,email,email 2,name,company,title,phone,unsubscribed,consent_date"
ROWS = (
    "1,ada@ok.test,a.orchid@ok2.test,Ada Orchid,Engines,Chair,+44 20 7946 0958,,2026-05-01",
    "2,bob@ok.test,,Bob Reed,Tools,Clerk,+44 20 7946 0123,yes,",
    ",,,,,,,,",
    "3,not an address,,Cy Fern,,,,,",
)
OUTCOMES = "select row_number, outcome, contact_id from raw.landed_rows order by drop_key, row_number"
RUNS = "select stage, rules from ops.stage_runs where drop_key = %s order by stage"
TABLES = (
    "core.contact_points",
    "core.contact_sources",
    "core.consent_records",
    "core.suppressions",
    "core.enrichment_history",
)
STAGE_MODULES = (raw_contacts, contacts, enriched_profiles)
VALUES = ("id", "name", "given_name", "email", "email_key", "email_status", "phone", "phone_key", "company", "title",
          "suppress_email", "can_email", "can_call", "consent_date", "version")  # fmt: skip


def everything(lab: Lab) -> dict[str, Any]:
    found: dict[str, Any] = {table: lab.value(f"select count(*) from {table}") for table in TABLES}
    return found | {"contacts": lab.contacts(*VALUES), "outcomes": lab.rows(OUTCOMES)}


def moves(monkeypatch: pytest.MonkeyPatch, constant: str, stage: str, version: str = "next") -> None:
    """The program is upgraded: this rule has another version."""
    for module in STAGE_MODULES:
        if hasattr(module, constant):
            monkeypatch.setattr(module, constant, version)
    monkeypatch.setitem(STAGE_RULES, stage, version)


@pytest.mark.parametrize(("constant", "stage"), (("LANDING_RULES", "raw_contacts"), ("APPLY_RULES", "contacts"),
                                                 ("PROFILE_RULES", "enriched_profiles")))  # fmt: skip
def test_every_drop_is_due_once_and_nothing_changes(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, constant: str, stage: str
) -> None:
    keys = [lab.drop("crm", csv(HEADER, *ROWS)), lab.drop("fair", csv(HEADER, *ROWS[:2]))]
    lab.drop("optouts", csv("email", "cy@ok.test"), "unsubscribed.csv")
    before = everything(lab)
    assert lab.stale_drops(limit=9) == []
    moves(monkeypatch, constant, stage)
    stale = lab.stale_drops(limit=9)
    assert stale[:2] == keys
    assert len(stale) == 3
    for key in stale:
        lab.run(key)
        assert dict(lab.rows(RUNS, key))[stage] == "next"
    assert everything(lab) == before
    assert lab.stale_drops(limit=9) == []


def test_the_contacts_stage_derives_again_what_follows_from_landed_rows(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = lab.drop("crm", csv(HEADER, *ROWS))
    before = everything(lab)
    with lab.session.connection("older rules") as connection:  # as an older rule would have left it
        connection.execute("update core.contacts set title = 'Countess' where name = 'Ada Orchid'")
        connection.execute("delete from core.contact_points")
    assert lab.apply(key).up_to_date
    moves(monkeypatch, "APPLY_RULES", "contacts")
    lab.run(key)
    after = everything(lab)
    assert after["core.contact_points"] == before["core.contact_points"]
    assert after["outcomes"] == before["outcomes"]
    assert lab.row("select title from core.contacts where name = 'Ada Orchid'") == ("Chair",)
    assert lab.apply(key).up_to_date


def test_rows_that_wait_are_applied_beside_those_that_were(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    key = lab.drop("crm", csv(HEADER, *ROWS))
    lab.rewrite("update raw.landed_rows set outcome = null, contact_id = null where row_number = 2")
    lab.rewrite("delete from core.contact_sources where row_number = 2")
    lab.do("update raw.drops set applied_at = null")
    moves(monkeypatch, "APPLY_RULES", "contacts")
    lab.run(key)
    # Bob's address is known: the row that waited finds him.
    assert lab.row("select outcome from raw.landed_rows where row_number = 2") == ("merged",)
    assert lab.value("select count(*) from core.contacts") == 3
    assert lab.value("select applied_at is not null from raw.drops")


def test_an_opt_out_that_was_taken_back_stays_taken_back(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    key = lab.drop("crm", csv(HEADER, *ROWS))
    (said,) = lab.rows("select subject_key, channel, reason, source from core.suppressions")
    lab.rows("select audit.retract_suppression(%s, %s, %s, %s, 'ann', 'wrong column')", *said)
    moves(monkeypatch, "APPLY_RULES", "contacts")
    lab.run(key)
    assert lab.rows("select subject_key from core.suppressions") == []


def test_what_a_provider_found_stays_until_it_is_weighed_again(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    key = lab.drop("crm", csv(HEADER, *ROWS))
    with lab.session.connection("enriched_profiles") as connection:
        connection.execute(
            "insert into core.profile_claims (contact_id, field_name, data_source, value, confidence_score, claimed_at)"
            " select id, 'title', 'provider:finder', 'Countess', 1, now() from core.contacts where name = 'Ada Orchid'"
        )
        connection.execute("update core.contacts set title = 'Countess', company = 'Mills' where name = 'Ada Orchid'")
    moves(monkeypatch, "APPLY_RULES", "contacts")
    lab.apply(key)
    assert lab.row("select title, company from core.contacts where name = 'Ada Orchid'") == ("Countess", "Engines")
    # A list that says something new is weighed at once, as ever.
    lab.take("shop", csv(HEADER, ROWS[0].replace("Chair", "Miller")))
    assert lab.row("select title from core.contacts where name = 'Ada Orchid'") == ("Miller",)


@pytest.mark.parametrize("module", (validated_emails, normalized_phones))
def test_verdicts_are_due_where_they_were_found_by_older_rules(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, module: ModuleType
) -> None:
    stage = module.STAGE
    key = lab.drop("crm", csv(HEADER, *ROWS))
    before, (recorded,) = everything(lab), [rules for name, rules in lab.rows(RUNS, key) if name == stage]
    monkeypatch.setattr(module, "RULES_VERSION", "next")
    assert lab.stale_drops(limit=9) == [key]
    lab.run(key)
    assert dict(lab.rows(RUNS, key))[stage] != recorded
    assert everything(lab) == before
    assert lab.stale_drops(limit=9) == []
