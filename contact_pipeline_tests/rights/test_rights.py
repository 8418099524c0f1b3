"""What people ask of us is written down with its deadline and without their address, done once, and stays done."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.rights import serving
from contact_pipeline.rights.request_person import person_of_request
from contact_pipeline.rights.requests import (
    extend_request,
    find_request,
    list_requests,
    note_identity,
    open_request,
    refuse_request,
)
from contact_pipeline.rights.serving import serve_request
from contact_pipeline_tests.lab.lab import Lab, csv

HEADER = "email,name,phone,title,company"
ADA = "ada@ok.test,Ada Exampel,+44 20 7946 0958,Clerk,Engines Ltd"
STATE = "select state, outcome, details, closed_at is not null, closed_by from ops.subject_requests where id = %s"


def asked(lab: Lab, kind: str, who: str | None = "ada@ok.test", **more: Any) -> int:
    return open_request(lab.session, kind, who=who, **more)


def served(lab: Lab, number: int) -> dict[str, Any]:
    return serve_request(lab.session, number)


def correct(lab: Lab, values: Mapping[str, str], who: str = "ada@ok.test") -> dict[str, Any]:
    return served(lab, asked(lab, "rectify", who, details=values))


def whom(lab: Lab, number: int) -> list[int]:
    with lab.session.connection("test") as connection:
        return list(person_of_request(lab.session, connection, find_request(connection, number)).contacts)


def reference(lab: Lab, number: int) -> str:
    return str(lab.value("select reference from ops.subject_requests where id = %s", number))


def public_id(lab: Lab, email: str) -> str:
    return str(lab.contact(email)["public_id"])


# --- written down ------------------------------------------------------------------------------------------------


def test_a_request_names_nobody_and_is_due_in_a_month(lab: Lab) -> None:
    received = datetime(2026, 1, 31, 8, tzinfo=UTC)
    number = asked(lab, "access", " Ada@OK.test ", received_at=received, identity_check="knew her file number")
    row = str(lab.row("select r::text from ops.subject_requests r")).lower()
    assert "ada@" not in row and "ok.test" not in row
    assert lab.row("select due_at, reference, state, recorded_by from ops.subject_requests") == (
        datetime(2026, 2, 28, 8, tzinfo=UTC), f"R-{number}", "open", "contact_pipeline",
    )  # fmt: skip
    with pytest.raises(UsageError, match="future"):
        asked(lab, "access", received_at=lab.now + timedelta(seconds=1))
    with pytest.raises(UsageError, match="Whose request"):
        asked(lab, "access", None)
    with pytest.raises(UsageError, match="neither an e-mail"):
        asked(lab, "access", "nobody")
    with pytest.raises(UsageError, match="no right"):
        asked(lab, "rename")


def test_a_reference_finds_its_request_again_and_nobody_elses(lab: Lab) -> None:
    lab.take("shop", csv(HEADER, ADA, "bo@ok.test,Bo Example,,,"))
    number = asked(lab, "access", reference="2026/17")
    assert asked(lab, "access", "ADA@ok.test", reference="2026/17") == number
    assert asked(lab, "access", None, reference="2026/17") == number
    assert asked(lab, "access", None, reference="2026/17", contact=public_id(lab, "ada@ok.test")) == number
    assert whom(lab, number) == [lab.contact("ada@ok.test")["id"]]
    with pytest.raises(UsageError, match="somebody else"):
        asked(lab, "access", "bo@ok.test", reference="2026/17")
    with pytest.raises(UsageError, match="somebody else"):
        asked(lab, "access", None, reference="2026/17", contact=public_id(lab, "bo@ok.test"))
    with pytest.raises(UsageError, match="a request for access"):
        asked(lab, "restrict", reference="2026/17")
    with pytest.raises(UsageError, match="no @"):
        asked(lab, "access", reference="ada@ok.test")
    with pytest.raises(UsageError, match="no request 2026/18"):
        asked(lab, "access", None, reference="2026/18")
    assert lab.value("select count(*) from ops.subject_requests") == 1


def test_the_same_wish_is_one_request_while_it_is_open(lab: Lab) -> None:
    lab.take("shop", csv(HEADER, ADA))
    number = asked(lab, "restrict", details={"lift": False})
    lab.passes(days=3)
    assert asked(lab, "restrict", details={"lift": False}) == number  # the first deadline stands
    assert asked(lab, "restrict", details={"lift": True}) != number
    assert asked(lab, "restrict", "bo@ok.test", details={"lift": False}) != number
    assert asked(lab, "restrict", details={"lift": False}, received_at=lab.now) != number  # another letter
    served(lab, number)
    served(lab, number + 3)
    assert asked(lab, "restrict", details={"lift": False}) > number + 3


def test_free_words_name_nobody(lab: Lab) -> None:
    number = asked(lab, "access")
    for change in (
        lambda text: asked(lab, "access", identity_check=text),
        lambda text: note_identity(lab.session, reference(lab, number), how=text),
        lambda text: refuse_request(lab.session, reference(lab, number), reason=text),
    ):
        with pytest.raises(UsageError, match="name nobody"):
            change("wrote from ada@ok.test")
    note_identity(lab.session, reference(lab, number), how="called back on the number we had")
    assert lab.value("select identity_check from ops.subject_requests") == "called back on the number we had"


def test_a_month_may_become_three_and_needs_a_reason(lab: Lab) -> None:
    number = asked(lab, "access")
    name, due = reference(lab, number), lab.value("select due_at from ops.subject_requests")
    assert due == datetime(2026, 12, 2, 9, tzinfo=UTC)
    with pytest.raises(UsageError, match="must say why"):
        extend_request(lab.session, name, until=due + timedelta(days=1), reason=" ")
    for until in (due, datetime(2027, 2, 2, 9, 1, tzinfo=UTC)):
        with pytest.raises(UsageError, match="two further months"):
            extend_request(lab.session, name, until=until, reason="many requests")
    extend_request(lab.session, name, until=datetime(2027, 2, 2, 9, tzinfo=UTC), reason="many requests")
    (row,) = list_requests(lab.session)
    assert (row["due_at"], row["is_overdue"]) == (datetime(2027, 2, 2, 9, tzinfo=UTC), False)
    other = reference(lab, asked(lab, "export"))
    lab.passes(days=31)
    assert [(r["kind"], r["is_overdue"]) for r in list_requests(lab.session)] == [("export", True), ("access", False)]
    with pytest.raises(UsageError, match="within it"):
        extend_request(lab.session, other, until=datetime(2026, 12, 31, tzinfo=UTC), reason="late")


def test_a_refused_request_keeps_no_value_and_is_not_served(lab: Lab) -> None:
    lab.take("shop", csv(HEADER, ADA))
    number = asked(lab, "rectify", details={"title": "Engineer"})
    refuse_request(replace(lab.session, actor="clerk"), reference(lab, number), reason="not identified")
    assert lab.row(STATE, number) == ("refused", "not identified", None, True, "clerk")
    done = served(lab, number)
    assert (done["is_served"], done["state"], done["outcome"]) == (False, "refused", "not identified")
    assert lab.contact("ada@ok.test")["title"] == "Clerk"
    assert list_requests(lab.session, only_open=True) == []
    with pytest.raises(UsageError, match="is closed: refused"):
        refuse_request(lab.session, reference(lab, number), reason="again")


# --- whom it means -----------------------------------------------------------------------------------------------


def test_whom_it_means_is_found_when_it_is_served(lab: Lab) -> None:
    number = asked(lab, "restrict")
    with pytest.raises(UsageError, match="Nobody is known"):
        served(lab, number)
    assert lab.row(STATE, number)[0] == "open"
    lab.drop("shop", csv("email,email 2,name", "bo@ok.test,Ada@ok.test,Bo Example"))
    assert whom(lab, number) == [lab.contact("bo@ok.test")["id"]]  # as a further address
    assert served(lab, number)["outcome"] == "restricted: 1 contact(s)"


def test_a_number_of_several_people_means_nobody_until_one_is_named(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA, "bo@ok.test,Bo Example,+44 20 7946 0958,,"))
    lab.do("update core.contacts set phone_key = %s", lab.session.key.phone("+442079460958"))  # a test number has none
    number = asked(lab, "access", "+44 20 7946 0958")
    with pytest.raises(UsageError, match="--contact ID") as caught:
        served(lab, number)
    ids = [public_id(lab, f"{name}@ok.test") for name in ("ada", "bo")]
    assert all(each in str(caught.value) for each in ids)
    assert "7946 0958" not in str(caught.value) and "2079460958" not in str(caught.value)
    assert lab.row(STATE, number)[0] == "open"
    assert asked(lab, "access", None, contact=ids[0], reference=reference(lab, number)) == number
    assert whom(lab, number) == [lab.contact("ada@ok.test")["id"]]


def test_one_address_may_mean_several_contacts_but_not_where_that_tells_others(lab: Lab) -> None:
    lab.drop(
        "shop",
        csv(
            "email,email 2,name",
            "ada@ok.test,,Ada Example",
            "ada2@ok.test,ada@ok.test,Ada Example",
            "bo@ok.test,info@ok.test,Bo Example",
            "cy@ok.test,info@ok.test,Cy Example",
        ),
    )
    assert len(whom(lab, asked(lab, "access"))) == len(whom(lab, asked(lab, "restrict"))) == 2
    correct(lab, {"title": "Engineer"})
    assert lab.rows("select email from core.contacts where title = 'Engineer' order by 1") == [
        ("ada2@ok.test",), ("ada@ok.test",),
    ]  # fmt: skip
    with pytest.raises(UsageError, match="of a function"):
        whom(lab, asked(lab, "access", "info@ok.test"))
    number = asked(lab, "access", None, contact=str(lab.contact("bo@ok.test")["id"]))
    assert whom(lab, number) == [lab.contact("bo@ok.test")["id"]]
    with pytest.raises(UsageError, match="no contact with that id"):
        asked(lab, "access", None, contact="99999999")
    with pytest.raises(UsageError, match="not both"):
        asked(lab, "access", contact="1")


# --- rectify (Art. 16) -------------------------------------------------------------------------------------------


def test_a_correction_is_the_persons_word_and_later_lists_do_not_undo_it(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    lab.session = replace(lab.session, actor="clerk")
    number = asked(lab, "rectify", details={"email": " Ada@OK2.test ", "title": "Engineer"}, reference="L-7")
    done = served(lab, number)
    assert (done["is_served"], done["outcome"]) == (True, "corrected: email, title of 1 contact")
    contact = lab.contact("Ada@ok2.test")
    assert (contact["title"], contact["email_status"], contact["can_email"]) == ("Engineer", "unknown", False)
    assert lab.row(STATE, number)[2:] == (None, True, "clerk")
    history = "select old_value, new_value, data_source from core.enrichment_history where field_name = 'title'"
    assert lab.rows(history) == [("Clerk", "Engineer", "person:clerk")]
    changes = "select distinct changed_by, reason from audit.changes where field in ('email', 'title')"
    assert lab.rows(changes) == [("clerk", "request L-7")]
    lab.drop("shop", csv(HEADER, ADA.replace("Exampel", "Exampel ")), "again.csv")  # the most trusted list there is
    (after,) = lab.rows(
        "select email, title, email_status <> 'unknown' or email_sub_status <> 'not_checked', can_email"
        " from core.contacts"
    )
    assert after == ("Ada@ok2.test", "Engineer", True, True)  # and the new address was judged
    assert lab.value("select count(*) from audit.changes where new_value in ('ada@ok.test', 'Clerk')") == 0


def test_a_corrected_number_is_judged_before_it_is_called(lab: Lab) -> None:
    key = lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example,+49 30 901820,,"))
    correct(lab, {"phone": "+49 30 901821"})
    assert lab.row("select phone, phone_e164, phone_status, can_call from core.contacts") == (
        "+49 30 901821", None, "unknown", False,
    )  # fmt: skip
    lab.run(key)
    assert lab.row("select phone_e164, phone_status, can_call from core.contacts") == ("+4930901821", "valid", True)


def test_a_closed_request_says_what_was_done_and_does_nothing(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    number = asked(lab, "rectify", details={"title": "Engineer"}, reference="L-7")
    served(lab, number)
    lab.do("update core.contacts set title = 'Chair'")
    assert asked(lab, "rectify", details={"title": "Engineer"}, reference="L-7") == number
    done = served(lab, number)
    assert (done["is_served"], done["outcome"]) == (False, "corrected: title of 1 contact")
    assert lab.contact("ada@ok.test")["title"] == "Chair"


def test_how_a_person_spells_it_is_how_it_is(lab: Lab) -> None:
    """Sources that differ like this mean the same; a person does not."""
    lab.drop("shop", csv(HEADER, "ada@ok.test,ADA MUELLER,,Head of sales,Engines"))
    lab.do("update core.contacts set given_name = null, family_name = null")
    correct(lab, {"name": "Ada Muller", "title": "Head of Sales", "company": "Engines Ltd"})
    contact = lab.contact("ada@ok.test")
    assert (contact["name"], contact["title"], contact["company"]) == ("Ada Muller", "Head of Sales", "Engines Ltd")
    lab.drop("shop", csv(HEADER, "ada@ok.test,ADA MUELLER,,Head of sales,Engines GmbH"), "again.csv")
    assert lab.contact("ada@ok.test")["name"] == "Ada Muller"
    assert lab.contact("ada@ok.test")["company"] == "Engines Ltd"


def test_a_word_may_be_taken_back(lab: Lab) -> None:
    """Also by somebody whose name comes late in the alphabet, and while the clock goes on."""
    key = lab.drop("shop", csv(HEADER, ADA))
    ticks = count()
    lab.session = replace(lab.session, actor="zoe", clock=lambda: lab.now + timedelta(milliseconds=next(ticks)))
    lab.do("update core.contacts set company = 'By Hand'")
    for title, email in (("Engineer", "ada@ok2.test"), ("Gardener", "eve@ok.test"), ("Engineer", "ada@ok2.test")):
        correct(
            lab, {"title": title, "email": email, "company": "Right Ltd"}, lab.value("select email from core.contacts")
        )
        assert lab.value("select email_key from core.contacts") == lab.session.key.email(email)  # it is found by it
        lab.run(key)
        assert lab.row("select title, email, company, can_email from core.contacts") == (
            title,
            email,
            "Right Ltd",
            True,
        )
    lab.do(
        "insert into core.contact_points (contact_id, kind, value, position, status)"
        " select id, 'email', 'dead@ok.test', 0, 'invalid' from core.contacts"
    )
    with pytest.raises(UsageError, match="email cannot be taken"):
        correct(lab, {"email": "dead@ok.test"}, "ada@ok2.test")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("email", "nobody.secret", "email: that is no value"),
        ("linkedin_url", "https://secret.test/in/ada", "linkedin_url: that is no value"),
        ("country", "Secretland", "country: that is no value"),
        ("company_domain", "secret", "company_domain: that is no value"),
        ("title", "secret" * 100, "title: too long"),
        ("title", "secret\x1b[2J", "title: too long, or not one line"),
        ("title", " ", "not emptied"),
        ("can_email", "secret", "can_email is not a field"),
    ],
)
def test_what_is_no_value_is_not_written_down(lab: Lab, field: str, value: str, says: str) -> None:
    lab.take("shop", csv(HEADER, ADA))
    with pytest.raises(UsageError, match=says) as caught:
        asked(lab, "rectify", details={field: value})
    assert "secret" not in str(caught.value).lower()
    with pytest.raises(UsageError, match="--set"):
        asked(lab, "rectify")
    with pytest.raises(UsageError, match="--set"):
        asked(lab, "rectify", reference="L-8")
    assert lab.value("select count(*) from ops.subject_requests") == 0


def test_half_a_correction_is_none(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA, "bo@ok.test,Bo Example,,,"))
    assert lab.contact("ada@ok.test")["family_name"] == "Exampel"
    with pytest.raises(UsageError, match="name would still say"):
        correct(lab, {"family_name": "Example"})
    with pytest.raises(UsageError, match="email cannot be taken"):
        correct(lab, {"email": "bo@ok.test", "title": "Engineer"})
    assert lab.contact("ada@ok.test")["title"] == "Clerk"
    assert lab.value("select count(*) from core.profile_claims") == 0
    assert correct(lab, {"name": "Ada Example"})["is_served"]
    assert lab.contact("ada@ok.test")["family_name"] == "Example"  # it follows the name


def test_a_change_and_its_closing_are_one(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    lab.drop("shop", csv(HEADER, ADA))
    number = asked(lab, "restrict")
    monkeypatch.setattr(serving, "close_request", broken)
    with pytest.raises(RuntimeError):
        served(lab, number)
    assert lab.row("select processing_restricted, can_email from core.contacts") == (False, True)


# --- restrict (Art. 18) ------------------------------------------------------------------------------------------


def test_who_is_restricted_is_used_for_nothing_until_it_is_lifted(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example,+49 30 901820,,"))
    assert lab.may("ada@ok.test") == (True, True)
    done = served(lab, asked(lab, "restrict"))
    assert done["outcome"] == "restricted: 1 contact(s)"
    assert lab.may("ada@ok.test") == (False, False)  # at once
    lab.sync_permissions()
    assert lab.why("ada@ok.test") == ("restricted", "restricted")
    lab.drop("shop", csv(HEADER, "ada@ok.test,Ada Example,+49 30 901820,Chair,"), "again.csv")
    assert (lab.may("ada@ok.test"), lab.contact("ada@ok.test")["title"]) == ((False, False), "Chair")
    assert served(lab, asked(lab, "restrict", details={"lift": True}))["outcome"] == "restriction lifted: 1 contact(s)"
    assert (lab.may("ada@ok.test"), lab.why("ada@ok.test")) == ((True, True), ("allowed", "allowed"))
    audited = "select old_value, new_value from audit.changes where field = 'processing_restricted' order by id"
    assert lab.rows(audited) == [("false", "true"), ("true", "false")]


def test_lifting_grants_nothing_that_was_not_there(lab: Lab) -> None:
    lab.drop("shop", csv(HEADER, ADA))
    served(lab, asked(lab, "restrict"))
    lab.do("update core.contacts set suppress_email = true")
    served(lab, asked(lab, "restrict", details={"lift": True}))
    assert not lab.may("ada@ok.test")[0]


def test_a_command_serves_no_other_right(lab: Lab) -> None:
    number = asked(lab, "access")
    with pytest.raises(UsageError, match="is about access"):
        serve_request(lab.session, number, kind="restrict")
    with pytest.raises(UsageError, match="no request 999999"):
        served(lab, 999999)
