"""The web edge on a real server, over the bench's pipeline and clock."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from contact_pipeline.outreach.working_off import work_off
from contact_pipeline.web.application import application
from contact_pipeline.web.serving import Server, bind
from contact_pipeline_tests.lab.lab import Lab
from contact_pipeline_tests.web.served import Answered, ask, running

SECRET = "whsec_" + base64.b64encode(b"a secret of the bench, 32 bytes!").decode()
OLD_SECRET = "an older one in plain words"
SENDGRID_KEY = ec.derive_private_key(20261129, ec.SECP256R1())
PUBLIC = "mail.quux.example"
SECRETS = {
    "CONTACT_PIPELINE_WEBHOOK_SECRET": f"{SECRET},{OLD_SECRET}",
    "SENDGRID_WEBHOOK_PUBLIC_KEY": base64.b64encode(
        SENDGRID_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode(),
    "MAILCHIMP_WEBHOOK_SECRET": "path-secret-of-the-bench",
}
BEARER = (("Authorization", f"Bearer {SECRET}"),)
BOUNCES = "/webhooks/email-bounce"


class Edge:
    """A running edge. Events are stored by it and worked off where a test says so."""

    def __init__(self, lab: Lab, port: int) -> None:
        self.lab = lab
        self.port = port

    def ask(self, method: str, path: str, headers: Any = (), **more: Any) -> Answered:
        return ask(self.port, method, path, headers, **more)

    def post(self, path: str, body: object, headers: Any = BEARER, **more: Any) -> Answered:
        text = body if isinstance(body, str) else json.dumps(body)
        return self.ask("POST", path, headers, body=text, **more)

    def worked_off(self) -> None:
        """Waits until the edge's own worker has nothing left to do."""
        deadline = time.monotonic() + 60
        while self.lab.value("select exists (select from ops.inbound_events where applied_at is null)"):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def stored(self) -> int:
        return int(self.lab.value("select count(*) from ops.inbound_events"))

    def work_off(self) -> Mapping[str, int]:
        return work_off(self.lab.session).counts


@contextmanager
def serving(lab: Lab, *, secrets: Mapping[str, str] = SECRETS, works_off: bool = False) -> Iterator[Edge]:
    """The edge as `serve` puts it together; its worker rests unless it is asked for."""
    environment = dict(lab.session.settings.environment) | dict(secrets)
    lab.session = replace(lab.session, settings=replace(lab.session.settings, environment=environment))
    server = Server(bind(0).detach())
    app = application(lab.session, server.origins, works_off=works_off)
    with running(server, app, trusted_proxies=lab.session.policy.web.trusted_proxies) as port:
        yield Edge(lab, port)


def standard_headers(body: str, at: datetime, number: str = "msg_1", secret: str = SECRET) -> list[tuple[str, str]]:
    """As the specification signs."""
    stamp = str(int(at.timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.digest(key, f"{number}.{stamp}.{body}".encode(), "sha256")).decode()
    return [("webhook-id", number), ("webhook-timestamp", stamp), ("webhook-signature", f"v1a,AAAA v1,{signature}")]


def sendgrid_headers(body: str, at: datetime) -> list[tuple[str, str]]:
    """As SendGrid signs."""
    stamp = str(int(at.timestamp()))
    signature = SENDGRID_KEY.sign(f"{stamp}{body}".encode(), ec.ECDSA(SHA256()))
    return [
        ("X-Twilio-Email-Event-Webhook-Signature", base64.b64encode(signature).decode()),
        ("X-Twilio-Email-Event-Webhook-Timestamp", stamp),
    ]


def mailchimp_headers(body: str, at: datetime, secret: str) -> list[tuple[str, str]]:
    """As Mailchimp signs."""
    stamp = str(int(at.timestamp()))
    digest = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return [("X-Mailchimp-Signature", f"t={stamp},v1={digest}")]
