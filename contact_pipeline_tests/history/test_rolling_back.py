"""Changes are taken back, by whatever they are chosen; what must not come back does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from contact_pipeline.core.errors import UsageError
from contact_pipeline.history.chain import verify
from contact_pipeline.history.rolling_back import ConflictError, RolledBack, Wanted, roll_back
from contact_pipeline.history.taking_back import ERASED, OPT_OUT, PERMITS, TAKEN
from contact_pipeline.profiles.reviewing import say
from contact_pipeline_tests.lab.dump import dump
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.profile_vendors import ProfileVendors, ask, known, profile_vendors
from contact_pipeline_tests.lab.reopening import close

MIA, ADA = "mia-one@ok.test", "ada-one@ok.test"
HEADER = "Name,Email,Phone,Title,Company"


@pytest.fixture
def mia(lab: Lab) -> Lab:
    lab.drop("shop", csv(HEADER, f"Mia Lopez,{MIA},+493055550101,CEO,Orchid"))
    return lab


def of(lab: Lab, field: str, email: str = MIA) -> Any:
    return lab.value(f"select {field} from core.contacts where email = %s", email)


def public_id(lab: Lab, email: str = MIA) -> str:
    return str(of(lab, "public_id", email))


def back(lab: Lab, to: datetime | int, **options: Any) -> RolledBack:
    only = {"field": options.pop("field", None)}
    lab.passes(minutes=1)
    return roll_back(lab.session, Wanted("contact", public_id(lab), "a mistake", to=to, **only), **options)


def withdraw(lab: Lab, key: str, **options: Any) -> RolledBack:
    lab.passes(minutes=1)
    return roll_back(lab.session, Wanted("drop", key, "a bad list"), **options)


def undo(lab: Lab, rollback_id: str, **options: Any) -> RolledBack:
    lab.passes(minutes=1)
    return roll_back(lab.session, Wanted("run", rollback_id, "it was right"), **options)


def test_a_contact_goes_back_to_an_instant_and_to_a_version(mia: Lab) -> None:
    before, version = mia.database_now(), of(mia, "version")
    mia.do("update core.contacts set title = 'CTO'")
    mia.do("update core.contacts set title = null, location = 'Lima'")
    done = back(mia, before)
    assert (of(mia, "title"), of(mia, "location")) == ("CEO", None)
    assert [(c["field"], c["old"], c["new"]) for c in done.changes] == [
        ("location", "Lima", None),
        ("title", None, "CEO"),
    ]
    mia.do("update core.contacts set title = 'CFO'")
    back(mia, version)
    assert of(mia, "title") == "CEO"
    changed = mia.rows("select changed_by, reason from audit.changes where run_id = %s", done.id)
    assert changed and all(reason == "rollback: a mistake" for _, reason in changed)


def test_a_version_that_is_not_known_is_refused(mia: Lab) -> None:
    mia.do("update core.contacts set title = 'CTO'")
    for version in (0, 99):
        with pytest.raises(UsageError, match="no version"):
            back(mia, version)
    mia.rewrite("update audit.changes set version = null where table_name = 'core.contacts'")  # before it was kept
    with pytest.raises(UsageError, match="Say --to TIME"):
        back(mia, 1)


def test_a_dry_run_says_what_would_change_and_changes_nothing(mia: Lab) -> None:
    before = mia.database_now()
    mia.do("update core.contacts set title = 'CTO'")
    whole = dump(mia)
    done = back(mia, before, dry_run=True)
    assert (done.is_done, [c["new"] for c in done.changes]) == (False, ["CEO"])
    assert dump(mia) == whole


def test_one_field_alone(mia: Lab) -> None:
    before = mia.database_now()
    mia.do("update core.contacts set title = 'CTO', location = 'Lima'")
    back(mia, before, field="title")
    assert (of(mia, "title"), of(mia, "location")) == ("CEO", "Lima")


def test_what_is_said_later_outranks_it_and_the_same_list_again_does_not(mia: Lab) -> None:
    before = mia.database_now()
    mia.drop("shop", csv(HEADER, f"Mia Lopez,{MIA},,CTO,Orchid"))
    assert of(mia, "title") == "CTO"
    back(mia, before)
    key = mia.value("select key from raw.drops order by sequence desc limit 1")
    mia.replay(key)
    assert of(mia, "title") == "CEO", "that list was known then"
    mia.drop("crm", csv("Record ID,Name,Email,Location", f"9,Mia Lopez,{MIA},Lima"))
    assert of(mia, "title") == "CEO", "a list that says nothing of it changes nothing"
    mia.drop("fair", csv("Name,Email,Title", f"Mia Lopez,{MIA},CFO"))
    assert of(mia, "title") == "CFO"


def test_it_outranks_a_correction_that_was_made_before(mia: Lab) -> None:
    before = mia.database_now()
    with mia.session.connection("test") as connection, connection.transaction():
        say(mia.session, connection, of(mia, "id"), {"title": "CTO"})
    assert of(mia, "title") == "CTO"
    back(mia, before)
    mia.drop("crm", csv("Record ID,Name,Email,Location", f"9,Mia Lopez,{MIA},Lima"))
    assert of(mia, "title") == "CEO"
    mia.passes(minutes=1)
    with mia.session.connection("test") as connection, connection.transaction():
        say(mia.session, connection, of(mia, "id"), {"title": "Chair"})
    assert of(mia, "title") == "Chair"


def test_changes_of_one_actor(mia: Lab) -> None:
    before = mia.database_now()
    for actor, title in (("bob", "CTO"), ("eve", "CFO")):
        session = replace(mia.session, actor=actor)
        with session.connection("by hand") as connection:
            connection.execute("update core.contacts set title = %s, location = %s", (title, actor))
    wanted = Wanted("actor", "bob", "wrong hands", since=before)
    with pytest.raises(ConflictError):
        roll_back(mia.session, wanted)
    assert of(mia, "title") == "CFO"
    skipped = roll_back(mia.session, wanted, skip_conflicts=True)
    assert {one.field for one in skipped.conflicts} == {"title", "location"} and of(mia, "title") == "CFO"
    roll_back(mia.session, Wanted("actor", "eve", "wrong hands", since=before))
    assert (of(mia, "title"), of(mia, "location")) == ("CTO", "bob")
    mia.do("update core.contacts set title = 'COO'")
    roll_back(mia.session, wanted, force=True)
    assert (of(mia, "title"), of(mia, "location")) == ("CEO", None)


def test_a_rollback_is_rolled_back(mia: Lab) -> None:
    before = mia.database_now()
    mia.do("update core.contacts set title = 'CTO'")
    done = back(mia, before)
    undo(mia, done.id)
    assert of(mia, "title") == "CTO"
    with pytest.raises(UsageError, match="already"):
        undo(mia, done.id)


def test_an_address_goes_back_with_its_key_and_without_a_verdict(mia: Lab) -> None:
    before, key = mia.database_now(), bytes(of(mia, "email_key"))
    mia.do("update core.contacts set email = 'wrong@ok.test'")
    roll_back(mia.session, Wanted("contact", public_id(mia, "wrong@ok.test"), "a mistake", to=before))
    assert bytes(of(mia, "email_key")) == key and of(mia, "can_email") is False
    assert of(mia, "email_status") == "unknown"


def test_an_address_that_somebody_else_has_does_not_come_back(mia: Lab) -> None:
    before = mia.database_now()
    mia.do("update core.contacts set email = 'wrong@ok.test'")
    mia.do("delete from core.contact_points")
    mia.drop("fair", csv("Name,Email", f"Another One,{MIA}"))
    done = roll_back(mia.session, Wanted("contact", public_id(mia, "wrong@ok.test"), "a mistake", to=before))
    assert [(one.field, one.why) for one in done.kept if one.field == "email"] == [("email", TAKEN)]


def test_an_opt_out_stays_and_no_permission_comes_back(mia: Lab) -> None:
    before = mia.database_now()
    close(mia, MIA)
    mia.do("update core.contacts set consent_source = 'made up', title = 'CTO'")
    done = back(mia, before)
    why = {one.field: one.why for one in done.kept}
    assert why["suppress_email"] == OPT_OUT and why["consent_source"] == PERMITS
    assert (of(mia, "suppress_email"), of(mia, "can_email"), of(mia, "title")) == (True, False, "CEO")


def test_an_opt_out_that_a_hand_has_taken_away_comes_back(mia: Lab) -> None:
    mia.do("update core.contacts set suppress_phone = true")
    before = mia.database_now()
    mia.do("update core.contacts set suppress_phone = false")
    back(mia, before)
    assert of(mia, "suppress_phone") is True


def test_what_was_erased_does_not_come_back(mia: Lab) -> None:
    before, contact = mia.database_now(), public_id(mia)
    mia.do("update core.contacts set title = 'CTO'")
    after = mia.database_now()
    erase(mia, MIA)
    with pytest.raises(UsageError, match="erased"):
        roll_back(mia.session, Wanted("contact", contact, "a mistake", to=before))
    actor = mia.value("select session_user::text")
    done = roll_back(mia.session, Wanted("actor", actor, "a mistake", since=before), skip_conflicts=True)
    assert done.changes == [] and {one.why for one in done.kept} == {ERASED} and after > before
    assert verify(mia.session).faults == []


def test_an_erased_address_does_not_come_back_to_anybody(mia: Lab) -> None:
    mia.drop("fair", csv("Name,Email", f"Ada Orchid,{ADA}"))
    before, contact = mia.database_now(), public_id(mia, ADA)
    mia.do("update core.contacts set email = 'ada-new@ok.test' where email = %s", ADA)
    with mia.session.connection("test") as connection:
        connection.execute("insert into core.erased_keys values (%s, now())", (mia.session.key.email(ADA),))
    done = roll_back(mia.session, Wanted("contact", contact, "a mistake", to=before))
    assert [(one.field, one.why) for one in done.kept if one.field == "email"] == [("email", ERASED)]


def test_a_drop_counts_for_nothing_any_more_and_comes_back_when_asked(mia: Lab) -> None:
    bad = mia.drop("crm", csv(
        "Record ID,Name,Email,Title,Location,Consent Date,Consent Source",
        f"1,Mia Lopez,{MIA},Clown,Circus,2026-01-01,form",
        f"2,Ada Orchid,{ADA},Lion,Circus,2026-01-01,form"))  # fmt: skip
    whole, counts = dump(mia), mia.row("select rows_in, rows_loaded, rows_merged from raw.drops where key = %s", bad)
    assert of(mia, "location") == "Circus"
    done = withdraw(mia, bad)
    assert (done.drops, done.withdrawn) == ([bad], 1)
    assert (of(mia, "title"), of(mia, "location"), of(mia, "consent_source")) == ("CEO", None, None)
    assert mia.value("select count(*) from curated.contacts") == 1
    assert mia.value("select count(*) from core.consent_records") == 0
    assert mia.row("select rows_in, rows_loaded, rows_merged from raw.drops where key = %s", bad) == counts
    mia.run(bad)
    assert mia.value("select count(*) from curated.contacts") == 1, "materialised again it counts for nothing still"
    with pytest.raises(UsageError, match="already"):
        withdraw(mia, bad)
    undo(mia, done.id)
    mia.run(bad)
    assert mia.value("select count(*) from curated.contacts") == 2
    assert (of(mia, "title"), of(mia, "location"), of(mia, "title", ADA)) == ("CEO", "Circus", "Lion")
    kept = ("core.consent_records", "core.contact_sources")
    assert {t: len(dump(mia)[t]) for t in kept} == {t: len(whole[t]) for t in kept}


def test_whom_another_list_names_later_is_back_with_what_that_says(mia: Lab) -> None:
    bad = mia.drop("crm", csv("Record ID,Name,Email,Title", f"2,Ada Orchid,{ADA},Lion"))
    withdraw(mia, bad)
    mia.drop("fair", csv("Name,Email", f"Ada Orchid,{ADA}"))
    assert mia.value("select count(*) from core.contacts") == 2
    assert (of(mia, "name", ADA), of(mia, "title", ADA)) == ("Ada Orchid", None)


def test_opt_outs_of_a_drop_stay(mia: Lab) -> None:
    bad = mia.drop("crm", csv("Record ID,Name,Email,Email Opt Out", f"1,Mia Lopez,{MIA},yes"))
    assert of(mia, "suppress_email") is True
    withdraw(mia, bad)
    mia.sync_permissions()
    assert (of(mia, "suppress_email"), of(mia, "can_email")) == (True, False)
    assert mia.value("select count(*) from core.suppressions where channel = 'email'") >= 1


def test_a_list_of_opt_outs_is_not_rolled_back(mia: Lab) -> None:
    key = mia.drop("crm", csv("Email", MIA), "unsubscribed.csv")
    assert mia.value("select kind from raw.drops where key = %s", key) == "suppressions"
    with pytest.raises(UsageError, match="not rolled back"):
        withdraw(mia, key)


def test_of_a_run_the_list_of_opt_outs_stays_and_the_rest_goes(mia: Lab) -> None:
    mia.session = replace(mia.session, run_id="run-of-two")
    bad = mia.drop("crm", csv("Record ID,Name,Email,Title", f"2,Ada Orchid,{ADA},Lion"))
    opt_outs = mia.drop("crm", csv("Email", MIA), "unsubscribed.csv")
    mia.session = replace(mia.session, run_id=None)
    done = roll_back(mia.session, Wanted("run", "run-of-two", "a bad list"))
    assert (done.drops, done.staying) == ([bad], [opt_outs])
    assert (
        mia.value(
            "select email_reason from core.contact_permissions join core.contacts on id = contact_id where email = %s",
            MIA,
        )
        == "suppressed"
    )
    mia.session = replace(mia.session, run_id="run-of-one")
    mia.drop("crm", csv("Email", ADA), "left.csv")
    mia.session = replace(mia.session, run_id=None)
    with pytest.raises(UsageError, match="not rolled back"):
        roll_back(mia.session, Wanted("run", "run-of-one", "x"))


def test_whoever_was_withdrawn_is_erased_with_their_rows(mia: Lab) -> None:
    bad = mia.drop("crm", csv("Record ID,Name,Email,Title", f"2,Ada Orchid,{ADA},Lion"))
    withdraw(mia, bad)
    erase(mia, ADA)
    assert mia.value("select outcome from raw.landed_rows where drop_key = %s", bad) == "erased"
    assert mia.value("select count(*) from raw.landed_rows where email is not null and drop_key = %s", bad) == 0


def test_nothing_of_that_name(mia: Lab) -> None:
    for wanted in (
        Wanted("contact", "0", "x", to=1), Wanted("drop", "nothing", "x"), Wanted("run", "rollback-0", "x"),
        Wanted("contact", public_id(mia), " ", to=1),
    ):  # fmt: skip
        with pytest.raises(UsageError):
            roll_back(mia.session, wanted)


@pytest.fixture
def vendors() -> Iterator[ProfileVendors]:
    with profile_vendors() as found:
        yield found


def test_what_providers_have_said_in_a_run_goes_with_it(lab: Lab, vendors: ProfileVendors) -> None:
    """Paid once: it is heard again when the rollback is taken back, and nobody is asked twice."""
    (address,) = known(1)
    key = lab.drop("crm", csv("Record ID,Email", f"1,{address}"))
    assert of(lab, "name", address) is None
    ask(lab, vendors.vendors("hunter"))
    lab.passes(days=200)
    own = lab.session
    lab.session = replace(own, run_id="run-of-hunter")
    lab.run(key)
    lab.session = replace(lab.session, run_id=None)
    fields = ("name", "title", "company", "given_name", "seniority", "linkedin_url")
    found = {field: of(lab, field, address) for field in fields}
    calls = lab.value("select count(*) from ops.provider_calls")
    assert found["name"] and calls
    lab.passes(minutes=1)
    done = roll_back(lab.session, Wanted("run", "run-of-hunter", "a bad answer"))
    assert done.drops == [], "the run that looked at the drop again has not applied it"
    assert {field: of(lab, field, address) for field in fields} == dict.fromkeys(fields)
    lab.run(key)
    assert of(lab, "name", address) is None, "its answer is on file and is not heard"
    undo(lab, done.id)
    assert {field: of(lab, field, address) for field in fields} == found
    assert lab.value("select count(*) from ops.provider_calls") == calls


def test_whom_a_drop_alone_has_brought_is_in_no_curated_view_of_contacts(mia: Lab) -> None:
    bad = mia.drop("crm", csv(
        "Record ID,Name,Email,Title,Retention Period,Consent Date,Consent Source",
        f"2,Ada Orchid,{ADA},Lion,1 day,2026-01-01,form"))  # fmt: skip
    contact = public_id(mia, ADA)
    mia.do("update core.contacts set title = 'Tiger' where email = %s", ADA)
    withdraw(mia, bad)
    close(mia, ADA)
    mia.sync_permissions()
    views = mia.rows(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'contact_id'"
        " where c.relnamespace = 'curated'::regnamespace order by 1"
    )
    assert len(views) > 10
    found = {v for (v,) in views if mia.value(f"select count(*) from curated.{v} where contact_id = '{contact}'")}
    owed = {
        "audit_trail",
        "retention_due",
        "suppressed",
    }  # what was done, and what is owed, is told of everybody
    assert found <= owed


def test_a_consent_that_was_withdrawn_since_goes_with_its_drop_and_stays_withdrawn(mia: Lab) -> None:
    bad = mia.drop("newsletter", csv("Name,Email,Consent Date,Consent Source", f"Mia Lopez,{MIA},2026-01-01,form"))
    close(mia, MIA)
    done = withdraw(mia, bad)
    assert mia.value("select count(*) from core.consent_records where withdrawn_date is null") == 0
    undo(mia, done.id)
    mia.sync_permissions()
    assert (of(mia, "suppress_email"), of(mia, "can_email")) == (True, False)
    assert mia.value("select count(*) from core.consent_records where withdrawn_date is not null") >= 1
