"""Erasures in the ledger, and what waits beside it: private, readable with one key only."""

import errno
import json
import os
import stat
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contact_pipeline.adapters.fact_ledger import FactLedger
from contact_pipeline.core.errors import ConfigurationError, TransientError
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.erasure.ledger import Entry, ErasureLedger

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ENTRY = Entry(
    "e-1", "request", NOW, "R-7", {"ab": "email", "cd": "phone"}, ("ab", "cd", "ef"), ("public-1",), ("company",)
)
SECRET = "ada@x.test, Ada Exemplary"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "erasures"


@pytest.fixture
def facts(tmp_path: Path) -> FactLedger:
    return FactLedger(tmp_path / "ledger", SubjectKey(b"k" * 32))


@pytest.fixture
def ledger(folder: Path, facts: FactLedger) -> ErasureLedger:
    return ErasureLedger(folder, facts)


def other_key(folder: Path) -> ErasureLedger:
    return ErasureLedger(folder, FactLedger(folder, SubjectKey(b"x" * 32)))


def lines(facts: FactLedger) -> list[str]:
    return [line for file in facts.folder.iterdir() for line in file.read_text().splitlines()]


def test_what_was_begun_is_read_again_with_its_last_step(ledger: ErasureLedger) -> None:
    assert ledger.entries() == {}
    second = Entry("e-2", "retention", NOW)
    ledger.begin(ENTRY)
    ledger.begin(second)
    assert list(ledger.entries().values()) == [ENTRY, second]
    for step in ("erased", "scanned", "scrubbed"):
        ledger.note("e-1", step, NOW)
        assert list(ledger.entries().values()) == [replace(ENTRY, step=step), second]


def test_a_step_of_an_erasure_that_was_never_begun_is_nothing(ledger: ErasureLedger) -> None:
    ledger.note("e-9", "erased", NOW)
    assert ledger.entries() == {}


def test_it_is_the_owners_alone(ledger: ErasureLedger, folder: Path) -> None:
    before = os.umask(0)
    try:
        ledger.keep_values("e-1", SECRET)
        ledger.keep_shared("e-1", [SECRET])
        ledger.write_certificate("e-1", {"findings": 0})
    finally:
        os.umask(before)
    modes = {path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert modes == {
        "waiting": 0o700, "waiting/e-1.values": 0o600, "waiting/e-1.shared": 0o600,
        "certificates": 0o700, "certificates/e-1.json": 0o600,
    }  # fmt: skip
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_every_file_and_its_folder_are_flushed_before_it_returns(
    ledger: ErasureLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is flushed holds the content already."""
    flushed: list[tuple[str, int]] = []
    flush = os.fsync

    def recorded(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append((path.name.split(".")[0] or path.name, os.fstat(descriptor).st_size if path.is_file() else -1))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    ledger.keep_values("e-1", SECRET)
    size = (folder / "waiting" / "e-1.values").stat().st_size
    assert flushed == [(".e-1.values.part", size), ("waiting", -1)]
    flushed.clear()
    path = ledger.write_certificate("e-1", {"findings": 0})
    assert flushed == [(".e-1.json.part", path.stat().st_size), ("certificates", -1)]


def test_values_wait_unreadable_and_are_gone_when_forgotten(ledger: ErasureLedger, folder: Path) -> None:
    ledger.keep_values("e-1", SECRET)
    ledger.keep_shared("e-1", [SECRET, "+44"])
    assert ledger.values("e-1") == SECRET and ledger.shared("e-1") == {SECRET, "+44"}
    on_disk = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"ada@x.test" not in on_disk.lower() and b"Exemplary" not in on_disk
    ledger.keep_values("e-1", "again")
    assert ledger.values("e-1") == "again"
    ledger.forget_values("e-1")
    ledger.forget_values("e-1")
    assert (ledger.values("e-1"), ledger.shared("e-1")) == (None, frozenset())
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def test_one_erasures_values_are_no_other_erasures(ledger: ErasureLedger, folder: Path) -> None:
    ledger.keep_values("e-1", SECRET)
    (folder / "waiting" / "e-1.values").rename(folder / "waiting" / "e-2.values")
    with pytest.raises(ConfigurationError):
        ledger.values("e-2")


def test_another_key_is_refused_clearly(ledger: ErasureLedger, folder: Path) -> None:
    ledger.keep_values("e-1", SECRET)
    with pytest.raises(ConfigurationError, match="the key file is not the one") as refused:
        other_key(folder).values("e-1")
    assert refused.value.__suppress_context__


def test_another_key_is_refused_clearly_for_what_others_share(ledger: ErasureLedger, folder: Path) -> None:
    ledger.keep_shared("e-1", [SECRET])
    with pytest.raises(ConfigurationError, match="the key file is not the one"):
        other_key(folder).shared("e-1")


def test_the_seal_changes_when_a_figure_changes(ledger: ErasureLedger, folder: Path) -> None:
    certificate = {"findings": 0, "tables": [{"table": "core.contacts", "rows": 3}]}
    path = ledger.write_certificate("e-1", certificate)
    written = json.loads(path.read_text())
    assert {name: value for name, value in written.items() if name != "seal"} == certificate
    assert ledger.sealed(written) == written  # sealing it again gives the same: that is how it is checked
    assert ledger.sealed(dict(reversed(list(written.items())))) == written
    changed = [
        written | {"findings": 1}, written | {"tables": []}, written | {"more": 1},
        {name: value for name, value in written.items() if name != "tables"},
    ]  # fmt: skip
    seals = {ledger.sealed(each)["seal"] for each in changed}
    assert len(seals) == 4 and written["seal"] not in seals
    assert other_key(folder).sealed(written)["seal"] != written["seal"]


def test_a_ledger_line_names_nobody(ledger: ErasureLedger, facts: FactLedger) -> None:
    ledger.begin(ENTRY)
    (line,) = lines(facts)
    (fact,) = json.loads(line)["facts"]
    assert set(fact) == {
        "id", "reason", "began_at", "reference", "channels", "asked", "keys", "contacts", "keep", "step"
    }  # fmt: skip


def test_begun_again_it_is_after_its_earlier_steps_whatever_file_it_is_in(
    ledger: ErasureLedger, facts: FactLedger
) -> None:
    """A second process found more of the person while the first one's file was taken."""
    ledger.begin(ENTRY)
    ledger.note("e-1", "erased", NOW + HOUR)
    amended = replace(ENTRY, contacts=("public-1", "public-2"))
    with facts.batch("erasures") as taken:
        taken.add(NOW + 2 * HOUR)
        taken.flush()
        ledger.begin(amended, NOW + 3 * HOUR)
    assert len(list(facts.folder.iterdir())) == 2
    assert ledger.entries() == {"e-1": amended}


# --- the file of earlier versions --------------------------------------------------------------------------------


def as_before(entry: Entry) -> str:
    """A line as earlier versions wrote it."""
    return json.dumps(asdict(entry) | {"began_at": entry.began_at.isoformat()}, sort_keys=True)


def test_the_file_of_earlier_versions_is_taken_over_once(ledger: ErasureLedger, folder: Path) -> None:
    folder.mkdir()
    old = folder / "ledger.jsonl"
    step = json.dumps({"id": "e-1", "step": "scanned", "at": (NOW + HOUR).isoformat()})
    text = "\n".join([as_before(ENTRY), '{"id": "e-9", "rea', step, as_before(replace(ENTRY, id="e-2")), ""])
    old.write_text(text)
    ledger.take_over()
    found = {"e-1": replace(ENTRY, step="scanned"), "e-2": replace(ENTRY, id="e-2")}
    assert ledger.entries() == found and not old.exists()
    ledger.take_over()
    assert ledger.entries() == found
    old.write_text(text)  # a crash before it was removed
    ledger.take_over()
    assert ledger.entries() == found


def test_a_file_of_earlier_versions_stays_until_the_ledger_has_it(
    ledger: ErasureLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.mkdir()
    old = folder / "ledger.jsonl"
    old.write_text(as_before(ENTRY) + "\n")
    with monkeypatch.context() as patch, pytest.raises(TransientError):
        patch.setattr(os, "fsync", full)
        ledger.take_over()
    assert old.exists() and ledger.entries() == {}
    ledger.take_over()
    assert ledger.entries() == {"e-1": ENTRY}


def full(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
