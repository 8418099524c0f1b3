"""One CSV from file to published views, in a fresh home: seconds, memory, stages; then the same again, and refreshes.

Everything is included: process start, creating the database, migrations, DNS (a real server on loopback).
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.dns_zone import ZoneServer
from benchmarks.generate import write_contacts
from benchmarks.measure import Measurement, measure
from benchmarks.sandbox import ROOT, SOURCE, Sandbox, machine, program, sandbox

PRESETS = (10_000, 100_000, 1_000_000)
STALE_SHARE = 0.01
PARTS = ("first", "again", "rematerialised", "refreshed")


class RunFailedError(RuntimeError):
    """A measured command did not publish, so its seconds mean nothing."""


def _measured(box: Sandbox, command: Sequence[str]) -> Measurement:
    result = measure(command, env=box.environment, cwd=ROOT, homes=[box.home])
    if result.exit_code:
        raise RunFailedError(f"{Path(command[0]).name} ended with {result.exit_code}: {result.stderr.strip()[-2000:]}")
    return result


def _run_file(box: Sandbox, file: Path) -> Measurement:
    result = _measured(box, [program("contact-pipeline"), "run", str(file), "--source", SOURCE, "--json"])
    if not isinstance(result.stdout, dict):
        raise RunFailedError("contact-pipeline run --json did not print one JSON object")
    if unpublished := [d["key"] for d in result.stdout["drops"] if not d["published"]]:
        raise RunFailedError(f"not published: {', '.join(unpublished)}")
    return result


def rematerialise_command(drop: str) -> list[str]:
    """Materialise the partition of one drop again, as the UI would."""
    return [program("dg"), "launch", "--job", "ingest_drop", "--partition", drop]


def stale_statement(share: float) -> str:
    """SQL that makes a share of the judged contacts due and forgets every domain, as three months would."""
    every = max(1, round(1 / share))
    return (
        "update ops.domains set expires_at = now(); "
        "update core.contacts set email_due_at = now(), "
        "phone_due_at = case when phone_due_at is not null then now() end "
        f"where email_due_at is not null and id % {every} = 0"
    )


def run_drop(
    rows: int,
    *,
    domains: int | None = None,
    file: Path | None = None,
    parts: Sequence[str] = PARTS,
    keep: bool = False,
) -> dict[str, Any]:
    """All figures of one size. `file`: an existing generated file of that many rows and domains; else one is made.

    parts: which of PARTS to measure; `first` always is. Raises RunFailedError when a run publishes nothing.
    """
    domains = max(1, rows // 10) if domains is None else domains
    with ZoneServer(domains=domains) as zone, sandbox(zone.address, keep=keep) as box:
        if file is None:
            file = box.folder / "contacts.csv"
            write_contacts(file, rows=rows, domains=domains)
        first = _run_file(box, file)
        drop = first.stdout["drops"][0]
        result: dict[str, Any] = {
            "figure": "run_drop",
            "rows": rows,
            "domains": domains,
            "file_mib": round(file.stat().st_size / 2**20, 1),
            "machine": machine(),
            "drop": drop,
            "first": first.figures()
            | {"stages": first.stdout["stages"], "rows_per_second": round(rows / first.seconds)},
        }

        def share(later: Measurement) -> dict[str, Any]:
            return later.figures() | {"share_of_first": round(later.seconds / first.seconds, 4)}

        if "again" in parts:
            again = _run_file(box, file)
            result["again"] = share(again) | {"stages": again.stdout["stages"]}
        if "rematerialised" in parts:
            result["rematerialised"] = share(_measured(box, rematerialise_command(drop["key"])))
        if "refreshed" in parts:
            box.sql(stale_statement(STALE_SHARE))
            result["refreshed"] = share(_measured(box, rematerialise_command(drop["key"]))) | {
                "stale_share": STALE_SHARE
            }
        return result


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run_drop", description=__doc__)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--rows", type=int, default=PRESETS[0])
    size.add_argument("--all", action="store_true", help=f"rows {PRESETS}, one after the other")
    parser.add_argument("--domains", type=int, help="default: a tenth of the rows")
    parser.add_argument("--file", type=Path, help="a file of benchmarks.generate with these rows and domains")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"comma list of {', '.join(PARTS)}")
    parser.add_argument("--keep", action="store_true", help="leave the sandbox in the temporary folder")
    a = parser.parse_args()
    if a.all:
        print(json.dumps(run_presets(parts=a.parts.split(","))))
        return
    print(json.dumps(run_drop(a.rows, domains=a.domains, file=a.file, parts=a.parts.split(","), keep=a.keep)))


def run_presets(sizes: Sequence[int] = PRESETS, *, parts: Sequence[str] = PARTS) -> dict[str, Any]:
    """Every size, and how the largest compares with the one before it (bar: 1 M costs at most 11 times 100 k)."""
    results = [run_drop(rows, parts=parts) for rows in sizes]
    seconds = [r["first"]["seconds"] for r in results]
    growth = round(seconds[-1] / seconds[-2], 2) if len(seconds) > 1 else None
    return {"figure": "run_drop_presets", "runs": results, "largest_to_next": growth}


if __name__ == "__main__":
    main()
