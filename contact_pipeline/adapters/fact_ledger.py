"""The ledger: facts that must outlive the database, in append-only files outside of it, flushed before they hold.

A folder that several machines may share. Every batch goes into a file that no other process is writing, so writers
never wait for each other; readers take all files, in the order of time. A line names its format and the fingerprint of
the key whose hashes it holds; no personal value is in it. What a crash tore off at the end is no line: it had not been
promised.
"""

import errno
import fcntl
import heapq
import json
import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from contact_pipeline.adapters.files import PRIVATE_FILE, private_dir
from contact_pipeline.core.errors import ConfigurationError, ContactPipelineError, TransientError
from contact_pipeline.core.pii import SubjectKey

FORMAT = 1
BUFFER_BYTES = 1 << 20
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
# A person has to do something about these; a full or failing disk may be another one's next time.
_MISCONFIGURED = {
    errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOLCK, errno.EOPNOTSUPP,
}  # fmt: skip

Fact = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """What one moment wrote: facts in their order."""

    at: datetime
    facts: list[dict[str, Any]]


class FactLedger:
    """`<folder>/<book>-<boot>-<n>.jsonl`, private to the owner; a book is a series of files for one kind of reader.

    boot: the running kernel, so that machines never write into one file and a lock of this kernel is enough. may_make:
    the folder is HOME's own; one that somebody named is a shared folder, and where it is missing it is not mounted.
    """

    def __init__(self, folder: Path, key: SubjectKey, *, may_make: bool = True) -> None:
        self.folder = folder
        self.key = key
        self._may_make = may_make

    def append(self, book: str, at: datetime, *facts: Fact) -> None:
        """One line, on the disk when this returns. Raises as `batch` does."""
        with self.batch(book) as batch:
            batch.add(at, *facts)

    @contextmanager
    def batch(self, book: str) -> Iterator["Batch"]:
        """Lines that are on the disk when the block has ended, by one flush; where it ends by an error, none is there.

        Raises TransientError where the disk is full or fails, ConfigurationError where the folder is missing or may not
        be written.
        """
        batch = Batch(self, book)
        try:
            yield batch
            batch.flush()
        except BaseException:
            batch.undo()
            raise
        finally:
            batch.close()

    def read(self, book: str, marks: MutableMapping[str, int] | None = None) -> Iterator[Line]:
        """The lines of all files of a book by time, each file from its mark on.

        marks: name of a file → bytes that were read before; moved on to the end of the last whole line. A file that is
        shorter than its mark, or has no end of a line there, is another one than was read, and is read from its start.
        Raises ConfigurationError where the folder cannot be read, or newer code or another key wrote a line.
        """
        seen = {} if marks is None else marks
        files = [name for name, size in sorted(self.sizes(book).items()) if size != seen.get(name)]
        return heapq.merge(*(self._lines(self.folder / name, seen) for name in files), key=lambda line: line.at)

    def sizes(self, book: str) -> dict[str, int]:
        """Name of each file → its size in bytes."""
        with self._explained("read"):
            if not self._may_make or self.folder.exists():
                with os.scandir(self.folder) as entries:
                    named = (e for e in entries if e.name.startswith(f"{book}-") and e.name.endswith(".jsonl"))
                    return {entry.name: entry.stat().st_size for entry in named}
        return {}

    def open_own(self, book: str) -> tuple[str, int]:
        """Name and descriptor of a file that no other process is writing, locked until it is closed."""
        with self._explained("written"):
            if self._may_make:
                private_dir(self.folder)
            for number in count(1):
                name = f"{book}-{_boot()}-{number}.jsonl"
                flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
                descriptor = os.open(self.folder / name, flags, PRIVATE_FILE)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return name, descriptor
                except BlockingIOError:
                    os.close(descriptor)
                except BaseException:
                    os.close(descriptor)
                    raise
        raise AssertionError("unreachable")

    def _lines(self, path: Path, marks: MutableMapping[str, int]) -> Iterator[Line]:
        with self._explained("read"), path.open("rb") as stream:
            start = marks.get(path.name, 0)
            if start:
                stream.seek(start - 1)
                if stream.read(1) != b"\n":
                    start = stream.seek(0)
            marks[path.name] = start
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                marks[path.name] += len(line)
                try:
                    said = json.loads(line)
                except ValueError:  # torn by a crash; whoever wrote after it began a line of its own
                    continue
                yield self._understood(said)

    def _understood(self, said: Mapping[str, Any]) -> Line:
        if said["v"] > FORMAT:
            raise ConfigurationError(
                f"The ledger has lines of format {said['v']}, which this version does not know. Upgrade the program."
            )
        if said["key"] != self.key.fingerprint:
            raise ConfigurationError(
                "The ledger was written with another key file, so nobody in it would be recognised. Point"
                " CONTACT_PIPELINE_LEDGER at this installation's own folder, or CONTACT_PIPELINE_KEY_FILE at its key."
            )
        return Line(datetime.fromisoformat(said["at"]), said["facts"])

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise _explanation(error, what) from None


class Batch:
    """Lines on their way into one file. `file`, `start`, `end`: where they are, once there are any."""

    def __init__(self, ledger: FactLedger, book: str) -> None:
        self._ledger = ledger
        self._book = book
        self._buffer: list[bytes] = []
        self._buffered = 0
        self._descriptor: int | None = None
        self.file, self.start, self.end = "", 0, 0

    def add(self, at: datetime, *facts: Fact) -> None:
        """One line. at: when it took effect; readers order by it."""
        said = {"v": FORMAT, "key": self._ledger.key.fingerprint, "at": at.isoformat(), "facts": facts}
        self._buffer.append(json.dumps(said, sort_keys=True, separators=(",", ":"), default=_plain).encode() + b"\n")
        self._buffered += len(self._buffer[-1])
        if self._buffered > BUFFER_BYTES:
            self._write()

    def flush(self) -> None:
        """Everything that was added is on the disk when this returns."""
        if self._buffer:
            self._write()
        if self._descriptor is None:
            return
        try:
            os.fsync(self._descriptor)
            if not self.start:  # the file may be new, and its name is in the folder
                flush_folder(self._ledger.folder)
        except OSError as error:
            raise _explanation(error, "written") from None

    def undo(self) -> None:
        """Nothing was promised: take away what is there of it. On a disk that fails even so, less is left."""
        if self._descriptor is None:
            return
        try:
            os.ftruncate(self._descriptor, self.start)
            os.fsync(self._descriptor)
        except OSError:
            return

    def close(self) -> None:
        """Let others write into the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self) -> None:
        if self._descriptor is None:
            self.file, self._descriptor = self._ledger.open_own(self._book)
            self.start = self.end = os.fstat(self._descriptor).st_size
            # After a torn line the next one starts on a line of its own.
            if self.start and os.pread(self._descriptor, 1, self.start - 1) != b"\n":
                self._buffer.insert(0, b"\n")
        content = b"".join(self._buffer)
        self._buffer, self._buffered = [], 0
        try:
            while content:  # a full disk may take a part of it, and raises at the next
                written = os.write(self._descriptor, content)
                self.end += written
                content = content[written:]
        except OSError as error:
            raise _explanation(error, "written") from None


def flush_folder(folder: Path) -> None:
    """The names in it are on the disk when this returns."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explanation(error: OSError, what: str) -> ContactPipelineError:
    """What the system said, as an error of ours; its text names neither file nor value."""
    said = f"The ledger cannot be {what}: {os.strerror(error.errno or errno.EIO)}."
    unchanged = " Nothing was changed." if what == "written" else ""
    if error.errno in _MISCONFIGURED:
        return ConfigurationError(
            f"{said}{unchanged} Make its folder there for this account to read and write, or mount it:"
            " CONTACT_PIPELINE_LEDGER, by default ledger in HOME."
        )
    return TransientError(f"{said}{unchanged} Make room where CONTACT_PIPELINE_LEDGER is, and do it again.")


def _boot() -> str:
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip().replace("-", "")[:12]
    except OSError:
        return uuid4().hex[:12]


def _plain(value: object) -> str:
    """Keys as hex, moments in ISO 8601, ids as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)
