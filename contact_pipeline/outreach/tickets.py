"""The way out that every message carries (RFC 8058): a ticket that names nobody, for one address and a purpose or all.

    ticket = base64url(version, keyed hash of the address, purpose, mac)

Only who has the subject key can make one, and it never expires: whoever finds an old message may leave.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass

from contact_pipeline.core.errors import ConfigurationError
from contact_pipeline.core.pii import DIGEST_BYTES, SubjectKey
from contact_pipeline.policy.file import Policy

VERSION = 1
LONGEST = 300
ONE_CLICK = "List-Unsubscribe=One-Click"


@dataclass(frozen=True)
class Ticket:
    """Whose address it is, by its keyed hash, and which list is left; empty: all of them."""

    email_key: bytes
    purpose: str = ""


def write_ticket(key: SubjectKey, ticket: Ticket) -> str:
    """As it stands in a link."""
    body = bytes([VERSION]) + ticket.email_key + ticket.purpose.encode()
    return base64.urlsafe_b64encode(body + _mac(key, body)).decode().rstrip("=")


def read_ticket(key: SubjectKey, text: str) -> Ticket | None:
    """None for anything that is no ticket of ours, letter by letter."""
    if len(text) > LONGEST or not text.isascii():
        return None
    try:
        whole = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    body, mac = whole[:-DIGEST_BYTES], whole[-DIGEST_BYTES:]
    is_ours = hmac.compare_digest(_mac(key, body), mac) and len(body) > DIGEST_BYTES and body[0] == VERSION
    if not is_ours or base64.urlsafe_b64encode(whole).decode().rstrip("=") != text:
        return None
    return Ticket(body[1 : 1 + DIGEST_BYTES], body[1 + DIGEST_BYTES :].decode())


def _mac(key: SubjectKey, body: bytes) -> bytes:
    return key.digest(f"unsubscribe:{body.hex()}")


@dataclass(frozen=True)
class UnsubscribeHeaders:
    """What a sender puts into a message: the link, and the two headers that a mail program acts on."""

    unsubscribe_url: str
    list_unsubscribe: str
    list_unsubscribe_post: str


def unsubscribe_headers(policy: Policy, key: SubjectKey, ticket: Ticket) -> UnsubscribeHeaders:
    """Raises ConfigurationError while nobody outside could reach the link."""
    if not policy.web.public_url:
        raise ConfigurationError(
            "The policy's [web] public_url is missing: an unsubscribe link needs the address under which people reach"
            " this machine (docs/outreach.md)."
        )
    url = f"{policy.web.public_url}/u/{write_ticket(key, ticket)}"
    return UnsubscribeHeaders(url, f"<{url}>", ONE_CLICK)
