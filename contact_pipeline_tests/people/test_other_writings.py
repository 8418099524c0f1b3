"""Who opted out or was erased is known by any writing of the address or number; a hard bounce is about one writing."""

import pytest

from contact_pipeline.emails.canonical import canonical_address
from contact_pipeline.rights import desk
from contact_pipeline_tests.emails.test_canonical import SAME
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import KEY, Lab, csv

PAIRS = [(c, w) for c, writings in SAME.items() for w in writings]
HERE = [(one.strip(), other.strip()) for c, w in PAIRS for one, other in ((c, w), (w, c))]


@pytest.mark.parametrize(("said", "known"), HERE)
def test_an_opt_out_closes_every_writing_by_one_row(lab: Lab, said: str, known: str) -> None:
    lab.drop("shop", csv("email,name", f"{known},Ada Example"))
    lab.take("optouts", csv("email", said), "unsubscribed.csv")
    assert lab.rows("select (select email_reason from core.contact_permissions)") == [("suppressed",)]
    rows = lab.rows("select canonical_key from core.suppressions")
    assert rows == [(KEY.email(canonical_address(said)),)]  # one row, with two keys


@pytest.mark.parametrize(("said", "known"), HERE)
def test_an_opt_out_that_came_first_holds_for_another_writing(lab: Lab, said: str, known: str) -> None:
    desk.opt_out(lab.session, said, reason="opt_out", source="letter")
    lab.take("shop", csv("email,name", f"{known},Ada Example"))
    assert lab.rows("select email_reason from core.contact_permissions") == [("suppressed",)]


def test_a_hard_bounce_is_about_the_one_writing(lab: Lab) -> None:
    lab.drop("shop", csv("email", "ada+shop@ok.test"))
    lab.take("optouts", csv("email,hard_bounce", "ada@ok.test,true"))
    assert lab.why("ada+shop@ok.test")[0] == "allowed"


@pytest.mark.parametrize("writing", ["ada+back@ok.test", "Ada@ok.test"])
def test_an_erased_person_is_known_by_another_writing(lab: Lab, writing: str) -> None:
    lab.drop("shop", csv("email,name", "ada+shop@ok.test,Ada Exemplary", "bo@ok.test,Bo Else"))
    assert erase(lab, "ada+shop@ok.test")["findings"] == 0
    lab.drop("shop", csv("email,name", f"{writing},Ada Exemplary", "cy@ok.test,Cy Else"), "two.csv")
    assert [e for (e,) in lab.rows("select email from core.contacts where email is not null order by 1")] == [
        "bo@ok.test", "cy@ok.test",
    ]  # fmt: skip


def test_an_erasure_reaches_the_contact_with_another_writing(lab: Lab) -> None:
    lab.drop("shop", csv("email,name", "ada+shop@ok.test,Ada Exemplary", "bo@ok.test,Bo Else"))
    assert erase(lab, "ada@ok.test")["contacts"] == 1
    assert lab.value("select count(*) from core.address_keys") == 0


@pytest.mark.parametrize("prefix", ["00", "011 ", "011-"])
def test_a_number_with_an_international_prefix_is_read_when_it_is_to_be_closed(lab: Lab, prefix: str) -> None:
    lab.drop("shop", csv("email,phone", "ada@ok.test,+49 30 901820"))
    assert lab.why("ada@ok.test")[1] == "allowed"
    lab.take("optouts", csv("phone,Do Not Call", f"{prefix}49 30 901820,yes"))
    assert lab.why("ada@ok.test")[1] == "suppressed"


def test_a_database_from_before_learns_its_mailboxes_once(lab: Lab) -> None:
    from contact_pipeline.emails.address_keys import fill_address_keys

    lab.drop("shop", csv("email,email 2", "ada+shop@ok.test,a.d.a@gmail.com"))
    desk.opt_out(lab.session, "bo+x@ok.test", reason="opt_out", source="letter")
    before = lab.rows("select * from core.address_keys where email_key in (select email_key from core.contacts)")
    lab.do("delete from core.address_keys")
    lab.do("update core.suppressions set canonical_key = null")
    lab.do("delete from core.policy_values where name = 'address_keys'")
    for _ in range(2):
        with lab.session.connection("start") as connection:
            fill_address_keys(connection, KEY)
    assert lab.value("select count(*) from core.address_keys") == 2
    assert set(before) <= set(lab.rows("select * from core.address_keys"))
    assert lab.value("select canonical_key = subject_key from core.suppressions")
