"""The incoming folder and the archive: what is listed, taken, refused, and what nobody can make us lose."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.drops.archive import LEFT_BEHIND_SECONDS, Archive
from contact_pipeline.drops.folder import STAGING, DropFolder, dropped_as, open_file, text_name
from contact_pipeline_tests.conftest import open_folder

CONTENT = b"Name\nA\n"
KEY = "20261122-crm-3f9a1c2b"
NOBODY = 65_534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="root alone can become another account")


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    (tmp_path / "incoming" / "crm").mkdir(parents=True)
    return tmp_path / "incoming"


@pytest.fixture
def folder(incoming: Path) -> DropFolder:
    return DropFolder(incoming, incoming.parent / "rejected", max_bytes=100)


def write(path: Path, content: bytes = CONTENT) -> Path:
    path.write_bytes(content)
    return path


def staged(folder: DropFolder, path: str) -> str:
    found = folder.stage(path)
    assert found is not None
    return found


def refused(folder: DropFolder, path: str) -> str:
    """The reason for which a taken file is no drop."""
    with pytest.raises(UnreadableDrop) as caught, folder.open(staged(folder, path)):
        pass
    return caught.value.reason


@contextmanager
def account(number: int) -> Iterator[None]:
    """As another account; root's own rights come back afterwards."""
    os.seteuid(number)
    try:
        yield
    finally:
        os.seteuid(0)


def test_hidden_and_half_written_names_are_left_alone(folder: DropFolder, incoming: Path) -> None:
    for name in ("crm/a.csv", "top.csv", ".hidden.csv", "x.csv.part", "x.tmp", "...", "..csv"):
        write(incoming / name)
    listed = {(file.path, file.source, file.size) for file in folder.listing()}
    assert listed == {("...", None, 7), ("crm/a.csv", "crm", 7), ("top.csv", None, 7)}
    assert DropFolder(incoming / "none", incoming, max_bytes=1).listing() == []


def test_a_taken_file_lies_in_a_private_folder_of_its_own(folder: DropFolder, incoming: Path) -> None:
    write(incoming / "crm" / "a.csv")
    path = staged(folder, "crm/a.csv")
    assert not (incoming / "crm" / "a.csv").exists()
    for private in (incoming / path).parents[:2]:
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
    assert (dropped_as(path), dropped_as("crm/a.csv")) == ("crm/a.csv", "crm/a.csv")
    assert folder.stage(path) == path
    assert folder.stage("crm/a.csv") is None


def test_what_a_crash_left_in_staging_is_listed_under_its_source(folder: DropFolder, incoming: Path) -> None:
    for path in ("crm/a.csv", "top.csv"):
        write(incoming / path)
        staged(folder, path)
    assert sorted((dropped_as(file.path), file.source) for file in folder.listing()) == [
        ("crm/a.csv", "crm"), ("top.csv", None),
    ]  # fmt: skip


def test_a_file_that_comes_under_the_name_meanwhile_is_another_one(folder: DropFolder, incoming: Path) -> None:
    write(incoming / "crm" / "a.csv")
    path = staged(folder, "crm/a.csv")
    write(incoming / "crm" / "a.csv", b"Name\nB\n")
    with folder.open(path) as file:
        assert file.stream.read() == CONTENT
        assert folder.discard(path, file)
    assert (incoming / "crm" / "a.csv").read_bytes() == b"Name\nB\n"
    assert not list((incoming / "crm" / STAGING).iterdir())


@pytest.mark.parametrize("change", ["appended", "overwritten", "swapped"])
def test_a_file_that_is_not_what_was_read_is_not_removed(folder: DropFolder, incoming: Path, change: str) -> None:
    write(incoming / "crm" / "a.csv")
    path = staged(folder, "crm/a.csv")
    with folder.open(path) as file:
        if change == "appended":
            with (incoming / path).open("ab") as writer:
                writer.write(b"B\n")
        elif change == "overwritten":
            os.utime(write(incoming / path, b"Name\nB\n"), ns=(1, 1))
        else:
            write(incoming / "other", b"Name\nB\n").replace(incoming / path)
        assert file.is_unchanged() is (change == "swapped")
        assert not folder.discard(path, file)
    assert b"B" in (incoming / path).read_bytes()


def test_a_link_is_refused_wherever_it_leads(folder: DropFolder, incoming: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "secret.csv")
    write(incoming / "crm" / "a.csv")
    for name, target in (("out", secret), ("in", Path("a.csv")), ("dead", tmp_path / "gone"), ("self", Path("self"))):
        (incoming / "crm" / name).symlink_to(target)
        path = staged(folder, f"crm/{name}")
        with pytest.raises(UnreadableDrop) as caught, folder.open(path):
            pass
        assert caught.value.reason == "symbolic_link"
        moved = folder.reject(path, "symbolic_link")
        assert moved is not None
        assert moved.read_text() == f"symbolic link to {target}\n"
        assert moved.with_name(f"{name}.reason.txt").read_text() == "symbolic_link\n"
    assert secret.read_bytes() == CONTENT
    assert [file.path for file in folder.listing()] == ["crm/a.csv"]


def test_oversized_and_empty_files_are_refused(folder: DropFolder, incoming: Path) -> None:
    write(incoming / "big.csv", b"x" * 101)
    write(incoming / "empty.csv", b"")
    assert refused(folder, "big.csv") == "too_large"
    assert refused(folder, "empty.csv") == "empty_file"


def pipe(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(path))  # a socket's path may have some 100 characters


def directory(path: Path) -> None:
    path.mkdir()
    write(path / "inner.csv")


@pytest.mark.parametrize("make", [pipe, unix_socket, directory])
def test_what_is_no_file_is_not_listed_and_blocks_nobody(
    folder: DropFolder, incoming: Path, make: Callable[[Path], None]
) -> None:
    make(incoming / "crm" / "x.csv")
    assert [file.path for file in folder.listing()] == (["crm/x.csv/inner.csv"] if make is directory else [])
    # It may have become one since it was listed.
    path = staged(folder, "crm/x.csv")
    with pytest.raises(UnreadableDrop) as caught, folder.open(path):
        pass
    assert caught.value.reason == "not_a_file"
    moved = folder.reject(path, "not_a_file")
    assert moved is not None
    if make is directory:
        assert (moved / "inner.csv").read_bytes() == CONTENT


def test_nothing_is_moved_through_a_link_in_the_place_of_staging(
    folder: DropFolder, incoming: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (incoming / "crm" / STAGING).symlink_to(elsewhere)
    write(incoming / "crm" / "a.csv")
    with pytest.raises(NotADirectoryError):
        folder.stage("crm/a.csv")
    assert not list(elsewhere.iterdir())
    assert (incoming / "crm" / "a.csv").exists()


def test_one_name_of_a_hard_linked_file_goes_and_the_others_stay(folder: DropFolder, incoming: Path) -> None:
    other = write(incoming.parent / "other.csv")
    os.link(other, incoming / "crm" / "a.csv")
    path = staged(folder, "crm/a.csv")
    with folder.open(path) as file:
        assert folder.discard(path, file)
    assert other.read_bytes() == CONTENT


@needs_root
def test_a_file_of_another_owner_is_taken_where_it_can_be_read_and_moved() -> None:
    with open_folder() as home:
        incoming = home / "incoming"
        (incoming / "crm").mkdir(parents=True)
        os.chown(incoming, NOBODY, NOBODY)
        os.chown(incoming / "crm", NOBODY, NOBODY)
        os.chown(home, NOBODY, NOBODY)
        folder = DropFolder(incoming, home / "rejected", max_bytes=100)
        write(incoming / "crm" / "readable.csv").chmod(0o644)
        write(incoming / "crm" / "private.csv").chmod(0o600)
        with account(NOBODY):
            path = staged(folder, "crm/readable.csv")
            with folder.open(path) as file:
                assert file.stream.read() == CONTENT
                assert folder.discard(path, file)
            path = staged(folder, "crm/private.csv")
            with pytest.raises(UnreadableDrop) as caught, folder.open(path):
                pass
            assert caught.value.reason == "unreadable"
            moved = folder.reject(path, "unreadable")
        assert moved is not None
        assert moved.read_bytes() == CONTENT
        assert moved.stat().st_uid == 0
        # Sticky: only its owner may move it. It stays, whole.
        os.chown(incoming / "crm", 0, 0)
        (incoming / "crm").chmod(0o1777)
        write(incoming / "crm" / "sticky.csv")
        with account(NOBODY), pytest.raises(PermissionError):
            folder.stage("crm/sticky.csv")
        assert (incoming / "crm" / "sticky.csv").read_bytes() == CONTENT


def test_rejecting_keeps_earlier_files_of_the_same_name(folder: DropFolder, incoming: Path) -> None:
    for content, name in ((b"1", "a.csv"), (b"2", "a_2.csv")):
        write(incoming / "crm" / "a.csv", content)
        moved = folder.reject(staged(folder, "crm/a.csv"), "binary_file")
        assert moved is not None
        assert (moved.name, moved.read_bytes()) == (name, content)
    assert folder.reject("crm/a.csv", "binary_file") is None


@pytest.mark.parametrize("name", [b"x" * 255, b"x" * 200 + b"." + b"y" * 54, b"\xe9" * 251 + b".csv", b"..."])
def test_a_name_of_any_length_is_rejected_with_its_reason_beside_it(
    folder: DropFolder, incoming: Path, name: bytes
) -> None:
    for expected in (b"1", b"2"):
        write(incoming / "crm" / os.fsdecode(name), expected)
        moved = folder.reject(staged(folder, f"crm/{os.fsdecode(name)}"), "binary_file")
        assert moved is not None
        assert moved.read_bytes() == expected
        assert moved.with_name(f"{moved.name}.reason.txt").read_text() == "binary_file\n"
        assert os.fsencode(moved.name)[:3] == name[:3]


def test_a_name_is_told_as_text_whatever_its_bytes() -> None:
    assert text_name(os.fsdecode("Müller\n\t.csv".encode("latin-1"))) == "M\ufffdller\ufffd\ufffd.csv"
    assert text_name("unsubscribed_Jürgen 2.csv") == "unsubscribed_Jürgen 2.csv"


def archived(folder: DropFolder, path: str, archive: Path, *, replace: bool = False) -> Path:
    with (
        folder.open(staged(folder, path)) as file,
        Archive(archive).copy_of(file, max_bytes=100) as copy,
    ):
        return copy.keep(KEY, replace=replace)


def test_the_archive_is_private_and_writes_once(folder: DropFolder, incoming: Path, tmp_path: Path) -> None:
    archive = tmp_path / "home" / "archive"
    write(incoming / "a.csv")
    target = archived(folder, "a.csv", archive)
    assert target == archive / f"{KEY}.csv"
    assert (stat.S_IMODE(archive.stat().st_mode), stat.S_IMODE(target.stat().st_mode)) == (0o700, 0o600)
    write(incoming / "b.csv", b"other")
    assert archived(folder, "b.csv", archive).read_bytes() == CONTENT
    write(incoming / "c.csv", b"whole")
    assert archived(folder, "c.csv", archive, replace=True).read_bytes() == b"whole"
    assert [path.name for path in archive.iterdir()] == [target.name]


def test_only_a_key_names_an_archived_file(folder: DropFolder, incoming: Path, tmp_path: Path) -> None:
    path = write(incoming / "a.csv")
    with (
        open_file(path, max_bytes=100, follow_links=False) as file,
        Archive(tmp_path / "archive").copy_of(file, max_bytes=100) as copy,
        pytest.raises(ValueError),
    ):
        copy.keep("../x")
    assert not list((tmp_path / "archive").iterdir())


def test_a_file_that_grows_over_the_limit_while_it_is_copied_is_refused(incoming: Path, tmp_path: Path) -> None:
    path = write(incoming / "a.csv")
    with open_file(path, max_bytes=10, follow_links=False) as file:
        path.write_bytes(b"x" * 11)
        with (
            pytest.raises(UnreadableDrop, match="grew"),
            Archive(tmp_path / "archive").copy_of(file, max_bytes=10),
        ):
            pass
    assert not list((tmp_path / "archive").iterdir())


def test_a_copy_that_a_killed_process_left_goes_after_a_day(incoming: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.mkdir()
    old, young = write(archive / ".1.part"), write(archive / ".2.part")
    os.utime(old, (0, old.stat().st_mtime - LEFT_BEHIND_SECONDS - 60))
    with (
        open_file(write(incoming / "a.csv"), max_bytes=10, follow_links=False) as file,
        Archive(archive).copy_of(file, max_bytes=10),
    ):
        assert (old.exists(), young.exists()) == (False, True)


def test_a_named_pipe_on_the_command_line_does_not_wait_for_its_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with (
        pytest.raises(UnreadableDrop) as caught,
        open_file(tmp_path / "pipe.csv", max_bytes=10, follow_links=True),
    ):
        pass
    assert caught.value.reason == "not_a_file"
