"""Where senders knock: each address with its form and with what proves who sent it. Pure, but for reading the settings.

A door whose secret is not set answers nobody; `/ready` names it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.outreach import signatures
from contact_pipeline.outreach.events import Inlet
from contact_pipeline.settings import Settings
from contact_pipeline.vendors.clearbit import is_signed


@dataclass(frozen=True)
class Call:
    """What is verified: headers in lower case, and the raw body."""

    headers: Mapping[str, str]
    body: bytes


Proof = Callable[[Call, datetime], bool]


@dataclass(frozen=True)
class Door:
    """path: below the root. path_secrets: of these one has to be its last part, and GET answers to it. proof: of the
    rest; None: the door is shut, for want of `needs`."""

    path: str
    inlet: str
    needs: str
    proof: Proof | None
    path_secrets: tuple[str, ...] = ()

    @property
    def route(self) -> str:
        """As Starlette wants it."""
        return self.path + ("/{secret}" if self.path_secrets else "")

    @property
    def methods(self) -> tuple[str, ...]:
        """Mailchimp asks by GET before it begins."""
        return ("GET", "HEAD", "POST") if self.path_secrets else ("POST",)


def doors(settings: Settings, known: Mapping[str, Inlet]) -> tuple[Door, ...]:
    """Every door, open or not. Raises ConfigurationError where a secret is set and is none."""
    ours = _several(settings.variable("CONTACT_PIPELINE_WEBHOOK_SECRET"))
    in_path = _several(settings.variable("MAILCHIMP_WEBHOOK_SECRET"))
    signing = _several(settings.variable("MAILCHIMP_SIGNING_SECRET"))
    clearbit = settings.variable("CLEARBIT_API_KEY")
    fullcontact = _several(settings.variable("FULLCONTACT_WEBHOOK_SECRET"))
    keys = _sendgrid_keys(settings)

    def bearer_or_signature(call: Call, now: datetime) -> bool:
        return signatures.is_bearer(call.headers, ours) or signatures.is_standard_webhook(
            call.headers, call.body, ours, now
        )

    def mailchimp(call: Call, now: datetime) -> bool:
        return not signing or signatures.is_mailchimp(call.headers, call.body, signing, now)

    found = (
        Door(
            "/webhooks/email-bounce", "bounce", "CONTACT_PIPELINE_WEBHOOK_SECRET", bearer_or_signature if ours else None
        ),
        Door(
            "/events",
            "event",
            "CONTACT_PIPELINE_WEBHOOK_SECRET",
            (lambda call, now: signatures.is_standard_webhook(call.headers, call.body, ours, now)) if ours else None,
        ),
        Door(
            "/webhooks/sendgrid",
            "sendgrid",
            "SENDGRID_WEBHOOK_PUBLIC_KEY",
            (lambda call, now: signatures.is_sendgrid(call.headers, call.body, keys, now)) if keys else None,
        ),
        Door(
            "/webhooks/mailchimp",
            "mailchimp",
            "MAILCHIMP_WEBHOOK_SECRET",
            mailchimp if in_path else None,
            in_path,
        ),
        Door(
            "/webhooks/clearbit",
            "clearbit",
            "CLEARBIT_API_KEY",
            (lambda call, _now: is_signed(clearbit, call.body, call.headers.get("x-request-signature", "")))
            if clearbit
            else None,
        ),
        Door(
            "/webhooks/fullcontact",
            "fullcontact",
            "FULLCONTACT_WEBHOOK_SECRET",
            (lambda _call, _now: True) if fullcontact else None,  # the secret in its path is all it has
            fullcontact,
        ),
    )
    return tuple(door for door in found if door.inlet in known)


def _several(text: str) -> tuple[str, ...]:
    """Comma separated while one takes the place of another."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _sendgrid_keys(settings: Settings) -> tuple[EllipticCurvePublicKey, ...]:
    try:
        return tuple(map(signatures.sendgrid_key, _several(settings.variable("SENDGRID_WEBHOOK_PUBLIC_KEY"))))
    except ValueError:
        raise ConfigurationError(
            "SENDGRID_WEBHOOK_PUBLIC_KEY is no verification key. Copy it from SendGrid's mail settings, Signed Event"
            " Webhook: one line of base64 that begins with MFkw."
        ) from None
