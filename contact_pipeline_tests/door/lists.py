"""One generated list: a language, a permission shape, a header style, an order and a dialect, read and judged."""

from random import Random

from contact_pipeline_tests.door.holding import Outcome, outcome
from contact_pipeline_tests.door.truth import invented
from contact_pipeline_tests.door.words import language
from contact_pipeline_tests.door.writing import STYLES, dialects, table, written


def listed(code: str, shape: str, seed: int) -> tuple[Outcome, str]:
    """A list read and judged, and how to make it again."""
    random = Random(f"{code} {shape} {seed}")
    truth = invented(language(code), shape, random)
    style, dialect = random.choice(list(STYLES)), dialects(random, code)
    rows = table(truth, random, style=style, order="any")
    found = outcome(written(rows, dialect), "export.csv", truth.people)
    return found, f"{code} {shape} {seed} {style} {dialect.encoding} {rows[0]} {found.faults}"
