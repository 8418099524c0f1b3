"""The erasure ledger: on the disk before it returns, private, readable with one key only, whole after a torn line."""

import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contact_pipeline.adapters.erasure_ledger import Entry, ErasureLedger
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.pii import SubjectKey

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ENTRY = Entry(
    "e-1", "request", NOW, "R-7", {"ab": "email", "cd": "phone"}, ("ab", "cd", "ef"), ("public-1",), ("company",)
)
SECRET = "ada@x.test, Ada Exemplary"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "erasures"


@pytest.fixture
def ledger(folder: Path) -> ErasureLedger:
    return ErasureLedger(folder, SubjectKey(b"k" * 32))


def other_key(folder: Path) -> ErasureLedger:
    return ErasureLedger(folder, SubjectKey(b"x" * 32))


def test_what_was_begun_is_read_again_with_its_last_step(ledger: ErasureLedger) -> None:
    assert ledger.entries() == {} and ledger.size() == 0
    second = Entry("e-2", "retention", NOW)
    ledger.begin(ENTRY)
    ledger.begin(second)
    assert list(ledger.entries().values()) == [ENTRY, second]
    sizes = [ledger.size()]
    for step in ("erased", "scanned", "scrubbed"):
        ledger.note("e-1", step, NOW)
        sizes.append(ledger.size())
        assert list(ledger.entries().values()) == [replace(ENTRY, step=step), second]
    assert sizes == sorted(set(sizes))  # a reader can tell by it whether it has seen all


def test_a_step_of_an_erasure_that_was_never_begun_is_nothing(ledger: ErasureLedger) -> None:
    ledger.note("e-9", "erased", NOW)
    assert ledger.entries() == {}


@pytest.mark.parametrize("cut", [1, 2, 10, -3, -2])
def test_a_torn_line_is_left_out_and_the_next_is_whole(ledger: ErasureLedger, folder: Path, cut: int) -> None:
    ledger.begin(ENTRY)
    file = folder / "ledger.jsonl"
    whole = file.read_bytes()
    ledger.begin(replace(ENTRY, id="e-2"))
    second = file.read_bytes()[len(whole) :]
    file.write_bytes(whole + second[:cut])
    assert list(ledger.entries()) == ["e-1"]
    ledger.note("e-1", "erased", NOW)
    ledger.begin(replace(ENTRY, id="e-3"))
    assert [(e.id, e.step) for e in ledger.entries().values()] == [("e-1", "erased"), ("e-3", "begun")]


def test_what_a_lost_power_leaves_at_the_end_is_left_out(ledger: ErasureLedger, folder: Path) -> None:
    ledger.begin(ENTRY)
    with (folder / "ledger.jsonl").open("ab") as file:
        file.write(b"\0" * 40)
    ledger.note("e-1", "erased", NOW)
    assert ledger.entries()["e-1"].step == "erased"


def test_it_is_the_owners_alone(ledger: ErasureLedger, folder: Path) -> None:
    before = os.umask(0)
    try:
        ledger.begin(ENTRY)
        ledger.keep_values("e-1", SECRET)
        ledger.keep_shared("e-1", [SECRET])
        ledger.write_certificate("e-1", {"findings": 0})
    finally:
        os.umask(before)
    modes = {path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
    assert modes == {
        "ledger.jsonl": 0o600, "waiting": 0o700, "waiting/e-1.values": 0o600, "waiting/e-1.shared": 0o600,
        "certificates": 0o700, "certificates/e-1.json": 0o600,
    }  # fmt: skip
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_every_line_and_its_folder_are_flushed_before_it_returns(
    ledger: ErasureLedger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is flushed holds the line already."""
    flushed: list[tuple[str, int]] = []
    flush = os.fsync

    def recorded(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        flushed.append((path.name.split(".")[0] or path.name, os.fstat(descriptor).st_size if path.is_file() else -1))
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    ledger.begin(ENTRY)
    assert flushed == [("ledger", ledger.size()), ("erasures", -1)]
    flushed.clear()
    ledger.note("e-1", "erased", NOW)
    assert flushed == [("ledger", ledger.size()), ("erasures", -1)]
    flushed.clear()
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
    assert b"ada" not in on_disk.lower() and b"Exemplary" not in on_disk
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


def test_a_ledger_line_names_nobody(ledger: ErasureLedger, folder: Path) -> None:
    ledger.begin(ENTRY)
    (line,) = (folder / "ledger.jsonl").read_text().splitlines()
    assert set(json.loads(line)) == {
        "id", "reason", "began_at", "reference", "channels", "asked", "keys", "contacts", "keep", "step"
    }  # fmt: skip
