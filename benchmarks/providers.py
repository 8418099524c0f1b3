"""What asking costs beside the vendor's own time: ledger, budget and pacing against the bare HTTP calls. Prints JSON.

bulk: addresses through NeverBounce's simulator, as jobs of a pipeline's chunk. lookup: numbers through Twilio's, one by
one over 40 connections. The simulators (contact_pipeline_tests/lab) run in a process of their own and wait 100 ms
before every answer; a job takes them no time. floor: the same requests without ledger, budget, pacing or parsing, in
the same run. Limits are 20 times the documented ones. Memory is that of the asking process and its PostgreSQL, at a
quarter of the subjects and at all.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter

from benchmarks.measure import measure
from benchmarks.sandbox import ROOT, Sandbox, machine, sandbox
from contact_pipeline.asking.asker import Asker
from contact_pipeline.asking.bulk_jobs import BulkJobs
from contact_pipeline.asking.call_ledger import Budget, CallLedger
from contact_pipeline.core.providers import Layer
from contact_pipeline.opening import open_session
from contact_pipeline.settings import load_settings
from contact_pipeline.vendors.registry import make, price
from contact_pipeline_tests.lab.demo import PACE, twentyfold
from contact_pipeline_tests.lab.serve import RemoteLab, serve_apart
from contact_pipeline_tests.lab.truth import Mailbox

LATENCY_S = 0.1
SUBJECTS = {"bulk": 100_000, "lookup": 20_000}
CHUNKS = {"bulk": 50_000, "lookup": 100_000}  # as the stores hand them to the providers
PROVIDERS = {"bulk": (Layer.MAILBOX, "neverbounce"), "lookup": (Layer.CARRIER, "twilio")}
CONNECTIONS = 40
PAGE = 1_000
BAR = 1.2
_LOCAL_PARTS = ("clara.dorn{}", "max.tarn{}", f"{Mailbox.NO_MAILBOX}-{{}}", "ida.quell{}", f"{Mailbox.CATCH_ALL}-{{}}")


def subjects_of(part: str, count: int, start: int = 0) -> Iterator[str]:
    """Invented; the numbers may be somebody's, and only simulators see them."""
    for n in range(start, start + count):
        yield f"+49151{n:08d}" if part == "lookup" else f"{_LOCAL_PARTS[n % 5].format(n)}@d{n % 500}.lab.test"


def chunks_of(part: str, subjects: Iterator[str]) -> Iterator[list[str]]:
    """As the stages hand them over."""
    while chunk := list(islice(subjects, CHUNKS[part])):
        yield chunk


def ask(part: str, count: int) -> dict[str, Any]:
    """The measured step, in a process that knows the sandbox and the lab by its environment."""
    settings = load_settings()
    layer, name = PROVIDERS[part]
    with open_session(settings) as pipeline, pipeline.connection("bench") as connection:
        provider = make(settings, pipeline.policy, layer, name)
        ledger = CallLedger(
            connection,
            layer,
            now=pipeline.clock(),
            refresh_days=90,
            budgets={name: Budget(1e6, 1e6)},
            configured=[name],
        )
        key = pipeline.key.phone if layer is Layer.CARRIER else pipeline.key.email
        asker = Asker(
            ledger, [(provider, price(pipeline.policy, layer, name))], key=key, jobs=BulkJobs(ledger), bucket=twentyfold
        )
        started, cpu = time.perf_counter(), time.process_time()
        for chunk in chunks_of(part, subjects_of(part, count)):
            asker.ask(chunk)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        (answered,) = connection.execute(
            "select count(*) from ops.provider_calls where outcome = 'answered'"
        ).fetchone() or (0,)
    return {"seconds": seconds, "cpu_seconds": cpu, "answered": answered, "failed": asker.tally.failed.total()}


def floor_of_lookups(count: int, lab: Mapping[str, str]) -> float:
    """Seconds of the bare requests from a thread pool."""
    session = _session((lab["TWILIO_ACCOUNT_SID"], lab["TWILIO_AUTH_TOKEN"]))
    base = lab["TWILIO_BASE_URL"]

    def look_up(number: str) -> int:
        path = f"/v2/PhoneNumbers/{quote(number, safe='')}"
        return session.get(base + path, params={"Fields": "line_type_intelligence"}).status_code

    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        assert set(pool.map(look_up, subjects_of("lookup", count))) == {200}
    return time.perf_counter() - started


def floor_of_jobs(count: int, lab: Mapping[str, str]) -> float:
    """Seconds of bare upload, start, poll and download of the same jobs, one after the other."""
    session, base, key = _session(None), lab["NEVERBOUNCE_BASE_URL"] + "/v4.2/jobs/", lab["NEVERBOUNCE_API_KEY"]

    def call(method: str, path: str, **values: Any) -> requests.Response:
        where = {"json": values | {"key": key}} if method == "POST" else {"params": values | {"key": key}}
        return session.request(method, base + path, **where)  # type: ignore[arg-type]

    started = time.perf_counter()
    for chunk in chunks_of("bulk", subjects_of("bulk", count)):
        items = [{"email": subject} for subject in chunk]
        job = call("POST", "create", input_location="supplied", input=items).json()["job_id"]
        call("POST", "start", job_id=job)
        while call("GET", "status", job_id=job).json()["job_status"] != "complete":
            time.sleep(1.0)
        for page in range(1, -(-len(chunk) // PAGE) + 1):
            assert call("GET", "results", job_id=job, page=page, items_per_page=PAGE).content
    return time.perf_counter() - started


FLOORS: Mapping[str, Callable[[int, Mapping[str, str]], float]] = {"bulk": floor_of_jobs, "lookup": floor_of_lookups}


def _session(auth: tuple[str, str] | None) -> requests.Session:
    session = requests.Session()
    session.auth, session.trust_env = auth, False
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
    return session


def compare(part: str, count: int, latency_s: float = LATENCY_S) -> dict[str, Any]:
    """Floor, then the asking step in fresh processes: a quarter, then all."""
    with serve_apart(domains=1, latency_s=latency_s) as lab:
        floor = FLOORS[part](count, lab.environment)
        quarter, whole = (_measured(part, n, lab) for n in (count // 4, count))
    return {
        "figure": f"providers_{part}",
        "subjects": count,
        "latency_ms": round(latency_s * 1000),
        "connections": 1 if part == "bulk" else CONNECTIONS,
        "times_documented_limits": PACE,
        "floor_seconds": round(floor, 2),
        "seconds": round(whole["seconds"], 2),
        "ratio": round(whole["seconds"] / floor, 3),
        "bar": BAR,
        "own_seconds": round(whole["seconds"] - floor, 2),
        "cpu_seconds": round(whole["cpu_seconds"], 2),
        "answered": whole["answered"],
        "failed": whole["failed"],
        "peak_pss_mib": {"quarter": quarter["memory"], "all": whole["memory"]},
    }


def _measured(part: str, count: int, lab: RemoteLab) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.providers", "--part", part, "--subjects", str(count), "--ask"]
    with sandbox(lab.environment["CONTACT_PIPELINE_DNS"]) as box:
        result = measure(command, env=_environment(box, lab), cwd=ROOT, homes=[box.home])
    if result.exit_code or not isinstance(result.stdout, dict):
        raise RuntimeError(f"asking {part} ended with {result.exit_code}: {result.stderr.strip()[-2000:]}")
    memory = {name: round(mib, 1) for name, mib in result.peak_by_name.items()} | {"sum": round(result.peak_pss_mib, 1)}
    return {**result.stdout, "memory": memory}


def _environment(box: Sandbox, lab: RemoteLab) -> dict[str, str]:
    """Whatever keys the outer environment holds stay outside."""
    inner = {k: v for k, v in box.environment.items() if not k.endswith(("_API_KEY", "_API_SECRET", "_BASE_URL"))}
    return inner | dict(lab.environment)


def all_parts(parts: Sequence[str] = tuple(SUBJECTS)) -> dict[str, Any]:
    """Every part at its size."""
    return {"machine": machine()} | {part: compare(part, SUBJECTS[part]) for part in parts}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.providers", description=__doc__)
    parser.add_argument("--part", choices=tuple(SUBJECTS), help="default: all, at their sizes")
    parser.add_argument("--subjects", type=int, help=f"default: {SUBJECTS}")
    parser.add_argument("--latency", type=float, default=LATENCY_S, help="seconds before each answer of a simulator")
    parser.add_argument("--ask", action="store_true", help=argparse.SUPPRESS)  # the measured step itself
    a = parser.parse_args()
    count = a.subjects or SUBJECTS.get(a.part, 0)
    if a.ask:
        print(json.dumps(ask(a.part, count)))
    elif a.part:
        print(json.dumps(compare(a.part, count, a.latency), indent=1))
    else:
        print(json.dumps(all_parts(), indent=1))


if __name__ == "__main__":
    main()
