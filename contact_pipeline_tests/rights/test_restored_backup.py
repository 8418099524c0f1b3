"""A database restored from a backup: what people said since holds before anybody can be contacted.

Each test makes a dump with pg_dump, then something happens, then the dump is restored into an empty database beside the
HOME of today. The lists are read right after the start, before any stage has run.
"""

import random
from collections.abc import Callable
from datetime import timedelta

import pytest

from contact_pipeline.adapters.fact_ledger import FactLedger
from contact_pipeline.core.errors import ConfigurationError, ContactPipelineError
from contact_pipeline.rights import desk
from contact_pipeline.rights.requests import extend_request, open_request
from contact_pipeline.rights.serving import serve_request
from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.backups import backup, listed, restored, start, suppressed
from contact_pipeline_tests.lab.dump import exact_dump
from contact_pipeline_tests.lab.erasures import erase
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.promises import (
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
from contact_pipeline_tests.lab.reopening import opt_in

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
    dump = backup(shop.session.database_url)
    shop.passes(hours=1)
    do, closed = CLOSING[deed]
    do(shop)
    assert listed(shop) == EVERYBODY - closed
    why = shop.why(ADA)
    with restored(shop, dump, dns) as back:
        assert listed(back) == EVERYBODY  # the backup knows of nothing
        start(back)
        assert listed(back) == EVERYBODY - closed and back.why(ADA) == why
        back.sync_permissions()
        assert listed(back) == EVERYBODY - closed
        assert older(back) is not None


def test_a_consent_that_was_withdrawn_after_the_backup_is_withdrawn(lab: Lab, dns: DnsServer) -> None:
    people(lab)
    lab.drop("newsletter", csv("email,name", f"{DI},Di Example"))
    opt_in(lab, DI)
    assert ("email", DI) in listed(lab)
    dump = backup(lab.session.database_url)
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
    dump = backup(shop.session.database_url)
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
    dump = backup(shop.session.database_url)
    row = "9,,Di Example,+49 30 901829" if by_number_only else f"9,{DI},Di Example,+49 30 901829"
    key = shop.drop("crm", csv(HEADER, row), "later.csv")
    contact = str(shop.value("select public_id from core.contacts where name = 'Di Example'"))
    number = open_request(shop.session, "restrict", contact=contact, reference="Q-9", identity_check="call")
    serve_request(shop.session, number)
    with restored(shop, dump, dns) as back:
        start(back)
        back.run(key)
        flags = "select processing_restricted, can_email, can_call from core.contacts where name = 'Di Example'"
        assert back.row(flags) == (True, False, False)
        assert listed(back) == EVERYBODY
        assert back.rows("select 1 from core.awaited_restrictions") == []
        assert back.row("select state, kind from ops.subject_requests where reference = 'Q-9'") == ("done", "restrict")


def test_a_restriction_that_was_lifted_is_lifted(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.session.database_url)
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
    dump = backup(shop.session.database_url)
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
    open_request(lab.session, "access", who=ADA, reference="Q-3")
    extend_request(lab.session, "Q-3", until=lab.now + timedelta(days=60), reason="many")
    open_request(lab.session, "rectify", who=ADA, reference="Q-4", details={"name": "Ada Other"})
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
    assert marks == shop.session.ledger.sizes("facts")


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
    dump = backup(shop.session.database_url)
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
    dump = backup(shop.session.database_url)
    steps = 14
    made_at = chance.randrange(steps)
    for step in range(steps):
        if step == made_at:
            dump = backup(shop.session.database_url)
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


# --- what is told ------------------------------------------------------------------------------------------------


def test_the_warning_counts_and_goes_after_a_week(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.session.database_url)
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
    shop.session.ledger.append("facts", shop.now, {"kind": "of tomorrow"})
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
    desk.opt_out(shop.session, DI, reason="Di asked", source=WORDS)
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
