"""The folder that backups lie in: what is where, what each backup says of itself, how long it stays.

    ID/manifest.json            what there is to know without the key; no personal value
    ID/base.tar.zst.age         the embedded server's data folder, or
    ID/dump.zst.age             pg_dump of another server's database
    files-LINE/PATH.zst.age     files of HOME as they are now: archive, ledger, certificates, policy
    wal-LINE/SEGMENT.zst.age    the write-ahead log since; SEGMENT.partial: the one that is being written
    wal-LINE/shipped.json       how far

A line is one cluster's log; another HOME, a restored one too, has a line of its own, so several may share a folder.
Neither the subject key nor the backup key is ever here.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from contact_pipeline.adapters.files import private_dir, replace_file
from contact_pipeline.adapters.postgres.embedded_config import wal_line
from contact_pipeline.core.errors import ConfigurationError, UsageError
from contact_pipeline.history.sealing import SUFFIX
from contact_pipeline.policy.backup import BackupPolicy
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings

MANIFEST = "manifest.json"
FORMAT = 1
_NAMES = {"base": f"base.tar{SUFFIX}", "dump": f"dump{SUFFIX}"}


@dataclass(frozen=True)
class Backup:
    """One backup, as its manifest and HOME/backups.jsonl tell of it. Times are ISO 8601, UTC.

    place: the folder it lies in. size, sha256: of the sealed file. plain_bytes: what is in it. start_lsn, end_lsn: the
    log that it holds itself; from end_lsn on the line's is needed (of a base). recipient: public half of its key.
    """

    id: str
    kind: Literal["base", "dump"]
    line: str
    place: str
    started_at: str
    ended_at: str
    seconds: float
    size: int
    sha256: str
    plain_bytes: int
    recipient: str
    program: str
    timeline: int = 0
    segment_bytes: int = 0
    start_lsn: str = ""
    end_lsn: str = ""
    format: int = FORMAT

    @property
    def folder(self) -> Path:
        return Path(self.place) / self.id

    @property
    def file(self) -> Path:
        return self.folder / _NAMES[self.kind]

    @property
    def ended(self) -> datetime:
        return datetime.fromisoformat(self.ended_at)


class Place:
    """A folder with backups."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wal(self, line: str) -> Path:
        """Of the segments of a line."""
        return self.folder / f"wal-{line}"

    def files(self, line: str) -> Path:
        """Of the copies of HOME's files."""
        return self.folder / f"files-{line}"

    def draft(self, line: str, backup: str) -> Path:
        """Where a backup is made; what a crash left of one is found by its line."""
        return self.folder / f".{line}-{backup}.partial"

    def drafts(self, line: str) -> Iterable[Path]:
        """Left behind, unless one is being made."""
        return self.folder.glob(f".{line}-*.partial")

    def backups(self) -> list[Backup]:
        """Whatever lies here, oldest first; what is no backup of ours is passed over."""
        manifests = (path for path in self.folder.glob(f"*/{MANIFEST}") if not path.parent.name.startswith("."))
        found = [replace(_read(path), place=str(self.folder)) for path in manifests]
        return sorted(found, key=lambda backup: backup.ended_at)


def sealed_name(kind: str) -> str:
    """Of the file that holds the database."""
    return _NAMES[kind]


def write_manifest(folder: Path, backup: Backup) -> None:
    """The last file of a backup: where it is missing there is none."""
    text = json.dumps(asdict(backup), indent=1, sort_keys=True)
    replace_file(folder / MANIFEST, lambda file: file.write(text.encode() + b"\n"))


def place_of(settings: Settings, policy: Policy) -> Place:
    """Where backups go unless a command says otherwise."""
    return Place(folder_named(policy.backup.to, settings.root) if policy.backup.to else settings.home / "backups")


def folder_named(text: str, root: Path) -> Path:
    """A folder, or file://…; relative ones are below the project. Raises UsageError for other addresses."""
    plain = text.removeprefix("file://")
    if "://" in plain:
        raise UsageError(
            f"{text.partition('://')[0]}:// is no folder. Backups go into folders: name one, of a mounted share too,"
            " and copy it on by other means."
        )
    return (root / Path(plain).expanduser()).resolve()


def note_backup(settings: Settings, backup: Backup) -> None:
    """One line more in HOME/backups.jsonl, on the disk."""
    private_dir(settings.home)
    known = _lines(settings)
    _write_lines(settings, [*known, asdict(backup)])


def forget_backups(settings: Settings, gone: Sequence[Backup]) -> None:
    """They are not there any more."""
    names = {(backup.place, backup.id) for backup in gone}
    if names:
        _write_lines(settings, [line for line in _lines(settings) if (line["place"], line["id"]) not in names])


def noted_backups(settings: Settings) -> list[Backup]:
    """Those of HOME/backups.jsonl, oldest first."""
    return [Backup(**line) for line in _lines(settings)]


def known_backups(settings: Settings, policy: Policy) -> list[Backup]:
    """Oldest first: those that HOME knows, and those that lie where backups go, which a HOME that was lost knew."""
    found = {backup.id: backup for backup in noted_backups(settings)}
    for here in place_of(settings, policy).backups():
        noted = found.get(here.id, here)  # what HOME wrote down nobody with a hand in that folder has changed
        found[here.id] = noted if noted.file.exists() else replace(noted, place=here.place)
    return sorted(found.values(), key=lambda backup: backup.ended_at)


def own_lines(settings: Settings) -> set[str]:
    """Of this HOME, from its own book and its server. Empty: it was lost, or never had one."""
    current = wal_line(settings.home)
    return {backup.line for backup in noted_backups(settings)} | ({current} if current else set())


def find_backup(backups: Sequence[Backup], text: str) -> Backup:
    """By its id, or the beginning of it. Raises UsageError where there is none, or more than one."""
    found = [backup for backup in backups if backup.id.startswith(text)]
    if len(found) != 1:
        how_many = "more than one backup" if found else "no backup"
        raise UsageError(f"There is {how_many} {text}. contact-pipeline backup list has all.")
    return found[0]


def to_go(backups: Sequence[Backup], policy: BackupPolicy, now: datetime) -> list[Backup]:
    """Which of one line's backups have had their time. The newest stays: without it there would be none."""
    ordered = sorted(backups, key=lambda backup: backup.ended_at)
    recent = now - timedelta(days=policy.keep_days)
    ended = now - timedelta(days=policy.beyond_use_days)
    by_month: dict[str, Backup] = {}
    for backup in ordered:
        by_month.setdefault(backup.ended_at[:7], backup)
    months = sorted(month for month in by_month if month < f"{recent:%Y-%m}" or by_month[month].ended < recent)
    monthly = (
        {by_month[month].id for month in months[len(months) - policy.keep_monthly :]} if policy.keep_monthly else set()
    )
    return [
        backup
        for backup in ordered[:-1]
        if backup.ended < ended or (backup.ended < recent and backup.id not in monthly)
    ]


def _read(path: Path) -> Backup:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] > FORMAT:
            raise ConfigurationError(
                f"The backup {path.parent.name} was made by a newer version of the program. Upgrade it."
            )
        return Backup(**said)
    except (OSError, ValueError, TypeError, KeyError):
        raise ConfigurationError(
            f"The manifest of the backup {path.parent.name} cannot be read. Move that folder away; the others are good."
        ) from None


def _book(settings: Settings) -> Path:
    return settings.home / "backups.jsonl"


def _lines(settings: Settings) -> list[dict[str, Any]]:
    try:
        text = _book(settings).read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text.splitlines() if line]


def _write_lines(settings: Settings, lines: Sequence[dict[str, Any]]) -> None:
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    replace_file(_book(settings), lambda file: file.write(text.encode()))
