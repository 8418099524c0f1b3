"""The embedded server's write-ahead log (WAL), as it is taken for backups: where it is, what keeps it, its segments.

Whether it keeps any says embedded_config. A replication slot keeps in pg_wal what was not taken yet, at most MAX_KEPT.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.core.errors import PermanentError, TransientError

STEPS = beside(__file__)

SLOT = "contact_pipeline_wal"  # what is not shipped yet
BASE_SLOT = "contact_pipeline_base"  # what a base backup under way still needs
PAGE = 8192


class WalGap(PermanentError):  # noqa: N818 - the tree says what it is
    """A piece of the WAL is gone before it was taken: what follows is of use only after a new base backup."""


@dataclass(frozen=True)
class Position:
    """A place in the WAL. at: the server's clock just before it was read: what was acknowledged by then lies before."""

    lsn: int
    timeline: int
    segment_bytes: int
    at: str

    @property
    def segment(self) -> int:
        return self.lsn // self.segment_bytes


def lsn_text(lsn: int) -> str:
    """As PostgreSQL writes it: `1/2A000028`."""
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def lsn_number(text: str) -> int:
    """Bytes since the beginning of the WAL."""
    high, low = text.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def segment_name(timeline: int, segment: int, segment_bytes: int) -> str:
    """Of the file in pg_wal (xlog_internal.h, XLogFileName)."""
    per_id = (1 << 32) // segment_bytes
    return f"{timeline:08X}{segment // per_id:08X}{segment % per_id:08X}"


def segment_number(name: str, segment_bytes: int) -> int:
    """The number of such a file."""
    return int(name[8:16], 16) * ((1 << 32) // segment_bytes) + int(name[16:24], 16)


class Wal:
    """The WAL of a running embedded server. data: its data folder, which this account can read."""

    def __init__(self, connection: Connection, data: Path) -> None:
        self._steps = Script(connection, STEPS)
        self._folder = data / "pg_wal"

    @property
    def is_kept(self) -> bool:
        """Whether the server runs with wal_level = replica; a line begun since its start waits for the next."""
        return bool(self._steps.one("is_kept")["is_kept"])

    def position(self) -> Position:
        """What is on the disk by now."""
        found = self._steps.one("position")
        return Position(lsn_number(found["lsn"]), found["timeline"], found["segment_bytes"], found["at"].isoformat())

    def hold(self, slot: str) -> None:
        """Keep everything from now on. A slot that is there keeps what it has; one that had to let go is made anew."""
        self._steps.rows("drop_lost", slot=slot)
        self._steps.rows("hold", slot=slot)

    def release(self, slot: str) -> None:
        """The slot goes; nothing to release is fine."""
        self._steps.rows("release", slot=slot)

    def is_known(self, slot: str) -> bool:
        """Whether there is such a slot, be it one that had to let go."""
        return bool(self._steps.one("is_known", slot=slot)["is_known"])

    def held_from(self) -> int | None:
        """LSN from which SLOT keeps the WAL. None: it keeps none, there was too much of it."""
        found = self._steps.rows("held_from", slot=SLOT)
        return lsn_number(found[0]["lsn"]) if found and found[0]["lsn"] else None

    def let_go(self, lsn: int) -> None:
        """What lies before was taken. PostgreSQL removes whole segments, with its next checkpoint."""
        self._steps.rows("let_go", slot=SLOT, lsn=lsn_text(lsn))

    def segment(self, name: str, used: int) -> bytes:
        """A segment as it is after `used` bytes of it: the rest is zero, as where nobody has written yet.

        Raises WalGap where it is gone.
        """
        try:
            with (self._folder / name).open("rb") as file:
                content = file.read(used)
                size = os.fstat(file.fileno()).st_size
        except FileNotFoundError:
            raise WalGap(
                f"The write-ahead log {name} is gone before it was shipped. A full backup closes the gap:"
                " contact-pipeline backup --full"
            ) from None
        if len(content) < used:
            raise TransientError(f"The write-ahead log {name} is shorter than the server says. Try again.")
        return content.ljust(max(size, used), b"\0")

    def timelines(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of the history files: which timeline came from which."""
        for path in sorted(self._folder.glob("*.history")):
            yield path.name, path.read_bytes()
