"""SendGrid's Event Webhook: what it says of a message, signed as SendGrid signs, sent and sent again."""

import base64
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
MOST_BYTES = 768_000  # of one delivery
DEADLINE_S = 10.0  # ours: no deadline is documented

Event = dict[str, Any]


class EventWebhook:
    """One webhook of one account. It signs the timestamp and the body as it is sent, its CR LF included."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._key = ec.generate_private_key(ec.SECP256R1())

    @property
    def public_key(self) -> str:
        """Base64 of the DER SubjectPublicKeyInfo, as the settings of the webhook show it."""
        key = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(key).decode()

    def event(self, kind: str, email: str, **fields: Any) -> Event:
        """One event. Custom arguments and categories are fields like any other; None leaves out a usual one."""
        message = secrets.token_urlsafe(16)
        usual = {
            "email": email,
            "timestamp": int(self._clock()),
            "smtp-id": f"<{message}@geopod-ismtpd-1>",
            "event": kind,
            "sg_event_id": _event_id(),
            "sg_message_id": f"{message}.recvd-6f57d5c9b8-x2x8k-1-65F0C0DE-1.0",
        }
        return {name: value for name, value in (usual | fields).items() if value is not None}

    def signed_delivery(self, events: Sequence[Event], *, at: int | None = None) -> tuple[dict[str, str], bytes]:
        """Headers and body of one delivery. at: its timestamp, else now."""
        body = body_of(events)
        timestamp = str(int(self._clock()) if at is None else at)
        signature = self._key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
        signed = {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: timestamp}
        return {"Content-Type": "application/json"} | signed, body

    def send(self, url: str, events: Sequence[Event], *, tries: int = 3, is_signed: bool = True) -> list[int]:
        """Post them, and again until a 2xx; returns the statuses, 0 for no answer. Redirects are not followed.

        A repetition has other ids: sg_event_id is documented as the key, but was seen to change (sendgrid-nodejs#1435).
        The vendor repeats for 24 hours; here nobody waits in between.
        """
        statuses = []
        for delivery in deliveries(events):
            for _ in range(tries):
                headers, body = self.signed_delivery(delivery)
                if not is_signed:
                    headers = {"Content-Type": "application/json"}
                statuses.append(_post(url, headers, body))
                if 200 <= statuses[-1] < 300:
                    break
                delivery = [event | {"sg_event_id": _event_id()} for event in delivery]
        return statuses


def body_of(events: Sequence[Event]) -> bytes:
    """A JSON array that ends with CR LF, which the signature is over too."""
    return json.dumps(events, separators=(",", ":"), ensure_ascii=False).encode() + b"\r\n"


def deliveries(events: Sequence[Event]) -> Iterator[list[Event]]:
    """As many at once as a delivery may hold."""
    some: list[Event] = []
    size = 0
    for event in events:
        length = len(body_of([event]))
        if some and size + length > MOST_BYTES:
            yield some
            some, size = [], 0
        some.append(event)
        size += length
    if some:
        yield some


def is_genuine(public_key: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the owner of this key signed this delivery."""
    key = load_der_public_key(base64.b64decode(public_key))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    try:
        key.verify(base64.b64decode(headers[SIGNATURE]), headers[TIMESTAMP].encode() + body, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _event_id() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(16)).decode()


def _post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    try:
        with requests.post(url, body, headers=headers, timeout=DEADLINE_S, allow_redirects=False) as response:
            return response.status_code
    except requests.RequestException:
        return 0
