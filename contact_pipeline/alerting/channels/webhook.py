"""A webhook of one's own: Standard Webhooks 1.0.0, signed with HMAC-SHA-256 (scheme v1)."""

import base64
import binascii
import hmac
import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.alerting.channels.message import Message
from contact_pipeline.alerting.channels.port import Sent
from contact_pipeline.alerting.channels.posting import judged, post
from contact_pipeline.core.clock import Clock
from contact_pipeline.core.errors import ConfigurationError

URL, SECRET = "CONTACT_PIPELINE_ALERT_WEBHOOK_URL", "CONTACT_PIPELINE_ALERT_WEBHOOK_SECRET"
TIMEOUT_S = 20.0
MOST_SUBJECTS = 100  # the specification asks for less than 20 kB


class Webhook:
    """To one URL. secrets: each signs, so that one may take the other's place. Raises ConfigurationError."""

    name = "webhook"

    def __init__(self, url: str, secrets: Sequence[str], clock: Clock) -> None:
        parts = urlsplit(url)
        self._client = HttpClient("webhook", f"{parts.scheme}://{parts.netloc}", connections=1, timeout_s=TIMEOUT_S)
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._keys = [_key(secret) for secret in secrets]
        self._clock = clock

    def send(self, message: Message, *, key: str, thread: str, is_escalated: bool = False) -> Sent:
        """See Channel. The key is `webhook-id`, the time that of this try."""
        body = json.dumps(
            {"type": f"alert.{message.kind}", "timestamp": message.reported_at, "data": data_of(message)}
        ).encode()
        stamp = str(int(self._clock().timestamp()))
        signed = f"{key}.{stamp}.".encode() + body
        signatures = [base64.b64encode(hmac.digest(one, signed, "sha256")).decode() for one in self._keys]
        headers = {
            "Content-Type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": stamp,
            "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
        }
        return judged(post(self._client, self._path, data=body, headers=headers))


def data_of(message: Message) -> dict[str, object]:
    """What a program wants to know."""
    kept = message.as_json()
    return {name: kept[name] for name in (
        "rule", "title", "severity", "fingerprint", "since", "counts", "opened_when", "to_do", "link")
    } | {"subjects": list(message.subjects[:MOST_SUBJECTS]), "subject_count": len(message.subjects)}  # fmt: skip


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(
            secret.removeprefix("whsec_") + "=" * (-len(secret.removeprefix("whsec_")) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ConfigurationError(
            f"{SECRET} must be whsec_ and 24 to 64 bytes in base64, as Standard Webhooks writes it."
        )
    return key
