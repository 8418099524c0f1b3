"""Beside whatever runs, the log and the suppressions leave the database; alerts say when they do not."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from contact_pipeline.adapters.postgres import server
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.erasure.scrubbing import scrub_tables
from contact_pipeline.history import following as module
from contact_pipeline.history.backup_place import Place
from contact_pipeline.history.following import BACKUP_AGE, LOG_AGE, follow, following, said_on_stderr, watch_backups
from contact_pipeline.history.shipping import shipped
from contact_pipeline.stage.session import Session
from contact_pipeline_tests.history.conftest import Backed, drop
from contact_pipeline_tests.lab.lab import Lab


def open_alerts(session: Session) -> set[str]:
    with session.connection("test") as connection:
        return {row[0] for row in connection.execute("select rule from ops.alerts where closed_at is null")}


def later(session: Session, age: timedelta) -> Session:
    return replace(session, clock=lambda: session.clock() + age)


def test_the_log_follows_by_itself_and_once_more_at_the_end(backed: Backed, monkeypatch: pytest.MonkeyPatch) -> None:
    followed, place, line = threading.Event(), Place(backed.home.place), backed.first.newest.line
    monkeypatch.setattr(module, "watch_backups", lambda _: followed.set())
    before = shipped(place, line)
    with following(backed.session, every_s=0.01):
        assert followed.wait(20)
        during = shipped(place, line)
        drop(backed.session, "eve@crm.example", name="eve.csv")
    after = shipped(place, line)
    assert before and during and after and before.at < during.at < after.at
    assert backed.home.there(backed.home.restore()) >= {"eve@crm.example"}


def test_alerts_open_when_backup_or_log_are_old_and_close_again(backed: Backed) -> None:
    follow(backed.session)
    assert not open_alerts(backed.session) & {"backup_old", "log_behind"}
    watch_backups(later(backed.session, LOG_AGE + timedelta(minutes=1)))
    assert "log_behind" in open_alerts(backed.session)
    watch_backups(later(backed.session, BACKUP_AGE))
    assert {"log_behind", "backup_old"} <= open_alerts(backed.session)
    follow(backed.session)
    assert not open_alerts(backed.session) & {"backup_old", "log_behind"}


def test_nobody_is_alarmed_where_no_backups_are_meant(lab: Lab) -> None:
    watch_backups(lab.session)
    assert not open_alerts(lab.session)
    lab.with_policy(backup={"to": "/srv/backups"})
    watch_backups(lab.session)
    assert open_alerts(lab.session) == {"backup_old"}


@pytest.fixture
def lost_key(backed: Backed) -> Iterator[None]:
    """The backup key is away."""
    away = backed.home.settings.backup_key.rename(backed.home.folder / "away")
    yield
    away.rename(backed.home.settings.backup_key)


@pytest.mark.usefixtures("lost_key")
def test_what_stands_in_the_way_is_said_once_and_ends_nothing(
    backed: Backed, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigurationError, match="backup key"):
        follow(backed.session)
    told: list[str] = []
    for _ in range(3):
        with said_on_stderr(told):
            follow(backed.session)
    said = "seals, ledger or backups do not follow: ConfigurationError: The backup key"
    assert capsys.readouterr().err.count(said) == 1


def test_a_scrub_ships_the_log_and_lets_nothing_of_it_stay(backed: Backed) -> None:
    """The slot would keep what was erased; the bytes are searched right after."""
    area = server.folder(backed.home.settings)
    assert area is not None
    with backed.session.connection("test") as connection:
        connection.execute("select pg_logical_emit_message(false, 'test', 'erased-value.example', true)")
    held = [path for path in (area / "data" / "pg_wal").glob("0*") if b"erased-value.example" in path.read_bytes()]
    assert held
    with backed.session.connection("test") as connection:
        scrub_tables(connection, is_own_server=True, ship_log=backed.session.ship_log)
    left = [path for path in (area / "data" / "pg_wal").glob("0*") if b"erased-value.example" in path.read_bytes()]
    assert left == []
