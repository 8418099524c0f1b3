"""The files that the pipeline keeps: the archive, what was disclosed or refused, logs and everything else in HOME.

Knows where they are, searches them, and overwrites in place what may not stay. The files of the database itself are
apart: a live server writes them.
"""

import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from contact_pipeline.adapters.files import free_name
from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.decoding.containers import as_table
from contact_pipeline.decoding.file_kinds import TEXT
from contact_pipeline.erasure.search_terms import SearchTerms
from contact_pipeline.erasure.searching import FileHits, search_stream, whole_finds
from contact_pipeline.settings import Settings

DAGSTER_FOLDERS = ("storage", "history", "logs", "schedules")
PACKED = frozenset({"exports", "rejected", "home"})  # where a ZIP, or a workbook, which is one, may lie
OVERWRITTEN = frozenset({"rejected", "log", "home", "dagster"})  # what cannot be rewritten row by row


@dataclass(frozen=True)
class OwnedFile:
    """kind: archive, exports, rejected, log, home, dagster (what it leaves beside dagster.yaml), or database."""

    kind: str
    path: Path


@dataclass
class Searched:
    """What was read of one kind of file, and how often each needle was there."""

    files: int = 0
    size: int = 0
    unreadable: int = 0
    hits: Counter[str] = field(default_factory=Counter)
    where: list[Path] = field(default_factory=list)


class OwnedFiles:
    """server: the embedded server's folder (data and log), which may lie outside of HOME; None: somebody else's."""

    def __init__(self, settings: Settings, server: Path | None) -> None:
        self._settings = settings
        self._server = server

    def __iter__(self) -> Iterator[OwnedFile]:
        """Every regular file but keys, the ledger, the certificates of erasures, the database's own, and backups, which
        are sealed: what is in them goes when they do (docs/privacy.md)."""
        settings = self._settings
        apart = [settings.home / name for name in ("keys", "erasures", "server", "backups")]
        apart += [settings.key_file.parent, settings.ledger, self._server or settings.home / "database"]
        for path in _regular(settings.home, apart):
            kinds = {settings.archive: "archive", settings.exports: "exports"}
            kind = next((kind for folder, kind in kinds.items() if path.parent == folder), "home")
            yield OwnedFile("home" if path.suffix == ".part" else kind, path)
        for path in _regular(settings.rejected, []):
            yield OwnedFile("rejected", path)
        for name in DAGSTER_FOLDERS:
            for path in _regular(settings.root / name, []):
                yield OwnedFile("dagster", path)
        if self._server:
            for path in _regular(self._server / "log", []):
                yield OwnedFile("log", path)

    def of_database(self) -> Iterator[OwnedFile]:
        """The embedded server's data: heap, indexes, write-ahead log, statistics."""
        if self._server:
            for path in _regular(self._server / "data", []):
                yield OwnedFile("database", path)

    def search(self, files: Iterable[OwnedFile], terms: Sequence[str]) -> dict[str, Searched]:
        """Kind → what was found, in the files and in their names.

        A file that goes while it is looked for is not there; one that may not be read is counted as such.
        """
        found: dict[str, Searched] = {}
        for file in files:
            of_kind = found.setdefault(file.kind, Searched())
            try:
                with file.path.open("rb") as stream:
                    result = _search_file(stream, terms, file.kind)
            except FileNotFoundError:
                continue
            except (OSError, zipfile.BadZipFile, UnreadableDrop):
                of_kind.unreadable += 1
                continue
            named = Counter({needle: 1 for needle in terms if needle in file.path.name.lower()})
            of_kind.files += 1
            of_kind.size += result.size
            of_kind.hits += result.hits + named
            if result.hits or named:
                of_kind.where.append(file.path)
        return found

    def overwrite(self, terms: SearchTerms) -> int:
        """Overwrite every whole find in logs, refused files and whatever else lies in HOME; returns how many changed.

        In place, byte for byte: a program that appends to the file goes on doing so. A file that is named after the
        person gets another name.
        """
        changed = 0
        for file in self:
            if file.kind not in OVERWRITTEN:
                continue
            try:
                changed += _overwrite(file.path, terms)
                if (name := terms.redacted(file.path.name)) != file.path.name:
                    file.path.rename(free_name(file.path.with_name(name)))
            except OSError:  # gone; or the search says that it cannot be read, or what is still in it
                continue
        return changed


def bears_whole(path: Path, terms: SearchTerms) -> bool:
    """Whether the file, what is packed in it, or its name bears one of the values as a whole."""
    if terms.redacted(path.name) != path.name:
        return True
    contents = [path.read_bytes()]
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            contents = [archive.read(member) for member in archive.infolist()]
    return any(whole_finds(content, terms.values).search(content) for content in contents)


def _overwrite(path: Path, terms: SearchTerms) -> bool:
    content = path.read_bytes()
    clean = whole_finds(content, terms.values).sub(lambda found: b"x" * len(found[0]), content)
    if clean == content:
        return False
    with path.open("r+b") as stream:
        stream.write(clean)
        os.fsync(stream.fileno())
    return True


def _search_file(stream: BinaryIO, terms: Sequence[str], kind: str) -> FileHits:
    """What is packed cannot be read as it lies there. Of an archived workbook or card file, its parts are searched (a
    hidden sheet, its author) and the text that is read of it (a quoted or folded line)."""
    is_zip = kind in (*PACKED, "archive") and zipfile.is_zipfile(stream)
    stream.seek(0)
    parts = [_search_zip(stream, terms) if is_zip else search_stream(stream, terms)]
    if kind == "archive":
        table = as_table(stream)
        if table.kind != TEXT:
            parts.append(search_stream(table.stream, terms))
    return FileHits(parts[0].size, sum((part.hits for part in parts), Counter()))


def _search_zip(stream: BinaryIO, terms: Sequence[str]) -> FileHits:
    """What is packed cannot be read as it lies there."""
    size, hits = 0, Counter[str]()
    with zipfile.ZipFile(stream) as archive:
        for member in archive.infolist():
            with archive.open(member) as part:
                result = search_stream(part, terms)  # type: ignore[arg-type]  # it reads bytes
            size, hits = size + result.size, hits + result.hits
    return FileHits(size, hits)


def _regular(folder: Path, apart: Sequence[Path]) -> Iterator[Path]:
    for at, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if Path(at, name) not in apart)
        for name in sorted(names):
            path = Path(at, name)
            if path.is_file() and not path.is_symlink():
                yield path
