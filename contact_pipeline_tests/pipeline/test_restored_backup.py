"""A database restored from a backup: what people said since holds before anybody can be contacted.

Each test makes a dump with pg_dump, then something happens, then the dump is restored into an empty database beside the
HOME of today. The lists are read right after the start, before any stage has run.
"""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from contact_pipeline.adapters.fact_ledger import FactLedger
from contact_pipeline.core.errors import ConfigurationError, ContactPipelineError, UsageError
from contact_pipeline.orchestration import desk
from contact_pipeline.orchestration.requests import (
    extend_request,
    find_request,
    note_identity,
    open_request,
    refuse_request,
    serve_request,
)
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.pipeline.backups import backup, listed, restored, start, suppressed
from contact_pipeline_tests.pipeline.dump import exact_dump
from contact_pipeline_tests.pipeline.erasures import erase
from contact_pipeline_tests.pipeline.lab import Lab, csv
from contact_pipeline_tests.pipeline.promises import (
    ADA,
    BO,
    CALLS,
    CLOSING,
    CY,
    DI,
    HEADER,
    MAIL,
    NUMBERS,
    ROWS,
    WORDS,
    import_list,
    opt_out,
    people,
    restrict,
    void,
)
from contact_pipeline_tests.pipeline.reopening import opt_in

EVERYBODY = {(channel, email) for channel in ("email", "phone") for email in NUMBERS}


@pytest.fixture
def shop(lab: Lab) -> Lab:
    return people(lab)


def older(lab: Lab) -> dict[str, int] | None:
    """Counts of the open warning."""
    rows = lab.rows("select counts from ops.alerts where rule = 'database_older_than_ledger' and closed_at is null")
    return rows[0][0] if rows else None


# --- nobody against their word -----------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", CLOSING)
def test_what_was_said_after_the_backup_holds_at_once(shop: Lab, dns: DnsServer, deed: str) -> None:
    dump = backup(shop.pipeline.database_url)
    shop.passes(hours=1)
    do, closed = CLOSING[deed]
    do(shop)
    assert listed(shop) == EVERYBODY - closed
    why = shop.why(ADA)
    with restored(shop, dump, dns) as back:
        assert listed(back) == EVERYBODY  # the backup knows of nothing
        start(back)
        assert listed(back) == EVERYBODY - closed and back.why(ADA) == why
        back.pipeline.sync_permissions()
        assert listed(back) == EVERYBODY - closed
        assert older(back) is not None


def test_a_consent_that_was_withdrawn_after_the_backup_is_withdrawn(lab: Lab, dns: DnsServer) -> None:
    people(lab)
    lab.drop("newsletter", csv("email,name", f"{DI},Di Example"))
    opt_in(lab, DI)
    assert ("email", DI) in listed(lab)
    dump = backup(lab.pipeline.database_url)
    lab.passes(hours=1)
    opt_out(lab, DI)
    ended = (
        "select consent_type, withdrawn_date, ends_id is not null from core.consent_records"
        " where withdrawn_date is not null"
    )
    before = lab.rows(ended)
    assert before != []
    with restored(lab, dump, dns) as back:
        assert ("email", DI) in listed(back)
        start(back)
        assert ("email", DI) not in listed(back) and back.rows(ended) == before
        assert back.why(DI)[0] == "suppressed"


def test_an_opt_out_of_somebody_who_is_not_known_yet_holds_for_who_comes(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    opt_out(shop, DI)
    with restored(shop, dump, dns) as back:
        start(back)
        back.drop("crm", csv("email,name", f"{DI},Di Example"), "later.csv")
        assert ("email", DI) not in listed(back) and back.why(DI)[0] == "suppressed"


@pytest.mark.parametrize("by_number_only", [False, True])
def test_who_came_and_was_restricted_after_the_backup_is_restricted(
    shop: Lab, dns: DnsServer, by_number_only: bool
) -> None:
    """The contact has another id now; the ledger knows it by its keys."""
    dump = backup(shop.pipeline.database_url)
    row = "9,,Di Example,+49 30 901829" if by_number_only else f"9,{DI},Di Example,+49 30 901829"
    key = shop.drop("crm", csv(HEADER, row), "later.csv")
    contact = str(shop.value("select public_id from core.contacts where name = 'Di Example'"))
    number = open_request(shop.pipeline, "restrict", contact=contact, reference="Q-9", identity_check="call")
    serve_request(shop.pipeline, shop.settings, number)
    with restored(shop, dump, dns) as back:
        start(back)
        back.run(key)
        flags = "select processing_restricted, can_email, can_call from core.contacts where name = 'Di Example'"
        assert back.row(flags) == (True, False, False)
        assert listed(back) == EVERYBODY
        assert back.rows("select 1 from core.awaited_restrictions") == []
        assert back.row("select state, kind from ops.subject_requests where reference = 'Q-9'") == ("done", "restrict")


def test_a_restriction_that_was_lifted_is_lifted(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    restrict(shop, reference="Q-1")
    shop.passes(hours=1)
    restrict(shop, reference="Q-2", lift=True)
    with restored(shop, dump, dns) as back:
        start(back)
        assert listed(back) == EVERYBODY
        assert back.rows("select reference, state from ops.subject_requests order by 1") == [
            ("Q-1", "done"), ("Q-2", "done"),
        ]  # fmt: skip


def test_a_person_who_was_erased_after_an_opt_out_is_erased(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    opt_out(shop)
    restrict(shop)
    erase(shop, ADA)
    with restored(shop, dump, dns) as back:
        start(back)
        assert back.rows("select 1 from core.contacts where lower(email) = %s", ADA) == []
        assert back.rows("select 1 from core.awaited_restrictions") == []
        assert back.value("select count(*) from ops.subject_requests where state = 'open'") == 0
        start(back)
        assert listed(back) == {entry for entry in EVERYBODY if entry[1] != ADA}


# --- nothing of later is undone ----------------------------------------------------------------------------------


def busy(lab: Lab) -> None:
    """Closed, reopened with proof, closed again; restricted and released; asked and answered."""
    opt_out(lab)
    lab.passes(days=1)
    opt_in(lab)
    lab.passes(days=1)
    opt_out(lab, BO, channel="any")
    lab.passes(days=1)
    opt_in(lab, BO, channel="any")
    lab.passes(days=1)
    opt_out(lab, BO)
    restrict(lab, CY, reference="Q-1")
    lab.passes(days=1)
    restrict(lab, CY, reference="Q-2", lift=True)
    import_list(lab, f"{CY},{WORDS}", f"{DI},Unsubscribed")
    open_request(lab.pipeline, "access", who=ADA, reference="Q-3")
    extend_request(lab.pipeline, "Q-3", until=lab.now + timedelta(days=60), reason="many")
    open_request(lab.pipeline, "rectify", who=ADA, reference="Q-4", details={"name": "Ada Other"})
    lab.drop("optouts", csv("email", "someone@ok.test"), "unsubscribed.csv")


def test_taking_everything_in_again_changes_nothing(shop: Lab) -> None:
    """As after a crash of many processes: all of it is in the database, and no mark says so."""
    busy(shop)
    shop.do("delete from ops.ledger_files")
    before = exact_dump(shop)
    start(shop)
    assert exact_dump(shop) == before and older(shop) is None
    assert listed(shop) == {MAIL, CALLS, ("phone", BO), ("phone", CY)}
    marks = dict(shop.rows("select file, read_to from ops.ledger_files"))
    assert marks == shop.pipeline.ledger.sizes("facts")


def test_what_commits_leaves_nothing_to_read_to_the_next_start(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start is cheap when nothing is new: no line is read."""
    busy(shop)

    def read(*_: object) -> None:
        raise AssertionError("a line was read")

    monkeypatch.setattr(FactLedger, "_lines", read)
    before = exact_dump(shop)
    start(shop)
    assert exact_dump(shop) == before


def test_an_opt_in_after_the_restore_stands_when_the_old_opt_out_is_read_again(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    opt_out(shop)
    with restored(shop, dump, dns) as back:
        start(back)
        back.passes(days=1)
        opt_in(back)
        assert listed(back) == EVERYBODY
        back.do("delete from ops.ledger_files")
        start(back)
        assert listed(back) == EVERYBODY
        assert back.rows("select 1 from core.consent_records where withdrawn_date is not null") == []


DEEDS: list[Callable[[Lab, str, int], None]] = [
    lambda lab, who, _: opt_out(lab, who),
    lambda lab, who, _: opt_out(lab, who, channel="any"),
    lambda lab, who, _: opt_out(lab, NUMBERS[who], reason="legal"),
    lambda lab, who, _: opt_in(lab, who),
    lambda lab, who, _: opt_in(lab, who, channel="any"),
    lambda lab, who, _: import_list(lab, f"{who},{WORDS}"),
    lambda lab, who, step: restrict(lab, who, reference=f"Q-{step}"),
    lambda lab, who, step: restrict(lab, who, reference=f"Q-{step}", lift=True),
    lambda lab, who, step: void(lab.drop("crm", csv("email,Email Opt Out,n", f"{who},yes,{step}"))),
    lambda lab, who, step: void(lab.drop("crm", csv("email,name", f"{who},Some Name{step}"))),
]


@pytest.mark.parametrize("seed", range(6))
def test_after_any_history_nobody_is_listed_who_was_not(shop: Lab, dns: DnsServer, seed: int) -> None:
    """Consents given since are not in the ledger, so a list may be shorter than it was; it is never longer."""
    chance = random.Random(seed)
    dump = backup(shop.pipeline.database_url)
    steps = 14
    made_at = chance.randrange(steps)
    for step in range(steps):
        if step == made_at:
            dump = backup(shop.pipeline.database_url)
        shop.passes(hours=1)
        chance.choice(DEEDS)(shop, chance.choice([ADA, BO, CY]), step)
    allowed, closed = listed(shop), suppressed(shop)
    with restored(shop, dump, dns) as back:
        start(back)
        assert listed(back) <= allowed
        known = {row[:4]: row[5] for row in suppressed(back)}
        exact = [row for row in closed if row[2] != WORDS]
        assert [row for row in exact if known.get(row[:4]) != row[5]] == []
        again = exact_dump(back)
        back.do("delete from ops.ledger_files")
        start(back)
        assert exact_dump(back) == again


# --- requests ----------------------------------------------------------------------------------------------------


def request(lab: Lab, reference: str) -> tuple[object, ...]:
    return lab.row(
        "select kind, state, encode(subject_key, 'hex'), channel, received_at, due_at, extended_until,"
        " identity_check is not null, closed_at is not null from ops.subject_requests where reference = %s",
        reference,
    )


def test_requests_are_written_down_again_with_their_deadlines(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    for kind in ("access", "export", "erase"):
        open_request(shop.pipeline, kind, who=ADA, reference=kind, received_at=shop.now - timedelta(days=3))
    open_request(shop.pipeline, "restrict", who=NUMBERS[BO], reference="restrict", details={"lift": True})
    open_request(shop.pipeline, "access", who=BO, reference="long")
    extend_request(shop.pipeline, "long", until=shop.now + timedelta(days=70), reason=WORDS)
    note_identity(shop.pipeline, "long", how=WORDS)
    open_request(shop.pipeline, "access", who=CY, reference="no")
    refuse_request(shop.pipeline, "no", reason=WORDS)
    open_request(shop.pipeline, "access", contact=str(shop.contact(CY)["public_id"]), reference="id")
    serve_request(
        shop.pipeline, shop.settings, open_request(shop.pipeline, "export", who=BO, reference="got", identity_check="x")
    )
    names = ("access", "export", "erase", "restrict", "long", "no", "id", "got")
    before = {name: request(shop, name) for name in names}
    with restored(shop, dump, dns) as back:
        start(back)
        assert {name: request(back, name) for name in names} == before
        assert back.value("select count(*) from ops.subject_requests") == len(names)
        named = "select contact_id from ops.subject_requests where reference = 'id'"
        assert back.value(named) == back.contact(CY)["id"]
        with back.pipeline.connection() as connection:
            number = back.value("select id from ops.subject_requests where reference = 'restrict'")
            assert find_request(connection, number)["details"] == {"lift": True}
        serve_request(
            back.pipeline, back.settings, back.value("select id from ops.subject_requests where reference = 'id'")
        )


def test_a_number_that_is_made_after_the_restore_is_a_new_one(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    first = open_request(shop.pipeline, "access", who=ADA)
    with restored(shop, dump, dns) as back:
        start(back)
        for who in (BO, CY):
            open_request(back.pipeline, "access", who=who)
        references = [reference for (reference,) in back.rows("select reference from ops.subject_requests order by id")]
        assert references[0] == f"R-{first}" and len(set(references)) == 3


def test_a_correction_that_the_backup_undid_is_to_be_done_again(shop: Lab, dns: DnsServer) -> None:
    """Its values are personal, so the ledger has none; the request is open again under its number."""
    dump = backup(shop.pipeline.database_url)
    wanted = {"name": "Ada Lovelace"}
    number = open_request(shop.pipeline, "rectify", who=ADA, reference="Q-7", details=wanted, identity_check="call")
    serve_request(shop.pipeline, shop.settings, number)
    assert shop.contact(ADA)["name"] == "Ada Lovelace"
    with restored(shop, dump, dns) as back:
        start(back)
        assert request(back, "Q-7")[1] == "open"
        again = open_request(back.pipeline, "rectify", who=ADA, reference="Q-7", details=wanted)
        assert serve_request(back.pipeline, back.settings, again)["state"] == "done"
        assert back.contact(ADA)["name"] == "Ada Lovelace"
        with pytest.raises(UsageError, match="somebody else"):
            open_request(back.pipeline, "rectify", who=BO, reference="Q-7", details=wanted)


def test_a_request_about_a_contact_that_came_after_the_backup_is_known_by_its_address(
    shop: Lab, dns: DnsServer
) -> None:
    dump = backup(shop.pipeline.database_url)
    shop.drop("crm", csv("email,name", f"{DI},Di Example"), "later.csv")
    open_request(shop.pipeline, "access", contact=str(shop.contact(DI)["public_id"]), reference="Q-8")
    with restored(shop, dump, dns) as back:
        start(back)
        key = back.pipeline.key.email(DI).hex()
        assert back.row(
            "select encode(subject_key, 'hex'), channel, contact_id from ops.subject_requests where reference = 'Q-8'"
        ) == (key, "email", None)
        number = back.value("select id from ops.subject_requests where reference = 'Q-8'")
        assert serve_request(back.pipeline, back.settings, number)["state"] == "done"


# --- drops -------------------------------------------------------------------------------------------------------


def drops(lab: Lab) -> list[tuple[object, ...]]:
    return lab.rows(
        "select key, source, sha256, file_bytes, archived_as, landed_at, kind, held_reason, rows_in, rows_loaded,"
        " rows_merged, rows_quarantined from raw.drops order by key"
    )


def test_archived_files_that_the_backup_does_not_know_are_landed_again(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    shop.drop("crm", csv("email,name", f"{DI},Di Example", f"{ADA},Ada Example"), "Ada Example.csv")
    shop.drop("optouts", csv("email", BO), "Bo unsubscribed.csv")
    shop.drop("fair", csv("email,name", f"{DI},Di Example", ",,", ",,"), "bad.csv")
    shop.register("crm", csv("email,name", "waits@ok.test,Still Waits"), "waits.csv")
    before = drops(shop)
    with restored(shop, dump, dns) as back:
        start(back)
        # One more than before: the file that had been registered only has landed now, too.
        waiting = back.row("select key, rows_loaded from raw.drops where rows_in = 1 and source = 'crm'")
        assert [d for d in drops(back) if d[0] != waiting[0]] == [d for d in before if d[0] != waiting[0]]
        assert waiting[1] == 1
        assert ("email", BO) not in listed(back)
        for key in [drop[0] for drop in drops(back)]:
            back.run(str(key))
        assert ("email", DI) in listed(back)
        # A file that is dropped again is the drop that it was.
        again = csv("email,name", f"{DI},Di Example", f"{ADA},Ada Example")
        assert back.register("crm", again) in {drop[0] for drop in before}


def test_a_drop_that_the_backup_knows_and_had_not_applied_is_applied(shop: Lab, dns: DnsServer) -> None:
    key = shop.register("optouts", csv("email", ADA), "unsubscribed.csv")
    dump = backup(shop.pipeline.database_url)
    shop.run(key)
    with restored(shop, dump, dns) as back:
        assert MAIL in listed(back)
        start(back)
        assert MAIL not in listed(back)


def test_a_file_of_which_the_ledger_knows_nothing_is_landed_all_the_same(shop: Lab, dns: DnsServer) -> None:
    """It was archived by an earlier version, or the ledger is lost, too."""
    dump = backup(shop.pipeline.database_url)
    key = shop.drop("crm", csv("email,Email Opt Out", f"{ADA},yes"))
    for file in shop.settings.ledger.iterdir():
        file.unlink()
    with restored(shop, dump, dns) as back:
        back.do("delete from ops.ledger_files")
        start(back)
        assert MAIL not in listed(back)
        assert back.row("select source, rows_in from raw.drops where key = %s", key) == ("crm", 1)


def test_a_file_that_cannot_be_landed_is_told_and_keeps_nothing_else_back(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    broken = shop.drop("crm", csv("email,name", f"{DI},Di Example"), "later.csv")
    gone = shop.register("crm", csv("email,name", "else@ok.test,Else"), "gone.csv")
    shop.drop("optouts", csv("email", ADA), "unsubscribed.csv")
    opt_out(shop, BO)
    (shop.settings.archive / f"{broken}.csv").write_bytes(b"\x00\x01\x02" * 100)
    (shop.settings.archive / f"{gone}.csv").unlink()
    (shop.settings.archive / "notes.csv").write_text("somebody's own")
    with restored(shop, dump, dns) as back:
        start(back)
        assert listed(back) == EVERYBODY - {MAIL, ("email", BO)}
        alerts = back.rows(
            "select fingerprint from ops.alerts where rule = 'drop_not_brought_back' and closed_at is null"
        )
        assert alerts == [(f"drop_not_brought_back:{broken}",)]
        start(back)


# --- what is told ------------------------------------------------------------------------------------------------


def test_the_warning_counts_and_goes_after_a_week(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.pipeline.database_url)
    opt_out(shop)
    shop.drop("optouts", csv("email", BO), "unsubscribed.csv")
    with restored(shop, dump, dns) as back:
        assert older(back) is None
        start(back)
        assert older(back) == {"facts": 2, "drops": 1}  # the suppression and the contact
        start(back)
        assert older(back) == {"facts": 2, "drops": 1}
        back.do("update ops.alerts set opened_at = opened_at - interval '8 days'")
        start(back)
        assert older(back) is None


def test_a_ledger_that_lacks_what_the_database_has_read_is_refused(shop: Lab) -> None:
    """Its folder is not mounted, or another one."""
    opt_out(shop)
    for file in shop.settings.ledger.iterdir():
        file.rename(file.with_suffix(".elsewhere"))
    with pytest.raises(ConfigurationError, match=r"1 file\(s\) of the ledger are missing.*CONTACT_PIPELINE_LEDGER"):
        start(shop)
    shop.do("delete from ops.ledger_files")  # lost for good
    start(shop)


def test_facts_of_newer_code_are_refused(shop: Lab) -> None:
    shop.pipeline.ledger.append("facts", shop.now, {"kind": "of tomorrow"})
    with pytest.raises(ConfigurationError, match="of tomorrow"):
        start(shop)


def test_the_ledger_names_nobody(shop: Lab) -> None:
    """Keyed hashes, ids, words of lists and moments; nothing that anybody wrote."""
    busy(shop)
    for do, _ in CLOSING.values():
        try:
            do(shop)
        except ContactPipelineError as known:  # the same file number for another matter
            assert "written down" in str(known)
    desk.opt_out(shop.pipeline, DI, reason="Di asked", source=WORDS)
    text = "".join(file.read_text() for file in shop.settings.ledger.iterdir()).lower()
    values = (
        "ok.test",
        "example",
        "ada",
        "901820",
        "letter from",
        "wrote",
        "asked",
        *(n[4:] for n in NUMBERS.values()),
    )
    assert [value for value in values if value in text] == [] and len(text) > 5_000


def test_the_rows_of_the_shop_are_all_listed_before_anything_happens(shop: Lab) -> None:
    """What the tests above rest on."""
    assert listed(shop) == EVERYBODY and len(ROWS) == 3
