"""The secret behind the keyed hashes: one small file, readable by its owner only."""

import os
import secrets
from pathlib import Path

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.pii import KEY_BYTES, SubjectKey
from contact_pipeline.settings import Settings


def load_key(settings: Settings) -> SubjectKey:
    """Read the key, or make one on the first start.

    A database that already has hashes refuses a new key (Ledger.check_key), so a lost file is noticed, not replaced.
    Raises ConfigurationError when the file is not a key.
    """
    path = settings.key_file
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        text = _create(path)
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise ConfigurationError(
            f"{path.name} is not a key: it must hold {KEY_BYTES * 2} hex digits. Restore it from a backup."
        )
    return SubjectKey(secret)


def _create(path: Path) -> str:
    """Whole or not at all: another process may look for the file at the same moment."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = secrets.token_hex(KEY_BYTES)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        text = path.read_text(encoding="ascii").strip()
    finally:
        draft.unlink()
    return text
