"""Files and folders that a person named on the command line: what is wrong with one is said by its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contact_pipeline.core.system_errors import about_file


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Around whatever reads it. Raises UsageError or PermanentError instead of OSError."""
    try:
        yield
    except OSError as error:
        raise about_file(error, path, cannot_be="read") from None


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around whatever writes it."""
    try:
        yield
    except OSError as error:
        raise about_file(error, path, cannot_be="written") from None
