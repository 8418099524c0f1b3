"""Who sent it: signatures and secrets of the senders, over the raw bytes, before anything is parsed. Pure.

Every function answers yes or no and takes the moment it is asked at. Comparisons take the same time whatever differs.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

WINDOW = timedelta(minutes=5)  # Standard Webhooks, Mailchimp
# SendGrid delivers again for a day and signs when it first tries; that it is the same event is known by what it says.
SENDGRID_WINDOW = timedelta(hours=25)
STANDARD_HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


def is_one_of(given: str, secrets: Iterable[str]) -> bool:
    """Whether it is one of the secrets; all are compared, so that nothing tells which."""
    found = False
    for secret in secrets:
        found |= bool(secret) and hmac.compare_digest(given.encode(), secret.encode())
    return found


def is_bearer(headers: Mapping[str, str], secrets: Iterable[str]) -> bool:
    """`Authorization: Bearer SECRET` (RFC 6750 2.1)."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and is_one_of(token.strip(), secrets)


def is_standard_webhook(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> bool:
    """Standard Webhooks 1.0.0, scheme v1: HMAC-SHA-256 over `id.timestamp.body`. Unknown schemes are passed over."""
    number, stamp, signatures = (headers.get(name, "") for name in STANDARD_HEADERS)
    if not number or "." in number or not _is_within(stamp, now, WINDOW, WINDOW):
        return False
    signed = f"{number}.{stamp}.".encode() + body
    keys = [key for secret in secrets for key in _keys(secret)]
    found = False
    for signature in signatures.split():
        version, _, text = signature.partition(",")
        if version == "v1":
            for key in keys:
                expected = base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
                found |= hmac.compare_digest(expected, text)
    return found


def _keys(secret: str) -> list[bytes]:
    """`whsec_` and base64, padding or not; what is no base64 is taken as it is written."""
    text = secret.removeprefix("whsec_")
    try:
        return [base64.b64decode(text + "=" * (-len(text) % 4), validate=True)] if text else []
    except binascii.Error:
        return [secret.encode()]


def is_mailchimp(headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: datetime) -> bool:
    """`X-Mailchimp-Signature: t=…,v1=…`: HMAC-SHA-256 in hex over `t.body`."""
    parts = dict(part.partition("=")[::2] for part in headers.get("x-mailchimp-signature", "").split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not _is_within(stamp, now, WINDOW, WINDOW):
        return False
    signed = stamp.encode() + b"." + body
    return is_one_of(given, [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest() for secret in secrets])


def sendgrid_key(text: str) -> EllipticCurvePublicKey:
    """The verification key as SendGrid shows it: base64 of DER SPKI. Raises ValueError where it is none."""
    key = load_der_public_key(base64.b64decode(text, validate=True))
    if not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("that is no key on an elliptic curve")
    return key


def is_sendgrid(headers: Mapping[str, str], body: bytes, keys: Iterable[EllipticCurvePublicKey], now: datetime) -> bool:
    """ECDSA with SHA-256 over timestamp and raw body, in DER and base64."""
    stamp = headers.get("x-twilio-email-event-webhook-timestamp", "")
    if not _is_within(stamp, now, SENDGRID_WINDOW, WINDOW):
        return False
    try:
        signature = base64.b64decode(headers.get("x-twilio-email-event-webhook-signature", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    for key in keys:
        try:
            key.verify(signature, stamp.encode() + body, ECDSA(SHA256()))
        except InvalidSignature:
            continue
        return True
    return False


def _is_within(stamp: str, now: datetime, past: timedelta, future: timedelta) -> bool:
    """Whole seconds since 1970, not older than `past`, not newer than `future`."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    age = now.timestamp() - int(stamp)
    return -future.total_seconds() <= age <= past.total_seconds()
