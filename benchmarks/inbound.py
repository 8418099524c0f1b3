"""Events received by the web edge: accepted and durable, how long an answer takes, and worked off afterwards.

A real `contact-pipeline serve` in a home of its own (fsync on), SendGrid's real signature on every call, a client that
has written its calls before the clock starts. JSON on stdout.
"""

import argparse
import asyncio
import base64
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.generate import write_contacts
from benchmarks.sandbox import ROOT, SOURCE, Sandbox, machine, program, sandbox

CONNECTIONS = 16
KNOWN = 20_000  # contacts, whom half of the events are about
KINDS = ("processed", "delivered", "delivered", "open", "open", "click", "bounce", "deferred")


class Calls:
    """Signed calls as bytes, each once. size: events of a call."""

    def __init__(self, port: int) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._port = port
        self._number = 0

    @property
    def public_key(self) -> str:
        """As SendGrid shows it."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def make(self, count: int, size: int) -> list[bytes]:
        """So many calls."""
        return [self._call(size) for _ in range(count)]

    def _call(self, size: int) -> bytes:
        now = int(time.time())
        body = json.dumps([self._event(now) for _ in range(size)], separators=(",", ":")).encode() + b"\r\n"
        signature = base64.b64encode(self._key.sign(str(now).encode() + body, ec.ECDSA(SHA256()))).decode()
        head = (
            f"POST /webhooks/sendgrid HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nContent-Type: application/json\r\n"
            f"X-Twilio-Email-Event-Webhook-Signature: {signature}\r\nX-Twilio-Email-Event-Webhook-Timestamp: {now}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _event(self, now: int) -> dict[str, Any]:
        self._number += 1
        number = self._number
        return {
            "email": f"person{number % (2 * KNOWN)}@bench{number % 97}.example",
            "timestamp": now - number % 600,
            "smtp-id": f"<{number // 8}.bench@ismtpd>",
            "event": KINDS[number % 8],
            "category": ["autumn"],
            "sg_event_id": f"{number:x}-{now:x}-bench",
            "sg_message_id": f"{number // 8:x}.bench.filter0001.16648.5515E0B88.0",
            "reason": "550 5.1.1 unknown user",
            "status": "5.1.1",
            "useragent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101",
            "ip": "192.0.2.1",
        }


async def _send(port: int, calls: Sequence[bytes], *, per_second: float | None = None) -> tuple[float, list[float]]:
    """Seconds in all, and of each answer. per_second: calls begun in a second; None: as fast as they are answered."""
    waits, waiting = list[float](), list(enumerate(calls))[::-1]
    began = time.monotonic()

    async def work() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            place, call = waiting.pop()
            if per_second is not None:
                await asyncio.sleep(max(0.0, began + place / per_second - time.monotonic()))
            started = time.monotonic()
            writer.write(call)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.split(b"\r\n")[0].decode())
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            await reader.readexactly(length)
            waits.append(time.monotonic() - started)
        writer.close()

    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return time.monotonic() - began, waits


def _figures(size: int, calls: int, seconds: float, waits: list[float]) -> dict[str, Any]:
    ordered = sorted(waits)
    return {
        "events_per_call": size,
        "calls_per_second": round(calls / seconds),
        "events_per_second": round(calls * size / seconds),
        "p50_ms": round(ordered[len(ordered) // 2] * 1000, 1),
        "p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 1),
    }


@contextmanager
def _serving(box: Sandbox, port: int, key: str) -> Iterator[None]:
    environment = box.environment | {"SENDGRID_WEBHOOK_PUBLIC_KEY": key}
    command = [program("contact-pipeline"), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError("serve ended by itself") from None
                time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def receive(seconds: int) -> dict[str, Any]:
    """Calls of 100 events and of one, at full speed and at half the aim's rate."""
    port = _free_port()
    calls = Calls(port)
    with sandbox("127.0.0.1:9") as box:
        file = box.folder / "contacts.csv"
        write_contacts(file, rows=KNOWN, domains=97)
        box.pipeline("run", str(file), "--source", SOURCE)
        result: dict[str, Any] = {"figure": "inbound", "machine": machine()}
        with _serving(box, port, calls.public_key):
            asyncio.run(_send(port, calls.make(20, 1)))
            for name, size, count, pace in (
                ("single", 1, 800 * seconds, None), ("many", 100, 80 * seconds, None),
                ("single_half", 1, 250 * seconds, 250.0), ("many_half", 100, 30 * seconds, 30.0),
            ):  # fmt: skip
                made = calls.make(count, size)
                spent, waits = asyncio.run(_send(port, made, per_second=pace))
                result[name] = _figures(size, count, spent, waits)
        return result


def work_off(events: int) -> dict[str, Any]:
    """Events that are stored already, worked off by one process."""
    calls = Calls(0)
    statement = "copy ops.inbound_events (provider, event_id, body) from stdin"
    with sandbox("127.0.0.1:9") as box:
        file = box.folder / "contacts.csv"
        write_contacts(file, rows=KNOWN, domains=97)
        box.pipeline("run", str(file), "--source", SOURCE)
        os.environ.update(box.environment)
        from contact_pipeline.opening import open_session
        from contact_pipeline.outreach.working_off import work_off
        from contact_pipeline.settings import load_settings

        with open_session(load_settings()) as session:
            with session.connection("bench") as connection:
                addresses = [
                    row[0] for row in connection.execute("select email from core.contacts where email is not null")
                ]
                with connection.transaction(), connection.cursor() as cursor, cursor.copy(statement) as copy:
                    for number in range(events):
                        event = calls._event(int(time.time()))
                        if number % 10 < 9:
                            event["email"] = addresses[number // 8 % len(addresses)]
                        if event["event"] == "bounce" and number % 5:
                            event["event"] = "delivered"
                        copy.write_row(("sendgrid", str(number), json.dumps(event)))
            started = time.monotonic()
            report = work_off(session)
            spent = time.monotonic() - started
        return {
            "figure": "inbound_worked_off", "machine": machine(), "events": events, "seconds": round(spent, 1),
            "events_per_second": round(events / spent), "outcomes": dict(report.counts),
        }  # fmt: skip


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.inbound", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each part of receiving")
    parser.add_argument(
        "--work-off", type=int, metavar="EVENTS", help="measure working off so many stored events instead"
    )
    a = parser.parse_args()
    print(json.dumps(work_off(a.work_off) if a.work_off else receive(a.seconds)))


if __name__ == "__main__":
    main()
