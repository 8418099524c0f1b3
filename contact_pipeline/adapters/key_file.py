"""The secret behind the keyed hashes: one small file, readable by its owner only.

Reading never makes one. Whoever knows that nothing was ever hashed (a new database, no ledger) asks for a new key.
"""

import os
import secrets
from pathlib import Path
from uuid import uuid4

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.pii import KEY_BYTES, SubjectKey
from contact_pipeline.settings import Settings

RESTORE = "Put the copy from your backup in its place (docs/operations.md, Backup and restore)."


def read_key(settings: Settings) -> SubjectKey | None:
    """None: there is no file. Raises ConfigurationError when it is not a key, or cannot be read."""
    path = settings.key_file
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(
            f"The key file {path} cannot be read ({error.strerror}). Give this account the right to read it."
        ) from None
    try:
        secret = bytes.fromhex(content.decode("ascii").strip())
    except ValueError:
        secret = b""
    if len(secret) != KEY_BYTES:
        raise ConfigurationError(
            f"The key file {path} is damaged: it is not a key, which has {KEY_BYTES * 2} hex digits. {RESTORE}"
        )
    return SubjectKey(secret)


def open_key(settings: Settings, *, known_fingerprint: str | None) -> SubjectKey:
    """The key of a database; a new one only where no hash can exist yet.

    known_fingerprint: of the key that the database was made with; None: it holds no hash. Raises ConfigurationError
    when the file is missing though there are hashes, in the database or in the ledger of erasures: with another key no
    opt-out would be recognised.
    """
    key = read_key(settings)
    if key is not None:
        return key
    has_ledger = any(folder.is_dir() and any(folder.iterdir()) for folder in (settings.erasures, settings.ledger))
    if known_fingerprint is not None or has_ledger:
        where = "this database was" if known_fingerprint is not None else f"the ledger in {settings.ledger} was"
        raise ConfigurationError(
            f"The key file {settings.key_file} is missing, and {where} made with it. {RESTORE}"
            " If it lies elsewhere, point CONTACT_PIPELINE_KEY_FILE at it."
        )
    _create(settings.key_file)
    return open_key(settings, known_fingerprint=None)


def _create(path: Path) -> None:
    """Whole or not at all: another process may make the file at the same moment, and then its key counts."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{uuid4().hex}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
