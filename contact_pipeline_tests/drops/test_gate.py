"""The gate stands between landing and core: it holds one drop, a person lets it on, and the other drops go on."""

from contact_pipeline_tests.dns_server import DnsServer, mail_domain
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.lab import Lab, crowd, csv

STATE = "select held_reason, published_at is not null from raw.drops where key = %s"
OPEN_ALERTS = "select rule, severity, counts from ops.alerts where closed_at is null order by rule"
NOBODY = ",Nobody"  # `email,company`: nothing that makes a contact


def damaged(good: int, bad: int) -> str:
    return csv("email,company", *(f"person{i}@ok.test,Engines" for i in range(good)), *[NOBODY] * bad)


def test_one_in_ten_may_fail_and_no_more(lab: Lab) -> None:
    held, let_through = lab.drop("crm", damaged(8, 1)), lab.drop("fair", damaged(9, 1))
    reason, published = lab.row(STATE, held)
    assert reason == "failed rows: 11.1% of 9, the gate allows 10.0%" and not published
    assert lab.row(STATE, let_through) == (None, True)  # the other drop goes on
    assert lab.accounting(held) == (9, 0, 0, 1)
    assert lab.value("select count(*) from core.contact_sources where drop_key = %s", held) == 0
    assert [rule for rule, *_ in lab.rows(OPEN_ALERTS)] == ["drop_held"]
    (gate,) = [c for r in lab.reports if r.drop == held for c in r.checks if c.name == "drop_passes_gate"]
    assert not gate.passed and not gate.is_error


def test_running_a_held_drop_again_changes_nothing(lab: Lab) -> None:
    key = lab.drop("crm", damaged(1, 1))
    before = exact_dump(lab)
    lab.run(key)
    assert exact_dump(lab) == before


def test_a_person_may_let_a_held_drop_on(lab: Lab) -> None:
    key = lab.drop("crm", damaged(2, 1))
    lab.approve(key)
    assert lab.row(STATE, key) == (None, True)
    assert lab.accounting(key) == (3, 2, 0, 1)
    assert lab.row("select approved_by, approved_reason from raw.drops") == ("a person", "looked at it")
    lab.replay(key)  # the approval stands
    assert lab.row(STATE, key) == (None, True)


def test_a_file_of_no_known_column_is_held(lab: Lab) -> None:
    key = lab.drop("crm", csv("Wer,Wohin", "Ada Example,Kiel"))
    assert lab.value("select held_reason from raw.drops").startswith("no_known_column: ")
    assert lab.value("select count(*) from core.contacts") == 0
    lab.with_source("crm", mapping={"Wer": "name", "Wohin": "city"})
    lab.run(key)  # the policy is part of the stage's input: no replay needed
    assert lab.contacts("name", "location") == [("Ada Example", "Kiel")]
    assert lab.row(STATE, key) == (None, True)
    assert lab.rows(OPEN_ALERTS) == []


def test_a_replay_after_a_mapping_fix_lands_what_was_quarantined(lab: Lab) -> None:
    text = csv("email,Kennung", *(f"person{i}@ok.test,{i}" for i in range(1, 10)), ",10")
    key = lab.drop("crm", text)
    assert lab.accounting(key) == (10, 9, 0, 1)
    people = lab.contacts("id", "email", "version")
    lab.with_source("crm", mapping={"Kennung": "record_id"})
    lab.replay(key)
    assert lab.accounting(key) == (10, 10, 0, 0)
    assert lab.value("select count(*) from raw.quarantined_rows") == 0
    assert set(people) < set(lab.contacts("id", "email", "version"))  # what had been applied stays as it is
    assert lab.row(STATE, key) == (None, True)


def test_a_replay_that_changes_nothing_keeps_the_books(lab: Lab) -> None:
    key = lab.drop("crm", damaged(10, 1))
    lab.replay(key)
    assert lab.accounting(key) == (11, 10, 0, 1)
    assert lab.row(STATE, key) == (None, True)


def test_many_invalid_addresses_raise_one_alert_and_hold_nothing(lab: Lab, dns: DnsServer) -> None:
    key = lab.drop("crm", csv("email,name", *crowd(8), *crowd(1, "short.test"), *crowd(1, "nowhere.test")))
    assert lab.rows(OPEN_ALERTS) == []  # one in ten
    key = lab.drop("fair", csv("email,name", *crowd(4), *crowd(2, "nowhere.test")))
    assert lab.rows(OPEN_ALERTS) == [("invalid_emails", "warning", {"bad": 2, "rows": 6})]
    assert lab.row(STATE, key) == (None, True)
    lab.passes(days=91)
    lab.run(key)
    assert len(lab.rows("select id from ops.alerts")) == 1  # the same one
    dns.zone["nowhere.test"] = mail_domain("mx.ok.test")
    lab.passes(days=91)
    lab.run(key)
    assert lab.rows(OPEN_ALERTS) == []
    assert lab.value("select count(*) from ops.alerts where closed_at is not null") == 1
