"""`python -m benchmarks` (make bench): every figure, one JSON object on stdout; progress on stderr."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import enrichment, erasure
from benchmarks.baseline import baseline
from benchmarks.dns_zone import ZoneServerUnavailableError
from benchmarks.providers import SUBJECTS, compare
from benchmarks.run_drop import PRESETS, RunFailedError, run_drop
from benchmarks.smtp_probe import measure as measure_probe
from benchmarks.watch_drop import NotPublishedError, watch_drop

EXPECTED = (RunFailedError, NotPublishedError, ZoneServerUnavailableError, RuntimeError)


def run_all(sizes: tuple[int, ...]) -> dict[str, Any]:
    """Every figure. One that fails is reported under `error` and the others go on."""
    figures: dict[str, Any] = {}

    def take(name: str, produce: Callable[[], dict[str, Any]]) -> None:
        sys.stderr.write(f"{time.strftime('%H:%M:%S')} {name}\n")
        try:
            figures[name] = produce()
        except EXPECTED as error:
            figures[name] = {"error": str(error)}

    for rows in sizes:
        take(f"run_drop_{rows}", lambda rows=rows: run_drop(rows))  # type: ignore[misc]
    take("baseline", baseline)
    take("watch_drop", watch_drop)
    for part, subjects in SUBJECTS.items():
        take(f"providers_{part}", lambda part=part, subjects=subjects: compare(part, subjects))  # type: ignore[misc]
    take("enrichment", enrichment.compare)
    take("erasure", lambda: erasure.erase_one(sizes[-1]))
    take("smtp_probe", lambda: measure_probe(addresses=2_000, domains=500, latency_s=0.2, connections=50))
    return figures | {"ratios": _ratios(figures, sizes)}


def _ratios(figures: dict[str, Any], sizes: tuple[int, ...]) -> dict[str, float]:
    """The comparisons the bars speak of; those whose parts are missing are left out."""
    ratios: dict[str, float] = {}
    runs = {rows: figures[f"run_drop_{rows}"].get("first") for rows in sizes}
    largest, next_size = runs[sizes[-1]], runs[sizes[-2]] if len(sizes) > 1 else None
    if largest and next_size:
        ratios["largest_to_next_seconds"] = round(largest["seconds"] / next_size["seconds"], 2)
    if largest and "rows_per_second" in figures["baseline"]:
        ratios["largest_to_baseline_rows_per_second"] = round(
            largest["rows_per_second"] / figures["baseline"]["rows_per_second"], 2
        )
    return ratios


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"only {PRESETS[0]} rows")
    arguments = parser.parse_args()
    figures = run_all(PRESETS[:1] if arguments.quick else PRESETS)
    print(json.dumps(figures, indent=1))
    raise SystemExit(any("error" in figure for figure in figures.values()))


if __name__ == "__main__":
    main()
