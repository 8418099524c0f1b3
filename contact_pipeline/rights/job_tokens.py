"""One-time tokens: a job serves a request only with what the request's identity check handed out.

The UI has no login, and whoever reaches it may start any job with any configuration. A token says that a person at the
command line has just checked who asks. It is random (no personal value may stand in a run's configuration), kept as a
hash, bound to number and kind of its request, good for one run and for a day; a newer check replaces it.
"""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.errors import UsageError
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)

VALID_FOR = timedelta(hours=24)
TOKEN_BYTES = 32


def issue_token(session: Session, connection: Connection, request: Mapping[str, Any]) -> str:
    """For an open request whose identity check was just written down; to be called in the transaction that did it."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    Script(connection, STEPS).run(
        "issue_token",
        id=request["id"],
        hash=_hash(token, request["id"], request["kind"]),
        until=session.clock() + VALID_FOR,
    )
    return token


def redeem_token(session: Session, request_id: int, *, kind: str, token: str, run_id: str) -> None:
    """Use a token up for this run, whose own retries may show it again. Raises UsageError where it does not serve."""
    with session.connection(f"request {request_id}: token") as connection, connection.transaction():
        redeemed = Script(connection, STEPS).rows(
            "redeem_token",
            id=request_id,
            kind=kind,
            hash=_hash(token, request_id, kind),
            run=run_id,
            now=session.clock(),
        )
    if not redeemed:
        raise UsageError(
            f"This token does not serve request {request_id} by {kind}: it belongs to another one, was used by another "
            f"run, was replaced, or is older than {VALID_FOR.total_seconds() / 3600:.0f} hours. "
            "`contact-pipeline requests identity REF --how TEXT` hands out a new one."
        )


def _hash(token: str, request_id: int, kind: str) -> bytes:
    """SHA-256 without a key or salt: nobody guesses 32 random bytes."""
    return hashlib.sha256(f"{kind}:{request_id}:{token}".encode()).digest()
