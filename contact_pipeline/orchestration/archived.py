"""A drop's archived file, proved to be the one that was dropped. No Dagster here."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from contact_pipeline.adapters.postgres.drop_store import DropRecord
from contact_pipeline.core.errors import PermanentError, TransientError
from contact_pipeline.core.system_errors import why
from contact_pipeline.drops import fingerprint


@contextmanager
def archived_file(archive: Path, drop: DropRecord) -> Iterator[BinaryIO]:
    """For reading, at its start; as it was dropped, as far as no row of an erased person has left it.

    Raises PermanentError where it is missing or damaged, TransientError where it cannot be read; both name the drop and
    what to do.
    """
    file = f"archive/{drop.archived_as} in HOME"
    again = f"Put it back from a backup, or drop the same file again; then: contact-pipeline replay {drop.key}"
    try:
        stream = (archive / drop.archived_as).open("rb")
    except (FileNotFoundError, NotADirectoryError):
        raise PermanentError(f"The archived file is missing ({file}). {again}") from None
    except IsADirectoryError:
        raise PermanentError(f"The archived file is damaged: a folder is in its place ({file}). {again}") from None
    except OSError as error:  # may pass: a share, a right
        raise TransientError(f"The archived file cannot be read ({file}): {why(error)}") from None
    with stream:
        if drop.rewritten_at is None and fingerprint(stream) != drop.sha256:
            raise PermanentError(f"The archived file is damaged: its SHA-256 is not that of the drop ({file}). {again}")
        yield stream
