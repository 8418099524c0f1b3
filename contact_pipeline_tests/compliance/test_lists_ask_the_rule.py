"""A list is asked at the moment, before any stage or check has run: what was put in or changed by hand is on none."""

from collections.abc import Iterator

import pytest

from contact_pipeline_tests.lab.lab import Lab, csv

ADA, BO, NUMBER = "ada@ok.test", "bo@ok.test", "+49 1512 3456700"
LISTS = ("mailable_contacts", "callable_contacts")


@pytest.fixture
def ada(lab: Lab) -> Iterator[str]:
    """A customer who is on both lists."""
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown/mailbox_not_checked"]})
    lab.with_source("shop", purpose="offers")
    lab.drop("shop", csv("Record ID,email,email 2,name,phone", f"1,{ADA},ada@ok2.test,Ada Example,{NUMBER}"))
    assert listed(lab) == {name: [ADA] for name in LISTS}
    yield ADA


def listed(lab: Lab) -> dict[str, list[str]]:
    """Who is on which list, and that the flags, the purposes and the contactability of everybody say the same."""
    lists = {name: [e for (e,) in lab.rows(f"select email from curated.{name} order by 1")] for name in LISTS}
    flags = lab.rows("select email, can_email, can_call from curated.contacts")
    assert {e for e, may, _ in flags if may} == set(lists["mailable_contacts"])
    assert {e for e, _, may in flags if may} == set(lists["callable_contacts"])
    of_purpose = [e for (e,) in lab.rows("select email from curated.mailable_for('offers') order by 1")]
    assert of_purpose == lists["mailable_contacts"]
    return lists


def test_a_row_put_in_by_hand_with_its_flags_set_is_on_no_list(lab: Lab, ada: str) -> None:
    source = "drop_key, source, confidence, landed_at from core.contact_sources limit 1"
    lab.do(
        "insert into core.contacts (email, phone, phone_e164, email_status, email_sub_status, phone_status,"
        " phone_sub_status, can_email, can_call)"
        " values (%s, %s, '+4915123456701', 'unknown', 'mailbox_not_checked', 'valid', null, true, true)",
        BO,
        "+4915123456701",
    )
    lab.do(
        "insert into core.contact_sources (contact_id, row_number, drop_key, source, confidence, landed_at)"
        f" select (select max(id) from core.contacts), 99, {source}"
    )
    assert listed(lab) == {name: [ada] for name in LISTS}


BY_HAND = {
    "an opt-out flag": ("update core.contacts set suppress_email = true", (0, 1)),
    "a do-not-call flag": ("update core.contacts set suppress_phone = true", (1, 0)),
    "a request for erasure": ("update core.contacts set deletion_requested = true", (0, 0)),
    "a restriction": ("update core.contacts set processing_restricted = true", (0, 0)),
    "a bounce": ("update core.contacts set hard_bounce = true", (0, 1)),
    "a verdict": ("update core.contacts set email_status = 'invalid'", (0, 1)),
    "a lost key": ("update core.contacts set email_key = null, phone_key = null", (0, 0)),
    "another address": ("update core.contacts set email = 'new@ok.test'", (0, 1)),
    "a suppression": (
        "insert into core.suppressions (subject_key, channel, reason, source)"
        " select email_key, 'email', 'opt_out', 'psql' from core.contacts",
        (0, 1),
    ),
    "a suppression of a further address": (
        "insert into core.suppressions (subject_key, channel, reason, source)"
        " select email_key, 'email', 'opt_out', 'psql' from core.contact_points",
        (0, 1),
    ),
    "a withdrawal": (
        "insert into core.consent_records (contact_id, consent_type, withdrawn_date)"
        " select id, 'any', now() from core.contacts",
        (0, 0),
    ),
    "a ground that ended": ("update core.contact_sources set source_date = '2020-01-01', retention_days = 30", (0, 0)),
    "a source without documentation": ("update core.sources set documentation = '' where name = 'shop'", (0, 0)),
}


@pytest.mark.parametrize("change", BY_HAND)
def test_what_is_changed_by_hand_leaves_the_lists_at_once(lab: Lab, ada: str, change: str) -> None:
    statement, (mailable, callable_) = BY_HAND[change]
    # The flags stand as they were: nothing has decided anything since.
    lab.do(statement)
    lab.do("update core.contacts set can_email = true, can_call = true")
    lists = listed(lab)
    assert (len(lists["mailable_contacts"]), len(lists["callable_contacts"])) == (mailable, callable_)


def test_a_wrong_flag_is_mended_and_somebody_is_told(lab: Lab, ada: str) -> None:
    lab.sync_permissions()
    lab.do("update core.contacts set suppress_email = true, can_email = true")
    lab.do("update ops.permission_sync set is_asked = false")
    assert not lab.sync_permissions().checks[0].passed
    assert lab.may(ada) == (False, True)
    alert = "select severity, closed_at is null from ops.alerts where rule = 'listed_wrongly'"
    assert lab.rows(alert) == [("error", True)]
    assert lab.sync_permissions().checks[0].passed
    assert lab.rows(alert) == [("error", False)]
