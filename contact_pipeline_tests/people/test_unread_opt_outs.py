"""An opt-out that nobody could be recognised by is never counted as loaded: it is quarantined, alerted, and holds."""

import pytest

from contact_pipeline_tests.lab.lab import Lab, csv

ALERT = "select counts from ops.alerts where rule = 'opt_out_unreadable' and closed_at is null"
CLOSED = "select count(*) from core.suppressions where drop_key = %s"
HELD = "select held_reason from raw.drops where key = %s"
LIST = "do_not_call.csv"


def drop(lab: Lab, *numbers: str) -> str:
    return lab.drop("optouts", csv("Phone", *numbers), LIST)


@pytest.mark.parametrize("unread", ["12", "letters", "n. bek. 030"])
def test_a_number_that_nobody_can_read_holds_the_list_and_the_others_are_closed(lab: Lab, unread: str) -> None:
    key = drop(lab, "+49 30 23125001", unread, "+49 30 23125002")
    reasons = lab.rows("select reasons from raw.quarantined_rows where drop_key = %s", key)
    assert len(reasons) == 1
    assert int(lab.value(CLOSED, key)) >= 2
    assert lab.value(HELD, key).startswith(("suppression_unreadable", "refused_opt_outs", "failed rows"))


def test_a_number_without_its_country_is_closed_as_every_source_may_have_written_it(lab: Lab) -> None:
    lab.drop("fair", csv("Email,Phone", "ada@ok.test,(917) 865-7631"))
    assert lab.why("ada@ok.test")[1] == "allowed"
    key = drop(lab, "917-865-7631")
    assert lab.value(HELD, key) is None
    assert lab.why("ada@ok.test")[1] == "suppressed"


def test_nobody_is_loaded_by_a_row_without_a_key(lab: Lab) -> None:
    key = drop(lab, "+49 30 23125001", "12")
    loaded, quarantined = lab.row("select rows_loaded, rows_quarantined from raw.drops where key = %s", key)
    assert (loaded, quarantined) == (1, 1)


def test_an_opt_out_of_a_person_with_an_unreadable_number_is_alerted_and_holds_nobody_else(lab: Lab) -> None:
    key = lab.drop("crm", csv("Email,Phone,Do not call", "ada@ok.test,12,yes", "bo@ok.test,+49 30 23125002,no"))
    assert lab.value(HELD, key) is None
    assert lab.rows(ALERT) == [({"rows": 1},)]
    assert lab.why("bo@ok.test") == ("allowed", "allowed")
