"""Backups of the embedded server and the way back, on a real one: everything, an instant, and what is refused."""

import os
import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.embedded_wal import WalGap
from contact_pipeline.core.clock import utc_now
from contact_pipeline.core.errors import ConfigurationError, UsageError
from contact_pipeline.history.backing_up import back_up
from contact_pipeline.history.backup_place import Place, known_backups, noted_backups
from contact_pipeline.history.checking_backups import check_backup
from contact_pipeline.history.restoring import log_after
from contact_pipeline.history.sealing import FileBroken, make_backup_key
from contact_pipeline.history.shipping import backup_key, ship, shipped
from contact_pipeline.opening import open_session
from contact_pipeline.rights.desk import opt_out
from contact_pipeline.settings import Settings
from contact_pipeline_tests.history.conftest import Backed, Home, drop, make_home, people

ADA, BO, CY = "ada@crm.example", "bo@crm.example", "cy@crm.example"


def test_everything_comes_back_and_the_target_works_as_a_home(backed: Backed) -> None:
    done = backed.home.restore()
    assert backed.home.there(done) == {ADA, BO, CY}
    assert (done.has_gap, done.counts["facts_brought_back"], done.counts["contacts"]) == (False, 0, 3)
    target = Path(done.target)
    assert (target / "keys" / "subject.key").read_bytes() == backed.home.settings.key_file.read_bytes()
    assert {path.name for path in (target / "archive").iterdir()} == {
        path.name for path in backed.home.settings.archive.iterdir()
    }


def test_an_instant_comes_back_and_nothing_of_later(backed: Backed) -> None:
    done = backed.home.restore(at=backed.before_cy)
    assert backed.home.there(done) == {ADA, BO}
    assert done.counts["later_drops_left_out"] == 1


def test_an_instant_after_the_last_commit_is_the_end_of_the_log(backed: Backed) -> None:
    """PostgreSQL itself refuses an instant that no commit in the log lies behind."""
    line = backed.first.newest.line
    known = shipped(Place(backed.home.place), line)
    assert known is not None
    done = backed.home.restore(at=datetime.fromisoformat(known.at))
    assert backed.home.there(done) == {ADA, BO, CY}


@pytest.mark.parametrize(
    ("when", "says"),
    [(timedelta(days=-1), "No backup is older"), (timedelta(days=1), "lies ahead")],
)
def test_an_instant_that_nothing_leads_to_is_refused(backed: Backed, when: timedelta, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        backed.home.restore(at=utc_now() + when)


def test_an_instant_after_the_shipped_log_is_refused(backed: Backed) -> None:
    known = shipped(Place(backed.home.place), backed.first.newest.line)
    assert known is not None
    with pytest.raises(UsageError, match="ends at"):
        backed.home.restore(at=utc_now())
    assert not (backed.home.folder / f"restored-{backed.home.restored}").exists()


def test_what_was_said_after_the_log_ended_holds(backed: Backed) -> None:
    opt_out(backed.session, ADA, reason="opt_out", source="letter")
    done = backed.home.restore()
    assert done.counts["facts_brought_back"] > 0
    with open_session(target_of(backed.home, done.target)) as session, session.connection("test") as connection:
        key = backed.session.key.email(ADA)
        found = connection.execute("select count(*) from core.suppressions where subject_key = %s", (key,)).fetchone()
    assert found is not None and found[0] == 1


def test_a_target_that_is_not_empty_is_left_alone(backed: Backed, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(UsageError, match="not empty"):
        backed.home.restore(to=str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_the_wrong_key_is_refused(backed: Backed, tmp_path: Path) -> None:
    make_backup_key(tmp_path / "other.agekey")
    asked = replace(backed.home.settings, backup_key=tmp_path / "other.agekey")
    with pytest.raises(ConfigurationError, match=r"made for another key.*age1"):
        backed.home.restore(settings=asked)
    with pytest.raises(ConfigurationError, match="is missing"):
        backed.home.restore(settings=replace(asked, backup_key=tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="keyed hashes"):
        backed.home.restore(settings=replace(backed.home.settings, key_file=tmp_path / "none"))


def test_another_subject_key_is_refused_and_the_target_is_empty_again(backed: Backed, tmp_path: Path) -> None:
    (tmp_path / "other.key").write_text("ab" * 32)
    target = backed.home.folder / "of-another-key"
    with pytest.raises(ConfigurationError):
        backed.home.restore(settings=replace(backed.home.settings, key_file=tmp_path / "other.key"), to=str(target))
    assert not target.exists()


def test_a_lost_home_comes_back_from_the_place_and_the_two_keys(backed: Backed, tmp_path: Path) -> None:
    """Also its ledger: of the calling HOME there is nothing but the keys."""
    opt_out(backed.session, BO, reason="opt_out", source="letter")
    ship(backed.session)
    home = backed.home.folder / "new"
    shutil.copytree(backed.home.settings.home / "keys", home / "keys")
    shutil.copy(backed.home.settings.backup_key, home / "backup.agekey")
    (home / "keys" / "database.password").unlink()
    lost = replace(
        backed.home.settings,
        home=home,
        key_file=home / "keys" / "subject.key",
        ledger=home / "ledger",
        backup_key=home / "backup.agekey",
    )
    done = backed.home.restore(settings=lost)
    assert backed.home.there(done) == {ADA, BO, CY}
    assert any((Path(done.target) / "ledger").iterdir())


def test_a_damaged_backup_is_refused_and_the_last_good_one_named(backed: Backed) -> None:
    second = back_up(backed.session, full=True).newest
    whole = second.file.read_bytes()
    for damaged in (whole[:-7], whole[:1000] + b"x" + whole[1001:]):
        second.file.write_bytes(damaged)
        with pytest.raises(
            FileBroken, match=f"(?s)truncated or was changed.*last good one is {backed.first.newest.id}"
        ):
            backed.home.restore()
        with pytest.raises(FileBroken):
            check_backup(second, backup_key(backed.home.settings))
    second.file.unlink()
    with pytest.raises(FileBroken, match="is not in"):
        backed.home.restore(backup=second.id)
    shutil.rmtree(second.folder)


def test_a_log_with_a_gap_leads_as_far_as_the_gap_and_says_so(backed: Backed) -> None:
    with backed.session.connection("test") as connection:
        connection.execute("select pg_switch_wal()")
    drop(backed.session, "di@crm.example", name="di.csv")
    ship(backed.session)
    place, first = Place(backed.home.place), backed.first.newest
    log = log_after(place, first)
    assert not log.has_gap and len(log.segments) >= 2
    name, path = log.segments[0]
    hidden = path.rename(path.with_suffix(".hidden"))
    try:
        cut = log_after(place, first)
        assert cut.has_gap and name not in dict(cut.segments)
        with pytest.raises(UsageError, match="ends at"):
            backed.home.restore(backup=first.id, at=backed.before_cy)
    finally:
        hidden.rename(path)


def test_a_broken_segment_is_refused_by_its_name_and_the_target_is_empty_again(backed: Backed) -> None:
    ship(backed.session)
    name, path = log_after(Place(backed.home.place), backed.first.newest).segments[0]
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    target = backed.home.folder / "of-a-broken-log"
    try:
        with pytest.raises(FileBroken, match=name):
            backed.home.restore(backup=backed.first.newest.id, to=str(target))
        assert not target.exists()
    finally:
        path.write_bytes(whole)


def test_a_log_that_the_server_had_to_let_go_of_is_a_gap_until_the_next_backup(backed: Backed) -> None:
    with backed.session.connection("test") as connection:
        connection.execute("alter system set max_slot_wal_keep_size = '16MB'")
        connection.execute("select pg_reload_conf()")
        for _ in range(6):
            connection.execute("select pg_logical_emit_message(false, 'test', 'x', true)")
            connection.execute("select pg_switch_wal()")
        connection.execute("checkpoint")
        connection.execute("alter system reset max_slot_wal_keep_size")
        connection.execute("select pg_reload_conf()")
    with pytest.raises(WalGap, match="backup --full"):
        ship(backed.session)
    drop(backed.session, "gil@crm.example", name="gil.csv")
    healed = back_up(backed.session, full=True)
    assert healed.shipped is not None
    done = backed.home.restore()
    assert not done.has_gap and "gil@crm.example" in backed.home.there(done)
    assert log_after(Place(backed.home.place), backed.first.newest).has_gap


def test_nothing_plain_lies_in_the_place(backed: Backed) -> None:
    assert list(backed.home.place.rglob("*.zst.age"))
    for path in backed.home.place.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert b"crm.example" not in content and b"Some Body" not in content, path
            assert b"AGE-SECRET-KEY" not in content
    secret = backed.home.settings.key_file.read_text().strip()
    names = [path.name for path in backed.home.place.rglob("*")]
    assert not any("subject.key" in name or "agekey" in name for name in names) and secret


def test_an_idle_minute_ships_nothing_anew(backed: Backed) -> None:
    ship(backed.session)
    before = {path: path.stat().st_mtime_ns for path in backed.home.place.rglob("*.zst.age")}
    first, second = ship(backed.session), ship(backed.session)
    assert first is not None and second is not None and second.at > first.at
    changed = {path for path, at in before.items() if path.exists() and path.stat().st_mtime_ns != at}
    assert all(".partial" in path.name for path in changed)  # at most the segment that is being written


def test_home_knows_its_backups_and_trusts_itself_more_than_the_folder(backed: Backed) -> None:
    noted = noted_backups(backed.home.settings)
    assert backed.first.newest in noted
    manifest = backed.first.newest.folder / "manifest.json"
    text = manifest.read_text()
    manifest.write_text(text.replace(backed.first.newest.sha256, "0" * 64))
    try:
        found = {one.id: one for one in known_backups(backed.home.settings, backed.home.policy)}
        assert found[backed.first.newest.id].sha256 == backed.first.newest.sha256
    finally:
        manifest.write_text(text)


def test_a_backup_elsewhere_stands_alone(backed: Backed, tmp_path: Path) -> None:
    done = back_up(backed.session, to=tmp_path / "usb")
    assert done.shipped is None and done.newest.folder.parent == tmp_path / "usb"
    again = backed.home.restore(backup=done.newest.id)
    assert {ADA, BO, CY} <= backed.home.there(again)


def test_a_killed_backup_leaves_nothing_that_counts(backed: Backed, monkeypatch: pytest.MonkeyPatch) -> None:
    line = backed.first.newest.line
    left = Place(backed.home.place).draft(line, "20260101T000000Z-dead")
    left.mkdir()
    (left / "base.tar.zst.age").write_bytes(b"half")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    before = {one.id for one in Place(backed.home.place).backups()}
    with pytest.raises(OSError, match="No space"):
        back_up(backed.session, full=True)
    monkeypatch.undo()
    assert {one.id for one in Place(backed.home.place).backups()} == before
    assert not list(backed.home.place.glob(".*"))


def test_the_log_is_kept_from_the_next_start_on_and_nobody_is_thrown_out(open_tmp_path: Path) -> None:
    home = make_home(open_tmp_path)
    home.settings.policy_path.write_text("")  # no place is named
    with home.opened:
        session = home.session()
        assert wal_level(home) == "minimal"
        with pytest.raises(UsageError, match="No backup was made here yet"):
            back_up(session)
        with pytest.raises(UsageError, match="in use"):
            server.keep_wal(home.settings)
        assert people(session) == set()
    server.start(home.settings)
    try:
        assert wal_level(home) == "replica"  # it was written down, and this is the next start
        assert not server.keep_wal(home.settings)
    finally:
        server.stop(home.settings)


def test_a_server_that_runs_without_its_log_is_restarted_where_nobody_uses_it(open_tmp_path: Path) -> None:
    home = make_home(open_tmp_path)
    server.start(home.settings)
    try:
        assert wal_level(home) == "minimal"
        assert server.keep_wal(home.settings)
        assert wal_level(home) == "replica"
    finally:
        server.stop(home.settings)


def wal_level(home: Home) -> str:
    with server.database(home.settings) as url, psycopg.connect(url) as connection:
        found = connection.execute("show wal_level").fetchone()
    assert found is not None
    return str(found[0])


def target_of(home: Home, target: str) -> Settings:
    folder = Path(target)
    return replace(home.settings, home=folder, key_file=folder / "keys" / "subject.key", ledger=folder / "ledger")
