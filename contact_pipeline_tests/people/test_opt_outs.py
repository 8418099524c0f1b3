"""An opt-out is honoured at the door: at once, for every address of the person, whatever becomes of the drop."""

from collections.abc import Iterator

import pytest

from contact_pipeline_tests.lab.lab import KEY, Lab, crowd, csv

NUMBER = "+49 1512 3456700"
STOPPED = ("suppressed", "allowed")


@pytest.fixture
def ada(lab: Lab) -> Iterator[str]:
    """Somebody with two addresses and two numbers who may be contacted on both channels."""
    header = "Record ID,email,email 2,phone,mobile"
    lab.drop("crm", csv(header, f"1,ada@ok.test,ada@ok2.test,{NUMBER},+49 1512 3456701"))
    assert lab.may("ada@ok.test") == (True, True)
    yield "ada@ok.test"


@pytest.mark.parametrize("address", ["ada@ok.test", "ADA@OK.TEST", "ada@ok2.test"])
def test_a_suppression_file_stops_the_person_at_once_by_any_address(lab: Lab, ada: str, address: str) -> None:
    key = lab.take("optouts", csv("email,reason,created", f"{address},clicked,2026-11-01"), "suppression_list.csv")
    assert lab.may(ada) == (False, True)  # only landed and applied: no later stage has run
    assert lab.why(ada) == STOPPED
    assert lab.accounting(key) == (1, 1, 0, 0)
    assert lab.value("select count(*) from core.contacts") == 1  # it makes no contact
    lab.sync_permissions()
    assert lab.may(ada) == (False, True)


@pytest.mark.parametrize("number", [NUMBER, "0049 1512 3456701"])
def test_do_not_call_stops_every_number(lab: Lab, ada: str, number: str) -> None:
    lab.with_source("optouts", default_region="DE")
    lab.take("optouts", csv("phone", number), "do_not_call.csv")
    assert lab.may(ada) == (True, False)


def test_an_opt_out_in_another_sources_list_stops_the_known_contact(lab: Lab, ada: str) -> None:
    lab.take("fair", csv("email,name,Email Opt Out", "ada@ok.test,Ada,yes", "bob@ok.test,Bob,no"))
    assert lab.may(ada) == (False, True)


def test_an_opt_out_that_names_only_the_record_stops_the_known_contact(lab: Lab, ada: str) -> None:
    lab.take("crm", csv("Record ID,Email Opt Out,Do Not Call", "1,yes,"))
    assert lab.may(ada) == (False, True)
    lab.take("crm", csv("Record ID,Email Opt Out,Do Not Call", "1,,yes"))
    assert lab.may(ada) == (False, False)


def test_a_bounce_is_about_one_address(lab: Lab, ada: str) -> None:
    lab.take("optouts", csv("email", "ada@ok2.test"), "hard_bounces.csv")
    assert lab.why(ada) == ("allowed", "allowed")
    lab.take("optouts", csv("email", "ada@ok.test"), "hard_bounces_2.csv")
    assert lab.why(ada) == ("hard_bounce", "allowed")
    assert lab.may(ada) == (False, True)
    assert lab.contact(ada)["hard_bounce"]


def test_a_later_import_does_not_bring_the_person_back(lab: Lab) -> None:
    text = csv("email,phone", f"ada@ok.test,{NUMBER}", "bob@ok.test,")
    lab.drop("optouts", csv("email", "Ada@ok.test"), "unsubscribed_members_export.csv")
    lab.drop("optouts", csv("phone", NUMBER), "do_not_call.csv")
    for source in ("crm", "shop"):
        lab.drop(source, text)
        assert lab.why("ada@ok.test") == ("suppressed", "suppressed")
        assert lab.may("ada@ok.test") == (False, False)
        assert lab.may("bob@ok.test") == (True, False)


def test_what_is_kept_of_an_opt_out_is_a_keyed_hash(lab: Lab) -> None:
    lab.take("optouts", csv("email", "Ada@ok.test"), "unsubscribed_members_export.csv")
    assert lab.rows("select subject_key, channel, reason, source from core.suppressions") == [
        (KEY.email("ada@ok.test"), "email", "unsubscribed", "optouts")
    ]


def test_a_held_drop_touches_nothing_but_its_opt_outs_count(lab: Lab, ada: str) -> None:
    before = lab.rows("select * from core.contact_sources")
    key = lab.drop("fair", csv("email,name,Email Opt Out", *[",,no"] * 3, "ada@ok.test,A,yes", "new@ok.test,N,"))
    assert lab.value("select held_reason from raw.drops where key = %s", key).startswith("failed rows")
    assert lab.may(ada) == (False, True)
    assert lab.contacts("email", "name") == [(ada, None)]
    assert lab.rows("select * from core.contact_sources") == before
    assert lab.value("select count(*) from core.suppressions") == 2  # and her other address
    assert lab.value("select published_at from raw.drops where key = %s", key) is None
    lab.run(key)
    assert lab.value("select count(*) from core.suppressions") == 2  # and her other address


def test_an_opt_out_gives_nobody_a_permission(lab: Lab, ada: str) -> None:
    """Her address has changed and is not judged yet when somebody closes her phone."""
    lab.take("crm", csv("Record ID,email,phone", f"1,ada@nullmx.test,{NUMBER}"))
    assert lab.may("ada@nullmx.test") == (False, True)
    lab.take("optouts", csv("phone", NUMBER.replace(" ", "")), "do_not_call.csv")
    assert lab.may("ada@nullmx.test") == (False, False)
    assert lab.contact("ada@nullmx.test")["email_status"] == "unknown"


def test_a_completed_deletion_leaves_nothing_of_the_person(lab: Lab) -> None:
    lab.with_policy(gates={"max_failed_share": 1.0})
    key = lab.drop(
        "crm",
        csv(
            "Record ID,name,email,email 2,phone,company,note,consent_ip,confidence,deletion_completed",
            f"77,Ada Example,ada@ok.test,ada@ok2.test,{NUMBER},Engines,likes tea,192.0.2.7,0.9,2026-10-01",
            *(f",Person {i},{row.split(',')[0]},,,,,,,false" for i, row in enumerate(crowd(2))),
        ),
    )
    assert lab.accounting(key) == (3, 2, 0, 1)
    assert lab.row("select reasons from raw.quarantined_rows") == (["deletion_completed"],)
    (kept,) = lab.row("select to_jsonb(r) from raw.landed_rows r where row_number = 1")
    assert {name for name, value in kept.items() if value is not None} <= {
        "drop_key", "row_number", "outcome", "claims", "extra",
    }  # fmt: skip
    assert not kept["claims"] and not kept["extra"]
