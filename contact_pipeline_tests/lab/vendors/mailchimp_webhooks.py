"""Mailchimp's webhooks: form posts, since 2026 signed where the webhook has a secret; their address is first asked."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests

SIGNATURE = "X-Mailchimp-Signature"
EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
SOURCES = ("user", "admin", "api")
DEADLINE_S = 10.0


@dataclass(frozen=True)
class Happening:
    """What a webhook may be told. source: who did it."""

    type: str
    data: Mapping[str, Any]
    source: str
    at: float


@dataclass
class Webhook:
    """One that was registered. secret: None, as for all before 2026."""

    id: str
    url: str
    events: Mapping[str, bool]
    sources: Mapping[str, bool]
    secret: str | None


class Webhooks:
    """signs: whether new ones get a secret. secret: of those deliveries that no registered webhook is named for."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.signs = True
        self.secret = secrets.token_hex(16)
        self.registered: dict[str, Webhook] = {}

    def register(self, url: str, events: Mapping[str, bool], sources: Mapping[str, bool]) -> Webhook | None:
        """None: the address did not answer 200 to the GET that it is tried with."""
        try:
            with requests.get(
                url, headers={"User-Agent": "MailChimp.com WebHook Validator"}, timeout=DEADLINE_S
            ) as tried:
                if tried.status_code != 200:
                    return None
        except requests.RequestException:
            return None
        hook = Webhook(secrets.token_hex(5), url, events, sources, secrets.token_hex(16) if self.signs else None)
        self.registered[hook.id] = hook
        return hook

    def signed(
        self, type: str, data: Mapping[str, Any], *, at: int | None = None, secret: str | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Headers and body of a signed delivery. at: when it is signed and fired, else now."""
        moment = int(self._clock()) if at is None else at
        body = form(type, moment, data)
        return HEADERS | {SIGNATURE: signature(secret or self.secret, moment, body)}, body

    def send(self, hook: Webhook, happening: Happening, *, tries: int = 3) -> list[int]:
        """Post it, and again until a 2xx; returns the statuses, 0 for no answer. The vendor repeats for 75 minutes.

        fired_at stays, the signature is new each time: what is repeated has the same type, data[id] and fired_at.
        """
        body = form(happening.type, int(happening.at), happening.data)
        statuses = []
        for _ in range(tries):
            signed = {SIGNATURE: signature(hook.secret, int(self._clock()), body)} if hook.secret else {}
            statuses.append(_post(hook.url, HEADERS | signed, body))
            if 200 <= statuses[-1] < 300:
                break
        return statuses


HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


def form(type: str, fired_at: int, data: Mapping[str, Any]) -> bytes:
    """type, fired_at and data[…], with data[merges][…] in it."""
    moment = datetime.fromtimestamp(fired_at, UTC).strftime("%Y-%m-%d %H:%M:%S")
    return urlencode([("type", type), ("fired_at", moment), *_flat("data", data)]).encode()


def signature(secret: str, moment: int, body: bytes) -> str:
    """t= and v1= as the header has them."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


def _flat(name: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{name}[{key}]", value)
        else:
            yield f"{name}[{key}]", str(value)


def _post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    try:
        with requests.post(url, body, headers=headers, timeout=DEADLINE_S, allow_redirects=False) as response:
            return response.status_code
    except requests.RequestException:
        return 0
