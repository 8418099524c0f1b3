"""What stays closed in spite of an opt-in, whose an opt-in is, and what readers see of it."""

import pytest

from contact_pipeline_tests.lab.lab import KEY, START, Lab, csv
from contact_pipeline_tests.lab.reopening import (
    ADA,
    ALLOWED,
    BO,
    CLOSED,
    HEADER,
    NO_CALLS,
    NO_MAIL,
    NUMBER,
    OPEN,
    OTHER,
    ROW,
    UNSUBSCRIBED,
    close,
    opt_in,
    record,
    stands,
)

# --- flags set by hand -------------------------------------------------------------------------------------------


def test_a_flag_set_by_hand_is_lifted_by_nothing(ada: Lab) -> None:
    ada.do("update core.contacts set suppress_email = true, suppress_phone = true")
    ada.passes(days=1)
    opt_in(ada)
    opt_in(ada, NUMBER)
    assert stands(ada) == (CLOSED, CLOSED)
    # Nor after a list and the desk said so too, with a time.
    said = csv("email,phone,company,Email Opt Out,Do Not Call", f"{ADA},{NUMBER},Engines,yes,yes")
    ada.drop("crm", said, "all.csv")
    close(ada)
    close(ada, NUMBER)
    assert ada.row("select email_closed_at, phone_closed_at from core.contacts") == (None, None)
    ada.passes(days=1)
    opt_in(ada)
    opt_in(ada, NUMBER)
    assert stands(ada) == (CLOSED, CLOSED)


def test_a_flag_set_by_hand_where_a_consent_has_overtaken_it_closes_for_good(reopened: Lab) -> None:
    reopened.do("update core.contacts set suppress_phone = false")  # about the other channel
    assert stands(reopened, by_hand=True) == OPEN
    reopened.do("update core.contacts set suppress_email = true")  # it stood there already
    assert stands(reopened, by_hand=True) == NO_MAIL
    opt_in(reopened)
    assert stands(reopened) == NO_MAIL


def test_who_knows_the_time_sets_it_by_hand_too(ada: Lab) -> None:
    ada.do("update core.contacts set suppress_email = true, email_closed_at = %s", ada.now)
    assert stands(ada, by_hand=True) == NO_MAIL
    ada.passes(days=1)
    opt_in(ada)
    assert stands(ada) == OPEN


def test_a_flag_taken_away_by_hand_comes_back_with_the_next_look_at_its_row(lab: Lab) -> None:
    lab.drop("shop", csv("Record ID,email,Email Opt Out", f"1,{ADA},yes"))
    lab.rewrite("delete from core.suppressions")
    lab.do("update core.contacts set suppress_email = false")
    lab.sync_permissions()
    assert lab.may(ADA)[0]
    lab.take("shop", csv("Record ID,company", "1,Engines"), "new.csv")
    assert not lab.may(ADA)[0]


# --- further addresses, shared numbers ---------------------------------------------------------------------------


def test_every_address_of_the_contact_has_to_be_reopened(lab: Lab) -> None:
    lab.drop("shop", csv("Record ID,email,email 2,email 3", f"1,{ADA},ada@ok2.test,ada@short.test"))
    lab.drop("optouts", csv("email", "ada@ok2.test"), UNSUBSCRIBED)
    assert stands(lab)[0] == CLOSED
    lab.passes(days=1)
    opt_in(lab)  # by her first address: the consent is the person's
    assert stands(lab)[0] == ALLOWED
    lab.passes(days=1)
    lab.drop("optouts", csv("email", "ada@short.test"), UNSUBSCRIBED)
    assert stands(lab)[0] == CLOSED
    lab.passes(days=1)
    opt_in(lab, "ada@ok2.test")
    assert stands(lab)[0] == ALLOWED
    lab.do(
        "insert into core.suppressions (subject_key, channel, reason, source, last_said_at)"
        " values (%s, 'email', 'erased', 'x', %s)",
        KEY.email("ada@short.test"),
        START,
    )
    assert stands(lab, by_hand=True)[0] == CLOSED


def test_a_bounce_of_a_further_address_stops_nothing_beside_an_opt_in(lab: Lab) -> None:
    lab.drop("shop", csv("Record ID,email,email 2,email 3", f"1,{ADA},ada@ok2.test,ada@short.test"))
    lab.drop("optouts", csv("email", "ada@ok2.test"), "hard_bounces.csv")
    opt_in(lab)
    assert stands(lab)[0] == ALLOWED
    lab.drop("optouts", csv("email", "ada@short.test"), UNSUBSCRIBED)
    assert stands(lab)[0] == CLOSED
    lab.passes(days=1)
    opt_in(lab)
    assert stands(lab)[0] == ALLOWED
    lab.drop("optouts", csv("email", ADA), "hard_bounces.csv")
    lab.passes(days=1)
    opt_in(lab)
    assert stands(lab)[0] == "hard_bounce"


@pytest.mark.parametrize("column", ["phone", "mobile"])
def test_a_shared_number_is_reopened_for_whose_consent_it_is(lab: Lab, column: str) -> None:
    lab.with_source("optouts", default_region="DE")
    header = f"Record ID,email,name,phone,{column}" if column == "mobile" else "Record ID,email,name,phone"
    first = f"{OTHER}," if column == "mobile" else ""
    lab.drop("shop", csv(header, f"1,{ADA},Ada Example,{first}{NUMBER}", f"2,{BO},Bo Example,{first}{NUMBER}"))
    lab.drop("optouts", csv("phone", NUMBER), "do_not_call.csv")
    assert (stands(lab, ADA), stands(lab, BO)) == (NO_CALLS, NO_CALLS)
    lab.passes(days=1)
    record(lab, "phone", email=ADA, evidence="said so on the phone")
    assert (stands(lab, ADA, by_hand=True), stands(lab, BO)) == (OPEN, NO_CALLS)
    opt_in(lab, NUMBER)  # the desk hears only the number, and writes it down for all who have it
    assert (stands(lab, ADA), stands(lab, BO)) == (OPEN, OPEN)
    lab.drop("shop", csv(HEADER, f"3,cy@ok.test,Cy Example,{NUMBER}"), "cy.csv")
    assert stands(lab, "cy@ok.test") == NO_CALLS  # who comes later has consented to nothing
    lab.passes(days=1)
    lab.drop("optouts", csv("phone", NUMBER, "+49 30 901829"), "do_not_call.csv")
    assert (stands(lab, ADA), stands(lab, BO)) == (NO_CALLS, NO_CALLS)


def test_a_channel_is_reopened_by_a_consent_for_that_channel(ada: Lab) -> None:
    ada.drop("crm", csv("email,phone,Email Opt Out,Do Not Call", f"{ADA},{NUMBER},yes,yes"), "all.csv")
    assert stands(ada) == (CLOSED, CLOSED)
    ada.passes(days=1)
    opt_in(ada, NUMBER)
    assert stands(ada) == NO_MAIL
    opt_in(ada)
    assert stands(ada) == OPEN
    ada.passes(days=1)
    close(ada, NUMBER, "do_not_call")
    assert stands(ada) == NO_CALLS


# --- grounds -----------------------------------------------------------------------------------------------------


def grounds(lab: Lab, email: str = ADA) -> tuple[bool, bool, bool]:
    return lab.row(
        "select p.has_email_ground, p.has_phone_ground, p.has_profile_ground from core.contact_permissions p"
        " join core.contacts c on c.id = p.contact_id where c.email = %s",
        email,
    )


def test_providers_may_be_asked_again_about_who_has_reopened(ada: Lab) -> None:
    assert grounds(ada) == (True, True, True)
    close(ada)
    close(ada, NUMBER)
    assert grounds(ada) == (False, False, False)
    ada.passes(days=1)
    opt_in(ada)
    assert grounds(ada) == (True, False, False)  # a word against any channel is one against looking her up
    opt_in(ada, NUMBER)
    assert grounds(ada) == (True, True, True)


def test_an_opt_in_reopens_and_is_a_ground_only_where_the_source_rests_on_consent(lab: Lab) -> None:
    for source, email in (("newsletter", ADA), ("bought", BO)):
        lab.drop(source, csv("email,name,Email Opt Out", f"{email},Somebody Sample,yes"))
        lab.passes(days=1)
        opt_in(lab, email)
    assert (stands(lab, ADA)[0], stands(lab, BO)[0]) == (ALLOWED, "no_lawful_basis")


def test_a_restricted_contact_is_kept_and_not_used(ada: Lab) -> None:
    close(ada)
    ada.do("update core.contacts set processing_restricted = true")
    assert stands(ada, by_hand=True) == ("restricted", "restricted")  # before anything but erasure
    assert grounds(ada) == (False, False, False)
    ada.passes(days=1)
    opt_in(ada)
    assert stands(ada) == ("restricted", "restricted")
    ada.drop("shop", csv(HEADER, ROW), "again.csv")
    assert stands(ada) == ("restricted", "restricted")
    ada.do("update core.contacts set deletion_requested = true")
    assert stands(ada, by_hand=True) == ("deletion_requested", "deletion_requested")
    ada.do("update core.contacts set deletion_requested = false, processing_restricted = false")
    assert stands(ada, by_hand=True) == OPEN


# --- what readers see --------------------------------------------------------------------------------------------


def test_readers_see_which_consent_lifted_an_opt_out(ada: Lab) -> None:
    seen = "select reason, reopened_at from curated.suppressed order by reason"
    close(ada)
    close(ada, reason="legal")
    assert ada.rows(seen) == [("legal", None), ("opt_out", None)]
    ada.passes(days=1)
    opt_in(ada, NUMBER)
    opt_in(ada, given_at=(first := ada.now))
    ada.passes(days=1)
    opt_in(ada)
    assert ada.rows(seen) == [("legal", None), ("opt_out", first)]
    ada.passes(days=1)
    close(ada)
    assert ada.rows(seen) == [("legal", None), ("opt_out", None)]
