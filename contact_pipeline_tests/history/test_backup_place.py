"""Where backups lie and how long they stay; pure but for small files."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contact_pipeline.core.errors import ConfigurationError, UsageError
from contact_pipeline.history.backup_place import (
    Backup,
    Place,
    find_backup,
    folder_named,
    forget_backups,
    note_backup,
    noted_backups,
    to_go,
    write_manifest,
)
from contact_pipeline.policy.backup import BackupPolicy
from contact_pipeline_tests.conftest import settings_in

NOW = datetime(2026, 11, 30, tzinfo=UTC)
POLICY = BackupPolicy(keep_days=14, keep_monthly=2, beyond_use_days=90)


def backup(days_ago: float, name: str = "") -> Backup:
    at = (NOW - timedelta(days=days_ago)).isoformat()
    return Backup(name or f"b{days_ago:g}", "base", "line", "/place", at, at, 1.0, 10, "0" * 64, 20, "age1x", "0.1.0")


def names(backups: list[Backup]) -> set[str]:
    return {one.id for one in backups}


def test_each_day_of_two_weeks_then_two_months_then_none() -> None:
    daily = [backup(days) for days in range(120)]
    kept = names(daily) - names(to_go(daily, POLICY, NOW))
    # November began 29 days ago, October 60: the first of each month stays, of the two latest that have one.
    assert kept == {f"b{days}" for days in range(15)} | {"b29", "b60"}


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=30), st.integers(1, 60), st.integers(0, 6), st.integers(60, 200)
)
def test_nobody_is_kept_beyond_use_and_the_newest_always_is(
    ages: list[float], keep_days: int, keep_monthly: int, beyond: int
) -> None:
    policy = BackupPolicy(keep_days=keep_days, keep_monthly=keep_monthly, beyond_use_days=beyond)
    backups = [backup(age, f"b{number}") for number, age in enumerate(ages)]
    gone = names(to_go(backups, policy, NOW))
    newest = sorted(backups, key=lambda one: one.ended_at)[-1]
    assert newest.id not in gone
    for one, age in zip(backups, ages, strict=True):
        if one is not newest:
            assert age <= beyond + 0.001 or one.id in gone
            assert age >= keep_days - 0.001 or one.id not in gone
    old = [
        one for one in backups if one.id not in gone and one is not newest and NOW - one.ended > timedelta(keep_days)
    ]
    assert len(old) <= keep_monthly


def test_a_period_that_contradicts_another_is_refused() -> None:
    with pytest.raises(ValidationError, match="beyond_use_days"):
        BackupPolicy(keep_days=100)


def test_home_writes_down_what_it_made(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "home")
    assert noted_backups(settings) == []
    one, two = backup(2), backup(1)
    note_backup(settings, one)
    note_backup(settings, two)
    assert noted_backups(settings) == [one, two]
    forget_backups(settings, [one])
    assert noted_backups(settings) == [two]


def test_a_folder_without_a_manifest_is_no_backup_and_a_broken_one_is_said(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "20260101T000000Z-0000").mkdir()
    assert place.backups() == []
    draft = place.draft("line", "x")
    draft.mkdir()
    write_manifest(draft, backup(1))
    assert place.backups() == [] and list(place.drafts("line")) == [draft] and not list(place.drafts("other"))
    draft.rename(tmp_path / "b1")
    assert place.backups() == [replace(backup(1), place=str(tmp_path))]
    (tmp_path / "b1" / "manifest.json").write_text("{")
    with pytest.raises(ConfigurationError, match="b1 cannot be read"):
        place.backups()


def test_ids_may_be_short_and_must_be_clear() -> None:
    backups = [backup(1, "20261101-a"), backup(2, "20261102-a")]
    assert find_backup(backups, "20261102") is backups[1]
    for text, says in (("2026", "more than one"), ("x", "no backup")):
        with pytest.raises(UsageError, match=says):
            find_backup(backups, text)


def test_a_place_is_a_folder(tmp_path: Path) -> None:
    assert folder_named("backups", tmp_path) == tmp_path / "backups"
    assert folder_named("file:///srv/b", tmp_path) == Path("/srv/b")
    with pytest.raises(UsageError, match="s3:// is no folder"):
        folder_named("s3://bucket", tmp_path)
