"""Files become drops: stage, copy, fingerprint, register, archive. Shared by the sensor and the command line.

A crash at any step leaves a file in INCOMING, in its staging folder (listed, so taken up again) or
in the archive; each step may be done twice, also by two processes at once.
"""

import errno
import os
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from contact_pipeline.adapters.key_file import read_key
from contact_pipeline.adapters.postgres.alerts import Alerts
from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.core.alerts import FILE_REJECTED
from contact_pipeline.core.errors import ContactPipelineError, TransientError, UnreadableDrop
from contact_pipeline.core.ids import UNDOCUMENTED, source_name
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.core.system_errors import why
from contact_pipeline.decoding.containers import check_kind
from contact_pipeline.drops.archive import Archive, archived_file
from contact_pipeline.drops.folder import DropFolder, OpenFile, dropped_as, open_file, text_name
from contact_pipeline.drops.planning import Listed, plan_drops
from contact_pipeline.people.facts import fact_transaction
from contact_pipeline.reading.drop_file import DropOptions, fingerprint, open_drop
from contact_pipeline.settings import Settings
from contact_pipeline.stage.session import Session

TICK_SECONDS = 20  # Dagster ends a sensor after 60; what is left over comes at the next tick
NOT_TAKEN_IN = "not_taken_in"


@dataclass(frozen=True)
class TakenIn:
    """One file as a drop. `is_done`: nothing is left to do for it (published, or held until a person decides)."""

    key: str
    file_bytes: int
    is_new: bool
    is_done: bool


@dataclass(frozen=True)
class Rejected:
    """One file that did not become a drop; its name stays out of logs, `position` says which of the given it was."""

    position: int
    reason: str
    message: str


class Intake:
    """Takes files in."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._settings = settings = session.settings
        self._max_bytes = session.policy.limits.max_file_mb * 1024 * 1024
        self._archive = Archive(settings.archive)
        self.folder = DropFolder(settings.incoming, settings.rejected, max_bytes=self._max_bytes)

    def take_incoming(self, paths: list[str], source: str | None = None) -> tuple[list[TakenIn], list[Rejected]]:
        """Move files of INCOMING (relative paths) into the archive, or to rejected/ with a reason and an alert.

        Whatever is wrong with one file, the others are taken: a file that could not be taken for another reason than
        itself (a full disk, a missing right) stays where it is, with an alert, and is offered again. One that has gone
        meanwhile was taken by somebody else. Raises TransientError when the database is lost.
        """
        outcomes = [
            self._attempt(position, path, partial(self._take_incoming, path, source))
            for position, path in enumerate(paths)
        ]
        return _sorted_out(outcomes)

    def take_files(self, files: list[Path], source: str | None) -> tuple[list[TakenIn], list[Rejected]]:
        """Copy files from anywhere; files under INCOMING are moved."""
        outcomes: list[TakenIn | Rejected | None] = []
        for position, file in enumerate(files):
            inside = self._path_under_incoming(file)
            if inside is None:
                outcomes.append(self._attempt(position, str(file), partial(self._take_outside, file, source)))
                continue
            outcome = self._attempt(position, inside, partial(self._take_incoming, inside, source))
            outcomes.append(outcome or Rejected(position, "gone", "Another run has taken it in; see status."))
        return _sorted_out(outcomes)

    def with_unfinished(self, taken: list[TakenIn]) -> list[TakenIn]:
        """Also the drops that an earlier run landed and did not finish: their files have left INCOMING."""
        archive = self._settings.archive
        with self._session.connection("intake") as connection:
            left = [drop for drop in DropStore(connection).all() if not (drop.published_at or drop.held_reason)]
        return _each_once(taken + [_taken(d, False, archive) for d in left if (archive / d.archived_as).is_file()])

    def _attempt(self, position: int, path: str, take: Callable[[], TakenIn | None]) -> TakenIn | Rejected | None:
        try:
            return take()
        except UnreadableDrop as error:
            reason, message = error.reason, str(error)
        except TransientError:
            raise
        except Exception as error:  # of any kind: what is odd about one file must not keep out all others
            reason, message = NOT_TAKEN_IN, _why_not_taken(error)
        self.alert(path, reason)
        return Rejected(position, reason, message)

    def _take_incoming(self, path: str, source: str | None) -> TakenIn | None:
        """None: it is gone, another process has taken it. What is no drop is moved to rejected/."""
        staged = self.folder.stage(path)
        if staged is None:
            return None
        try:
            with self.folder.open(staged) as file:
                taken = self._take(file, Path(staged).name, self._source_under_incoming(path, source))
                self.folder.discard(staged, file)
        except UnreadableDrop as error:
            if self.folder.reject(staged, error.reason, str(error)) is None:
                return None
            raise
        self._close_alert(path)
        return taken

    def _take_outside(self, file: Path, source: str | None) -> TakenIn:
        with open_file(file, max_bytes=self._max_bytes, follow_links=True) as opened:
            return self._take(opened, file.name, source or self._declared_source(file))

    def _take(self, file: OpenFile, name: str, source: str) -> TakenIn:
        """The content of an open file as a drop of this source, archived. The file itself is left alone."""
        now, name = self._session.clock(), text_name(name)
        options = DropOptions(max_rows=self._session.policy.limits.max_rows, max_bytes=self._max_bytes)
        with self._archive.copy_of(file, max_bytes=self._max_bytes) as copy:
            if not file.is_unchanged():  # a half of it is no drop
                raise OSError(errno.EBUSY, "somebody is writing into it")
            sha256 = fingerprint(copy.stream)
            check_kind(copy.stream, name)
            opened = open_drop(copy.stream, file_name=name, options=options)  # raises for what can never become rows
            name = opened.table.named(name)  # what is packed may not keep the name that is in it
            with fact_transaction(self._session, "intake") as (connection, facts):
                record, is_new = DropStore(connection).register(
                    source=source,
                    sha256=sha256,
                    file_name=name,
                    file_bytes=copy.stream.seek(0, os.SEEK_END),
                    landed_at=now,
                )
                if is_new:
                    facts.drop(record)
            # Here is a whole copy, should the archived one be damaged. A new drop knows of no file yet: one of its name
            # is left over from a database that is gone.
            copy.keep(record.key, replace=is_new or self._is_damaged(record))
        return _taken(record, is_new, self._settings.archive)

    def _is_damaged(self, record: DropRecord) -> bool:
        try:
            with archived_file(self._settings.archive, record):
                return False
        except ContactPipelineError:
            return record.rewritten_at is None  # else a whole copy would bring erased rows back

    def _source_under_incoming(self, path: str, source: str | None) -> str:
        path = dropped_as(path)
        folder = path.partition("/")[0] if "/" in path else None
        declared = source or self._declared_source(self._settings.incoming / path)
        return (source_name(folder) if folder else declared) or UNDOCUMENTED

    def _declared_source(self, file: Path) -> str:
        """The parent folder or the file's stem, if the policy declares such a source."""
        for candidate in (file.resolve().parent.name, file.stem):
            name = source_name(candidate)
            if name in self._session.policy.sources:
                return str(name)
        return UNDOCUMENTED

    def _path_under_incoming(self, file: Path) -> str | None:
        """The folder as it really is; the name as given, since a link itself is what lies there."""
        try:
            return (file.parent.resolve() / file.name).relative_to(self._settings.incoming).as_posix()
        except ValueError:
            return None

    def alert(self, path: str, reason: str) -> None:
        """A file that somebody should look at; it is named by a keyed hash, since people name files after people."""
        with self._session.connection("intake") as connection:
            subject = _hashed(self._session.key, dropped_as(path))
            Alerts(connection).open_alert(FILE_REJECTED.of(reason), subject, counts={"files": 1})

    def _close_alert(self, path: str) -> None:
        with self._session.connection("intake") as connection:
            subject = _hashed(self._session.key, dropped_as(path))
            Alerts(connection).close_alert(FILE_REJECTED.of(NOT_TAKEN_IN), subject)


def take_in_ready(
    settings: Settings, seen: Mapping[str, list[int]], open_session: Callable[[], AbstractContextManager[Session]]
) -> tuple[list[TakenIn], dict[str, list[int]]]:
    """One look at INCOMING: files that were the same in `seen` become drops; returns them and the new state.

    open_session: called only where a file is there, since most looks find none.

    The state is kept in Dagster's storage and names no file: paths are keyed hashes, since people name files after
    people. What could not be taken in stays where it is and is offered again.
    """
    listing = DropFolder(settings.incoming, settings.rejected, max_bytes=0).listing()
    if not listing:
        return [], {}
    key = read_key(settings)
    if key is None:  # the first start, or the key is gone: opening knows which
        with open_session() as session:
            key = session.key
    files = {_hashed(key, file.path): file for file in listing}
    plan = plan_drops([Listed(name, file.size, file.mtime_ns) for name, file in files.items()], seen)
    if not plan.ready:
        return [], plan.seen
    taken: list[TakenIn] = []
    deadline = time.monotonic() + TICK_SECONDS
    with open_session() as session:
        intake = Intake(session)
        for entry in plan.ready:
            try:
                taken += intake.take_incoming([files[entry.path].path])[0]
            except TransientError:
                if not taken:
                    raise
                break  # what was taken in so far must not be forgotten
            if time.monotonic() > deadline:
                break
    return _each_once(taken), plan.seen


def _why_not_taken(error: Exception) -> str:
    """Value-free: the text of a foreign exception may hold the file's name."""
    if isinstance(error, OSError):
        said = why(error)
    else:
        said = str(error) if isinstance(error, ContactPipelineError) else f"{type(error).__name__}."
    return f"The file could not be taken in: {said} It stays where it is and is tried again with the next run."


def _taken(record: DropRecord, is_new: bool, archive: Path) -> TakenIn:
    done = record.published_at is not None or record.held_reason is not None
    return TakenIn(record.key, (archive / record.archived_as).stat().st_size, is_new, done)


def _sorted_out(outcomes: Iterable[TakenIn | Rejected | None]) -> tuple[list[TakenIn], list[Rejected]]:
    outcomes = list(outcomes)
    taken = [outcome for outcome in outcomes if isinstance(outcome, TakenIn)]
    return _each_once(taken), [outcome for outcome in outcomes if isinstance(outcome, Rejected)]


def _each_once(taken: list[TakenIn]) -> list[TakenIn]:
    """Two files of the same content are one drop; the first of them says whether it is new."""
    once: dict[str, TakenIn] = {}
    for drop in taken:
        once.setdefault(drop.key, drop)
    return list(once.values())


def _hashed(key: SubjectKey, path: str) -> str:
    return key.digest("path:" + path).hex()[:24]
