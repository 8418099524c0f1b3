"""Names that travel: drop keys and source names. Safe in URLs, Dagster partitions and file names, never personal."""

import re
import uuid
from datetime import datetime

SOURCE_NAME = re.compile(r"[a-z0-9_-]{1,40}")
DROP_KEY = re.compile(r"[a-z0-9_-]{1,64}")  # Dagster accepts more, then splits on `,` `|` and `...`
UNDOCUMENTED = "undocumented"


def drop_key(landed_at: datetime, source: str, sha256: str, *, digits: int = 8) -> str:
    """`20261122-crm-3f9a1c2b`: landing day (UTC), source, first eight hex digits of the content's SHA-256.

    digits: up to 14 fit into a key whatever the source is called.
    """
    return f"{landed_at:%Y%m%d}-{source}-{sha256[:digits]}"


def source_name(text: str) -> str | None:
    """A folder name as a source name, or None when it cannot be one."""
    candidate = text.strip().lower()
    return candidate if SOURCE_NAME.fullmatch(candidate) else None


def disclosure_file_name(reference: str) -> str:
    """The ZIP of a request. A reference has no +, so no two have the same file."""
    return f"{reference.replace('/', '+')}.zip"


def as_number(text: str) -> int | None:
    """A contact's or request's own number; None: it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text.strip()) else None


def as_uuid(text: str) -> str | None:
    """A contact's public id; None: it is none."""
    try:
        return str(uuid.UUID(text.strip()))
    except ValueError:
        return None
