"""What has changed since the last backup goes to the place of backups: the write-ahead log, and files of HOME.

The log is read where the server writes it, compressed and encrypted, and lies nowhere else in the meantime; a
replication slot keeps it until then. The segment being written is shipped as far as it goes, and anew each time.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path

from contact_pipeline.adapters.files import PRIVATE_FILE, private_dir, replace_file
from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.embedded_config import wal_line
from contact_pipeline.adapters.postgres.embedded_wal import SLOT, Position, Wal, WalGap, lsn_text, segment_name
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.history.backup_place import Place, place_of
from contact_pipeline.history.sealing import SUFFIX, BackupKey, read_backup_key
from contact_pipeline.settings import Settings
from contact_pipeline.stage.session import Session

SHIPPED = "shipped.json"
INDEX = "index.json"
PARTIAL_SEGMENT = ".partial"


@dataclass(frozen=True)
class Shipped:
    """How far the log of a line lies in its place. at: whatever was acknowledged by then is in it (ISO 8601)."""

    lsn: str
    timeline: int
    at: str


def ship(session: Session) -> Shipped | None:
    """Everything that was acknowledged before this was called lies in the place of backups when it returns.

    None: there is no backup yet that it could follow, or the database is another server's. Raises WalGap where the
    server had to let go of a piece, ConfigurationError where the key is missing, OSError where the place takes nothing.
    """
    settings = session.settings
    line = wal_line(settings.home)
    folder = server.folder(settings)
    if line is None or folder is None:
        return None
    with session.connection("backup: ship") as connection, turn(settings, "ship"):
        wal = Wal(connection, folder / "data")
        start = wal.held_from()
        if start is None:
            if wal.is_known(SLOT):
                raise WalGap(
                    "The server had to remove write-ahead log before it was shipped: nobody had for too long. A full"
                    " backup begins anew: contact-pipeline backup --full"
                )
            return None
        place, key = place_of(settings, session.policy), backup_key(settings)
        position = wal.position()
        _ship_segments(wal, place.wal(line), key, start, position)
        # After the position: a database that knows of a drop, or of a file of the ledger, finds it among the copies.
        mirror(settings, place.files(line), key)
        found = _note(place.wal(line), position)
        wal.let_go(position.lsn)
    return found


def shipped(place: Place, line: str) -> Shipped | None:
    """How far the log of a line has come. None: none of it is there."""
    try:
        return Shipped(**json.loads((place.wal(line) / SHIPPED).read_text(encoding="ascii")))
    except FileNotFoundError:
        return None


def backup_key(settings: Settings) -> BackupKey:
    """Raises ConfigurationError where there is none."""
    key = read_backup_key(settings.backup_key)
    if key is None:
        raise ConfigurationError(
            f"The backup key {settings.backup_key} is missing. Put your copy of it in its place, or point"
            " CONTACT_PIPELINE_BACKUP_KEY_FILE at it."
        )
    return key


@contextmanager
def turn(settings: Settings, what: str) -> Iterator[None]:
    """One process at a time; the kernel frees it when that one ends, however it does."""
    private_dir(settings.home / "server")
    descriptor = os.open(settings.home / "server" / f"{what}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE_FILE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _ship_segments(wal: Wal, folder: Path, key: BackupKey, start: int, position: Position) -> None:
    for name, content in wal.timelines():
        if not (folder / (name + SUFFIX)).exists():
            key.seal(folder / (name + SUFFIX), BytesIO(content))
    for number in range(start // position.segment_bytes, position.segment + 1):
        name = segment_name(position.timeline, number, position.segment_bytes)
        whole, part = folder / (name + SUFFIX), folder / (name + PARTIAL_SEGMENT + SUFFIX)
        if number < position.segment:
            if not whole.exists():
                key.seal(whole, BytesIO(wal.segment(name, position.segment_bytes)))
            part.unlink(missing_ok=True)
        elif used := position.lsn % position.segment_bytes:
            known = shipped(Place(folder.parent), folder.name.removeprefix("wal-"))
            if known is None or known.lsn != lsn_text(position.lsn) or not part.exists():
                key.seal(part, BytesIO(wal.segment(name, used)))


def _note(folder: Path, position: Position) -> Shipped:
    found = Shipped(lsn_text(position.lsn), position.timeline, position.at)
    text = json.dumps(asdict(found))
    replace_file(folder / SHIPPED, lambda file: file.write(text.encode()))
    return found


# --- files ---------------------------------------------------------------------------------------------------------


def mirrored(settings: Settings) -> dict[str, Path]:
    """Name in a backup → file. What is needed beside the database, but for the keys of hashes and of backups. The
    password opens nothing but the socket of the server that is restored with it."""
    found: dict[str, Path] = {}
    for name, folder in (("archive", settings.archive), ("ledger", settings.ledger), ("erasures", settings.erasures)):
        if folder.is_dir():
            found |= {
                f"{name}/{path.relative_to(folder)}": path
                for path in sorted(folder.rglob("*"))
                if path.is_file() and not path.name.startswith(".")
            }
    if settings.policy_path.is_file():
        found["policy.toml"] = settings.policy_path
    password = settings.home / "keys" / "database.password"
    if password.is_file() and settings.database_url is None:
        found["database.password"] = password
    return found


@dataclass(frozen=True)
class Index:
    """The copies that lie in a folder. recipient: the key they are for. files: name → size and time (ns) of what was
    copied."""

    recipient: str = ""
    files: Mapping[str, Sequence[int]] = field(default_factory=dict)


def read_index(folder: Path) -> Index:
    """Empty where there are no copies yet."""
    try:
        return Index(**json.loads((folder / INDEX).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Index()


def mirror(settings: Settings, folder: Path, key: BackupKey) -> int:
    """Copies of HOME's files as they are now; what was erased from one, or with it, goes there too. Returns how many
    were written."""
    private_dir(folder)
    before, now, written = read_index(folder), dict[str, list[int]](), 0
    known = before.files if before.recipient == key.recipient else {}
    for name, path in mirrored(settings).items():
        with suppress(FileNotFoundError), path.open("rb") as file:  # it may be gone since it was listed
            status = os.fstat(file.fileno())
            seen = [status.st_size, status.st_mtime_ns]
            if known.get(name) != seen or not (folder / (name + SUFFIX)).exists():
                key.seal(folder / (name + SUFFIX), file)
                written += 1
            now[name] = seen
    if now != known:
        for gone in before.files.keys() - now.keys():
            (folder / (gone + SUFFIX)).unlink(missing_ok=True)
        text = json.dumps(asdict(Index(key.recipient, now)))
        replace_file(folder / INDEX, lambda file: file.write(text.encode()))
    return written
