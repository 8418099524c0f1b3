"""Who may use the pages: names, roles and Argon2id hashes of passwords. A password is shown once, or read, and kept
nowhere."""

import re
import secrets
from dataclasses import dataclass
from functools import cache
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.adapters.postgres.reading_as import join_roles
from contact_pipeline.core.errors import UsageError
from contact_pipeline.stage.session import Session
from contact_pipeline.web.inside.roles import DATABASE_ROLES, ROLES

STEPS = beside(__file__)

NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}")
SHORTEST, LONGEST = 12, 1000  # NIST SP 800-63B asks for 8 at least; nobody types these often
PASSWORD_BYTES = 15  # 120 bits
# Each takes 64 MB (RFC 9106, second choice): so many at once, the others wait.
_HASHING = BoundedSemaphore(2)


@dataclass(frozen=True)
class User:
    """Somebody who is signed in."""

    name: str
    role: str


def add_user(session: Session, name: str, role: str, password: str | None = None) -> str:
    """Returns the password: the given one, or a new one. Raises UsageError, and AdministratorNeeded where the program's
    login may not read with the role's rights."""
    if not NAME.fullmatch(name):
        raise UsageError("A name is 1 to 63 of a-z 0-9 . _ @ -, and begins with a letter or digit.")
    if role not in ROLES:
        raise UsageError(f"There is no role {role!r}. There are {', '.join(ROLES)}.")
    password = _checked(password)
    with session.connection("users") as connection:
        join_roles(connection, DATABASE_ROLES)
        added = Script(connection, STEPS).run(
            "add", name=name, role=role, hash=hashed(password), actor=session.actor, now=session.clock()
        )
    if not added:
        raise UsageError(
            f"There is a user {name} already. `users passwd` gives a new password, and opens a closed one."
        )
    return password


def list_users(session: Session) -> list[dict[str, Any]]:
    """name, role, since when, last seen, and whether closed."""
    with session.connection("users") as connection:
        return Script(connection, STEPS).rows("list")


def disable_user(session: Session, name: str) -> None:
    """From now on: whoever is signed in by that name is signed out. Raises UsageError where there is none."""
    with session.connection("users") as connection, connection.transaction():
        steps = Script(connection, STEPS, name=name, actor=session.actor, now=session.clock())
        if not steps.run("disable"):
            raise UsageError(f"There is no user {name} who could be disabled. `users list` shows them.")
        steps.run("end_sessions")


def set_password(session: Session, name: str, password: str | None = None) -> str:
    """Returns the password; ends what is signed in by the old one, and lets a disabled user in again."""
    password = _checked(password)
    with session.connection("users") as connection, connection.transaction():
        steps = Script(connection, STEPS, name=name, now=session.clock())
        if not steps.run("set_password", hash=hashed(password)):
            raise UsageError(f"There is no user {name}. `users add` makes one.")
        steps.run("end_sessions")
    return password


def user_by_password(connection: Connection, name: str, password: str) -> User | None:
    """None: not these two together, or disabled. Takes the same time for a name that nobody has."""
    rows = Script(connection, STEPS).rows("find", name=name)
    stored = rows[0]["password_hash"] if rows and rows[0]["password_hash"] else None
    is_right = _verify(stored or _nobodys(), password[:LONGEST])
    if not rows or stored is None or not is_right or rows[0]["disabled_at"] is not None:
        return None
    return User(name, rows[0]["role"])


def user_by_name(connection: Connection, name: str) -> User | None:
    """Whom a proxy has signed in; None: nobody of ours, or disabled."""
    rows = Script(connection, STEPS).rows("find", name=name)
    return User(name, rows[0]["role"]) if rows and rows[0]["disabled_at"] is None else None


def has_any_user(connection: Connection) -> bool:
    """Else nobody can sign in, and the page says how to add the first one."""
    return bool(Script(connection, STEPS).one("has_any")["has_any"])


def hashed(password: str) -> str:
    """Argon2id with the library's parameters (RFC 9106, low memory)."""
    with _HASHING:
        return PasswordHasher().hash(password)


def _verify(stored: str, password: str) -> bool:
    with _HASHING:
        try:
            return PasswordHasher().verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe(PASSWORD_BYTES))


def _checked(password: str | None) -> str:
    if password is None:
        return secrets.token_urlsafe(PASSWORD_BYTES)
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"A password has {SHORTEST} to {LONGEST} letters.")
    return password
