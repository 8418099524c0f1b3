"""A real authoritative DNS server on loopback for the invented domains: Debian's knot, under the calling user.

Nothing leaves the machine: outside of the zone the server refuses. Mail hosts have addresses of 192.88.99.0/24, which
is global by the registry's rules and nobody's (RFC 7526 withdrew it); nothing connects to them.
"""

import argparse
import json
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import dns.exception
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype

from benchmarks.domains import HOSTING_HOSTS, SHARED_HOSTS, ZONE, domain_kind, domain_name

HOST = "127.0.0.1"
START_SECONDS = 60.0

_CONFIG = """\
server:
  rundir: "{folder}"
  listen: {host}@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: "{folder}"
template:
  - id: default
    storage: "{folder}"
    semantic-checks: off
    journal-content: none
    zonefile-sync: -1
    zonefile-load: whole
zone:
  - domain: {zone}
    file: zone.txt
"""


class ZoneServerUnavailableError(RuntimeError):
    """The server cannot run here; the text says what to install or what it said."""


def find_knotd() -> str | None:
    """Path of knotd; Debian keeps it where ordinary users do not look."""
    return shutil.which("knotd") or shutil.which("knotd", path="/usr/sbin:/usr/local/sbin")


def zone_lines(domains: int) -> Iterator[str]:
    """The zone file: shared mail hosts, then the records of every domain that exists."""
    yield f"$ORIGIN {ZONE}.\n$TTL 3600\n"
    yield f"@ SOA ns.{ZONE}. hostmaster.{ZONE}. 1 3600 600 86400 300\n@ NS ns\nns A {HOST}\n"
    for n in range(SHARED_HOSTS):
        yield f"mx1.provider{n:02d} A 192.88.99.{n + 1}\nmx2.provider{n:02d} A 192.88.99.{n + 101}\n"
    for n in range(HOSTING_HOSTS):
        yield f"mail.hosting{n:04d} A 192.88.99.{n % 254 + 1}\n"
    yield "mx.inside A 10.1.2.3\n"
    for number in range(domains):
        name, kind = domain_name(number).removesuffix(f".{ZONE}"), domain_kind(number)
        if kind == "shared_mx":
            # Few providers hold most domains, as in the world.
            provider = min(number * 13 % SHARED_HOSTS, number * 29 % SHARED_HOSTS)
            yield f"{name} MX 10 mx1.provider{provider:02d}\n{name} MX 20 mx2.provider{provider:02d}\n"
        elif kind == "hosted_mx":
            yield f"{name} MX 10 mail.hosting{number % HOSTING_HOSTS:04d}\n"
        elif kind == "own_mx":
            yield f"{name} MX 10 mx.{name}\nmx.{name} A 192.88.99.{number % 254 + 1}\n"
        elif kind == "a_only":
            yield f"{name} A 192.88.99.{number % 254 + 1}\n"
        elif kind == "null_mx":
            yield f"{name} MX 0 .\n"
        elif kind == "dangling_mx":
            yield f"{name} MX 10 gone.{name}\n"
        elif kind == "private_mx":
            yield f"{name} MX 10 mx.inside\n"
        elif kind == "no_mail":
            yield f'{name} TXT "v=spf1 -all"\n'


def free_port() -> int:
    """A loopback port that is free for UDP and TCP at this moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind((HOST, 0))
            port = int(tcp.getsockname()[1])
            try:
                udp.bind((HOST, port))
            except OSError:
                continue
            return port


class ZoneServer:
    """`with ZoneServer(domains=1000) as zone: ... zone.address` (host:port, as CONTACT_PIPELINE_DNS wants it)."""

    def __init__(self, *, domains: int, port: int | None = None) -> None:
        self.domains = domains
        self.port = port or free_port()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """host:port."""
        return f"{HOST}:{self.port}"

    def __enter__(self) -> "ZoneServer":
        knotd = find_knotd()
        if knotd is None:
            raise ZoneServerUnavailableError("knotd is not installed. On Debian or Ubuntu: apt-get install knot")
        self._folder = tempfile.TemporaryDirectory(prefix="bench-zone-")
        folder = Path(self._folder.name)
        with (folder / "zone.txt").open("w", encoding="ascii") as zone:
            zone.writelines(zone_lines(self.domains))
        config = folder / "knot.conf"
        config.write_text(_CONFIG.format(folder=folder, host=HOST, port=self.port, zone=ZONE), encoding="ascii")
        with (folder / "knot.log").open("wb") as log:
            self._process = subprocess.Popen([knotd, "-c", str(config)], stdout=log, stderr=log)
        try:
            self._wait_until_it_answers(folder / "knot.log")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and remove its folder; again is harmless."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _wait_until_it_answers(self, log: Path) -> None:
        assert self._process is not None
        question = dns.message.make_query(ZONE, dns.rdatatype.SOA)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                said = log.read_text(encoding="utf-8", errors="replace").strip()[-500:]
                raise ZoneServerUnavailableError(f"knotd ended with {self._process.returncode}: {said}")
            try:
                answer = dns.query.udp(question, HOST, port=self.port, timeout=0.5)
            except (dns.exception.Timeout, OSError):
                pass
            else:
                if answer.rcode() == dns.rcode.NOERROR and answer.answer:
                    return
            time.sleep(0.05)
        raise ZoneServerUnavailableError(f"knotd did not answer within {START_SECONDS:.0f} s")


def main() -> None:
    """The command line: serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dns_zone", description=__doc__)
    parser.add_argument("--domains", type=int, default=100_000)
    parser.add_argument("--port", type=int, help="default: any free one; it is printed")
    arguments = parser.parse_args()
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    try:
        with ZoneServer(domains=arguments.domains, port=arguments.port) as zone:
            print(json.dumps({"dns": zone.address, "zone": ZONE, "domains": zone.domains}), flush=True)
            done.wait()
    except ZoneServerUnavailableError as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
