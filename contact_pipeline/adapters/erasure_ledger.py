"""The erasure ledger: one file outside the database, written and flushed to the disk before the first deletion.

A crash finds in it what was begun and not finished; a database restored from a backup gets back from it whom it must
not know any more. It holds keyed hashes and public ids, no value. What an erasure looks for waits encrypted in a file
of its own until the last search is done, then that file goes.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from contact_pipeline.adapters.files import PRIVATE_FILE, private_dir
from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.pii import SubjectKey

STEPS = ("begun", "erased", "scanned", "scrubbed")
_OTHER_KEY = "What an erasure looks for cannot be read: the key file is not the one that it was kept with."


@dataclass(frozen=True)
class Entry:
    """One erasure. reference: of the request that asked for it.

    asked: keyed hash (hex) that the request came with, where it named no contact; its channel is in `channels`.
    keys: keyed hashes (hex) of addresses, numbers, profiles and record ids.
    channels: key → email or phone, where it is of one. contacts: public ids. keep: columns that stay (anonymised).
    step: the last of STEPS that was reached.
    """

    id: str
    reason: str
    began_at: datetime
    reference: str | None = None
    channels: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    asked: str | None = None
    step: str = "begun"


class ErasureLedger:
    """`<folder>/ledger.jsonl`, certificates and waiting values beside it; private to the owner."""

    def __init__(self, folder: Path, key: SubjectKey) -> None:
        self._folder = folder
        self._file = folder / "ledger.jsonl"
        self._key = key

    def begin(self, entry: Entry) -> None:
        """On the disk when this returns."""
        self._append(asdict(entry) | {"began_at": entry.began_at.isoformat()})

    def note(self, erasure: str, step: str, at: datetime) -> None:
        """The erasure reached a step; on the disk when this returns."""
        self._append({"id": erasure, "step": step, "at": at.isoformat()})

    def entries(self) -> dict[str, Entry]:
        """All of them by id, in order. A line that a crash tore is left out: what it said had not been promised."""
        found: dict[str, Entry] = {}
        for line in self._lines():
            if "reason" in line:
                moment = datetime.fromisoformat(line["began_at"])
                lists = {name: tuple(line[name]) for name in ("keys", "contacts", "keep")}
                found[line["id"]] = Entry(**line | lists | {"began_at": moment})
            elif line["id"] in found:
                found[line["id"]] = replace(found[line["id"]], step=line["step"])
        return found

    def size(self) -> int:
        """Bytes: grows with every line, so that a reader can tell whether it has seen them all."""
        return self._file.stat().st_size if self._file.exists() else 0

    def keep_values(self, erasure: str, text: str) -> None:
        """What is looked for, encrypted, until `forget_values`."""
        self._write(self._waiting(erasure), self._cipher(erasure).encrypt(text.encode()))

    def values(self, erasure: str) -> str | None:
        """What was kept; None: nothing was, or it is gone."""
        try:
            return self._cipher(erasure).decrypt(self._waiting(erasure).read_bytes()).decode()
        except FileNotFoundError:
            return None
        except InvalidToken:
            raise ConfigurationError(_OTHER_KEY) from None

    def keep_shared(self, erasure: str, writings: Sequence[str]) -> None:
        """Which of the writings rows of others hold, too; encrypted like the values."""
        self._write(self._waiting(erasure, "shared"), self._cipher(erasure).encrypt(json.dumps(writings).encode()))

    def shared(self, erasure: str) -> frozenset[str]:
        """What `keep_shared` was given."""
        try:
            return frozenset(json.loads(self._cipher(erasure).decrypt(self._waiting(erasure, "shared").read_bytes())))
        except FileNotFoundError:
            return frozenset()
        except InvalidToken:
            raise ConfigurationError(_OTHER_KEY) from None

    def forget_values(self, erasure: str) -> None:
        """The last search is done."""
        for kind in ("values", "shared"):
            self._waiting(erasure, kind).unlink(missing_ok=True)

    def write_certificate(self, erasure: str, certificate: Mapping[str, Any]) -> Path:
        """As JSON with a seal: HMAC-SHA-256 of the rest with the subject key, so that a change shows."""
        path = self._folder / "certificates" / f"{erasure}.json"
        self._write(path, json.dumps(self.sealed(certificate), indent=2, sort_keys=True).encode() + b"\n")
        return path

    def sealed(self, certificate: Mapping[str, Any]) -> dict[str, Any]:
        """The certificate with its seal."""
        bare = {name: value for name, value in certificate.items() if name != "seal"}
        text = json.dumps(bare, sort_keys=True, separators=(",", ":"))
        return bare | {"seal": hmac.digest(self._key.secret, b"certificate\0" + text.encode(), hashlib.sha256).hex()}

    def _cipher(self, erasure: str) -> Fernet:
        derived = hmac.digest(self._key.secret, b"erasure\0" + erasure.encode(), hashlib.sha256)
        return Fernet(base64.urlsafe_b64encode(derived))

    def _waiting(self, erasure: str, kind: str = "values") -> Path:
        return self._folder / "waiting" / f"{erasure}.{kind}"

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            lines = self._file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue

    def _append(self, line: Mapping[str, Any]) -> None:
        private_dir(self._folder)
        descriptor = os.open(self._file, os.O_RDWR | os.O_APPEND | os.O_CREAT, PRIVATE_FILE)
        try:
            size = os.fstat(descriptor).st_size
            # After a torn line the next one starts on a line of its own.
            torn = b"\n" if size and os.pread(descriptor, 1, size - 1) != b"\n" else b""
            content = torn + json.dumps(line, sort_keys=True).encode() + b"\n"
            while content:  # a full disk may take a part of it, and raises at the next
                content = content[os.write(descriptor, content) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _flush_folder(self._folder)

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all, and on the disk."""
        private_dir(self._folder)
        private_dir(path.parent)
        part = path.with_name(f".{path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
