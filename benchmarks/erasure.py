"""One person erased from a database of many: seconds of the erasure with its search, and of the scrub apart.

Bar: 60 s at 1,000,000 contacts, the process's start included; the scrub and the byte search are measured beside it.
Also what recognising erased people costs a drop (bar: 5 % of it): the same file landed with and without erased keys.
"""

import argparse
import json
from typing import Any

from benchmarks.dns_zone import ZoneServer
from benchmarks.generate import write_contacts
from benchmarks.measure import Measurement, measure
from benchmarks.run_drop import RunFailedError
from benchmarks.sandbox import ROOT, SOURCE, Sandbox, machine, program, sandbox

ROWS = 100_000
SOMEBODY = "select email from core.contacts where email is not null order by id offset {} limit 1"


def erase_one(rows: int) -> dict[str, Any]:
    """rows: size of the list that everybody came with."""
    with ZoneServer(domains=max(1, rows // 10)) as zone, sandbox(zone.address) as box:
        file = box.folder / "contacts.csv"
        write_contacts(file, rows=rows, domains=max(1, rows // 10))
        with box.database():
            drop = _run(box, [program("contact-pipeline"), "run", str(file), "--source", SOURCE]).seconds
            first = _erase(box, "bench/1", rows // 2)
            scrubbed = _erase(box, "bench/2", rows // 3, "--scrub")
            landing = _landings(box)
    share = (landing["with"] - landing["without"]) / drop
    return {
        "figure": "erasure", "rows": rows, "machine": machine(), "erase": first, "erase_and_scrub": scrubbed,
        "scrub_seconds": round(scrubbed["seconds"] - first["seconds"], 1), "landing": landing,
        "drop_seconds": round(drop, 1), "recognising_share_of_drop": round(share, 4),
    }  # fmt: skip


def _run(box: Sandbox, command: list[str]) -> Measurement:
    result = measure(command, env=box.environment, cwd=ROOT, homes=[box.home])
    if result.exit_code:
        raise RunFailedError(f"{command[1]} ended with {result.exit_code}: {result.stderr.strip()[-2000:]}")
    return result


def _erase(box: Sandbox, reference: str, offset: int, *options: str) -> dict[str, Any]:
    email = box.sql(SOMEBODY.format(offset)).splitlines()[1]
    command = [
        program("contact-pipeline"), "subject", "erase", email, "--request-ref", reference, "--identity", "benchmark",
        "--yes", *options,
    ]  # fmt: skip
    result = _run(box, command)
    certificate = json.loads(
        box.sql(
            "select e.certificate from ops.erasures e join ops.subject_requests r on r.id = e.request_id"
            f" where r.reference = '{reference}'"
        )
        .split("\n", 1)[1]
        .strip()
        .strip('"')
        .replace('""', '"')
    )
    searched = {
        "rows": sum(t["rows"] for t in certificate["tables"]),
        "mib": round(sum(p["bytes"] for p in (*certificate["tables"], *certificate["files"])) / 2**20),
        "findings": certificate["findings"],
    }
    if scrub := certificate.get("scrub"):
        searched["scrub_mib"] = round(sum(scrub["bytes"].values()) / 2**20)
    return {"seconds": round(result.seconds, 1), "peak_pss_mib": round(result.peak_pss_mib)} | searched


_LANDINGS = """
import json, sys
from unittest.mock import patch
from contact_pipeline.drops import raw_contacts
from contact_pipeline.opening import open_session
from contact_pipeline.settings import load_settings

def land(session, drop):
    with session.connection("test") as connection:
        connection.execute("delete from raw.landed_rows")
        connection.execute("delete from ops.stage_runs")
    return raw_contacts.land_raw_contacts(session, drop).seconds

seconds = {"with": [], "without": []}
with open_session(load_settings()) as session:
    for _ in range(3):
        seconds["with"].append(land(session, sys.argv[1]))
        with patch.object(raw_contacts, "erased_rows", lambda *_: None):
            seconds["without"].append(land(session, sys.argv[1]))
print(json.dumps(seconds))
"""


def _landings(box: Sandbox) -> dict[str, Any]:
    """Seconds of landing the file with and without looking for erased people, in turns. Spoils the database."""
    drop = box.sql("select key from raw.drops").splitlines()[1]
    result = _run(box, [program("python"), "-c", _LANDINGS, drop])
    return {name: round(min(seconds), 2) for name, seconds in result.stdout.items()}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.erasure", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    print(json.dumps(erase_one(parser.parse_args().rows), indent=1))


if __name__ == "__main__":
    main()
