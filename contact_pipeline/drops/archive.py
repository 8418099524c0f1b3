"""Taken files, each under its drop's key: private, whole or not at all, written once.

A copy is made and flushed to the disk before anything is known of its content; what is known afterwards (hash, layout,
key) is read from the copy. So the key always belongs to the bytes that land, whatever happens to the file meanwhile.
"""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from contact_pipeline.adapters.files import PRIVATE_FILE, private_dir, replace_file
from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.errors import PermanentError, TransientError, UnreadableDrop
from contact_pipeline.core.ids import DROP_KEY
from contact_pipeline.core.system_errors import why
from contact_pipeline.drops.folder import OpenFile
from contact_pipeline.policy.file import Policy
from contact_pipeline.reading.drop_file import DropOptions, fingerprint
from contact_pipeline.reading.rewriting import rewrite
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

LEFT_BEHIND_SECONDS = 24 * 3600  # no file takes a day to copy: such a part is a killed process's


@dataclass(frozen=True)
class ArchiveCopy:
    """A whole copy that has no key yet. stream: for reading, at its start."""

    stream: BinaryIO
    _part: Path

    def keep(self, drop_key: str, *, replace: bool = False) -> Path:
        """`<archive>/<drop_key>.csv`. What is there already stays (rows of erased people may be gone from it), unless
        `replace` says that it is known to be damaged."""
        if not DROP_KEY.fullmatch(drop_key):
            raise ValueError("not a drop key")
        target = self._part.with_name(f"{drop_key}.csv")
        if replace or not target.exists():
            self._part.replace(target)
        # The original is removed next, perhaps on another disk: after a power cut one of the two must be there.
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return target


class Archive:
    """The folder; made when it is first needed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def copy_of(self, file: OpenFile, *, max_bytes: int) -> Iterator[ArchiveCopy]:
        """A copy that goes away with the block, unless it was kept.

        Raises UnreadableDrop(too_large) for a file that has grown over the limit since it was opened.
        """
        private_dir(self._folder)
        self._sweep()
        part = self._folder / f".{uuid4().hex}.part"
        try:
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "w+b") as stream:
                shutil.copyfileobj(file.stream, stream, 1 << 20)
                stream.flush()
                os.fsync(stream.fileno())
                if stream.tell() > max_bytes:
                    raise UnreadableDrop("too_large", "The file grew over limits.max_file_mb while it was read.")
                stream.seek(0)
                yield ArchiveCopy(stream, part)
        finally:
            part.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Copies that a killed process left: they are of nobody's drop, and retention does not know them."""
        for part in self._folder.glob(".*.part"):
            try:
                if part.stat().st_mtime < time.time() - LEFT_BEHIND_SECONDS:
                    part.unlink()
            except FileNotFoundError:
                continue


def drop_options(policy: Policy, source: str) -> DropOptions:
    """How the policy wants a source's files read."""
    said = policy.source(source)
    return DropOptions(
        mapping=said.mapping,
        ignore_columns=policy.ignored_columns(source),
        max_rows=policy.limits.max_rows,
        folder=source,
        contents=said.contents,
        sheet=said.sheet,
        encoding=said.encoding,
        max_bytes=policy.limits.max_file_mb << 20,
    )


def rewrite_archived(session: Session, drop: DropRecord, numbers: frozenset[int]) -> None:
    """The drop's archived file without these rows; nothing happens where it has gone."""
    path = session.archive / drop.archived_as
    if not path.is_file():
        return
    options = drop_options(session.policy, drop.source)
    with session.connection("erasure: file") as connection:
        DropStore(connection).note_rewriting(drop.key)
        with connection.transaction():
            Script(connection, STEPS).rows("lock_archive", drop_key=drop.key)
            with path.open("rb") as stream:
                replace_file(
                    path, lambda sink: rewrite(stream, sink, numbers, file_name=drop.file_name, options=options)
                )


@contextmanager
def archived_file(archive: Path, drop: DropRecord) -> Iterator[BinaryIO]:
    """For reading, at its start; as it was dropped, as far as no row of an erased person has left it.

    Raises PermanentError where it is missing or damaged, TransientError where it cannot be read; both name the drop and
    what to do.
    """
    file = f"archive/{drop.archived_as} in HOME"
    again = f"Put it back from a backup, or drop the same file again; then: contact-pipeline replay {drop.key}"
    try:
        stream = (archive / drop.archived_as).open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise PermanentError(f"The archived file is missing ({file}). {again}") from None
    except IsADirectoryError:
        raise PermanentError(f"The archived file is damaged: a folder is in its place ({file}). {again}") from None
    except OSError as error:  # may pass: a share, a right
        raise TransientError(f"The archived file cannot be read ({file}): {why(error)}") from None
    with stream:
        if drop.rewritten_at is None and fingerprint(stream) != drop.sha256:
            raise PermanentError(f"The archived file is damaged: its SHA-256 is not that of the drop ({file}). {again}")
        yield stream
