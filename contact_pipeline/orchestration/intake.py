"""Files become drops: fingerprint, register, archive. Shared by the sensor and the command line. No Dagster in here."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from contact_pipeline.adapters.files import DropFolder, archive_file, private_dir
from contact_pipeline.adapters.key_file import load_key
from contact_pipeline.adapters.postgres.drop_store import DropRecord, DropStore
from contact_pipeline.adapters.postgres.ledger import Ledger
from contact_pipeline.core.errors import TransientError, UnreadableDrop
from contact_pipeline.core.ids import UNDOCUMENTED, drop_key, source_name
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.drops import DropOptions, Listed, fingerprint, open_drop, plan_drops
from contact_pipeline.orchestration.facts import fact_transaction
from contact_pipeline.orchestration.pipeline import Pipeline
from contact_pipeline.orchestration.session import open_pipeline
from contact_pipeline.policy import Policy
from contact_pipeline.settings import Settings

TICK_SECONDS = 20  # Dagster ends a sensor after 60; what is left over comes at the next tick


@dataclass(frozen=True)
class TakenIn:
    """One file as a drop. `is_done`: nothing is left to do for it (published, or held until a person decides)."""

    key: str
    file_bytes: int
    is_new: bool
    is_done: bool


@dataclass(frozen=True)
class Rejected:
    """One file that could not become a drop; its name stays out of logs, `position` says which of the given it was."""

    position: int
    reason: str
    message: str


class Intake:
    """Takes files in for one pipeline."""

    def __init__(self, pipeline: Pipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._settings = settings
        limits = pipeline.policy.limits
        self.folder = DropFolder(settings.incoming, settings.rejected, max_bytes=limits.max_file_mb * 1024 * 1024)

    def take_incoming(self, paths: list[str], source: str | None = None) -> tuple[list[TakenIn], list[Rejected]]:
        """Move files of INCOMING (relative paths) into the archive, or to rejected/ with a reason and an alert."""
        taken, rejected = [], []
        for position, path in enumerate(paths):
            try:
                with self.folder.open(path) as stream:
                    record, is_new = self._register(stream, Path(path), self._source_under_incoming(path, source))
                self.folder.archive(path, self._settings.archive, record.key)
                taken.append(_taken(record, is_new, self._settings.archive))
            except UnreadableDrop as error:
                self.folder.reject(path, error.reason)
                self.alert(path, error.reason)
                rejected.append(Rejected(position, error.reason, str(error)))
        return _each_once(taken), rejected

    def take_files(self, files: list[Path], source: str | None) -> tuple[list[TakenIn], list[Rejected]]:
        """Copy files from anywhere; files under INCOMING are moved."""
        taken, rejected = [], []
        for position, file in enumerate(files):
            inside = self._path_under_incoming(file)
            if inside is not None:
                moved, refused = self.take_incoming([inside], source)
                taken += moved
                rejected += [replace(r, position=position) for r in refused]
                continue
            try:
                with _opened(file, self._pipeline.policy) as stream:
                    record, is_new = self._register(stream, file, source or self._declared_source(file))
                archive_file(file, self._settings.archive, record.key, keep=True)
                taken.append(_taken(record, is_new, self._settings.archive))
            except UnreadableDrop as error:
                self.alert(str(file), error.reason)
                rejected.append(Rejected(position, error.reason, str(error)))
        return _each_once(taken), rejected

    def with_unfinished(self, taken: list[TakenIn]) -> list[TakenIn]:
        """Also the drops that an earlier run landed and did not finish: their files have left INCOMING."""
        archive = self._settings.archive
        with self._pipeline.connection("intake") as connection:
            left = [drop for drop in DropStore(connection).all() if not (drop.published_at or drop.held_reason)]
        return _each_once(taken + [_taken(d, False, archive) for d in left if (archive / d.archived_as).is_file()])

    def _register(self, stream: BinaryIO, file: Path, source: str) -> tuple[DropRecord, bool]:
        options = DropOptions(max_rows=self._pipeline.policy.limits.max_rows)
        sha256 = fingerprint(stream)
        open_drop(stream, file_name=file.name, options=options)  # raises for what can never become rows
        now = self._pipeline.clock()
        key = drop_key(now, source, sha256)
        private_dir(self._settings.archive)
        with fact_transaction(self._pipeline, "intake") as (connection, facts):
            record, is_new = DropStore(connection).register(
                key=key, source=source, sha256=sha256, file_name=file.name, file_bytes=stream.seek(0, 2),
                archived_as=f"{key}.csv", landed_at=now,
            )  # fmt: skip
            if is_new:
                facts.drop(record)
            return record, is_new

    def _source_under_incoming(self, path: str, source: str | None) -> str:
        folder = path.partition("/")[0] if "/" in path else None
        return (source_name(folder) if folder else source or self._declared_source(Path(path))) or UNDOCUMENTED

    def _declared_source(self, file: Path) -> str:
        """The parent folder or the file's stem, if the policy declares such a source."""
        for candidate in (file.resolve().parent.name, file.stem):
            name = source_name(candidate)
            if name in self._pipeline.policy.sources:
                return str(name)
        return UNDOCUMENTED

    def _path_under_incoming(self, file: Path) -> str | None:
        try:
            return file.absolute().relative_to(self._settings.incoming).as_posix()
        except ValueError:
            return None

    def alert(self, path: str, reason: str) -> None:
        """A file that somebody should look at; it is named by a keyed hash, since people name files after people."""
        with self._pipeline.connection("intake") as connection:
            subject = _hashed(self._pipeline.key, path)
            Ledger(connection).open_alert(f"file_rejected_{reason}", subject, severity="warning", counts={"files": 1})


def take_in_ready(settings: Settings, seen: Mapping[str, list[int]]) -> tuple[list[TakenIn], dict[str, list[int]]]:
    """One look at INCOMING: files that were the same in `seen` become drops; returns them and the new state.

    The state is kept in Dagster's storage and names no file: paths are keyed hashes, since people name files after
    people. A file that could not be taken in (a full disk, a lost database) stays where it is and is offered again.
    """
    listing = DropFolder(settings.incoming, settings.rejected, max_bytes=0).listing()
    if not listing:
        return [], {}
    key = load_key(settings)
    files = {_hashed(key, file.path): file for file in listing}
    plan = plan_drops([Listed(name, file.size, file.mtime_ns) for name, file in files.items()], seen)
    if not plan.ready:
        return [], plan.seen
    taken: list[TakenIn] = []
    deadline = time.monotonic() + TICK_SECONDS
    with open_pipeline(settings) as pipeline:
        intake = Intake(pipeline, settings)
        for entry in plan.ready:
            path = files[entry.path].path
            try:
                taken += intake.take_incoming([path])[0]
            except OSError:
                intake.alert(path, "not_taken_in")
            except TransientError:
                if not taken:
                    raise
                break  # what was taken in so far must not be forgotten
            if time.monotonic() > deadline:
                break
    return _each_once(taken), plan.seen


@contextmanager
def _opened(file: Path, policy: Policy) -> Iterator[BinaryIO]:
    """A file outside INCOMING, with the same refusals."""
    try:
        if not file.is_file():
            raise UnreadableDrop("not_a_file", "This is no file. Name CSV files.")
        if file.stat().st_size > policy.limits.max_file_mb * 1024 * 1024:
            raise UnreadableDrop(
                "too_large", f"The file is over {policy.limits.max_file_mb} MB ([limits] max_file_mb)."
            )
        stream = file.open("rb")
    except OSError:
        raise UnreadableDrop("unreadable", "The file cannot be read. Check its permissions.") from None
    with stream:
        yield stream


def _taken(record: DropRecord, is_new: bool, archive: Path) -> TakenIn:
    done = record.published_at is not None or record.held_reason is not None
    return TakenIn(record.key, (archive / record.archived_as).stat().st_size, is_new, done)


def _each_once(taken: list[TakenIn]) -> list[TakenIn]:
    """Two files of the same content are one drop; the first of them says whether it is new."""
    once: dict[str, TakenIn] = {}
    for drop in taken:
        once.setdefault(drop.key, drop)
    return list(once.values())


def _hashed(key: SubjectKey, path: str) -> str:
    return key.digest("path:" + path).hex()[:24]
