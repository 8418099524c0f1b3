"""The folder people drop files into: list, open, archive, reject. Knows nothing of what is inside a file.

Refuses symbolic links that lead out of the folder, files that cannot be read and files over the limit. Local
folders; the
paths are universal-pathlib's for a bucket's listing, but moving into the archive needs a local disk's atomic rename.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.core.ids import DROP_KEY, source_name

IGNORED_SUFFIXES = (".tmp", ".part", ".partial", ".crdownload", ".swp", "~")
PRIVATE_DIR, PRIVATE_FILE = 0o700, 0o600


@dataclass(frozen=True, order=True)
class IncomingFile:
    """One file under INCOMING. path: relative, forward slashes. source: its first folder as a source name, else
    None."""

    path: str
    size: int
    mtime_ns: int
    source: str | None


class DropFolder:
    """INCOMING and `rejected/` beside it.

    incoming: need not exist yet. rejected: where refused files go with a reason. max_bytes: larger files are refused.
    """

    def __init__(self, incoming: Path, rejected: Path, *, max_bytes: int) -> None:
        self._incoming = incoming
        self._rejected = rejected
        self._max_bytes = max_bytes

    def listing(self) -> list[IncomingFile]:
        """Every file that may be a drop, sorted by path; hidden and half-written names are left alone.

        Links are listed whether or not they may be followed: open() refuses those that lead out. Folders behind links
        are not entered.
        """
        found: list[IncomingFile] = []
        if not self._incoming.is_dir():
            return found
        for folder, subfolders, names in os.walk(self._incoming, followlinks=False):
            subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
            for name in names:
                if name.startswith(".") or name.lower().endswith(IGNORED_SUFFIXES):
                    continue
                full = Path(folder, name)
                try:
                    facts = full.lstat()
                except OSError:
                    continue  # gone between the two calls
                if stat.S_ISREG(facts.st_mode) or stat.S_ISLNK(facts.st_mode):
                    path = full.relative_to(self._incoming).as_posix()
                    found.append(IncomingFile(path, facts.st_size, facts.st_mtime_ns, _source_of(path)))
        return sorted(found)

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """The file for reading. Raises UnreadableDrop: outside_folder, unreadable, not_a_file, too_large,
        empty_file."""
        full = self._inside(path)
        try:
            # O_NONBLOCK: a named pipe must not hang the sensor.
            descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        except OSError:
            raise UnreadableDrop("unreadable", "The file cannot be opened. Check its permissions.") from None
        with os.fdopen(descriptor, "rb") as stream:
            facts = os.fstat(descriptor)
            if not stat.S_ISREG(facts.st_mode):
                raise UnreadableDrop("not_a_file", "What was dropped is not a file.")
            if facts.st_size > self._max_bytes:
                raise UnreadableDrop(
                    "too_large", f"The file is over limits.max_file_mb ({self._max_bytes >> 20} MB). Split it."
                )
            if not facts.st_size:
                raise UnreadableDrop("empty_file", "The file is empty. Export it again.")
            yield stream

    def reject(self, path: str, reason: str) -> Path | None:
        """Moves the file (of a link: the link itself) to rejected/ with `<name>.reason.txt`; None when it is gone.

        reason: a stable word. An earlier file of the same name is kept; this one gets a number.
        """
        entry = self._incoming / self._relative(path)
        private_dir(self._rejected)
        target = free_name(self._rejected / Path(path).name)
        try:
            facts = entry.lstat()
            if stat.S_ISLNK(facts.st_mode):
                target.write_text(f"symbolic link to {entry.readlink()}\n", encoding="utf-8", errors="replace")
                entry.unlink()
            else:
                _move(entry, target)
        except FileNotFoundError:
            return None
        target.with_name(target.name + ".reason.txt").write_text(reason + "\n", encoding="utf-8")
        return target

    def discard(self, path: str) -> None:
        """Removes a file whose content is archived already."""
        (self._incoming / self._relative(path)).unlink(missing_ok=True)

    def archive(self, path: str, archive: Path, drop_key: str) -> Path:
        """Moves the file under its drop key; see archive_file()."""
        return archive_file(self._inside(path), archive, drop_key, keep=False)

    def _inside(self, path: str) -> Path:
        """The real path, which lies in the folder."""
        entry = self._incoming / self._relative(path)
        try:
            real = entry.resolve(strict=True)
        except (OSError, RuntimeError):
            raise UnreadableDrop("unreadable", "The file is gone or its link leads nowhere.") from None
        if not real.is_relative_to(self._incoming.resolve()):
            raise UnreadableDrop("outside_folder", "The link leads out of the incoming folder. Copy the file instead.")
        return real

    @staticmethod
    def _relative(path: str) -> Path:
        relative = Path(path)
        if relative.is_absolute() or ".." in relative.parts:
            raise UnreadableDrop("outside_folder", "The path leads out of the incoming folder.")
        return relative


def archive_file(file: Path, archive: Path, drop_key: str, *, keep: bool) -> Path:
    """`<archive>/<drop_key>.csv`, 0600 in a folder 0700, whole or not at all; once there it is not written again.

    keep: the given file belongs to somebody else (a FILE of the command line) and stays. Works across file systems.
    """
    if not DROP_KEY.fullmatch(drop_key):
        raise ValueError("not a drop key")
    private_dir(archive)
    target = archive / f"{drop_key}.csv"
    if not target.exists():
        with file.open("rb") as source:
            replace_file(target, lambda sink: shutil.copyfileobj(source, sink, 1 << 20))
    if not keep:
        file.unlink(missing_ok=True)
    return target


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """What `write` puts into the file it is given, whole or not at all, private, and on the disk."""
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as sink:
            write(sink)
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def private_dir(folder: Path) -> None:
    """Made for the owner only; a folder that was there before keeps its permissions."""
    if not folder.is_dir():
        folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        folder.chmod(PRIVATE_DIR)  # whatever the umask


def _source_of(path: str) -> str | None:
    first, _, rest = path.partition("/")
    return source_name(first) if rest else None


def free_name(wanted: Path) -> Path:
    """The path, or one beside it with a number, where nothing is yet."""
    target, number = wanted, 2
    while target.exists() or target.is_symlink():
        target, number = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}"), number + 1
    return target


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
