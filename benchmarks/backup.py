"""A backup of so many contacts and the way back, and what keeping the log costs a load: seconds and bytes.

Two homes load the same file, one without the log (as before the first backup), one with it and a place for backups.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks.dns_zone import ZoneServer
from benchmarks.generate import write_contacts
from benchmarks.measure import Measurement, measure
from benchmarks.run_drop import RunFailedError
from benchmarks.sandbox import ROOT, SOURCE, Sandbox, machine, program, sandbox

CONTACTS = 1_000_000
RUNS = 1  # of each load; more for a fair ratio


def backup_and_back(contacts: int, *, runs: int = RUNS) -> dict[str, Any]:
    """All figures. Raises RunFailedError where a command fails, or another number of contacts comes back."""
    domains = max(1, contacts // 10)
    with ZoneServer(domains=domains) as zone, sandbox(zone.address) as first:
        file = first.folder / "contacts.csv"
        write_contacts(file, rows=contacts, domains=domains)
        loads: dict[str, list[float]] = {"without_log": [], "with_log": []}
        for number in range(runs):
            for kind, seconds in loads.items():
                with sandbox(zone.address) as box:
                    seconds.append(_load(box, file, keeps_log=kind == "with_log"))
                    if kind == "with_log" and number == runs - 1:
                        figures = _there_and_back(box)
        best = {kind: min(seconds) for kind, seconds in loads.items()}
        return {
            "figure": "backup",
            "contacts": contacts,
            "machine": machine(),
            "load_seconds": loads,
            "log_share": round(best["with_log"] / best["without_log"] - 1, 3),
            **figures,
        }


def _load(box: Sandbox, file: Path, *, keeps_log: bool) -> float:
    """keeps_log: an empty database was backed up before, so the log of the load is kept, and shipped at its end."""
    if keeps_log:
        policy = box.folder / "contact_pipeline.toml"
        policy.write_text(f'{policy.read_text()}\n[backup]\nto = "{box.folder / "place"}"\n')
        _run(box, "backup")
    return _run(box, "run", str(file), "--source", SOURCE, "--json").seconds


def _there_and_back(box: Sandbox) -> dict[str, Any]:
    made = _run(box, "backup", "--full", "--json")
    copied = _run(box, "backup", "verify", made.stdout["made"]["id"], "--json")
    back = _run(box, "restore", "--to", str(box.folder / "back"), "--json")
    wanted = int(box.sql("select count(*) from core.contacts").split()[1])
    if back.stdout["counts"]["contacts"] != wanted:
        raise RunFailedError(f"{back.stdout['counts']['contacts']} contacts came back of {wanted}")
    log = sum(path.stat().st_size for path in (box.folder / "place").glob("wal-*/*"))
    shutil.rmtree(box.folder / "back", ignore_errors=True)
    return {
        "backup": _told(made)
        | {"bytes": made.stdout["made"]["size"], "plain_bytes": made.stdout["made"]["plain_bytes"]},
        "verify": _told(copied),
        "restore": _told(back) | {"within": back.stdout["seconds"]},
        "log_bytes": log,
    }


def _told(found: Measurement) -> dict[str, Any]:
    return {"seconds": round(found.seconds, 1), "peak_pss_mib": round(found.peak_pss_mib)}


def _run(box: Sandbox, *arguments: str) -> Measurement:
    command = [program("contact-pipeline"), *arguments]
    result = measure(command, env=box.environment, cwd=ROOT, homes=[box.home])
    if result.exit_code:
        raise RunFailedError(f"{arguments[0]} ended with {result.exit_code}: {result.stderr.strip()[-2000:]}")
    return result


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.backup", description=__doc__)
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--runs", type=int, default=RUNS, help="of each load, in turn; the least seconds count")
    a = parser.parse_args()
    print(json.dumps(backup_and_back(a.contacts, runs=a.runs), indent=1))


if __name__ == "__main__":
    main()
