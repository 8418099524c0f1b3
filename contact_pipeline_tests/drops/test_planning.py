"""Which files are ready, and what the folder refuses."""

import json
import os
import stat
from typing import Any

import pytest

from contact_pipeline.adapters.files import DropFolder, archive_file
from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.drops import Listed, plan_drops

A, B = Listed("crm/a.csv", 10, 1), Listed("b.csv", 5, 1)


def test_a_file_is_ready_when_it_stood_still_for_two_ticks() -> None:
    first = plan_drops([A, B], {})
    assert (first.ready, first.waiting) == ((), 2)
    seen = json.loads(json.dumps(first.seen))
    grown = Listed(A.path, 11, 2)
    second = plan_drops([grown, B], seen)
    assert second.ready == (B,)
    assert plan_drops([grown], second.seen).ready == (grown,)


def test_state_forgets_what_is_gone_and_the_cap_delays_only() -> None:
    assert plan_drops([B], {"gone.csv": [1, 1]}).seen == {"b.csv": [5, 1]}
    files = [Listed(f"{n}.csv", 1, 1) for n in range(5)]
    seen = plan_drops(files, {}).seen
    plan = plan_drops(reversed(files), seen, max_ready=2)
    assert [f.path for f in plan.ready] == ["0.csv", "1.csv"]
    assert [f.path for f in plan_drops(files[2:], plan.seen, max_ready=2).ready] == ["2.csv", "3.csv"]


@pytest.fixture
def folder(tmp_path: Any) -> Any:
    incoming = tmp_path / "incoming"
    (incoming / "crm").mkdir(parents=True)
    (incoming / "crm" / "a.csv").write_bytes(b"Name\nA\n")
    return DropFolder(incoming, tmp_path / "rejected", max_bytes=100)


def refused(folder: Any, path: Any) -> Any:
    with pytest.raises(UnreadableDrop) as caught, folder.open(path):
        pass
    return caught.value.reason


def test_listing(folder: Any, tmp_path: Any) -> None:
    incoming = tmp_path / "incoming"
    for name in ("top.csv", ".hidden.csv", "x.csv.part", "x.tmp"):
        (incoming / name).write_text("x")
    assert [(f.path, f.source, f.size) for f in folder.listing()] == [("crm/a.csv", "crm", 7), ("top.csv", None, 1)]
    assert DropFolder(tmp_path / "none", tmp_path, max_bytes=1).listing() == []


def test_links_that_lead_out_are_refused_and_removed_without_being_followed(folder: Any, tmp_path: Any) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("secret")
    link = tmp_path / "incoming" / "crm" / "link.csv"
    link.symlink_to(secret)
    (tmp_path / "incoming" / "inside.csv").symlink_to("crm/a.csv")
    assert refused(folder, "crm/link.csv") == "outside_folder"
    assert refused(folder, "../secret.csv") == "outside_folder"
    with folder.open("inside.csv") as stream:
        assert stream.read() == b"Name\nA\n"
    moved = folder.reject("crm/link.csv", "outside_folder")
    assert not link.is_symlink()
    assert secret.read_text() == "secret"
    assert moved.read_text() != "secret"
    assert moved.with_name("link.csv.reason.txt").read_text() == "outside_folder\n"


def test_oversized_empty_missing_and_special_files(folder: Any, tmp_path: Any) -> None:
    incoming = tmp_path / "incoming"
    (incoming / "big.csv").write_bytes(b"x" * 101)
    (incoming / "empty.csv").touch()
    os.mkfifo(incoming / "pipe.csv")
    assert refused(folder, "big.csv") == "too_large"
    assert refused(folder, "empty.csv") == "empty_file"
    assert refused(folder, "gone.csv") == "unreadable"
    assert refused(folder, "pipe.csv") == "not_a_file"


def test_rejecting_keeps_earlier_files_of_the_same_name(folder: Any, tmp_path: Any) -> None:
    assert folder.reject("crm/a.csv", "binary_file").name == "a.csv"
    (tmp_path / "incoming" / "crm" / "a.csv").write_bytes(b"2")
    assert folder.reject("crm/a.csv", "binary_file").name == "a_2.csv"
    assert folder.reject("crm/a.csv", "binary_file") is None


def test_archive_is_private_whole_and_idempotent(folder: Any, tmp_path: Any) -> None:
    archive = tmp_path / "home" / "archive"
    target = folder.archive("crm/a.csv", archive, "20261122-crm-3f9a1c2b")
    assert target == archive / "20261122-crm-3f9a1c2b.csv"
    assert (stat.S_IMODE(archive.stat().st_mode), stat.S_IMODE(target.stat().st_mode)) == (0o700, 0o600)
    assert folder.listing() == []
    other = tmp_path / "other.csv"
    other.write_text("other")
    assert archive_file(other, archive, "20261122-crm-3f9a1c2b", keep=True) == target
    assert other.exists()
    assert target.read_bytes() == b"Name\nA\n"
    assert [p.name for p in archive.iterdir()] == [target.name]
    with pytest.raises(ValueError):
        archive_file(other, archive, "../x", keep=True)
