"""A database restored from a backup: files that were archived since are landed again, opt-outs first of all."""

import pytest

from contact_pipeline_tests.dns_server import DnsServer
from contact_pipeline_tests.lab.backups import backup, listed, restored, start
from contact_pipeline_tests.lab.lab import Lab, csv
from contact_pipeline_tests.lab.promises import (
    ADA,
    BO,
    DI,
    MAIL,
    NUMBERS,
    opt_out,
    people,
)

EVERYBODY = {(channel, email) for channel in ("email", "phone") for email in NUMBERS}


@pytest.fixture
def shop(lab: Lab) -> Lab:
    return people(lab)


def drops(lab: Lab) -> list[tuple[object, ...]]:
    return lab.rows(
        "select key, source, sha256, file_bytes, archived_as, landed_at, kind, held_reason, rows_in, rows_loaded,"
        " rows_merged, rows_quarantined from raw.drops order by key"
    )


def test_archived_files_that_the_backup_does_not_know_are_landed_again(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.session.database_url)
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
    dump = backup(shop.session.database_url)
    shop.run(key)
    with restored(shop, dump, dns) as back:
        assert MAIL in listed(back)
        start(back)
        assert MAIL not in listed(back)


def test_a_file_of_which_the_ledger_knows_nothing_is_landed_all_the_same(shop: Lab, dns: DnsServer) -> None:
    """It was archived by an earlier version, or the ledger is lost, too."""
    dump = backup(shop.session.database_url)
    key = shop.drop("crm", csv("email,Email Opt Out", f"{ADA},yes"))
    for file in shop.settings.ledger.iterdir():
        file.unlink()
    with restored(shop, dump, dns) as back:
        back.do("delete from ops.ledger_files")
        start(back)
        assert MAIL not in listed(back)
        assert back.row("select source, rows_in from raw.drops where key = %s", key) == ("crm", 1)


def test_a_file_that_came_again_under_another_key_is_one_drop(shop: Lab, dns: DnsServer) -> None:
    """The archive was put back later than the database, and the sender had sent the list once more."""
    dump = backup(shop.session.database_url)
    text = csv("email,name", f"{DI},Di Example")
    first = shop.drop("crm", text)
    with restored(shop, dump, dns) as back:
        (back.settings.archive / f"{first}.csv").rename(back.settings.archive / "later")
        start(back)
        back.passes(days=1)
        second = back.drop("crm", text)
        (back.settings.archive / "later").rename(back.settings.archive / f"{first}.csv")
        start(back)
        assert back.rows("select key from raw.drops where source = 'crm'") == [(second,)] != [(first,)]
        assert not (back.settings.archive / f"{first}.csv").exists()


def test_a_file_that_cannot_be_landed_is_told_and_keeps_nothing_else_back(shop: Lab, dns: DnsServer) -> None:
    dump = backup(shop.session.database_url)
    broken = shop.drop("crm", csv("email,name", f"{DI},Di Example"), "later.csv")
    gone = shop.drop("crm", csv("email,name", "else@ok.test,Else"), "gone.csv")
    shop.drop("optouts", csv("email", ADA), "unsubscribed.csv")
    opt_out(shop, BO)
    (shop.settings.archive / f"{broken}.csv").write_bytes(b"\x00\x01\x02" * 100)
    (shop.settings.archive / f"{gone}.csv").unlink()
    (shop.settings.archive / "notes.csv").write_text("somebody's own")
    with restored(shop, dump, dns) as back:
        start(back)
        assert listed(back) == EVERYBODY - {MAIL, ("email", BO)}
        found = back.rows(
            "select fingerprint from ops.alerts where rule = 'drop_not_brought_back' and closed_at is null"
        )
        assert sorted(found) == sorted((f"drop_not_brought_back:{key}",) for key in (broken, gone))
        start(back)
