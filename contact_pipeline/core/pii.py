"""Personal values made safe: keyed hashes, to recognise a value without keeping it."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

KEY_BYTES = 32
DIGEST_BYTES = 16  # 128 bits: no accidental collision below 10^18 subjects, half the index of a full SHA-256


@dataclass(frozen=True)
class SubjectKey:
    """The secret behind `email_key` and `phone_key`. Never printed: repr shows the fingerprint only."""

    secret: bytes

    def digest(self, value: str) -> bytes:
        """HMAC-SHA-256 of a normalised value, cut to 16 bytes. A Mac writes é as two characters, others as one."""
        if not value.isascii():
            value = unicodedata.normalize("NFC", value)
        return hmac.digest(self.secret, value.encode("utf-8", "surrogatepass"), "sha256")[:DIGEST_BYTES]

    def email(self, normalized: str) -> bytes:
        """Key of an address. The local part is lower-cased: identity ignores case."""
        return self.digest("email:" + normalized.lower())

    def phone(self, e164: str) -> bytes:
        """Key of a number in E.164."""
        return self.digest("phone:" + e164)

    def row(self, source: str, values: Iterable[str | None]) -> bytes:
        """Key of a whole row within its source, for rows that carry no other identity."""
        return self.digest("row:" + source + "\x1f" + "\x1f".join(value or "" for value in values))

    def profile(self, url: str) -> bytes:
        """Key of a profile URL in our one spelling."""
        return self.digest("profile:" + url)

    def record(self, source: str, record_id: str) -> bytes:
        """Key of a source's own id of a record."""
        return self.digest("record:" + source + "\x1f" + record_id)

    @property
    def fingerprint(self) -> str:
        """Safe to store: tells whether two runs use the same secret."""
        return hashlib.sha256(b"contact_pipeline key fingerprint\x00" + self.secret).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"SubjectKey({self.fingerprint})"
