"""Mail hosts on loopback that speak SMTP, each misbehaving in its own way; zone.py gives them names.

Every host has an address of 127.0.0.0/8, all share one port (Linux gives the whole /8). Ordinary hosts answer by
`truth.mailbox_of`; a local part of 16 and more letters and digits without any mark is nobody's, since people have
names. Records what it saw. Ours and not aiosmtpd, which is made to behave.
"""

import asyncio
import base64
import datetime
import re
import socket
import ssl
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from contact_pipeline_tests.lab.truth import Mailbox, mailbox_of

HANG_UP, SILENCE = "hang up", "silence"  # instead of a reply
GREYLIST_S = 300
OK = "250 2.1.5 Ok"
NOBODY = "550 5.1.1 <{to}>: Recipient address rejected: User unknown in virtual mailbox table"
_MADE_UP = re.compile(r"[a-z0-9]{16,}")
_PATH = re.compile(r"(?:FROM|TO):<([^>]*)>(.*)", re.IGNORECASE)


@dataclass
class Session:
    """One conversation, as the host sees it. `told`: recipients named since MAIL."""

    host: str
    sender: str | None = None
    told: int = 0
    is_utf8: bool = False
    is_tls: bool = False


Rule = Callable[["MailLab", Session, str], str]


def by_truth(lab: "MailLab", session: Session, to: str) -> str:
    """The reply to RCPT of a host that knows its people."""
    if _MADE_UP.fullmatch(to.partition("@")[0]):
        return NOBODY
    match mailbox_of(to):
        case Mailbox.NO_MAILBOX:
            return NOBODY
        case Mailbox.DISABLED:
            return "550 5.2.1 <{to}>: The account is disabled"
        case Mailbox.FULL:
            return "452 4.2.2 <{to}>: The mailbox is full"
        case Mailbox.GREYLISTED:
            return greylist(lab, session, to)
        case Mailbox.SILENT:
            return SILENCE
    return OK


def greylist(lab: "MailLab", session: Session, to: str) -> str:
    """The first time is remembered by sender and recipient; after the delay it answers by the truth."""
    left = lab.greylist.setdefault((session.host, session.sender or "", to), lab.clock()) + GREYLIST_S - lab.clock()
    if left > 0:
        return f"451 4.7.1 Greylisted, please try again in {left:.0f} seconds"
    return NOBODY if mailbox_of(to) is Mailbox.NO_MAILBOX or _MADE_UP.fullmatch(to.partition("@")[0]) else OK


def always(reply: str) -> Rule:
    """One reply for everybody."""
    return lambda lab, session, to: reply


def half_catch_all(lab: "MailLab", session: Session, to: str) -> str:
    """Takes whatever looks like first.last."""
    return OK if "." in to.partition("@")[0] else NOBODY


def first_only(lab: "MailLab", session: Session, to: str) -> str:
    """One recipient in a transaction."""
    return "452 4.5.3 Too many recipients" if session.told > 1 else by_truth(lab, session, to)


def unless_nobody(reply: str) -> Rule:
    """Knows its people; another reply for everybody else."""
    return lambda lab, session, to: reply if by_truth(lab, session, to) == NOBODY else by_truth(lab, session, to)


@dataclass(frozen=True)
class MailHost:
    """How a mail host behaves. Replies may hold {to}. starttls: the reply to STARTTLS; a broken one talks on in clear.

    is_listening: else connections are refused. is_black_hole: nothing comes back at all.
    """

    rcpt: Rule = by_truth
    greeting: str = "220 mx.lab.test ESMTP"
    ehlo: str = "250"
    mail: str = "250 2.1.0 Ok"
    extensions: tuple[str, ...] = ("8BITMIME", "ENHANCEDSTATUSCODES", "SMTPUTF8")
    starttls: str | None = None
    is_tls_broken: bool = False
    delay_s: float = 0.0
    is_listening: bool = True
    is_black_hole: bool = False
    after_data: str = "250 2.0.0 Ok"
    login: str = ""  # user:password that AUTH PLAIN has to give; empty: nobody is asked


HOSTS: dict[str, MailHost] = {
    "catch-all": MailHost(always(OK)),
    "late": MailHost(always(OK), after_data="550 5.1.1 User unknown"),
    "half-catch-all": MailHost(half_catch_all),
    "greylist": MailHost(greylist),
    "busy": MailHost(always("451 4.3.0 Local error in processing")),
    "full": MailHost(always("452 4.2.2 <{to}>: mailbox is full")),
    "disabled": MailHost(always("550 5.2.1 <{to}>: this mailbox has been disabled")),
    "no-reason": MailHost(always("550 Requested action not taken")),
    "unverifiable": MailHost(always("252 2.5.2 Cannot VRFY user, will try")),
    "relay": MailHost(always("554 5.7.1 <{to}>: Relay access denied")),
    "microsoft": MailHost(unless_nobody("550 5.4.1 Recipient address rejected: Access denied. AS(201806281)")),
    "qmail": MailHost(unless_nobody("550 sorry, no mailbox here by that name. (#5.1.1)")),
    "policy": MailHost(always("550 5.7.1 <{to}>: Recipient address rejected: Access denied")),
    "blocked": MailHost(always("554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using bl.lab.test")),
    "blocked-at-door": MailHost(greeting="554 5.7.1 No SMTP service for you, see the block list"),
    "overloaded": MailHost(greeting="421 4.3.2 Too much to do, closing"),
    "rate-limited": MailHost(always("421 4.7.0 Too many connections from your IP")),
    "made-up-blocked": MailHost(unless_nobody("554 5.7.1 Too many unknown recipients from your host, rate limited")),
    "no-sender": MailHost(mail="550 5.1.8 Sender address rejected: Domain not found"),
    "refused": MailHost(is_listening=False),
    "black-hole": MailHost(is_listening=False, is_black_hole=True),
    "never-greets": MailHost(greeting=SILENCE),
    "tarpit": MailHost(always(SILENCE)),
    "hangs-up": MailHost(always(HANG_UP)),
    "hangs-up-on-nobody": MailHost(unless_nobody(HANG_UP)),
    "hangs-up-at-door": MailHost(greeting=HANG_UP),
    "not-smtp": MailHost(greeting="HTTP/1.1 400 Bad Request"),
    "long-greeting": MailHost(greeting="220-mx.lab.test ESMTP\r\n220-No advertisements\r\n220 Welcome"),
    "helo-only": MailHost(ehlo="502", extensions=()),
    "no-utf8": MailHost(extensions=("8BITMIME",)),
    "one-recipient": MailHost(first_only),
    "starttls": MailHost(starttls="220 2.0.0 Go ahead"),
    "starttls-refused": MailHost(starttls="454 4.7.0 TLS not available"),
    "starttls-broken": MailHost(starttls="220 2.0.0 Go ahead", is_tls_broken=True),
}
ADDRESSES = {name: f"127.0.0.{number}" for number, name in enumerate(HOSTS, 10)} | {"ipv6": "::1"}


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return False
    return True


HAS_IPV6 = _has_ipv6()


def ordinary_address(number: int) -> str:
    """Address of the mail host of d<number>."""
    return f"127.0.{1 + number // 250}.{1 + number % 250}"


@dataclass
class Seen:
    """What happened. Keys: the host's address; (address, verb); (address, recipient)."""

    connections: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    most_at_once: Counter[str] = field(default_factory=Counter)
    most_in_all: int = 0
    commands: Counter[tuple[str, str]] = field(default_factory=Counter)
    recipients: Counter[tuple[str, str]] = field(default_factory=Counter)
    in_tls: Counter[str] = field(default_factory=Counter)  # commands
    lines: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)  # whole ones, whatever became of them


class MailLab:
    """`with MailLab(ordinary=3) as lab: ... lab.port`. clock: seconds, for greylists; a test may turn it.

    ordinary: so many hosts of d0, d1 … latency_s: before every reply of an ordinary host.
    before_reply: called with each command, in the lab's thread.
    """

    def __init__(self, *, ordinary: int = 1, latency_s: float = 0.0, ordinary_host: MailHost | None = None) -> None:
        self.clock: Callable[[], float] = time.monotonic
        self.greylist: dict[tuple[str, str, str], float] = {}
        self.seen = Seen()
        self.before_reply: Callable[[str], None] | None = None
        plain = ordinary_host or MailHost(delay_s=latency_s)
        self.hosts = {ADDRESSES[name]: host for name, host in HOSTS.items()}
        if HAS_IPV6:
            self.hosts["::1"] = plain
        self.hosts |= {ordinary_address(number): plain for number in range(ordinary)}
        self.port = 0
        self._sockets: list[socket.socket] = []
        self._bind()
        self._tls = _server_certificate()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mail-lab", daemon=True)
        self._writers: set[asyncio.StreamWriter] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        for each in self._sockets:
            each.close()

    def _bind(self) -> None:
        """All addresses on one port that is free on each."""
        for tries_left in reversed(range(20)):
            try:
                for address, host in self.hosts.items():
                    if host.is_listening or host.is_black_hole:
                        listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
                        self._sockets.append(listener)
                        listener.bind((address, self.port))
                        self.port = listener.getsockname()[1]
            except OSError:
                for each in self._sockets:
                    each.close()
                self._sockets.clear()
                self.port = 0
                if not tries_left:
                    raise
            else:
                return

    async def _open(self) -> None:
        self._servers = []
        for listener in list(self._sockets):
            host = self.hosts[listener.getsockname()[0]]
            if host.is_black_hole:
                # A full queue of connections that nobody takes: the kernel then drops whoever knocks.
                listener.listen(0)
                self._sockets.append(socket.create_connection(listener.getsockname()))
            else:
                self._servers.append(await asyncio.start_server(self._serve, sock=listener, backlog=512))

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        address = writer.get_extra_info("sockname")[0]
        seen = self.seen
        seen.connections[address] += 1
        seen.now[address] += 1
        seen.most_at_once[address] = max(seen.most_at_once[address], seen.now[address])
        seen.most_in_all = max(seen.most_in_all, seen.now.total())
        self._writers.add(writer)
        try:
            await self._converse(self.hosts[address], Session(address), reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            seen.now[address] -= 1
            self._writers.discard(writer)
            writer.close()

    async def _converse(
        self, host: MailHost, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        reply: str | None = host.greeting
        while True:
            if reply == SILENCE:
                await reader.read()  # until the other side gives up
            if reply in (SILENCE, HANG_UP):
                return
            if reply is not None:
                if host.delay_s:
                    await asyncio.sleep(host.delay_s)  # the host thinks; this is what it simulates
                writer.write(reply.encode() + b"\r\n")
                await writer.drain()
                if reply.startswith(("421", "221", "HTTP")):
                    return
            line = (await reader.readline()).decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                return
            verb = line.partition(" ")[0].upper()
            self.seen.commands[session.host, verb] += 1
            self.seen.in_tls[session.host] += session.is_tls
            self.seen.lines.append(line)
            if self.before_reply:
                self.before_reply(line)
            if verb == "STARTTLS" and (host.starttls or "").startswith("220"):
                writer.write(b"220 2.0.0 Go ahead\r\n")
                if host.is_tls_broken:
                    await reader.read(1)
                    writer.write(b"502 What did you say?\r\n")
                    return
                await writer.start_tls(self._tls)
                session, reply = Session(session.host, is_tls=True), None
            else:
                reply = await self._reply(host, session, verb, line, reader, writer)

    async def _reply(
        self,
        host: MailHost,
        session: Session,
        verb: str,
        line: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> str:
        if verb == "EHLO" and host.ehlo == "250":
            more = ["AUTH PLAIN"] if host.login else []
            offers = [
                "mx.lab.test",
                *host.extensions,
                *more,
                *(["STARTTLS"] if host.starttls and not session.is_tls else []),
            ]
            return "\r\n".join(f"250{' ' if i == len(offers) - 1 else '-'}{offer}" for i, offer in enumerate(offers))
        if verb in ("HELO", "RSET", "NOOP"):
            session.sender, session.told = None, 0
            return "250 2.0.0 Ok"
        if verb == "STARTTLS" and host.starttls:
            return host.starttls
        if verb == "QUIT":
            return "221 2.0.0 Bye"
        if verb == "DATA" and session.told:
            writer.write(b"354 Go ahead\r\n")
            lines = list[bytes]()
            while (line_of_mail := await reader.readline()).rstrip(b"\r\n") != b".":
                lines.append(line_of_mail.removeprefix(b"."))
            self.seen.mails.append(b"".join(lines))
            return host.after_data
        if verb == "AUTH" and host.login:
            given = base64.b64decode(line.rpartition(" ")[2]).decode().split("\0")[1:]
            return "235 2.7.0 Ok" if ":".join(given) == host.login else "535 5.7.8 Authentication failed"
        path = _PATH.fullmatch(line.partition(" ")[2].strip())
        if path is None:
            return "502 5.5.2 Error: command not recognized"
        if verb == "MAIL":
            if session.sender is not None:
                return "503 5.5.1 Error: nested MAIL command"
            session.sender, session.is_utf8 = path[1], "SMTPUTF8" in path[2].upper()
            return host.mail
        if session.sender is None:
            return "503 5.5.1 Error: need MAIL command"
        self.seen.recipients[session.host, path[1]] += 1
        session.told += 1
        if not path[1].isascii() and not (session.is_utf8 and "SMTPUTF8" in host.extensions):
            return "553 5.6.7 <{to}>: non-ASCII address without SMTPUTF8".replace("{to}", path[1])
        return host.rcpt(self, session, path[1].lower()).replace("{to}", path[1])


def _server_certificate() -> ssl.SSLContext:
    """Signed by nobody, for another name, and expired: what opportunistic TLS has to live with."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "elsewhere.lab.test")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file = Path(folder, "all.pem")
        file.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(file)
    return context
