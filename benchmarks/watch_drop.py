"""A file dropped beside a running `contact-pipeline up`: seconds until it is published.

The file is moved in whole, so it is stable from that moment on; what the sensor spends on finding that out is counted.
"""

import argparse
import contextlib
import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.dns_zone import HOST, ZoneServer
from benchmarks.generate import write_contacts
from benchmarks.sandbox import ROOT, SOURCE, Sandbox, machine, program, sandbox

ROWS = 1000
START_SECONDS = 180.0
PUBLISH_SECONDS = 300.0
SETTLE_SECONDS = (
    20.0  # after the UI answers, for the daemon's first ticks: a running system is measured, not a starting one
)
POLL_SECONDS = 0.1


class NotPublishedError(RuntimeError):
    """The drop was not published in time, or was held."""


def _free_tcp_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait_for_ui(port: int, up: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if up.poll() is not None:
            said = log.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
            raise RuntimeError(f"contact-pipeline up ended with {up.returncode}: {said}")
        with (
            contextlib.suppress(OSError),  # URLError is one
            urllib.request.urlopen(f"http://{HOST}:{port}/server_info", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.5)
    raise RuntimeError(f"no Dagster UI on port {port} within {START_SECONDS:.0f} s")


@contextlib.contextmanager
def running_pipeline(box: Sandbox) -> Iterator[int]:
    """`contact-pipeline up` on a free port; yields the port once the UI answers, stops it with SIGINT."""
    port, log = _free_tcp_port(), box.folder / "up.log"
    with log.open("wb") as file:
        up = subprocess.Popen(
            [program("contact-pipeline"), "up", "--port", str(port)],
            env=box.environment, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        )  # fmt: skip
    try:
        _wait_for_ui(port, up, log)
        yield port
    finally:
        up.send_signal(signal.SIGINT)
        try:
            up.wait(timeout=60)
        except subprocess.TimeoutExpired:
            up.terminate()
            up.wait(timeout=60)


def _published(url: str, earlier: set[str], since: float) -> dict[str, Any]:
    """Poll raw.drops until a new drop is published. Times are seconds since the file was moved in."""
    result: dict[str, Any] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() - since < PUBLISH_SECONDS:
            rows = connection.execute("select key, published_at, held_reason, rows_in from raw.drops").fetchall()
            for key, published_at, held, rows_in in rows:
                if key in earlier:
                    continue
                result.setdefault("seconds_to_landing", round(time.monotonic() - since, 2))
                if held:
                    raise NotPublishedError(f"{key} is held: {held}")
                if published_at is not None:
                    return result | {"seconds_to_published": round(time.monotonic() - since, 2), "rows_in": rows_in}
            time.sleep(POLL_SECONDS)
    raise NotPublishedError(f"not published within {PUBLISH_SECONDS:.0f} s of the drop")


def _drop_keys(url: str) -> set[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return {str(key) for (key,) in connection.execute("select key from raw.drops")}


def watch_drop(rows: int = ROWS, *, drops: int = 3, settle: float = SETTLE_SECONDS) -> dict[str, Any]:
    """Drop several files, one after the other, into one running pipeline; every time and the worst are reported."""
    domains = max(1, rows // 10)
    with ZoneServer(domains=domains) as zone, sandbox(zone.address) as box:
        times = []
        with running_pipeline(box):
            time.sleep(settle)
            url = box.pipeline("db", "url").strip().replace("postgresql+psycopg://", "postgresql://")
            for number in range(drops):
                file = box.folder / f"contacts-{number}.csv"
                write_contacts(file, rows=rows, domains=domains, seed=number)
                earlier = _drop_keys(url)
                moved = time.monotonic()
                file.rename(box.incoming / SOURCE / file.name)
                times.append(_published(url, earlier, moved))
    return {
        "figure": "watch_drop",
        "rows": rows,
        "drops": times,
        "worst_seconds": max(t["seconds_to_published"] for t in times),
        "machine": machine(),
    }


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watch_drop", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--drops", type=int, default=3)
    parser.add_argument("--settle", type=float, default=SETTLE_SECONDS)
    arguments = parser.parse_args()
    print(json.dumps(watch_drop(arguments.rows, drops=arguments.drops, settle=arguments.settle)))


if __name__ == "__main__":
    main()
