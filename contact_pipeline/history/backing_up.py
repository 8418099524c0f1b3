"""A backup: the database as PostgreSQL's own tools copy it, sealed as it is read, and read back before it counts."""

import shutil
import time
from dataclasses import dataclass
from datetime import UTC, timedelta
from importlib.metadata import version
from pathlib import Path
from secrets import token_hex

from contact_pipeline.adapters.fact_ledger import flush_folder
from contact_pipeline.adapters.files import private_dir
from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.copying import base_backup, dump
from contact_pipeline.adapters.postgres.embedded_config import wal_line
from contact_pipeline.adapters.postgres.embedded_wal import (
    BASE_SLOT,
    SLOT,
    Wal,
    lsn_number,
    segment_number,
)
from contact_pipeline.core.errors import UsageError
from contact_pipeline.history.backup_place import (
    Backup,
    Place,
    forget_backups,
    note_backup,
    noted_backups,
    place_of,
    sealed_name,
    to_go,
    write_manifest,
)
from contact_pipeline.history.checking_backups import read_base, read_dump
from contact_pipeline.history.sealing import BackupKey, make_backup_key, read_backup_key
from contact_pipeline.history.shipping import Shipped, mirror, ship, turn
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings
from contact_pipeline.stage.session import Session

FULL_AFTER = timedelta(hours=24)


@dataclass(frozen=True)
class BackedUp:
    """What `back_up` has done. made: None: the last one is young, and the log was shipped to it. new_key: where a key
    was made, which has to be kept elsewhere."""

    made: Backup | None
    newest: Backup
    shipped: Shipped | None
    gone: int = 0
    new_key: Path | None = None


def back_up(session: Session, *, to: Path | None = None, full: bool = False) -> BackedUp:
    """Bring the place of backups up to now: a backup where the newest is a day old (or with `full`), the log anyway.

    to: another folder, for this backup alone: no log follows it there. Raises TransientError where PostgreSQL ends
    early, UsageError where the embedded server does not keep its log yet (server.keep_wal), and what the disk raises.
    """
    settings = session.settings
    is_ours = settings.database_url is None
    line = wal_line(settings.home) if is_ours else f"dump-{session.key.fingerprint[:12]}"
    if line is None:
        raise UsageError("No backup was made here yet. Make the first one by hand: contact-pipeline backup")
    configured = place_of(session.settings, session.policy)
    place = configured if to is None else Place(to)
    has_key = read_backup_key(settings.backup_key) is not None
    key = make_backup_key(settings.backup_key)
    new_key = None if has_key else settings.backup_key
    with turn(settings, "backup"):
        _clear(place, line)
        before = [backup for backup in place.backups() if backup.line == line]
        if before and not full and to is None and is_ours and session.clock() - before[-1].ended < FULL_AFTER:
            return BackedUp(None, before[-1], ship(session), new_key=new_key)
        made = _base(session, place, line, key, follows=to is None) if is_ours else _dump(session, place, line, key)
        mirror(settings, place.files(line), key)
        note_backup(settings, made)
        if to is not None:
            return BackedUp(made, made, None, new_key=new_key)
        sent = ship(session)
        return BackedUp(made, made, sent, _end_old(session, place, line), new_key)


def _base(session: Session, place: Place, line: str, key: BackupKey, *, follows: bool) -> Backup:
    """follows: the log is kept and shipped from here on."""
    folder = server.folder(session.settings)
    assert folder is not None  # noqa: S101 - it is ours
    with session.connection("backup") as connection:
        wal = Wal(connection, folder / "data")
        if not wal.is_kept:
            raise UsageError(
                "The database server runs without its log, and keeps it from its next start on. End what uses it (`up`,"
                " or `db stop`), then call backup again."
            )
        if follows:
            wal.hold(SLOT)
        wal.hold(BASE_SLOT)  # the other one lets go of what is shipped, which this backup is still to fetch
        segment_bytes = wal.position().segment_bytes
        try:
            return _sealed(session, place, line, key, "base", segment_bytes)
        finally:
            wal.release(BASE_SLOT)


def _dump(session: Session, place: Place, line: str, key: BackupKey) -> Backup:
    return _sealed(session, place, line, key, "dump")


def _sealed(session: Session, place: Place, line: str, key: BackupKey, kind: str, segment_bytes: int = 0) -> Backup:
    """Into a draft, read back, and only then under its name."""
    begun, clock = session.clock(), time.monotonic()
    name = f"{begun.astimezone(UTC):%Y%m%dT%H%M%SZ}-{token_hex(2)}"
    draft = place.draft(line, name)
    private_dir(draft)
    try:
        copying = base_backup(session.database_url, name) if kind == "base" else dump(session.database_url)
        with copying as source:
            written = key.seal(draft / sealed_name(kind), source)
        contents = (read_base if kind == "base" else read_dump)(draft / sealed_name(kind), key)
        made = Backup(
            id=name,
            kind="base" if kind == "base" else "dump",
            line=line,
            place=str(place.folder),
            started_at=begun.isoformat(),
            ended_at=session.clock().isoformat(),
            seconds=round(time.monotonic() - clock, 1),
            size=written.size,
            sha256=written.sha256,
            plain_bytes=contents.plain_bytes,
            recipient=key.recipient,
            program=version("contact-pipeline"),
            segment_bytes=segment_bytes,
            timeline=contents.timeline,
            start_lsn=contents.start_lsn,
            end_lsn=contents.end_lsn,
        )
        write_manifest(draft, made)
        draft.rename(place.folder / name)
        flush_folder(place.folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return made


def _clear(place: Place, line: str) -> None:
    """What a killed backup left."""
    for draft in place.drafts(line):
        shutil.rmtree(draft, ignore_errors=True)


def _end_old(session: Session, place: Place, line: str) -> int:
    """Take away what has had its time, and the log that leads nowhere any more. Returns how many backups went."""
    here = [backup for backup in place.backups() if backup.line == line]
    gone = to_go(here, session.policy.backup, session.clock())
    for backup in gone:
        shutil.rmtree(backup.folder)
    forget_backups(session.settings, gone)
    kept = [backup for backup in here if backup not in gone and backup.kind == "base"]
    recent = session.clock() - timedelta(days=session.policy.backup.keep_days)
    followed = [backup for backup in kept if backup.ended >= recent] or kept[-1:]
    if followed:
        first = segment_number_of(followed[0])
        for path in place.wal(line).glob("0*.zst.age"):
            if len(path.name.partition(".")[0]) == 24 and segment_number(path.name, followed[0].segment_bytes) < first:
                path.unlink()
    return len(gone)


def segment_number_of(backup: Backup) -> int:
    """The segment in which the log of a base begins."""
    return lsn_number(backup.start_lsn) // backup.segment_bytes


def is_meant(settings: Settings, policy: Policy) -> bool:
    """Whether backups are made here: the policy says where, or somebody has made one."""
    return bool(policy.backup.to or noted_backups(settings))
