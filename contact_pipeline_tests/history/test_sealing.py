"""Sealed files: what goes in comes out, for the right key, whole, or not at all; standard tools read them."""

import io
import os
import stat
from pathlib import Path

import pyrage
import pytest
import zstandard

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.history.sealing import BackupKey, FileBroken, make_backup_key, read_backup_key

PLAIN = os.urandom(200_000) + b"\0" * 300_000


@pytest.fixture
def key(tmp_path: Path) -> BackupKey:
    return make_backup_key(tmp_path / "backup.agekey")


def opened(key: BackupKey, path: Path) -> bytes:
    found: list[bytes] = []
    key.open_into(path, found.append)
    return b"".join(found)


def test_what_goes_in_comes_out_and_lies_there_unreadable(key: BackupKey, tmp_path: Path) -> None:
    path = tmp_path / "place" / "x.zst.age"
    written = key.seal(path, io.BytesIO(PLAIN))
    content = path.read_bytes()
    assert (written.size, stat.S_IMODE(path.stat().st_mode)) == (len(content), 0o600)
    assert PLAIN[1000:1100] not in content and b"\0" * 100 not in content
    assert opened(key, path) == PLAIN
    with key.opened(path) as stream:
        assert stream.read() == PLAIN


def test_it_is_age_and_zstandard_and_nothing_of_ours(key: BackupKey, tmp_path: Path) -> None:
    key.seal(tmp_path / "x", io.BytesIO(PLAIN))
    (secret,) = (s for s in (tmp_path / "backup.agekey").read_text().splitlines() if s.startswith("AGE-SECRET-KEY-"))
    packed = pyrage.decrypt((tmp_path / "x").read_bytes(), [pyrage.x25519.Identity.from_str(secret)])
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == PLAIN


@pytest.mark.parametrize("cut", [1, 17, 70_000, 199_900])
def test_a_truncated_file_is_refused_though_a_part_of_it_was_read(key: BackupKey, tmp_path: Path, cut: int) -> None:
    key.seal(tmp_path / "x", io.BytesIO(PLAIN))
    os.truncate(tmp_path / "x", (tmp_path / "x").stat().st_size - cut)
    with pytest.raises(FileBroken, match="truncated or was changed"):
        opened(key, tmp_path / "x")
    with pytest.raises(FileBroken), key.opened(tmp_path / "x") as stream:
        stream.read()


def test_a_changed_byte_is_found(key: BackupKey, tmp_path: Path) -> None:
    key.seal(tmp_path / "x", io.BytesIO(PLAIN))
    content = bytearray((tmp_path / "x").read_bytes())
    content[-5000] ^= 1
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(FileBroken):
        opened(key, tmp_path / "x")


def test_the_wrong_key_is_said(key: BackupKey, tmp_path: Path) -> None:
    key.seal(tmp_path / "x", io.BytesIO(PLAIN))
    with pytest.raises(ConfigurationError, match="another key"):
        opened(make_backup_key(tmp_path / "other.agekey"), tmp_path / "x")


def test_a_key_that_was_replaced_opens_what_was_made_for_it(key: BackupKey, tmp_path: Path) -> None:
    key.seal(tmp_path / "x", io.BytesIO(PLAIN))
    new = make_backup_key(tmp_path / "new.agekey")
    (tmp_path / "both").write_text((tmp_path / "new.agekey").read_text() + (tmp_path / "backup.agekey").read_text())
    both = read_backup_key(tmp_path / "both")
    assert both is not None and both.recipients == [new.recipient, key.recipient]
    assert opened(both, tmp_path / "x") == PLAIN
    both.seal(tmp_path / "y", io.BytesIO(PLAIN))
    assert opened(new, tmp_path / "y") == PLAIN
    with pytest.raises(ConfigurationError):
        opened(key, tmp_path / "y")


def test_a_source_that_fails_leaves_nothing_and_says_why(key: BackupKey, tmp_path: Path) -> None:
    class Failing:
        def __init__(self) -> None:
            self.left = 3

        def read(self, size: int = -1) -> bytes:
            self.left -= 1
            if not self.left:
                raise ConfigurationError("pg_basebackup ended with 1")
            return b"x" * 1000

    with pytest.raises(ConfigurationError, match="pg_basebackup"):
        key.seal(tmp_path / "place" / "x", Failing())
    assert list((tmp_path / "place").iterdir()) == []


def test_a_disk_that_is_full_leaves_nothing(key: BackupKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    (tmp_path / "place").mkdir()
    with pytest.raises(OSError, match="No space"):
        key.seal(tmp_path / "place" / "x", io.BytesIO(PLAIN))
    assert list((tmp_path / "place").iterdir()) == []


def test_whoever_takes_the_bytes_may_fail(key: BackupKey, tmp_path: Path) -> None:
    key.seal(tmp_path / "x", io.BytesIO(PLAIN))

    def full(_: bytes) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        key.open_into(tmp_path / "x", full)
    with pytest.raises(RuntimeError, match="seen enough"), key.opened(tmp_path / "x") as stream:
        stream.read(10)
        raise RuntimeError("seen enough")


def test_the_key_file_is_private_made_once_and_checked(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "backup.agekey"
    assert read_backup_key(path) is None
    made = make_backup_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert make_backup_key(path).recipient == made.recipient
    for damaged in ("", "AGE-SECRET-KEY-1QQQ", "\xff"):
        path.write_text(damaged, encoding="latin-1")
        with pytest.raises(ConfigurationError, match="backup key"):
            read_backup_key(path)
