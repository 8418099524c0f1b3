"""The ledger: on the disk before it returns, whole or not at all, readable in the order of time whoever wrote it."""

import errno
import json
import multiprocessing
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contact_pipeline.adapters.fact_ledger import BUFFER_BYTES, FactLedger
from contact_pipeline.core.clock import utc_now
from contact_pipeline.core.errors import ConfigurationError, TransientError
from contact_pipeline.core.pii import SubjectKey

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
KEY = SubjectKey(b"k" * 32)
PROCESSES = multiprocessing.get_context("forkserver")
WRITERS, LINES = 4, 50


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def ledger(folder: Path) -> FactLedger:
    return FactLedger(folder, KEY)


def numbers(ledger: FactLedger, marks: dict[str, int] | None = None) -> list[int]:
    return [fact["n"] for line in ledger.read("facts", marks) for fact in line.facts]


def the_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_what_was_appended_is_read_again(ledger: FactLedger) -> None:
    assert list(ledger.read("facts")) == []
    ledger.append("facts", NOW, {"n": 1, "key": b"\xab", "when": NOW}, {"n": 2})
    (line,) = ledger.read("facts")
    assert (line.at, line.facts) == (NOW, [{"n": 1, "key": "ab", "when": NOW.isoformat()}, {"n": 2}])


def test_books_are_apart(ledger: FactLedger) -> None:
    ledger.append("facts", NOW, {"n": 1})
    ledger.append("erasures", NOW, {"n": 2})
    assert numbers(ledger) == [1] and [line.facts for line in ledger.read("erasures")] == [[{"n": 2}]]


def test_a_mark_moves_to_the_end_and_only_what_came_after_it_is_read(ledger: FactLedger, folder: Path) -> None:
    ledger.append("facts", NOW, {"n": 1})
    marks: dict[str, int] = {}
    assert numbers(ledger, marks) == [1]
    assert marks == {the_file(folder).name: the_file(folder).stat().st_size} == ledger.sizes("facts")
    assert numbers(ledger, marks) == []
    ledger.append("facts", NOW, {"n": 2})
    assert numbers(ledger, marks) == [2] and marks == ledger.sizes("facts")


@pytest.mark.parametrize("change", ["shorter", "other"])
def test_a_file_that_is_not_the_one_that_was_marked_is_read_from_its_start(
    ledger: FactLedger, folder: Path, change: str
) -> None:
    """The folder was restored from a backup of its own and written on since."""
    ledger.append("facts", NOW, {"n": 1})
    ledger.append("facts", NOW, {"n": 2})
    marks: dict[str, int] = {}
    assert numbers(ledger, marks) == [1, 2]
    the_file(folder).write_bytes(b"")
    ledger.append("facts", NOW, {"n": 3})
    if change == "other":
        ledger.append("facts", NOW, {"n": 4, "more": "x" * 1000})
    assert numbers(ledger, marks) == ([3] if change == "shorter" else [3, 4])


@pytest.mark.parametrize("cut", [0, 1, 2, 10, -2, -1])
def test_a_torn_line_is_no_line_and_the_next_is_whole(ledger: FactLedger, folder: Path, cut: int) -> None:
    ledger.append("facts", NOW, {"n": 1})
    whole = the_file(folder).read_bytes()
    ledger.append("facts", NOW, {"n": 2})
    second = the_file(folder).read_bytes()[len(whole) :]
    the_file(folder).write_bytes(whole + second[:cut])
    marks: dict[str, int] = {}
    assert numbers(ledger, marks) == [1] and list(marks.values()) == [len(whole)]
    ledger.append("facts", NOW, {"n": 3})
    # A line that misses nothing but its end is whole once somebody has ended it.
    assert numbers(ledger, marks) == ([2, 3] if cut == -1 else [3])
    assert marks == ledger.sizes("facts")


def test_what_a_lost_power_leaves_at_the_end_is_left_out(ledger: FactLedger, folder: Path) -> None:
    ledger.append("facts", NOW, {"n": 1})
    with the_file(folder).open("ab") as file:
        file.write(b"\0" * 40)
    ledger.append("facts", NOW, {"n": 2})
    assert numbers(ledger) == [1, 2]


def test_two_writers_have_a_file_each_and_are_read_by_time(ledger: FactLedger, folder: Path) -> None:
    with ledger.batch("facts") as first:
        first.add(NOW, {"n": 1})
        first.flush()
        with ledger.batch("facts") as second:
            second.add(NOW + MINUTE, {"n": 2})
            second.flush()
            first.add(NOW + 2 * MINUTE, {"n": 3})
            first.flush()
            second.add(NOW + 3 * MINUTE, {"n": 4})
    assert len(list(folder.iterdir())) == 2 and numbers(ledger) == [1, 2, 3, 4]
    ledger.append("facts", NOW + 4 * MINUTE, {"n": 5})
    assert len(list(folder.iterdir())) == 2 and numbers(ledger) == [1, 2, 3, 4, 5]


def write_many(folder: Path, writer: int) -> None:
    ledger = FactLedger(folder, KEY)
    for line in range(LINES):
        ledger.append("facts", utc_now(), {"n": writer * LINES + line, "text": "x" * 5000})


def test_processes_that_write_at_once_lose_nothing(ledger: FactLedger, folder: Path) -> None:
    writers = [PROCESSES.Process(target=write_many, args=(folder, number)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    found = numbers(ledger)
    assert sorted(found) == list(range(WRITERS * LINES)) and len(list(folder.iterdir())) <= WRITERS
    for number in range(WRITERS):  # what one wrote after the other is read after it
        own = [n for n in found if n // LINES == number]
        assert own == sorted(own)


def test_a_batch_is_flushed_once_and_holds_everything_by_then(
    ledger: FactLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed: list[tuple[str, int]] = []
    flush = os.fsync

    def recorded(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append((path.suffix, len(path.read_bytes()) if path.is_file() else -1))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    ledger.append("facts", NOW, {"n": 1})
    (size,) = ledger.sizes("facts").values()
    assert flushed == [(".jsonl", size), ("", -1)]  # its name in the folder, too, as it is new
    flushed.clear()
    with ledger.batch("facts") as batch:
        for number in range(3):
            batch.add(NOW, {"n": number, "text": "x" * BUFFER_BYTES})
    (size,) = ledger.sizes("facts").values()
    assert flushed == [(".jsonl", size)] and size > 3 * BUFFER_BYTES


def test_a_batch_that_fails_leaves_nothing(ledger: FactLedger, folder: Path) -> None:
    ledger.append("facts", NOW, {"n": 1})
    before = the_file(folder).read_bytes()
    with pytest.raises(ZeroDivisionError), ledger.batch("facts") as batch:
        batch.add(NOW, {"n": 2, "text": "x" * 2 * BUFFER_BYTES})  # more than is held back
        assert the_file(folder).stat().st_size > len(before)
        raise ZeroDivisionError
    assert the_file(folder).read_bytes() == before
    ledger.append("facts", NOW, {"n": 3})
    assert numbers(ledger) == [1, 3]


@pytest.mark.parametrize("room", [0, 1, 40, BUFFER_BYTES])
def test_a_full_disk_is_told_and_nothing_is_left_of_the_batch(
    ledger: FactLedger, folder: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    ledger.append("facts", NOW, {"n": 1})
    before = the_file(folder).read_bytes()
    write: Callable[[int, bytes], int] = os.write
    left = [room]

    def fills_up(descriptor: int, content: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = write(descriptor, content[: left[0]])
        left[0] -= written
        return written

    with monkeypatch.context() as patch, pytest.raises(TransientError, match=r"No space left.*Nothing was changed"):
        patch.setattr(os, "write", fills_up)
        with ledger.batch("facts") as batch:
            for _ in range(3):
                batch.add(NOW, {"n": 2, "text": "x" * BUFFER_BYTES})
    assert the_file(folder).read_bytes() == before and numbers(ledger) == [1]


def test_it_is_the_owners_alone(ledger: FactLedger, folder: Path) -> None:
    before = os.umask(0)
    try:
        ledger.append("facts", NOW, {"n": 1})
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700 and stat.S_IMODE(the_file(folder).stat().st_mode) == 0o600


def test_a_folder_that_somebody_named_is_not_made_where_it_is_missing(folder: Path) -> None:
    """A share that is not mounted must not become a folder of this machine."""
    named = FactLedger(folder, KEY, may_make=False)
    for use in (lambda: named.append("facts", NOW, {"n": 1}), lambda: list(named.read("facts"))):
        with pytest.raises(ConfigurationError, match=r"No such file.*CONTACT_PIPELINE_LEDGER"):
            use()
    assert not folder.exists()


def test_what_is_no_folder_is_told(folder: Path) -> None:
    folder.write_text("")
    with pytest.raises(ConfigurationError, match=r"cannot be read: Not a directory.*CONTACT_PIPELINE_LEDGER"):
        list(FactLedger(folder, KEY, may_make=False).read("facts"))
    with pytest.raises(ConfigurationError, match="CONTACT_PIPELINE_LEDGER"):
        FactLedger(folder, KEY).append("facts", NOW, {"n": 1})


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.EPERM])
def test_a_folder_that_may_not_be_written_is_told(
    ledger: FactLedger, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """By a fault put in: the tests may run as root, who may write everywhere."""

    def refused(*_: object) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "open", refused)
    with pytest.raises(ConfigurationError, match=r"cannot be written: .*Nothing was changed.*CONTACT_PIPELINE_LEDGER"):
        ledger.append("facts", NOW, {"n": 1})


def test_lines_of_newer_code_are_refused(ledger: FactLedger, folder: Path) -> None:
    ledger.append("facts", NOW, {"n": 1})
    text = the_file(folder).read_text()
    the_file(folder).write_text(text.replace('"v":1', '"v":2'))
    with pytest.raises(ConfigurationError, match="format 2"):
        numbers(ledger)


def test_lines_of_another_key_are_refused(ledger: FactLedger, folder: Path) -> None:
    ledger.append("facts", NOW, {"n": 1})
    with pytest.raises(ConfigurationError, match="another key file"):
        numbers(FactLedger(folder, SubjectKey(b"x" * 32)))


def test_the_secret_is_not_in_it(ledger: FactLedger, folder: Path) -> None:
    ledger.append("facts", NOW, {"n": 1})
    assert json.loads(the_file(folder).read_text())["key"] == KEY.fingerprint
    assert KEY.secret.hex() not in the_file(folder).read_text() and "kkkk" not in the_file(folder).read_text()
