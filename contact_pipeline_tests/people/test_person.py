"""A person is more than one contact: what they say reaches every contact that shares an exclusive key, and no other."""

import json
import zipfile
from pathlib import Path

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.rights import desk
from contact_pipeline.rights.requests import open_request, preview_request
from contact_pipeline.rights.serving import preview_erasure, serve_request
from contact_pipeline_tests.lab.erasures import asked, books_are_right, certificate, erase, traces
from contact_pipeline_tests.lab.lab import Lab, csv

FIRST, SECOND, THIRD = "ada@ok.test", "ada.work@ok2.test", "bo@ok.test"
MOBILE, NUMBER = "+49 1512 3456701", "+49 30 901820"
HEADER = "Record ID,email,email 2,name,phone,linkedin url"
PAGE = "https://www.linkedin.com/in/ada-example"

# How the second contact of the person is tied to the first: (row of the first, row of the second).
TIES = {
    "a further address": (f"1,{FIRST},{SECOND},Ada Example,,", f"2,{SECOND},,Ada Example,,"),
    "an address in another writing": (f"1,{FIRST},ada.work+old@ok2.test,Ada Example,,", f"2,{SECOND},,A. Example,,"),
    "a profile": (f"1,{FIRST},,Ada Example,,{PAGE}", f"2,{SECOND},,Ada Example,,{PAGE}"),
    "a mobile number": (f"1,{FIRST},,Ada Example,{MOBILE},", f"2,{SECOND},,Ada Example,{MOBILE},"),
    "a mobile number and no name": (f"1,{FIRST},,,{MOBILE},", f"2,{SECOND},,Ada Example,{MOBILE},"),
}
# What joins nobody.
NO_TIES = {
    "a landline": (f"1,{FIRST},,Ada Example,{NUMBER},", f"2,{SECOND},,Ada Example,{NUMBER},"),
    "a family's mobile": (f"1,{FIRST},,Ada Example,{MOBILE},", f"2,{SECOND},,Ben Example,{MOBILE},"),
    "an address of a function": (f"1,{FIRST},info@ok.test,Ada Example,,", f"2,{SECOND},info@ok.test,Ada Example,,"),
    "a family's address": (f"1,{FIRST},home@ok.test,Ada Example,,", f"2,{SECOND},home@ok.test,Ben Example,,"),
}


def two(lab: Lab, first: str, second: str) -> Lab:
    """Both contacts, and somebody else; each may be e-mailed. Two sources, so that no record id joins them."""
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown/mailbox_not_checked"]})
    lab.drop("shop", csv(HEADER, first, f"9,{THIRD},,Bo Else,+49 1512 3456799,"))
    come(lab, second)
    assert mailable(lab) == sorted([FIRST, SECOND, THIRD])
    return lab


def come(lab: Lab, second: str) -> None:
    """The second contact. A profile would join it to the first while it is new, so that comes with a later list."""
    if second.endswith(PAGE):
        lab.drop("crm", csv(HEADER, second.removesuffix(PAGE)), "new.csv")
    lab.drop("crm", csv(HEADER, second))


def mailable(lab: Lab) -> list[str]:
    return [email for (email,) in lab.rows("select email from curated.mailable_contacts order by 1")]


def public_id(lab: Lab, email: str) -> str:
    return str(lab.contact(email)["public_id"])


def serve(lab: Lab, kind: str, who: str = FIRST, **details: object) -> str:
    number = open_request(lab.session, kind, who=who, identity_check="called back", details=details or None)
    return str(serve_request(lab.session, number)["outcome"])


@pytest.mark.parametrize("tie", TIES)
def test_an_opt_out_at_the_desk_reaches_the_other_contact(lab: Lab, tie: str) -> None:
    two(lab, *TIES[tie])
    assert desk.opt_out(lab.session, FIRST, reason="opt_out", source="letter")["contacts"] == 2
    assert mailable(lab) == [THIRD]


@pytest.mark.parametrize("tie", TIES)
def test_an_opt_out_in_a_file_reaches_the_other_contact_at_once(lab: Lab, tie: str) -> None:
    two(lab, *TIES[tie])
    lab.take("optouts", csv("email", FIRST), "unsubscribed.csv")
    assert mailable(lab) == [THIRD]


@pytest.mark.parametrize("tie", TIES)
def test_an_opt_out_in_a_held_file_reaches_the_other_contact(lab: Lab, tie: str) -> None:
    two(lab, *TIES[tie])
    key = lab.take("crm", csv("email,name,Email Opt Out", *[",,no"] * 3, f"{FIRST},Ada Example,yes"))
    assert lab.value("select held_reason is not null from raw.drops where key = %s", key)
    assert mailable(lab) == [THIRD]


@pytest.mark.parametrize("tie", TIES)
def test_an_imported_suppression_reaches_the_other_contact(lab: Lab, tie: str) -> None:
    two(lab, *TIES[tie])
    desk.import_suppressions(lab.session, ["email", FIRST], source="list")
    assert mailable(lab) == [THIRD]


@pytest.mark.parametrize("tie", TIES)
def test_who_opted_out_before_their_second_contact_came_is_not_mailed_there(lab: Lab, tie: str) -> None:
    first, second = TIES[tie]
    lab.with_policy(email={"allow_special_use_domains": True, "mailable_verdicts": ["unknown/mailbox_not_checked"]})
    lab.drop("shop", csv(HEADER, first))
    desk.opt_out(lab.session, FIRST, reason="opt_out", source="letter")
    come(lab, second)
    assert mailable(lab) == []


@pytest.mark.parametrize("tie", TIES)
def test_closing_closes_every_further_address_for_whoever_comes_with_it(lab: Lab, tie: str) -> None:
    two(lab, *TIES[tie])
    desk.opt_out(lab.session, FIRST, reason="opt_out", source="letter")
    lab.do("delete from core.contact_points")
    lab.drop("crm", csv("Record ID,email", f"77,{SECOND}"), "again.csv")
    assert mailable(lab) == [THIRD]


@pytest.mark.parametrize("tie", TIES)
@pytest.mark.parametrize("kind", ["restrict", "object"])
def test_a_restriction_and_an_objection_reach_the_other_contact(lab: Lab, tie: str, kind: str) -> None:
    two(lab, *TIES[tie])
    assert "2 contact(s)" in serve(lab, kind)
    assert mailable(lab) == [THIRD]


@pytest.mark.parametrize("tie", TIES)
def test_a_correction_reaches_the_other_contact_but_for_its_own_address(lab: Lab, tie: str) -> None:
    two(lab, *TIES[tie])
    serve(lab, "rectify", title="Professor", email="ada.new@ok.test")
    titles = lab.rows("select email, title from core.contacts order by email")
    assert titles == [("ada.new@ok.test", "Professor"), (SECOND, "Professor"), (THIRD, None)]


@pytest.mark.parametrize("tie", TIES)
def test_an_erased_person_is_gone_under_the_second_address_too(lab: Lab, tie: str) -> None:
    two(lab, *TIES[tie])
    done = erase(lab, FIRST)
    assert (done["contacts"], done["findings"]) == (2, 0)
    assert mailable(lab) == [THIRD]
    assert traces(lab, (FIRST, SECOND, "3456701")) == [] and books_are_right(lab)
    lab.drop("crm", csv("email,name", f"{SECOND},Ada Example"), "again.csv")
    assert mailable(lab) == [THIRD]


@pytest.mark.parametrize("tie", NO_TIES)
def test_what_a_function_or_a_household_shares_joins_nobody_and_is_named(lab: Lab, tie: str, tmp_path: Path) -> None:
    two(lab, *NO_TIES[tie])
    other = public_id(lab, SECOND)
    number = open_request(lab.session, "access", who=FIRST)
    shared = preview_request(lab.session, number)["shared"]
    assert set(shared) == (set() if tie == "a landline" else {other})
    serve_request(lab.session, number, output=tmp_path / "her.zip")
    withheld = json.loads(zipfile.ZipFile(tmp_path / "her.zip").read("data.json"))["withheld"]
    assert [w for w in withheld if "shares something" in w] == [
        f"a record that shares something with yours ({why})" for why in shared.values()
    ]
    request = asked(lab, FIRST)
    assert preview_erasure(lab.session, request)["contacts_that_share"] == len(shared)
    done = erase(lab, FIRST)
    named = certificate(lab, str(done["erasure"]))["contacts_that_share"]
    assert named == [{"contact": who, "why": why} for who, why in shared.items()]
    assert mailable(lab) == [SECOND, THIRD]


def test_an_address_of_people_with_different_names_asks_whose_request_it_is(lab: Lab) -> None:
    lab.drop("shop", csv("Record ID,email,email 2,name", f"1,{FIRST},home@ok.test,Ada Example"))
    lab.drop("shop", csv("Record ID,email,email 2,name", f"2,{SECOND},home@ok.test,Ben Example"), "two.csv")
    number = open_request(lab.session, "restrict", who="home@ok.test", details={"lift": False})
    with pytest.raises(UsageError, match="different names"):
        serve_request(lab.session, number)
    desk.opt_out(lab.session, "home@ok.test", reason="opt_out", source="letter")
    assert {lab.why(FIRST)[0], lab.why(SECOND)[0]} == {"suppressed"}  # of the shared one it is certain


def test_a_consent_reopens_only_the_contact_that_it_is_written_down_for(lab: Lab) -> None:
    two(lab, *TIES["a mobile number"])
    desk.opt_out(lab.session, FIRST, reason="opt_out", source="letter")
    lab.passes(days=1)
    desk.consent(lab.session, FIRST, source="form", evidence="ticked the box")
    assert mailable(lab) == [FIRST, THIRD]
    lab.drop("crm", csv(HEADER, f"3,ada.third@ok.test,,Ada Example,{MOBILE},"), "third.csv")
    assert lab.why("ada.third@ok.test")[0] == "suppressed"  # by the second contact, which nobody has reopened
