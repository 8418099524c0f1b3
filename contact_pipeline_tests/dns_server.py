"""A real authoritative DNS server on loopback, UDP and TCP, with a zone that can misbehave name by name.

For tests only: no wildcard, no DNSSEC, answers everything with authority. Counts the questions, so that a test can say
"one question for each domain".
"""

import contextlib
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

TTL = 3_600
SOA_MINIMUM = 1_800
SOA = f"ns.zone.test. hostmaster.zone.test. 1 7200 900 1209600 {SOA_MINIMUM}"


@dataclass(frozen=True)
class Node:
    """How one name answers. records: kind → rdata texts. rcode: instead of an answer. drop: says nothing at all.

    truncate: UDP answers are cut short, so that the client must come again over TCP.
    is_bare: an alias is given without the records at its end, as a lazy forwarder does.
    """

    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rcode: dns.rcode.Rcode = dns.rcode.NOERROR
    drop: bool = False
    truncate: bool = False
    is_bare: bool = False
    ttl: int = TTL


SERVFAIL = Node(rcode=dns.rcode.SERVFAIL)
REFUSED = Node(rcode=dns.rcode.REFUSED)
SILENT = Node(drop=True)
NO_DATA = Node()


def mail_domain(*hosts: str, ttl: int = TTL) -> Node:
    """MX records, best first."""
    return Node({"MX": tuple(f"{10 * (i + 1)} {host}." for i, host in enumerate(hosts))}, ttl=ttl)


def address(*texts: str, ttl: int = TTL) -> Node:
    """A and AAAA records."""
    return Node({"A": tuple(t for t in texts if ":" not in t), "AAAA": tuple(t for t in texts if ":" in t)}, ttl=ttl)


Zone = dict[str, Node]


class DnsServer:
    """Names in the zone are lower case without the last dot. A name that is not there is NXDOMAIN."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.questions: Counter[tuple[str, str]] = Counter()
        self.over_tcp: Counter[tuple[str, str]] = Counter()
        self.is_silent = False
        self._udp, self._tcp = self._bind()
        self.address: tuple[str, int] = self._udp.server_address  # type: ignore[assignment]
        servers: tuple[socketserver.BaseServer, ...] = (self._udp, self._tcp)
        self._threads = [threading.Thread(target=s.serve_forever, args=(0.02,), daemon=True) for s in servers]
        for thread in self._threads:
            thread.start()

    def _bind(self) -> tuple[socketserver.UDPServer, socketserver.ThreadingTCPServer]:
        """Both on one port. The system picks it for UDP; where somebody has it for TCP, it picks another."""
        for tries_left in reversed(range(20)):
            udp = socketserver.UDPServer(("127.0.0.1", 0), self._udp_handler(), bind_and_activate=False)
            udp.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
            udp.server_bind()
            tcp = socketserver.ThreadingTCPServer(udp.server_address, self._tcp_handler(), bind_and_activate=False)
            tcp.daemon_threads = True
            tcp.allow_reuse_address = True
            try:
                tcp.server_bind()
            except OSError:
                udp.server_close()
                tcp.server_close()
                if not tries_left:
                    raise
                continue
            tcp.server_activate()
            return udp, tcp
        raise AssertionError

    def close(self) -> None:
        """Stops both listeners and frees the port."""
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(5)

    def asked(self, name: str) -> int:
        """Questions about a name, of any kind, by UDP and TCP."""
        return sum(count for (asked, _), count in self.questions.items() if asked == name)

    def reply(self, wire: bytes, *, over_tcp: bool) -> bytes | None:
        """The answer to one message, or None for silence."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        (self.over_tcp if over_tcp else self.questions)[name, kind] += 1
        node = self.zone.get(name)
        if self.is_silent or (node is not None and node.drop):
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.AA
        if node is None and name != ".":
            answer.set_rcode(dns.rcode.NXDOMAIN)
            self._deny(answer)
        elif node is not None and node.rcode != dns.rcode.NOERROR:
            answer.set_rcode(node.rcode)
        elif node is not None and node.truncate and not over_tcp:
            answer.flags |= dns.flags.TC
        else:
            self._fill(answer, name, kind)
        return answer.to_wire(max_size=65_535)

    def _fill(self, answer: dns.message.Message, name: str, kind: str) -> None:
        for _ in range(10):
            node = self.zone.get(name)
            if node is None:
                answer.set_rcode(dns.rcode.NXDOMAIN)
                break
            if texts := node.records.get(kind, ()):
                answer.answer.append(dns.rrset.from_text(name + ".", node.ttl, "IN", kind, *texts))
                return
            if "CNAME" not in node.records:
                break
            target = node.records["CNAME"][0]
            answer.answer.append(dns.rrset.from_text(name + ".", node.ttl, "IN", "CNAME", target))
            if node.is_bare:
                return
            name = target.rstrip(".")
        self._deny(answer)

    @staticmethod
    def _deny(answer: dns.message.Message) -> None:
        answer.authority.append(dns.rrset.from_text("zone.test.", TTL, "IN", "SOA", SOA))

    def _udp_handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire, connection = self.request
                if (answer := server.reply(wire, over_tcp=False)) is not None:
                    connection.sendto(answer, self.client_address)

        return Handler

    def _tcp_handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    while size := self.rfile.read(2):
                        wire = self.rfile.read(int.from_bytes(size, "big"))
                        if (answer := server.reply(wire, over_tcp=True)) is not None:
                            self.wfile.write(len(answer).to_bytes(2, "big") + answer)

        return Handler


@contextlib.contextmanager
def serve(zone: Zone) -> Iterator[DnsServer]:
    """A server for the length of a with block."""
    server = DnsServer(zone)
    try:
        yield server
    finally:
        server.close()
