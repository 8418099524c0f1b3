"""Who is signed in: a signed cookie, and a row behind it, so that signing out and disabling work at once."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadSignature, Signer, TimestampSigner

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.stage.session import Session
from contact_pipeline.web.inside.accounts import User

STEPS = beside(__file__)

COOKIE = "contact_pipeline"
ID_BYTES = 32
FORM_AGE_S = 3600  # of the page with the sign-in form
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class SignedIn:
    """user, and the cookie's id, from which the tokens of forms are made."""

    user: User
    id: str


class Sessions:
    """On the connections of one session; its secret is drawn from the key file, so that a restart signs nobody out."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._secret = _secret(session.key)

    def begin(self, connection: Connection, user: User) -> str:
        """Sign somebody in; returns what the cookie holds."""
        own_id, now, web = secrets.token_urlsafe(ID_BYTES), self._session.clock(), self._session.policy.web
        steps = Script(connection, STEPS, now=now)
        steps.run("begin", id_hash=_hash(own_id), name=user.name, ends_at=now + timedelta(hours=web.session_hours))
        return Signer(self._secret, salt="cookie").sign(own_id).decode()

    def find(self, connection: Connection, cookie: str) -> SignedIn | None:
        """Whose cookie that is; None: nobody's, or it has ended."""
        try:
            own_id = Signer(self._secret, salt="cookie").unsign(cookie).decode()
        except (BadSignature, UnicodeDecodeError):
            return None
        now, idle = self._session.clock(), timedelta(minutes=self._session.policy.web.idle_minutes)
        steps = Script(connection, STEPS, id_hash=_hash(own_id), now=now)
        rows = steps.rows("find", idle_since=now - idle)
        if not rows:
            return None
        if rows[0]["seen_at"] < now - MINUTE:
            steps.run("seen")
        return SignedIn(User(rows[0]["name"], rows[0]["role"]), own_id)

    def end(self, connection: Connection, signed_in: SignedIn) -> None:
        """Sign out."""
        Script(connection, STEPS).run("end", id_hash=_hash(signed_in.id), now=self._session.clock())

    def token(self, own_id: str) -> str:
        """For the forms of whoever has that id."""
        return hmac.digest(self._secret, f"form:{own_id}".encode(), "sha256").hex()

    def is_token(self, own_id: str, given: str) -> bool:
        """Whether a form is one of ours, for whoever has that id."""
        return hmac.compare_digest(self.token(own_id).encode(), given.encode())

    def form_token(self) -> str:
        """For the sign-in form, which nobody has signed in to see."""
        return TimestampSigner(self._secret, salt="sign-in").sign(b"form").decode()

    def is_form_token(self, given: str) -> bool:
        """Whether the sign-in form is ours, and not too old."""
        try:
            return TimestampSigner(self._secret, salt="sign-in").unsign(given, max_age=FORM_AGE_S) == b"form"
        except BadSignature:
            return False


def max_age_s(session: Session) -> int:
    """How long a browser keeps the cookie."""
    return session.policy.web.session_hours * 3600


def _secret(key: SubjectKey) -> bytes:
    return hmac.digest(key.secret, b"contact_pipeline pages", "sha256")


def _hash(own_id: str) -> bytes:
    return hashlib.sha256(own_id.encode()).digest()
