"""What enriching costs beside the vendors' own time: the whole stage against the bare HTTP calls. Prints JSON.

2,000 incomplete contacts (contact_pipeline_tests/lab/people.py) go through `enrich`: Hunter, Clearbit and FullContact,
each asked only for what is open, then what is known is applied and the drop published. The simulators run in a process
of their own and wait 150 ms before every answer. floor: the very requests of that run once more, layer after layer over
as many connections, without ledger, budget, pacing, parsing or database. Limits are 20 times the documented ones.
Memory is that of the enriching process and its PostgreSQL, at a quarter of the contacts and at all.
"""

import argparse
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from benchmarks.measure import measure
from benchmarks.sandbox import ROOT, SOURCE, Sandbox, machine, sandbox
from contact_pipeline.core.providers import PROFILE_LAYERS
from contact_pipeline.drops.intake import Intake
from contact_pipeline.drops.raw_contacts import land_raw_contacts
from contact_pipeline.emails.validated_emails import validate_emails
from contact_pipeline.opening import open_session
from contact_pipeline.people.contacts import apply_contacts
from contact_pipeline.phones.normalized_phones import normalize_phones
from contact_pipeline.policy.file import Policy
from contact_pipeline.profiles.enriched_profiles import enrich_profiles
from contact_pipeline.settings import load_settings
from contact_pipeline.stage.session import Session
from contact_pipeline.vendors.registry import configured, make
from contact_pipeline_tests.lab.demo import PACE, twentyfold
from contact_pipeline_tests.lab.people import invent, write_people
from contact_pipeline_tests.lab.serve import RemoteLab, serve_apart

LATENCY_S = 0.15
CONTACTS = 2_000
DOMAINS = 200
BAR = 1.2
NAMES = ("hunter", "clearbit", "fullcontact")

POLICY = f"""\
[sources.{SOURCE}]
documentation = "benchmarks/: invented people"
lawful_basis = "legitimate_interest"
electronic_marketing = "none"
electronic_marketing_reason = "Invented people: nobody writes to them."
assessment_ref = "LIA-BENCH"
purpose = "measuring"

[email]
allow_private_addresses = true
allow_special_use_domains = true
mailbox_providers = []
activity_providers = []

[phone]
lookup_providers = []

[enrichment]
providers = [{", ".join(f'"{name}"' for name in NAMES)}]
daily_budget = 1000000
""" + "".join(f"\n[budgets.{name}]\nmonthly = 1000000\nper_run = 1000000\n" for name in NAMES)

Sent = dict[str, Any]  # a request: method, url, params, json


def enrich(count: int, log: Path) -> dict[str, Any]:
    """The measured step, in a process that knows the sandbox and the lab by its environment."""
    settings = load_settings()
    file = log.with_name("people.csv")
    write_people(file, invent(count, domains=DOMAINS))
    with open_session(settings) as opened, recorded(log):
        session = replace(opened, vendors=replace(opened.vendors, bucket=twentyfold))
        (drop,), _ = Intake(session).take_files([file], SOURCE)
        for stage in (land_raw_contacts, apply_contacts, validate_emails, normalize_phones):
            stage(session, drop.key)
        started, cpu = time.perf_counter(), time.process_time()
        report = enrich_profiles(session, drop.key)
        seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
        asking = _asking_seconds(session)
    filled = sum(number for what, number in report.counts.items() if what.startswith("filled "))
    return {
        "seconds": seconds, "asking_seconds": asking, "cpu_seconds": cpu, "values_filled": filled,
        "completeness": [report.figures["completeness_before"], report.figures["completeness_after"]],
    }  # fmt: skip


def _asking_seconds(session: Session) -> float:
    """From the first reservation to the last settled call; the rest of the stage is the database's."""
    with session.connection("bench") as connection:
        (seconds,) = connection.execute(
            "select extract(epoch from max(settled_at) - min(reserved_at))::float from ops.provider_calls"
        ).fetchone() or (0.0,)
    return float(seconds)


@contextmanager
def recorded(log: Path) -> Iterator[None]:
    """Every request, in the order of sending, one JSON line each."""
    lock = threading.Lock()
    send = requests.Session.request

    def noted(self: requests.Session, method: str, url: str, **what: Any) -> requests.Response:
        line = json.dumps({"method": method, "url": url, "params": what.get("params"), "json": what.get("json")})
        with lock:
            file.write(line + "\n")
        return send(self, method, url, **what)

    with log.open("w", encoding="utf-8") as file, patch.object(requests.Session, "request", noted):
        yield


def floor_of(sent: Sequence[Sent], lab: Mapping[str, str]) -> float:
    """Seconds of these requests: those to one address together, one after the other such group, as they were sent."""
    sessions = {name: _session(name, lab) for name in NAMES}
    at = {urlsplit(lab[f"{name.upper()}_BASE_URL"]).netloc: name for name in NAMES}
    connections = connections_of(lab)

    def send(request: Sent) -> int:
        session = sessions[at[urlsplit(request["url"]).netloc]]
        return session.request(**request, timeout=60).status_code

    started = time.perf_counter()
    for (name, _), group in groupby(sent, lambda r: (at[urlsplit(r["url"]).netloc], _call(r))):
        with ThreadPoolExecutor(connections[name]) as pool:
            assert set(pool.map(send, group)) <= {200, 202, 404, 451}
    return time.perf_counter() - started


def _call(request: Sent) -> str:
    """The call, wherever it is made: what is queued goes to the stream host in between."""
    return urlsplit(request["url"]).path.removeprefix("/stream")


def connections_of(lab: Mapping[str, str]) -> dict[str, int]:
    """At once, to each vendor."""
    settings, policy = load_settings(lab), Policy()
    return {
        name: make(settings, policy, layer, name).limits.connections
        for layer in PROFILE_LAYERS
        for name in configured(settings, policy, layer)
    }


def _session(name: str, lab: Mapping[str, str]) -> requests.Session:
    session, key = requests.Session(), lab[f"{name.upper()}_API_KEY"]
    session.trust_env = False
    session.headers.update({"X-API-KEY": key} if name == "hunter" else {"Authorization": f"Bearer {key}"})
    session.mount("http://", HTTPAdapter(pool_connections=1, pool_maxsize=connections_of(lab)[name]))
    return session


def compare(count: int = CONTACTS, latency_s: float = LATENCY_S) -> dict[str, Any]:
    """The stage in fresh processes, a quarter of the contacts and all, then the floor of what the latter sent."""
    with serve_apart(domains=DOMAINS, latency_s=latency_s) as lab:
        quarter, _ = _measured(count // 4, lab)
        whole, sent = _measured(count, lab)
        floor = floor_of(sent, lab.environment)
        at = {urlsplit(lab.environment[f"{name.upper()}_BASE_URL"]).netloc: name for name in NAMES}
    return {
        "figure": "enrichment",
        "contacts": count,
        "latency_ms": round(latency_s * 1000),
        "connections": connections_of(lab.environment),
        "times_documented_limits": PACE,
        "requests": dict(Counter(at[urlsplit(request["url"]).netloc] for request in sent)),
        "floor_seconds": round(floor, 2),
        "seconds": round(whole["seconds"], 2),
        "ratio": round(whole["seconds"] / floor, 3),
        "bar": BAR,
        "asking_seconds": round(whole["asking_seconds"], 2),
        "own_seconds": round(whole["seconds"] - floor, 2),
        "cpu_seconds": round(whole["cpu_seconds"], 2),
        "values_filled": whole["values_filled"],
        "completeness": whole["completeness"],
        "peak_pss_mib": {"quarter": quarter["memory"], "all": whole["memory"]},
    }


def _measured(count: int, lab: RemoteLab) -> tuple[dict[str, Any], list[Sent]]:
    with sandbox(lab.environment["CONTACT_PIPELINE_DNS"]) as box:
        (box.folder / "contact_pipeline.toml").write_text(POLICY, encoding="utf-8")
        log = box.folder / "sent.jsonl"
        command = [sys.executable, "-m", "benchmarks.enrichment", "--contacts", str(count), "--log", str(log)]
        result = measure(command, env=_environment(box, lab), cwd=ROOT, homes=[box.home])
        if result.exit_code or not isinstance(result.stdout, dict):
            raise RuntimeError(f"enriching ended with {result.exit_code}: {result.stderr.strip()[-2000:]}")
        sent = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    memory = {name: round(mib, 1) for name, mib in result.peak_by_name.items()} | {"sum": round(result.peak_pss_mib, 1)}
    return {**result.stdout, "memory": memory}, sent


def _environment(box: Sandbox, lab: RemoteLab) -> dict[str, str]:
    """Of the lab's vendors only those that know people; whatever keys the outer environment holds stay outside."""
    ends = ("_API_KEY", "_API_SECRET", "_BASE_URL", "_ACCOUNT_SID", "_AUTH_TOKEN")
    inner = {k: v for k, v in box.environment.items() if not k.endswith(ends)}
    return inner | {k: v for k, v in lab.environment.items() if k.startswith(tuple(name.upper() for name in NAMES))}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.enrichment", description=__doc__)
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--latency", type=float, default=LATENCY_S, help="seconds before each answer of a simulator")
    parser.add_argument("--log", type=Path, help=argparse.SUPPRESS)  # the measured step itself
    a = parser.parse_args()
    if a.log:
        print(json.dumps(enrich(a.contacts, a.log)))
    else:
        print(json.dumps({"machine": machine()} | compare(a.contacts, a.latency), indent=1))


if __name__ == "__main__":
    main()
