"""Lines or rows of a CSV that somebody named: what is no such text is said, and nothing of what it holds instead."""

import csv
from collections.abc import Iterable, Iterator
from typing import TypeVar

from contact_pipeline.core.errors import UsageError

Row = TypeVar("Row")


def as_text(rows: Iterable[Row]) -> Iterator[Row]:
    """Raises UsageError where the file is no CSV in UTF-8."""
    try:
        yield from rows
    except UnicodeDecodeError:
        raise UsageError("The file is not UTF-8 text. Export it again as CSV UTF-8; nothing was imported.") from None
    except csv.Error:
        raise UsageError("The file is not CSV. Export it again as CSV UTF-8; nothing was imported.") from None
