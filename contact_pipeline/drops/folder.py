"""The folder people drop files into: list, take, open, reject. Knows nothing of what is inside a file.

What is taken is first renamed into a private folder beside it: from then on its name is ours, and whoever drops a file
of the same name drops another one. It is opened once, never through a link, and never waits for a writer. A file that
is left there by a crash is listed like any other and taken up again.
"""

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from uuid import uuid4

from contact_pipeline.adapters.files import PRIVATE_DIR, free_name, private_dir
from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.core.ids import source_name

IGNORED_SUFFIXES = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")
# In the folder of the file, not in one place for all: each source's folder may be a file system of its own, and a
# rename stays within one.
STAGING = ".staging"
LONGEST_NAME = 200  # of the 255 bytes that a file system allows; a number or `.reason.txt` has to fit behind it


@dataclass(frozen=True, order=True)
class IncomingFile:
    """One file under INCOMING. path: relative, forward slashes. source: its first folder as a source name, else
    None."""

    path: str
    size: int
    mtime_ns: int
    source: str | None


@dataclass(frozen=True)
class OpenFile:
    """A regular file, opened once. facts: as they were then."""

    stream: BinaryIO
    facts: os.stat_result

    def is_unchanged(self) -> bool:
        """Whether nobody has written into it since it was opened, as far as its size and time tell."""
        now = os.fstat(self.stream.fileno())
        return (now.st_size, now.st_mtime_ns) == (self.facts.st_size, self.facts.st_mtime_ns)


class DropFolder:
    """INCOMING and `rejected/` beside it.

    incoming: need not exist yet. rejected: where refused files go with a reason. max_bytes: larger files are refused.
    """

    def __init__(self, incoming: Path, rejected: Path, *, max_bytes: int) -> None:
        self._incoming = incoming
        self._rejected = rejected
        self._max_bytes = max_bytes

    def listing(self) -> list[IncomingFile]:
        """Every file that may be a drop, sorted by path, and what an interrupted taking left in staging.

        Hidden and half-written names are left alone, and so is what is neither file nor link: pipes, sockets, devices.
        Links are listed, to be refused. Folders behind links are not entered, whatever a folder's name is.
        """
        found: list[IncomingFile] = []
        for folder, subfolders, names in os.walk(self._incoming, followlinks=False):
            subfolders[:] = sorted(name for name in subfolders if name == STAGING or not _is_hidden(name))
            for name in names:
                if _is_hidden(name) or name.lower().endswith(IGNORED_SUFFIXES):
                    continue
                full = Path(folder, name)
                try:
                    facts = full.lstat()
                except OSError:
                    continue  # gone between the two calls
                if stat.S_ISREG(facts.st_mode) or stat.S_ISLNK(facts.st_mode):
                    path = full.relative_to(self._incoming).as_posix()
                    found.append(IncomingFile(path, facts.st_size, facts.st_mtime_ns, _source_of(dropped_as(path))))
        return sorted(found)

    def stage(self, path: str) -> str | None:
        """Rename what lies there into a private folder; returns its new path, or None when it is gone.

        What is in staging stays where it is. Raises OSError: no right to move it (another owner's file in a folder with
        the sticky bit), or something else in the place of the staging folder.
        """
        if dropped_as(path) != path:
            return path
        entry = self._incoming / path
        staging = entry.parent / STAGING
        try:
            staging.mkdir(PRIVATE_DIR)
        except FileNotFoundError:  # the file's folder has gone, and the file with it
            return None
        except FileExistsError:
            pass
        if not stat.S_ISDIR(staging.lstat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, f"{STAGING} is no folder, and nothing is moved through a link")
        # A folder for each file: its own name tells what is inside it (unsubscribed_…), so it is kept.
        place = staging / uuid4().hex
        place.mkdir(PRIVATE_DIR)
        try:
            entry.rename(place / entry.name)
        except FileNotFoundError:
            place.rmdir()
            return None
        except OSError:
            place.rmdir()
            raise
        return (place / entry.name).relative_to(self._incoming).as_posix()

    @contextmanager
    def open(self, path: str) -> Iterator[OpenFile]:
        """The file for reading. Raises UnreadableDrop; see open_file()."""
        with open_file(self._incoming / path, max_bytes=self._max_bytes, follow_links=False) as file:
            yield file

    def reject(self, path: str, reason: str, message: str = "") -> Path | None:
        """Moves the file (of a link: the link itself) to rejected/ with `<name>.reason.txt`; None when it is gone.

        reason: a stable word. message: what it is and what to do, for people. An earlier file of the same name is kept;
        this one gets a number.
        """
        entry = self._incoming / path
        private_dir(self._rejected)
        target = free_name(self._rejected / _short(entry.name))
        try:
            facts = entry.lstat()
            if stat.S_ISLNK(facts.st_mode):
                target.write_bytes(b"symbolic link to " + os.fsencode(entry.readlink()) + b"\n")
                entry.unlink()
            else:  # a file; or what somebody put in its place since it was listed, a folder say
                _move(entry, target)
        except FileNotFoundError:
            return None
        self._leave_staging(entry)
        target.with_name(target.name + ".reason.txt").write_text(
            f"{reason}\n{message}".rstrip() + "\n", encoding="utf-8"
        )
        return target

    def discard(self, path: str, file: OpenFile) -> bool:
        """Removes a staged file whose content is archived; False when it is not the one that was read, or not as it
        was then: that stays, and is listed again."""
        entry = self._incoming / path
        try:
            found = entry.lstat()
        except FileNotFoundError:
            return True
        if not os.path.samestat(found, file.facts) or not file.is_unchanged():
            return False
        entry.unlink(missing_ok=True)
        self._leave_staging(entry)
        return True

    @staticmethod
    def _leave_staging(entry: Path) -> None:
        if entry.parent.parent.name == STAGING:
            with suppress(OSError):  # somebody put something else into it; or another process removed it already
                entry.parent.rmdir()


@contextmanager
def open_file(path: Path, *, max_bytes: int, follow_links: bool) -> Iterator[OpenFile]:
    """A regular file that has something in it, opened once; what lies under the name afterwards is not looked at.

    Raises UnreadableDrop: symbolic_link (where they are not followed), unreadable, not_a_file, too_large, empty_file.
    """
    try:
        # O_NONBLOCK: opening a named pipe must not wait for its writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (0 if follow_links else os.O_NOFOLLOW))
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise UnreadableDrop(
                "symbolic_link", "It is a symbolic link, which is not followed. Copy the file itself."
            ) from None
        if error.errno == errno.ENXIO:  # a socket
            raise UnreadableDrop("not_a_file", "What was dropped is not a file.") from None
        if isinstance(error, PermissionError | FileNotFoundError):
            raise UnreadableDrop("unreadable", "The file cannot be opened. Check its permissions.") from None
        raise  # the machine's fault (too many open files, a disk that fails): the file is as good as before
    facts = os.fstat(descriptor)
    if not stat.S_ISREG(facts.st_mode):
        os.close(descriptor)
        raise UnreadableDrop("not_a_file", "What was dropped is not a file.")
    with os.fdopen(descriptor, "rb") as stream:
        if facts.st_size > max_bytes:
            raise UnreadableDrop("too_large", f"The file is over limits.max_file_mb ({max_bytes >> 20} MB). Split it.")
        if not facts.st_size:
            raise UnreadableDrop("empty_file", "The file is empty. Export it again.")
        yield OpenFile(stream, facts)


def dropped_as(path: str) -> str:
    """The path under INCOMING that a file had before it was staged; any other path is returned as it is."""
    parts = PurePosixPath(path).parts
    if len(parts) >= 3 and parts[-3] == STAGING:
        return PurePosixPath(*parts[:-3], parts[-1]).as_posix()
    return path


def text_name(name: str) -> str:
    """A file's name as text that any table and terminal takes: bytes that are not UTF-8 (a name in Latin-1 out of a
    ZIP) and control characters become U+FFFD."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def _source_of(path: str) -> str | None:
    first, _, rest = path.partition("/")
    return source_name(first) if rest else None


def _is_hidden(name: str) -> bool:
    """A name of nothing but dots hides nothing: nobody's program writes such files for itself."""
    return name.startswith(".") and name.strip(".") != ""


def _short(name: str) -> str:
    """A name to which something can be added: its beginning and its suffix."""
    if len(os.fsencode(name)) <= LONGEST_NAME:
        return name
    suffix = os.fsencode(Path(name).suffix)[-20:]
    return os.fsdecode(os.fsencode(name)[: LONGEST_NAME - len(suffix)] + suffix)


def _move(entry: Path, target: Path) -> None:
    """Rename where it is one file system; else copy, then remove."""
    try:
        entry.replace(target)
    except FileNotFoundError:
        raise
    except OSError:
        part = target.with_name(f".{target.name}.{uuid4().hex}.part")
        try:
            shutil.copyfile(entry, part, follow_symlinks=False)
            part.replace(target)
            entry.unlink()
        finally:
            part.unlink(missing_ok=True)
