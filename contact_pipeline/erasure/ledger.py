"""Erasures in the ledger (adapters/fact_ledger.py), on the disk before the first deletion; their certificates.

A crash finds in it what was begun and not finished; a database restored from a backup gets back from it whom it must
not know any more. It holds keyed hashes and public ids, no value. What an erasure looks for waits encrypted in a file
of its own until the last search is done, then that file goes.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

from contact_pipeline.adapters.fact_ledger import FactLedger, flush_folder
from contact_pipeline.adapters.files import PRIVATE_FILE, private_dir
from contact_pipeline.core.errors import ConfigurationError

BOOK = "erasures"
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
    """folder: for certificates and waiting values; private to the owner. ledger: where the entries are."""

    def __init__(self, folder: Path, ledger: FactLedger) -> None:
        self._folder = folder
        self._ledger = ledger
        self._key = ledger.key

    def begin(self, entry: Entry, at: datetime | None = None) -> None:
        """On the disk when this returns. at: when it is begun again, with what has come since."""
        self._ledger.append(BOOK, at or entry.began_at, asdict(entry))

    def note(self, erasure: str, step: str, at: datetime) -> None:
        """The erasure reached a step; on the disk when this returns."""
        self._ledger.append(BOOK, at, {"id": erasure, "step": step})

    def entries(self) -> dict[str, Entry]:
        """All of them by id, in the order in which they were begun, each with the last step that is known."""
        found: dict[str, Entry] = {}
        for line in self._ledger.read(BOOK):
            for fact in line.facts:
                if "reason" in fact:
                    lists = {name: tuple(fact[name]) for name in ("keys", "contacts", "keep")}
                    began = datetime.fromisoformat(fact["began_at"])
                    found[fact["id"]] = Entry(**fact | lists | {"began_at": began})
                elif fact["id"] in found:
                    found[fact["id"]] = replace(found[fact["id"]], step=fact["step"])
        return found

    def take_over(self) -> None:
        """Move the file in which earlier versions kept them into the ledger; doing it twice changes nothing."""
        file = self._folder / "ledger.jsonl"
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return
        with self._ledger.batch(BOOK) as batch:
            for text in lines:
                try:
                    line = json.loads(text)
                except ValueError:  # torn by a crash, so not promised
                    continue
                batch.add(datetime.fromisoformat(line.get("began_at") or line["at"]), line)
        file.unlink(missing_ok=True)

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

    def waiting(self) -> frozenset[str]:
        """Erasures whose values are kept."""
        return frozenset(path.stem for path in (self._folder / "waiting").glob("*.values"))

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
        flush_folder(path.parent)
