"""A backup becomes a HOME, or fills an empty database: the log up to the instant, then what people said since.

Before anybody can read, the restored database gets from the ledger the opt-outs, restrictions and erasures that are
newer than it is, and whose last ground has ended by today goes. What the ledger brings back: rights/replaying.py.
"""

import shutil
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from contact_pipeline.adapters.files import private_dir, replace_file
from contact_pipeline.adapters.key_file import read_key
from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.copying import restore_dump
from contact_pipeline.adapters.postgres.embedded_recovery import emptied_on_error, laying_down, recover, settle
from contact_pipeline.adapters.postgres.embedded_wal import lsn_number, segment_name
from contact_pipeline.adapters.postgres.engine import Script, beside, connect
from contact_pipeline.adapters.postgres.migrate import grant_roles
from contact_pipeline.core.errors import ConfigurationError, UsageError
from contact_pipeline.erasure.retention import end_retention
from contact_pipeline.history.backup_place import Backup, Place, find_backup, known_backups, own_lines
from contact_pipeline.history.checking_backups import check_sealed, read_base
from contact_pipeline.history.sealing import SUFFIX, BackupKey, FileBroken
from contact_pipeline.history.shipping import PARTIAL_SEGMENT, backup_key, mirrored, read_index, shipped
from contact_pipeline.policy.file import Policy
from contact_pipeline.settings import Settings
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

OpenSession = Callable[[Settings], AbstractContextManager[Session]]
_SCHEMES = ("postgresql://", "postgres://", "postgresql+psycopg://")


@dataclass(frozen=True)
class Log:
    """The shipped log that leads on from a base. has_gap: more of it lies here, which nothing leads to."""

    segments: Sequence[tuple[str, Path]] = ()
    histories: Sequence[tuple[str, Path]] = ()
    has_gap: bool = False


@dataclass(frozen=True)
class Restored:
    """The report of a restore. as_of: everything that was acknowledged by then is back. segments: of the log. has_gap:
    more of the log lies there, and nothing leads to it. counts: what is there, and what was brought back; no personal
    value."""

    backup: Backup
    as_of: str
    target: str = ""
    seconds: float = 0.0
    segments: int = 0
    has_gap: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


def restore(
    settings: Settings,
    policy: Policy,
    open_session: OpenSession,
    *,
    backup: str | None = None,
    at: datetime | None = None,
    to: str,
    now: datetime,
) -> Restored:
    """Restore into an empty folder, which then is a HOME, or into an empty database.

    settings: of the calling HOME, whose keys are needed and whose ledger knows what was said since; of a HOME that is
    lost the copies in the place of backups serve. backup: id; None: the newest (that ended before `at`). Raises
    UsageError for a target that is not empty or an instant that no backup leads to, FileBroken for a backup that is
    damaged, ConfigurationError for a wrong or missing key. The target is then as empty as before.
    """
    begun = time.monotonic()
    chosen = _choose(known_backups(settings, policy), backup, at, now, own_lines(settings))
    key = backup_key(settings)
    if chosen.recipient not in key.recipients:
        raise ConfigurationError(
            f"The backup {chosen.id} was made for another key, whose public half is {chosen.recipient}. Point"
            " CONTACT_PIPELINE_BACKUP_KEY_FILE at that key."
        )
    if read_key(settings) is None:
        raise ConfigurationError(
            f"The key of the keyed hashes {settings.key_file} is missing, and is in no backup: nobody who opted out"
            " would be known. Put your copy in its place, or point CONTACT_PIPELINE_KEY_FILE at it."
        )
    _refuse_broken(settings, policy, chosen)
    if to.startswith(_SCHEMES):
        restored = _into_database(settings, chosen, key, to, open_session)
    else:
        restored = _into_home(settings, chosen, key, (Path.cwd() / Path(to).expanduser()).resolve(), at, open_session)
    return replace(restored, seconds=round(time.monotonic() - begun, 1))


def log_after(place: Place, backup: Backup) -> Log:
    """The segments that follow a base without a gap, the one that is being written last."""
    folder, size = place.wal(backup.line), backup.segment_bytes
    number, found = lsn_number(backup.end_lsn) // size, list[tuple[str, Path]]()
    while True:
        name = segment_name(backup.timeline, number, size)
        whole, part = folder / (name + SUFFIX), folder / (name + PARTIAL_SEGMENT + SUFFIX)
        if whole.exists():
            found.append((name, whole))
        else:
            found += [(name, part)] if part.exists() else []
            break
        number += 1
    later = {path.name[:24] for path in folder.glob(f"{backup.timeline:08X}*{SUFFIX}")} - {name for name, _ in found}
    histories = [(path.name.removesuffix(SUFFIX), path) for path in folder.glob(f"*.history{SUFFIX}")]
    return Log(found, histories, has_gap=any(other > name for other in later))


def _choose(backups: Sequence[Backup], wanted: str | None, at: datetime | None, now: datetime, own: Set[str]) -> Backup:
    """own: the calling HOME's lines; another HOME's backup is taken by its id only."""
    if at is not None and at > now:
        raise UsageError("--at lies ahead. Leave it out for everything there is.")
    if not backups:
        raise UsageError(
            "No backup is known here. Where HOME was lost, name the folder of its backups in the policy: [backup] to"
        )
    if wanted is not None:
        chosen = find_backup(backups, wanted)
        if at is not None and chosen.ended > at:
            raise UsageError(f"The backup {chosen.id} ended at {chosen.ended_at}, which is after --at.")
    else:
        lines = own & {one.line for one in backups} or {one.line for one in backups}
        if not own and len(lines) > 1:
            raise UsageError(f"Backups of {len(lines)} HOMEs lie here. Name one: contact-pipeline backup list has all.")
        candidates = [one for one in backups if one.line in lines]
        fitting = [one for one in candidates if at is None or (one.ended <= at and one.kind == "base")]
        if not fitting:
            raise UsageError(f"No backup is older than --at: the oldest ended at {candidates[0].ended_at}.")
        chosen = fitting[-1]
    if at is not None and chosen.kind == "dump":
        raise UsageError("A dump is of one moment: only backups of the embedded server lead to any instant. Drop --at.")
    return chosen


def _refuse_broken(settings: Settings, policy: Policy, chosen: Backup) -> None:
    try:
        check_sealed(chosen)
    except FileBroken as error:
        raise FileBroken(f"{error} {_last_good(settings, policy, chosen)}") from None


def _last_good(settings: Settings, policy: Policy, broken: Backup) -> str:
    for other in reversed(known_backups(settings, policy)):
        if other.id != broken.id:
            try:
                check_sealed(other)
            except FileBroken:
                continue
            return f"The last good one is {other.id}, of {other.ended_at}."
    return "There is no other that is whole."


def _into_home(
    settings: Settings, backup: Backup, key: BackupKey, home: Path, at: datetime | None, open_session: OpenSession
) -> Restored:
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise UsageError("The target is not empty. Name a folder that is, or that is not there yet.")
    target = replace(
        settings, home=home, key_file=home / "keys" / "subject.key", ledger=home / "ledger", database_url=None
    )
    with emptied_on_error(home):
        if backup.kind == "base":
            restored = _recovered(settings, target, backup, key, at, open_session)
        else:
            _copy_files(settings, target, backup, key)
            with server.database(target) as url:
                restore_dump(url, lambda write: key.open_into(backup.file, write))
                grant_roles(url)
            restored = Restored(backup, backup.started_at, counts=_bring_up(target, open_session))
    return replace(restored, target=str(home))


def _recovered(
    settings: Settings,
    target: Settings,
    backup: Backup,
    key: BackupKey,
    at: datetime | None,
    open_session: OpenSession,
) -> Restored:
    place = Place(Path(backup.place))
    log, known = log_after(place, backup), shipped(place, backup.line)
    end = known.at if known and log.segments and not log.has_gap else backup.ended_at
    if at is not None and at > datetime.fromisoformat(end):
        raise UsageError(f"What is backed up ends at {end}, before --at. Name an earlier instant.")
    with laying_down(target.home) as recovery:
        read_base(backup.file, key, recovery.take)
        for name, path in (*log.histories, *log.segments):
            recovery.put_log(name, partial(_unseal, key, path))
        _copy_files(settings, target, backup, key)
        recover(recovery, at=at)
    left_out = _leave_out_later_drops(target) if at is not None else 0
    counts = _bring_up(target, open_session)
    settle(target.home)
    return Restored(
        backup,
        at.isoformat() if at else end,
        segments=len(log.segments),
        has_gap=log.has_gap,
        counts=counts | {"later_drops_left_out": left_out},
    )


def _into_database(settings: Settings, backup: Backup, key: BackupKey, url: str, open_session: OpenSession) -> Restored:
    if backup.kind == "base":
        raise UsageError(
            f"The backup {backup.id} is of the embedded server's files: restore it into a folder, and take it on from"
            " there with pg_dump."
        )
    target = replace(settings, database_url=url)
    plain = server.libpq_url(url)
    restore_dump(plain, lambda write: key.open_into(backup.file, write))
    grant_roles(plain)
    _copy_files(settings, target, backup, key)
    shown, _ = server.split_password(plain)
    return Restored(backup, backup.started_at, target=shown, counts=_bring_up(target, open_session))


def _unseal(key: BackupKey, path: Path, file: BinaryIO) -> None:
    key.open_into(path, file.write)


def _copy_files(settings: Settings, target: Settings, backup: Backup, key: BackupKey) -> None:
    """What lies beside the database: of the calling HOME where it has it, else the copies. Of a file of the ledger,
    which only grows, the longer one."""
    folder = Place(Path(backup.place)).files(backup.line)
    for name in read_index(folder).files:
        path = _place_in(target, name)
        if path is not None and not path.exists():
            private_dir(path.parent)
            replace_file(path, partial(_unseal, key, folder / (name + SUFFIX)))
    for name, own in mirrored(settings).items():
        path = _place_in(target, name)
        if path is None or path == own or (name in _OF_THE_BACKUP and path.exists()):
            continue
        if not path.exists() or not name.startswith("ledger/") or own.stat().st_size > path.stat().st_size:
            private_dir(path.parent)
            with own.open("rb") as source:
                replace_file(path, partial(shutil.copyfileobj, source))
    if target.key_file != settings.key_file:
        private_dir(target.key_file.parent)
        with settings.key_file.open("rb") as source:
            replace_file(target.key_file, partial(shutil.copyfileobj, source))


_OF_THE_BACKUP = ("policy.toml", "database.password")  # the password is the restored cluster's


def _place_in(target: Settings, name: str) -> Path | None:
    """Where a copy belongs. None: nowhere of ours, so the name was not written by us."""
    room, _, rest = name.partition("/")
    folders = {"archive": target.archive, "ledger": target.ledger, "erasures": target.erasures}
    if name in _OF_THE_BACKUP:
        if target.database_url is not None:
            return None
        return target.home / {"policy.toml": "policy.toml", "database.password": "keys/database.password"}[name]
    if room not in folders or not rest or ".." in Path(rest).parts or Path(rest).is_absolute():
        return None
    return folders[room] / rest


def _leave_out_later_drops(target: Settings) -> int:
    """Files of drops that the database does not know as of that instant would be landed again. Returns how many."""
    with server.database(target) as url, connect(url) as connection:
        known = {row["archived_as"] for row in Script(connection, STEPS).rows("archived")}
    later = [path for path in target.archive.glob("*.csv") if path.name not in known]
    for path in later:
        path.unlink()
    return len(later)


def _bring_up(target: Settings, open_session: OpenSession) -> dict[str, int]:
    """Up to what people said since, and to today's retention. Returns what was brought back, in counts."""
    with open_session(target) as session:
        gone = end_retention(session)["erased"]
        with session.connection("restore") as connection:
            found = Script(connection, STEPS).one("report")
    return {**found, "retention_erased": gone}
