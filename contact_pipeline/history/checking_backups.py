"""A backup read back: decrypted, unpacked, every file held against the manifest PostgreSQL wrote as it read them.

Nothing of it is written anywhere. A dump ends with its table of contents whole or not: age tells a truncated file.
"""

import hashlib
import json
import tarfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from contact_pipeline.history.backup_place import Backup
from contact_pipeline.history.sealing import BackupKey, FileBroken, sha256_of

BLOCK = 1 << 20
_DUMP_MAGIC = b"PGDMP"  # pg_backup_archiver.c
MANIFEST, WAL = "backup_manifest", "pg_wal/"

Take = Callable[[tarfile.TarInfo], AbstractContextManager[BinaryIO | None]]


@dataclass(frozen=True)
class Contents:
    """What is in a backup. start_lsn, end_lsn, timeline: the log that it needs, which lies in it (of a base)."""

    files: int
    plain_bytes: int
    timeline: int = 0
    start_lsn: str = ""
    end_lsn: str = ""


def check_backup(backup: Backup, key: BackupKey) -> Contents:
    """Raises FileBroken where it is missing, truncated or changed, ConfigurationError where it is for another key."""
    check_sealed(backup)
    return read_base(backup.file, key) if backup.kind == "base" else read_dump(backup.file, key)


def check_sealed(backup: Backup) -> None:
    """Without the key: the file is there and has the bytes that were written. Raises FileBroken."""
    try:
        size = backup.file.stat().st_size
    except FileNotFoundError:
        raise FileBroken(f"The backup {backup.id} is not in {backup.place}.") from None
    if size != backup.size or sha256_of(backup.file) != backup.sha256:
        raise FileBroken(f"The backup {backup.id} is truncated or was changed.")


def read_base(path: Path, key: BackupKey, take: "Take | None" = None) -> Contents:
    """Read a sealed base backup through. take: is handed each entry, and gives a file to write its content to.

    Raises FileBroken where a file is not as its manifest says; what was taken by then is worth nothing.
    """
    try:
        with key.opened(path) as stream:
            return _read_tar(stream, take or (lambda _entry: nullcontext()))
    except (tarfile.TarError, EOFError, ValueError, KeyError):
        raise FileBroken(f"{path.name} holds no base backup of PostgreSQL.") from None


def read_dump(path: Path, key: BackupKey) -> Contents:
    """Read a sealed dump through."""
    count = 0
    with key.opened(path) as stream:
        begins = stream.read(len(_DUMP_MAGIC))
        while piece := stream.read(BLOCK):
            count += len(piece)
    if begins != _DUMP_MAGIC:
        raise FileBroken(f"{path.name} holds no dump of PostgreSQL.")
    return Contents(files=1, plain_bytes=count + len(begins))


def _read_tar(stream: BinaryIO, take: Take) -> Contents:
    found: dict[str, tuple[int, str]] = {}
    manifest = b""
    with tarfile.open(fileobj=stream, mode="r|", bufsize=BLOCK) as tar:
        for entry in tar:
            with take(entry) as target:
                file = tar.extractfile(entry) if entry.isfile() else None
                if file is None:
                    continue
                if entry.name == MANIFEST:
                    manifest = file.read()
                    continue
                digest = hashlib.sha256()
                while piece := file.read(BLOCK):
                    digest.update(piece)
                    if target is not None:
                        target.write(piece)
            found[entry.name.removeprefix("./")] = (entry.size, digest.hexdigest())
    while stream.read(BLOCK):  # age vouches for the file when its end was read
        pass
    said = json.loads(manifest)
    wanted = {entry["Path"]: (entry["Size"], entry["Checksum"]) for entry in said["Files"]}
    # The log itself is not in the manifest, and has checksums of its own for each record.
    differing = {*wanted.items()} ^ {item for item in found.items() if item[0] in wanted or not item[0].startswith(WAL)}
    if differing:
        names = len({name for name, _ in differing})
        raise FileBroken(f"{names} file(s) of the backup are not as PostgreSQL's manifest says.")
    (logs,) = said["WAL-Ranges"]
    size = sum(size for size, _ in found.values())
    return Contents(len(found), size, logs["Timeline"], logs["Start-LSN"], logs["End-LSN"])
