"""The door under attack: thousands of mutants of every product's export, and of lists in fifteen languages, each judged
by what is true of its people. Prints JSON.

right: read as it is. held: a person is asked first, or a field stays aside under a header that nobody knows, which is
shown. wrong: an opt-out lost, two people in one row, somebody missing, a garbled name, a wrong number that could be
called, a line that became a person, a crash. Bars: wrong at most 0.5 %, opt-outs lost 0, merged 0, crashes 0.
"""

import argparse
import json
import time
from collections import defaultdict
from random import Random
from typing import Any

from contact_pipeline_tests.door.exports import FILES
from contact_pipeline_tests.door.holding import Outcome, counted
from contact_pipeline_tests.door.lists import listed
from contact_pipeline_tests.door.mutations import mutated_outcome
from contact_pipeline_tests.door.truth import SHAPES
from contact_pipeline_tests.door.words import CODES

FILES_OF_A_RUN = 5_000


def attack(files: int, *, seed: int = 0) -> dict[str, Any]:
    """files: mutants of exports; half as many lists come on top."""
    started = time.perf_counter()
    mutants = _mutants(files, seed)
    lists = _lists(files // 2, seed)
    everything = [outcome for outcomes in mutants.values() for outcome in outcomes]
    return {
        "figure": "door",
        "mutants": counted(_once(everything)),
        "by_mutation": {name: _short(outcomes) for name, outcomes in sorted(mutants.items())},
        "lists": counted([outcome for outcomes in lists.values() for outcome in outcomes]),
        "by_shape": {name: _short(outcomes) for name, outcomes in lists.items()},
        "seconds": round(time.perf_counter() - started, 1),
    }


def _mutants(files: int, seed: int) -> dict[str, list[Outcome]]:
    """By mutation; a file with several stands under each."""
    names = list(FILES)
    found: dict[str, list[Outcome]] = defaultdict(list)
    for number in range(files):
        mutations, outcome = mutated_outcome(names[number % len(names)], Random(seed + number))
        for name in mutations:
            found[name].append(outcome)
    return found


def _lists(files: int, seed: int) -> dict[str, list[Outcome]]:
    shapes = ["none", *SHAPES]
    found: dict[str, list[Outcome]] = defaultdict(list)
    for number in range(files):
        code, shape = CODES[number % len(CODES)], shapes[number // len(CODES) % len(shapes)]
        found[shape].append(listed(code, shape, seed + number)[0])
    return found


def _once(outcomes: list[Outcome]) -> list[Outcome]:
    """Each file once, though it stands under every mutation it went through."""
    return list({id(outcome): outcome for outcome in outcomes}.values())


def _short(outcomes: list[Outcome]) -> dict[str, int]:
    figures = counted(outcomes)
    return {key: figures[key] for key in ("files", "right", "held", "wrong", "opt_outs_lost")}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.door", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES_OF_A_RUN, help="mutants of exports")
    parser.add_argument("--seed", type=int, default=0, help="another attack of the same kind")
    arguments = parser.parse_args()
    print(json.dumps(attack(arguments.files, seed=arguments.seed), indent=1))


if __name__ == "__main__":
    main()
