"""One conversation with one mail host: connect, EHLO, STARTTLS, MAIL, RCPT for each recipient, RSET, QUIT. Never DATA.

On aiosmtplib (MIT, alive, asyncio, every command callable by itself with a time limit, refuses line breaks in
arguments): hundreds of conversations that mostly wait cost one thread, where the standard library's smtplib needs a
thread for each. Commands with an address go through its `execute_command`, since `mail` and `rcpt` rewrite what they
take for display names.

STARTTLS is opportunistic (RFC 7435): used where offered, no certificate is verified, since mail hosts seldom have one
that could be; it hides recipients from bystanders, not from an active attacker. A failed handshake means another
conversation without it. No name is looked up: the caller hands in an address.
"""

import errno
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from functools import cache

import aiosmtplib

from contact_pipeline.core.errors import TransientError
from contact_pipeline.emails.smtp.replies import asks_for_one_recipient

GOODBYE_S = 2.0  # nobody waits longer for the reply to QUIT

# Said by this machine or its own network, not by the host: no route, or not permitted.
_OWN_NETWORK = {errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.EHOSTDOWN, errno.ENETDOWN, errno.ETIMEDOUT, errno.ENETRESET}


class End(StrEnum):
    """How a conversation ended early."""

    OWN_NETWORK = "own_network"
    UNREACHABLE = "unreachable"  # nothing came back at all: no route, or silence
    REFUSED = "refused"  # somebody answered, with a refusal
    DISCONNECTED = "disconnected"
    TIMEOUT = "timeout"  # connected, then too slow
    TLS = "tls"
    REPLY = "reply"  # a reply before any RCPT that is no yes


class DialogueEnded(TransientError):  # noqa: N818 - an end, not always an error
    """No (further) answer from this host. code and text: its reply, for REPLY only."""

    def __init__(self, end: End, code: int = 0, text: str = "") -> None:
        super().__init__(str(end))
        self.end = end
        self.code = code
        self.text = text


class NoSmtpUtf8(TransientError):  # noqa: N818
    """The address needs SMTPUTF8 (RFC 6531), which the host does not offer. The conversation goes on."""


class Dialogue:
    """`open`, then `ask` for each recipient, and `close` in any case.

    timeout_s: for one reply. dialogue_s: for all of it; a tarpit that answers just in time ends there. clock: seconds.
    recipients_per_mail: so many RCPT in one transaction, then RSET and MAIL again.
    """

    def __init__(
        self,
        address: str,
        *,
        port: int,
        server_name: str,
        helo_name: str,
        mail_from: str,
        timeout_s: float,
        dialogue_s: float,
        recipients_per_mail: int,
        with_tls: bool = True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._smtp = aiosmtplib.SMTP(
            hostname=address, port=port, local_hostname=helo_name, start_tls=False, timeout=timeout_s
        )
        self._server_name = server_name
        self._mail_from = mail_from
        self._timeout_s = timeout_s
        self._ends_at = clock() + dialogue_s
        self._recipients_per_mail = recipients_per_mail
        self._with_tls = with_tls
        self._clock = clock
        self._in_transaction: int | None = None  # recipients asked about since MAIL; None: no MAIL yet
        self.has_asked = False  # about any recipient
        self.was_connected = False  # somebody answered, be it with a refusal
        self._is_utf8 = False

    async def open(self) -> None:
        """Up to EHLO (again after STARTTLS). Raises DialogueEnded."""
        try:
            await self._connect()
        except DialogueEnded as error:
            self.was_connected = error.end not in (End.OWN_NETWORK, End.UNREACHABLE)
            raise
        self.was_connected = True
        await self._hello()
        if self._with_tls and self._smtp.supports_extension("starttls"):
            await self._start_tls()
            await self._hello()

    async def _connect(self) -> None:
        try:
            await self._smtp.connect(timeout=self._patience())
        except aiosmtplib.SMTPConnectResponseError as error:
            raise DialogueEnded(End.REPLY, error.code, error.message) from None
        except aiosmtplib.SMTPResponseException as error:  # not SMTP at all
            raise DialogueEnded(End.REPLY, -1, error.message) from None
        except aiosmtplib.SMTPConnectTimeoutError as error:
            # One class for a host that never answered and one that never greeted; only the latter has this cause.
            is_connected = isinstance(error.__cause__, aiosmtplib.SMTPTimeoutError)
            raise DialogueEnded(End.TIMEOUT if is_connected else End.UNREACHABLE) from None
        except aiosmtplib.SMTPConnectError as error:
            raise DialogueEnded(_end_of(error.__cause__)) from None

    async def ask(self, recipient: str) -> tuple[int, str]:
        """The reply to RCPT TO. recipient: ASCII but for the local part. Raises DialogueEnded, NoSmtpUtf8."""
        needs_utf8 = not recipient.isascii()
        if needs_utf8 and not self._smtp.supports_extension("smtputf8"):
            raise NoSmtpUtf8
        if self._in_transaction is not None and (
            self._in_transaction >= self._recipients_per_mail or needs_utf8 != self._is_utf8
        ):
            await self._reset()
        code, text = await self._rcpt(recipient, needs_utf8)
        if self._in_transaction != 1 and asks_for_one_recipient(code, text) and self._smtp.is_connected:
            self._recipients_per_mail = 1
            await self._reset()
            code, text = await self._rcpt(recipient, needs_utf8)
        return code, text

    @property
    def is_open(self) -> bool:
        """False once the host closed the connection or said 421."""
        return self._smtp.is_connected

    async def close(self) -> None:
        """RSET and QUIT where there is still somebody to say it to."""
        with suppress(aiosmtplib.SMTPException, OSError, ValueError):
            if self._in_transaction is not None and self._smtp.is_connected:
                await self._smtp.execute_command(b"RSET", timeout=GOODBYE_S)
            if self._smtp.is_connected:
                await self._smtp.execute_command(b"QUIT", timeout=GOODBYE_S)
        self.hang_up()

    def hang_up(self) -> None:
        """Without a word."""
        self._smtp.close()

    async def _hello(self) -> None:
        """EHLO, and HELO where the host does not know it (RFC 5321 4.1.1.1)."""
        try:
            await self._smtp.ehlo(timeout=self._patience())
        except aiosmtplib.SMTPHeloError as error:
            if not (500 <= error.code <= 504 and self._smtp.is_connected):
                raise DialogueEnded(End.REPLY, error.code, error.message) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _ended(error) from None
        else:
            return
        try:
            await self._smtp.helo(timeout=self._patience())
        except aiosmtplib.SMTPHeloError as error:
            raise DialogueEnded(End.REPLY, error.code, error.message) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _ended(error) from None

    async def _start_tls(self) -> None:
        try:
            await self._smtp.starttls(
                server_hostname=self._server_name, tls_context=_any_certificate(), timeout=self._patience()
            )
        except aiosmtplib.SMTPReadTimeoutError:
            raise DialogueEnded(End.TIMEOUT) from None
        except (aiosmtplib.SMTPException, OSError, ValueError):  # ValueError: a server name that TLS cannot carry
            raise DialogueEnded(End.TLS) from None

    async def _rcpt(self, recipient: str, needs_utf8: bool) -> tuple[int, str]:
        if self._in_transaction is None:
            options = (b"SMTPUTF8",) if needs_utf8 else ()
            reply = await self._command(b"MAIL", b"FROM:<" + self._mail_from.encode() + b">", *options)
            if reply[0] != 250:
                raise DialogueEnded(End.REPLY, *reply)
            self._in_transaction = 0
            self._is_utf8 = needs_utf8
        self._in_transaction += 1
        self.has_asked = True
        return await self._command(b"RCPT", b"TO:<" + recipient.encode() + b">")

    async def _reset(self) -> None:
        reply = await self._command(b"RSET")
        if reply[0] != 250:
            raise DialogueEnded(End.REPLY, *reply)
        self._in_transaction = None

    async def _command(self, *arguments: bytes) -> tuple[int, str]:
        try:
            code, text = await self._smtp.execute_command(*arguments, timeout=self._patience())
        except (aiosmtplib.SMTPException, OSError) as error:
            raise _ended(error) from None
        return code, text.encode("utf-8", "replace").decode()  # no surrogates: it is stored

    def _patience(self) -> float:
        """Seconds for the next reply. Raises DialogueEnded(TIMEOUT) when the time for the whole is used up."""
        left = self._ends_at - self._clock()
        if left <= 0:
            raise DialogueEnded(End.TIMEOUT)
        return min(self._timeout_s, left)


def _ended(error: BaseException) -> DialogueEnded:
    if isinstance(error, TimeoutError) and not isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return DialogueEnded(End.TIMEOUT)
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return DialogueEnded(End.REPLY, error.code, error.message)
    return DialogueEnded(End.DISCONNECTED)


def _end_of(cause: BaseException | None) -> End:
    """Why there was no connection; `cause` is the system's own error, or a disconnection before the greeting."""
    number = cause.errno if isinstance(cause, OSError) else None
    if number in _OWN_NETWORK:
        return End.OWN_NETWORK
    if number in _UNREACHABLE:
        return End.UNREACHABLE
    return End.DISCONNECTED if isinstance(cause, aiosmtplib.SMTPServerDisconnected) else End.REFUSED


@cache
def _any_certificate() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
