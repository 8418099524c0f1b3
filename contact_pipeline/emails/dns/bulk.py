"""Mail hosts through c-ares: the same questions as resolver.py, five times as fast, for bulk look-ups.

Uses pycares, the binding that aiodns is made of: aiodns adds an event loop, which the engine does not need. Differs
from it in one thing: c-ares does not show the SOA record of a negative answer, so those are remembered for
NEGATIVE_TTL. Differential test: emails/dns/test_resolvers.py.
"""

import selectors
import time
from collections.abc import Iterable, Iterator

import pycares

from contact_pipeline.emails.dns.resolver import TRIES, Server, look_up
from contact_pipeline.emails.dns.walk import Answer, Question, end_of_aliases
from contact_pipeline.emails.ports import LookupFault, MailHosts

_KINDS = {"MX": pycares.QUERY_TYPE_MX, "A": pycares.QUERY_TYPE_A, "AAAA": pycares.QUERY_TYPE_AAAA}

# c-ares keeps every answer for up to an hour and pycares has no switch for it: a new channel now and then bounds the
# memory.
QUESTIONS_PER_CHANNEL = 10_000


class BulkMailHostResolver:
    """MailHostResolver over c-ares. Parameters as DnsMailHostResolver.

    concurrency: 200 questions fill a UDP buffer of Linux's default size (212,992 octets at 768 a packet); more get
    lost.
    """

    def __init__(
        self, server: Server | None = None, *, timeout_s: float = 5.0, concurrency: int = 200, every_host: bool = False
    ) -> None:
        self._server = server
        self._timeout_s = timeout_s
        self._concurrency = concurrency
        self._every_host = every_host

    def lookup(self, domains: Iterable[str]) -> Iterator[tuple[str, MailHosts]]:
        """See MailHostResolver.lookup."""
        return look_up(
            domains,
            self._server,
            lambda servers: _CaresTransport(servers, self._timeout_s),
            timeout_s=self._timeout_s,
            concurrency=self._concurrency,
            every_host=self._every_host,
        )


class _Channel:
    """One c-ares channel, its sockets in the shared selector, and what it still owes."""

    def __init__(self, servers: list[str], timeout_s: float, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._is_closed = False
        self.asked = 0
        self.owed = 0
        self.cares = pycares.Channel(
            servers=servers,
            timeout=timeout_s,
            tries=TRIES,
            domains=[],
            sock_state_cb=self._watch,
            socket_receive_buffer_size=1 << 20,
        )

    def _watch(self, descriptor: int, wants_read: bool, wants_write: bool) -> None:
        if self._is_closed:  # pycares destroys a channel later, from a thread of its own
            return
        events = (selectors.EVENT_READ if wants_read else 0) | (selectors.EVENT_WRITE if wants_write else 0)
        is_known = descriptor in self._selector.get_map()
        if not events and is_known:
            self._selector.unregister(descriptor)
        elif events and is_known:
            self._selector.modify(descriptor, events, self)
        elif events:
            self._selector.register(descriptor, events, self)

    def next_timeout(self, most: float) -> float:
        """Seconds until c-ares wants to be called again; 0.0 also when nothing is owed."""
        return float(self.cares.timeout(most))  # type: ignore[no-untyped-call]

    def close(self) -> None:
        self._is_closed = True
        for key in [key for key in self._selector.get_map().values() if key.data is self]:
            self._selector.unregister(key.fd)
        self.cares.close()


class _CaresTransport:
    """One thread: c-ares tells which sockets it waits for, `receive` waits on them and hands them back.

    Its own event thread would take turns with ours on the interpreter lock (measured: a quarter slower).
    """

    def __init__(self, servers: list[Server], timeout_s: float) -> None:
        self._servers = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in servers]
        self._timeout_s = timeout_s
        self._answers: list[tuple[Question, Answer]] = []
        self._selector = selectors.DefaultSelector()
        self._channels = [self._open()]

    def _open(self) -> _Channel:
        return _Channel(self._servers, self._timeout_s, self._selector)

    def ask(self, question: Question) -> None:
        channel = self._channels[-1]
        if channel.asked >= QUESTIONS_PER_CHANNEL:
            channel = self._open()
            self._channels.append(channel)
        channel.asked += 1
        channel.owed += 1
        name, kind = question

        def take(result: pycares.DNSResult | None, error: int | None) -> None:
            channel.owed -= 1
            self._answers.append((question, _read(result, error, question)))

        try:
            channel.cares.query(name + ".", _KINDS[kind], callback=take)
        except (pycares.AresError, UnicodeError):
            # Walks ask for host names only: not seen. c-ares may have called back already; the engine ignores a second.
            self._answers.append((question, Answer(fault=LookupFault.FAILURE)))

    def receive(self, patience: float) -> list[tuple[Question, Answer]]:
        end = time.monotonic() + patience
        while not self._answers and (left := end - time.monotonic()) > 0:
            waits = [channel.next_timeout(left) for channel in self._channels if channel.owed]
            for key, events in self._selector.select(min(waits, default=left)):
                key.data.cares.process_fd(
                    key.fd if events & selectors.EVENT_READ else pycares.ARES_SOCKET_BAD,
                    key.fd if events & selectors.EVENT_WRITE else pycares.ARES_SOCKET_BAD,
                )
            for channel in self._channels:
                channel.cares.process_fd(pycares.ARES_SOCKET_BAD, pycares.ARES_SOCKET_BAD)  # its time-outs
        for channel in self._channels[:-1]:
            if channel.owed <= 0:
                channel.close()
                self._channels.remove(channel)
        answers, self._answers = self._answers, []
        return answers

    def close(self) -> None:
        for channel in self._channels:
            channel.close()
        self._selector.close()


def _read(result: pycares.DNSResult | None, error: int | None, question: Question) -> Answer:
    if error is not None or result is None:
        return _read_error(error)
    ttl = min((record.ttl for record in result.answer), default=0)
    data = [record.data for record in result.answer]
    if question[1] == "MX":
        exchanges = [(mx.priority, _plain(mx.exchange)) for mx in data if isinstance(mx, pycares.MXRecordData)]
        if exchanges:
            return Answer(exchanges=tuple(sorted(exchanges)), ttl_seconds=ttl)
    else:
        wanted = pycares.ARecordData if question[1] == "A" else pycares.AAAARecordData
        addresses = [record.addr for record in data if isinstance(record, wanted)]
        if addresses:
            return Answer(addresses=tuple(sorted(addresses)), ttl_seconds=ttl)
    aliases = {
        _plain(record.name): _plain(record.data.cname)
        for record in result.answer
        if isinstance(record.data, pycares.CNAMERecordData)
    }
    if aliases and not result.authority:
        return Answer(alias=end_of_aliases(question[0], aliases), ttl_seconds=ttl)
    return Answer()


def _plain(name: str) -> str:
    """Lower case, without the last dot; the root is empty."""
    return name.rstrip(".").lower()


def _read_error(error: int | None) -> Answer:
    if error == pycares.errno.ARES_ENOTFOUND:
        return Answer(exists=False)
    if error == pycares.errno.ARES_ENODATA:
        return Answer()
    if error == pycares.errno.ARES_ETIMEOUT:
        return Answer(fault=LookupFault.TIMEOUT)
    return Answer(fault=LookupFault.FAILURE)
