"""The paid layers inside the stages: asked once, within budget, kept in the ledger, and never a made-up verdict."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from contact_pipeline.asking.call_ledger import Budget
from contact_pipeline.asking.configured import ConfiguredVendors
from contact_pipeline.core.providers import Layer, Provider, Reply
from contact_pipeline.emails.ports import MailboxAnswer
from contact_pipeline.quality.balances import look_at_balances
from contact_pipeline.quality.freshness import report_freshness
from contact_pipeline.quality.spending import plan
from contact_pipeline.vendors.twilio import TwilioLookup
from contact_pipeline.vendors.zerobounce import ZeroBounceActivity, ZeroBounceMailbox
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.vendor import Response
from contact_pipeline_tests.lab.vendors.twilio import Twilio
from contact_pipeline_tests.lab.vendors.zerobounce import ZeroBounce

SOURCE = "crm"
PEOPLE = (
    "clara@ok.test", "no_mailbox-1@ok.test", "catch_all-1@ok.test", "full-1@ok.test", "spam_trap-1@ok.test",
    "silent-1@ok.test", "greylisted-1@ok.test",
)  # fmt: skip


@pytest.fixture
def zerobounce() -> Iterator[ZeroBounce]:
    with ZeroBounce() as vendor:
        yield vendor


def with_vendors(lab: Lab, vendors: ConfiguredVendors) -> Lab:
    lab.session = replace(lab.session, vendors=vendors)
    return lab


def mailbox_vendors(vendor: ZeroBounce, *, monthly: float = 100.0, per_run: float = 100.0) -> ConfiguredVendors:
    return ConfiguredVendors(
        {Layer.MAILBOX: ("zerobounce",)},
        make=lambda layer, name: ZeroBounceMailbox(vendor.key, vendor.url),
        price=lambda layer, name: 0.01,
        budgets={"zerobounce": Budget(monthly, per_run)},
    )


def statuses(lab: Lab) -> dict[str, tuple[str, str | None]]:
    return {e: (s, r) for e, s, r in lab.rows("select email, email_status, email_sub_status from core.contacts")}


def test_a_provider_settles_what_the_free_layers_cannot(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    lab.drop(SOURCE, csv("Email", *PEOPLE))
    assert statuses(lab) == {
        "clara@ok.test": ("valid", None),
        "no_mailbox-1@ok.test": ("invalid", "mailbox_not_found"),
        "catch_all-1@ok.test": ("catch_all", None),
        "full-1@ok.test": ("risky", "mailbox_full"),
        "spam_trap-1@ok.test": ("risky", "spam_trap"),
        "silent-1@ok.test": ("unknown", "smtp_timeout"),
        "greylisted-1@ok.test": ("unknown", "greylisted"),
    }


def test_the_answer_is_kept_whole_and_the_call_is_in_the_ledger(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    key = lab.drop(SOURCE, csv("Email", "no_mailbox-1@ok.test"))
    assert lab.rows(
        "select layer, provider, status, sub_status, raw_status, raw_sub_status from core.email_validations"
        " where layer = 'mailbox'"
    ) == [("mailbox", "zerobounce", "invalid", "mailbox_not_found", "invalid", "mailbox_not_found")]
    call = lab.row(
        "select provider, layer, outcome, price, drop_key, subject_key = (select email_key from core.contacts),"
        " latency_ms is not null from ops.provider_calls"
    )
    assert (*call[:3], float(call[3]), *call[4:]) == ("zerobounce", "mailbox", "answered", 0.01, key, True, True)
    assert "ok.test" not in str(lab.rows("select * from ops.provider_calls"))


def test_nobody_is_asked_twice_while_the_answer_is_fresh(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    key = lab.drop(SOURCE, csv("Email,Name", "clara@ok.test,Clara Dorn", "bruno@ok.test,Bruno Dorn"))
    lab.drop("shop", csv("Email,Name", "clara@ok.test,Clara A. Dorn", "dario@ok.test,Dario Dorn"))
    lab.do("update core.contacts set email_due_at = %s", lab.now)
    lab.validate_emails(key)
    assert zerobounce.paid == {"clara@ok.test": 1, "bruno@ok.test": 1, "dario@ok.test": 1}
    assert lab.value("select count(*) from core.email_validations where layer = 'mailbox'") == 3
    lab.passes(days=91)
    lab.validate_emails(key)
    assert zerobounce.paid["clara@ok.test"] == 2


def test_an_answer_decays_a_little_early_and_never_late(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    lab.drop(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(60))))
    dues = [due for (due,) in lab.rows("select email_due_at from core.contacts order by 1")]
    assert lab.now + timedelta(days=81) <= dues[0] < dues[-1] <= lab.now + timedelta(days=90)
    assert len({due.date() for due in dues}) > 4


def test_a_month_has_its_budget_and_the_rest_says_so(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce, monthly=0.03))
    key = lab.drop(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(5))))
    assert zerobounce.paid.total() == 3
    assert sorted(statuses(lab).values()) == [("unknown", "budget_exhausted")] * 2 + [("valid", None)] * 3
    assert float(lab.value("select spent from ops.provider_months")) == pytest.approx(0.03)
    due = lab.value("select max(email_due_at) from core.contacts where email_sub_status = 'budget_exhausted'")
    assert due.isoformat().startswith("2026-12-01T00:00")
    lab.passes(days=30)
    lab.validate_emails(key)
    assert zerobounce.paid.total() == 5
    assert {status for status, _ in statuses(lab).values()} == {"valid"}


def test_a_run_has_its_cap_and_the_next_goes_on(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce, per_run=0.02))
    key = lab.drop(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(5))))
    assert zerobounce.paid.total() == 2
    lab.passes(hours=2)
    lab.validate_emails(key)
    assert zerobounce.paid.total() == 4


def test_a_wrong_key_is_found_before_anything_is_sent(lab: Lab, zerobounce: ZeroBounce) -> None:
    vendors = mailbox_vendors(zerobounce)
    with_vendors(lab, replace(vendors, make=lambda layer, name: ZeroBounceMailbox("wrong", zerobounce.url)))
    lab.drop(SOURCE, csv("Email", "clara@ok.test"))
    assert statuses(lab) == {"clara@ok.test": ("unknown", "provider_error")}
    assert [r.path for r in zerobounce.requests] == ["/v2/getcredits"]
    assert not lab.rows("select * from ops.provider_calls")


def test_a_dead_provider_ends_in_unknowns_and_is_left_alone(lab: Lab, zerobounce: ZeroBounce) -> None:
    class Dead(ZeroBounceMailbox):
        limits = replace(ZeroBounceMailbox.limits, batch_size=1, connections=1)

        def credits(self) -> float:
            return 1.0

    with_vendors(lab, replace(mailbox_vendors(zerobounce), make=lambda layer, name: Dead("lab-key", zerobounce.url)))
    zerobounce.fail.extend([Response("<html>sorry</html>", 200, "text/html")] * 50)
    lab.drop(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(20))))
    assert set(statuses(lab).values()) == {("unknown", "provider_error")}
    assert lab.rows("select outcome, fault, count(*) from ops.provider_calls group by 1, 2") == [
        ("failed", "bad_answer", 5)
    ]
    assert lab.value("select count(*) from core.contacts where email_due_at <= %s", lab.now + timedelta(hours=1)) == 20


def test_without_a_provider_nobody_has_checked(lab: Lab) -> None:
    lab.drop(SOURCE, csv("Email", "clara@ok.test"))
    assert statuses(lab) == {"clara@ok.test": ("unknown", "mailbox_not_checked")}


def test_a_provider_that_comes_later_is_asked(lab: Lab, zerobounce: ZeroBounce) -> None:
    key = lab.drop(SOURCE, csv("Email", "clara@ok.test"))
    with_vendors(lab, mailbox_vendors(zerobounce))
    assert lab.stale_drops(limit=5) == [key]
    lab.validate_emails(key)
    assert statuses(lab) == {"clara@ok.test": ("valid", None)}


def test_no_ground_no_disclosure(lab: Lab, zerobounce: ZeroBounce) -> None:
    """People of an undocumented source, who opted out, or at a domain without mail are not sent to anybody."""
    with_vendors(lab, mailbox_vendors(zerobounce))
    lab.drop("bought", csv("Email", "bought@ok.test"))
    lab.drop("optouts", csv("Email", "gone@ok.test"), name="unsubscribed_members.csv")
    lab.drop(SOURCE, csv("Email", "gone@ok.test", "somebody@nullmx.test", "clara@ok.test"))
    assert set(zerobounce.paid) == {"clara@ok.test"}


def test_the_next_provider_is_asked_only_for_what_is_open(lab: Lab) -> None:
    with ExitStack() as opened:
        first, second = (opened.enter_context(ZeroBounce()) for _ in range(2))

        class Second(ZeroBounceMailbox):
            name = "neverbounce"

        def make(layer: Layer, name: str) -> Provider:
            return ZeroBounceMailbox("lab-key", first.url) if name == "zerobounce" else Second("lab-key", second.url)

        with_vendors(
            lab, ConfiguredVendors({Layer.MAILBOX: ("zerobounce", "neverbounce")}, make, lambda layer, name: 0.01)
        )
        lab.drop(SOURCE, csv("Email", "clara@ok.test", "silent-1@ok.test"))
        assert {r.path for r in second.requests} >= {"/v2/getcredits"}
        asked = [row for row in lab.rows("select provider, status from ops.provider_calls order by id")]
        assert sorted(asked) == [("neverbounce", "unknown"), ("zerobounce", "unknown"), ("zerobounce", "valid")]


def test_activity_fills_its_columns_and_never_the_verdict(lab: Lab, zerobounce: ZeroBounce) -> None:
    def make(layer: Layer, name: str) -> Provider:
        kind = ZeroBounceMailbox if layer is Layer.MAILBOX else ZeroBounceActivity
        return kind("lab-key", zerobounce.url)

    names = {Layer.MAILBOX: ("zerobounce",), Layer.ACTIVITY: ("zerobounce",)}
    with_vendors(lab, ConfiguredVendors(names, make, lambda layer, name: 0.01))
    lab.drop(SOURCE, csv("Email", "no_mailbox-1@ok.test", *(f"person{i}@ok.test" for i in range(12))))
    rows = lab.rows(
        "select email_status, email_last_active_at, email_last_active_until, email_activity_verified_at is not null"
        " from core.contacts where email like 'person%'"
    )
    assert {row[0] for row in rows} == {"valid"}
    assert any(row[1] is not None for row in rows)
    assert all(row[1] is None or row[1] < row[2] <= lab.now for row in rows)
    assert all(row[3] for row in rows)
    assert "no_mailbox-1@ok.test" not in {r.query.get("email") for r in zerobounce.requests if r.path == "/v2/activity"}


def test_a_look_up_outranks_the_numbering_plan(lab: Lab) -> None:
    with Twilio() as vendor:
        vendors = ConfiguredVendors(
            {Layer.CARRIER: ("twilio",)},
            lambda layer, name: TwilioLookup(vendor.sid, vendor.key, vendor.url, with_line_status=True),
            lambda layer, name: 0.005,
        )
        with_vendors(lab, vendors)
        lab.drop(
            SOURCE,
            csv(
                "Email,Phone", "a@ok.test,+49 1512 3456783", "b@ok.test,+49 1512 3456784", "c@ok.test,+49 1512 3456780"
            ),
        )
        assert lab.rows(
            "select email, phone_type, phone_voip_kind, phone_carrier, phone_active, phone_status"
            " from core.contacts order by 1"
        ) == [
            ("a@ok.test", "voip", "fixed", "Lab Cable", True, "valid"),
            ("b@ok.test", "voip", "non_fixed", "Lab App", True, "valid"),
            ("c@ok.test", "mobile", None, "Lab Mobile", True, "valid"),
        ]
        assert lab.value("select count(*) from core.phone_validations where layer = 'carrier'") == 3
        assert (
            lab.value("select count(*) from core.phone_validations where layer = 'format' and line_type = 'mobile'")
            == 3
        )
        assert vendor.paid.total() == 3
        key = lab.value("select key from raw.drops")
        lab.do("update core.contacts set phone_due_at = %s", lab.now)
        lab.normalize_phones(key)
        assert vendor.paid.total() == 3


def test_the_plan_says_what_is_due_and_what_it_costs_and_asks_nobody(lab: Lab, zerobounce: ZeroBounce) -> None:
    lab.drop("bought", csv("Email", "bought@ok.test"))
    key = lab.drop(SOURCE, csv("Email", "clara@ok.test", "bruno@ok.test", "broken@nullmx.test"))
    with_vendors(lab, mailbox_vendors(zerobounce))
    (mailbox, activity, carrier) = plan(lab.session)["layers"]
    assert (mailbox["provider"], mailbox["due"], mailbox["without_ground"], mailbox["cost_now"]) == (
        "zerobounce", 2, 1, 0.02,
    )  # fmt: skip
    assert mailbox["cost_a_year"] == round(2 * 0.01 * 365 / 90, 2)
    assert activity["provider"] is None and carrier["due"] == 0
    assert not zerobounce.requests
    lab.validate_emails(key)
    assert plan(lab.session)["layers"][0]["due"] == 0


def test_a_bounce_makes_the_answer_stale(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    key = lab.drop(SOURCE, csv("Email", "clara@ok.test", "bruno@ok.test"))
    lab.passes(days=5)
    lab.do("update core.contacts set soft_bounce = true, soft_bounce_count = 1 where email = 'clara@ok.test'")
    lab.do("update ops.provider_calls set retry_at = %s where retry_at is not null", lab.now)  # the lab's clock
    assert lab.stale_drops(limit=5) == [key]
    lab.validate_emails(key)
    assert zerobounce.paid == {"clara@ok.test": 2, "bruno@ok.test": 1}


def test_within_a_budget_the_longest_unverified_come_first_then_the_most_used(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce, per_run=0.01))
    key = lab.take(SOURCE, csv("Email", "seldom@ok.test", "often@ok.test", "never@ok.test"))
    lab.do(
        "insert into core.outreach_history (contact_id, channel, sent_at)"
        " select c.id, 'email', now() from core.contacts c, generate_series(1, 3) where c.email = 'often@ok.test'"
    )
    lab.validate_emails(key)
    assert zerobounce.paid == {"often@ok.test": 1}


def test_a_word_nobody_has_seen_is_unknown_and_fails_a_check(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    zerobounce.words["clara@ok.test"] = ("splendid", "")
    key = lab.take(SOURCE, csv("Email", "clara@ok.test"))
    report = lab.validate_emails(key)
    assert statuses(lab) == {"clara@ok.test": ("unknown", "provider_unsure")}
    checks = {check.name: check for check in report.checks}
    assert not checks["validated_emails_words_known"].passed
    assert checks["validated_emails_words_known"].counts == {"zerobounce": 1}
    assert lab.value("select raw_status from core.email_validations where layer = 'mailbox'") == "splendid"


def test_shares_outside_the_band_warn_and_budgets_alert(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce, monthly=1.2))
    key = lab.take(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(100))))
    report = lab.validate_emails(key)
    checks = {check.name: check for check in report.checks}
    assert checks["validated_emails_shares_plausible"].counts["zerobounce valid"] == 1.0
    assert not checks["validated_emails_shares_plausible"].passed
    assert lab.rows("select fingerprint from ops.alerts where rule = 'budget'") == [("budget:zerobounce",)]


def test_the_providers_own_count_is_held_against_the_ledger(lab: Lab, zerobounce: ZeroBounce) -> None:
    zerobounce.credits = 1000
    with_vendors(lab, mailbox_vendors(zerobounce))
    assert look_at_balances(lab.session).checks[0].passed
    lab.passes(days=1)
    lab.drop(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(10))))
    lab.passes(days=1)
    report = look_at_balances(lab.session)
    assert report.checks[0].passed
    assert report.counts == {"zerobounce": 10}
    zerobounce.credits -= 300  # somebody else uses the key
    lab.passes(days=1)
    assert look_at_balances(lab.session).checks[0].counts == {"zerobounce": 300.0}
    assert lab.value("select count(*) from ops.alerts where rule = 'provider_drift' and closed_at is null") == 1


def test_fewer_credits_than_the_next_days_need_warn(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    lab.drop(SOURCE, csv("Email", *(f"person{i}@ok.test" for i in range(10))))
    quota = "select counts from ops.alerts where rule = 'provider_quota' and closed_at is null"
    zerobounce.credits = 9
    look_at_balances(lab.session)
    assert lab.rows(quota) == []
    lab.passes(days=110)  # they are due again after 90, some sooner, some later
    look_at_balances(lab.session)
    assert lab.rows(quota) == [({"credits_left": 9, "credits_needed": 10},)]
    zerobounce.credits = 10
    lab.passes(days=1)
    look_at_balances(lab.session)
    assert lab.rows(quota) == []


def test_freshness_is_written_down(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    lab.drop(SOURCE, csv("Email", "clara@ok.test"))
    lab.do("update core.contacts set email_due_at = now() + interval '80 days'")  # the view asks the real clock
    report_freshness(lab.session)
    assert lab.rows("select source, layer, contacts, fresh_share from ops.freshness_reports order by 2") == [
        ("crm", "activity", 1, 0.0), ("crm", "email", 1, 1.0), ("crm", "mailbox", 1, 1.0),
    ]  # fmt: skip


def test_costs_are_a_view(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    key = lab.drop(SOURCE, csv("Email", "clara@ok.test", "silent-1@ok.test"))
    row = lab.row(
        "select provider, layer, drop_key, stage, calls, answers, verdicts, price, uptime from curated.provider_costs"
    )
    assert (*row[:7], float(row[7]), row[8]) == (
        "zerobounce", "mailbox", key, "validated_emails", 2, 2, 1, 0.01, 1.0,
    )  # fmt: skip


def test_an_old_unknown_is_not_due_for_ever(lab: Lab, zerobounce: ZeroBounce) -> None:
    """Its provider is gone, its ground is gone, or the budget is: none of these makes a drop run every 15 minutes."""
    with_vendors(lab, mailbox_vendors(zerobounce))
    key = lab.drop(SOURCE, csv("Email", "silent-1@ok.test", "silent-2@ok.test"))
    lab.passes(days=2)
    lab.do("update core.contacts set hard_bounce = true where email = 'silent-1@ok.test'")
    with_vendors(lab, mailbox_vendors(zerobounce, monthly=0))
    lab.validate_emails(key)
    assert lab.stale_drops(limit=5) == []
    assert statuses(lab)["silent-2@ok.test"] == ("unknown", "budget_exhausted")
    due = lab.contact("silent-2@ok.test")["email_due_at"]
    assert due.isoformat().startswith("2026-12-01T00:00")


def test_what_stays_unknown_is_asked_less_and_less(lab: Lab) -> None:
    class AlwaysBilled(ZeroBounceMailbox):
        def ask_batch(self, subjects: Sequence[str]) -> list[Reply[MailboxAnswer]]:
            return [replace(reply, is_billed=True) for reply in super().ask_batch(subjects)]

    with ZeroBounce() as vendor:
        with_vendors(
            lab, replace(mailbox_vendors(vendor), make=lambda layer, name: AlwaysBilled("lab-key", vendor.url))
        )
        key = lab.drop(SOURCE, csv("Email", "silent-1@ok.test", "silent-2@ok.test"))
        asked = []
        for day in range(1, 31):
            lab.passes(days=1, minutes=1)
            if key in lab.stale_drops(limit=1):
                lab.validate_emails(key)
                asked.append(day)
        assert asked == [1, 4, 13]


def test_a_changed_address_loses_what_was_said_of_the_old_one(lab: Lab, zerobounce: ZeroBounce) -> None:
    with_vendors(lab, mailbox_vendors(zerobounce))
    lab.drop(SOURCE, csv("Email", "clara@ok.test"))
    lab.do("update core.contacts set email_engagement_score = 77, email_risk_score = 3, phone_active = true")
    lab.do("update core.contacts set email = 'clara2@ok.test'")
    facts = lab.contact("clara2@ok.test")
    assert {facts[f"email_{n}"] for n in ("engagement_score", "risk_score", "mailbox_verified_at", "due_at")} == {None}
