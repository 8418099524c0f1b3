"""Files of our own: private, whole or not at all, never over one that is there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

PRIVATE_DIR, PRIVATE_FILE = 0o700, 0o600


def replace_file(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """What `write` puts into the file it is given, whole or not at all, private, and on the disk."""
    part = path.with_name(f".{path.name}.{uuid4().hex}.part")
    try:
        with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as sink:
            write(sink)
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def private_dir(folder: Path) -> None:
    """Made for the owner only; a folder that was there before keeps its permissions."""
    if not folder.is_dir():
        folder.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
        folder.chmod(PRIVATE_DIR)  # whatever the umask


def free_name(wanted: Path) -> Path:
    """The path, or one beside it with a number, where nothing is yet."""
    target, number = wanted, 2
    while target.exists() or target.is_symlink():
        target, number = wanted.with_name(f"{wanted.stem}_{number}{wanted.suffix}"), number + 1
    return target
