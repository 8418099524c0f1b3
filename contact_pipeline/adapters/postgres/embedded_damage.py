"""What keeps a damaged cluster from starting, in words that say what to do. Reads the server's log, touches nothing."""

import re
import time
from pathlib import Path

from contact_pipeline.core.errors import DatabaseDamaged

# What PostgreSQL 15 to 18 say (xlog.c, xlogrecovery.c, controldata_utils.c, slru.c), and which part it means.
_SIGNS = (
    (
        r"pg_control|checksum in control file|database files are incompatible|could not find the database system",
        "its control file (global/pg_control)",
    ),
    (
        r"checkpoint record|WAL directory|pg_wal/|invalid magic number .* in WAL segment|requested timeline",
        "its write-ahead log (pg_wal)",
    ),
    (
        r"is not a valid data directory|could not access status of transaction",
        "one of its own files",
    ),
)
# The machine's doing: the files are as good as before.
_NO_DAMAGE = re.compile(r"No space left|Permission denied|Too many open files|Cannot allocate|Input/output error")
_GRAVE = re.compile(r"\b(?:FATAL|PANIC): +(.*)|^postgres: (could not find .*)", re.MULTILINE)

Marks = dict[Path, int]
COLLECTOR_S = 3.0


def mark(log: Path) -> Marks:
    """How far each file of the log goes."""
    return {path: path.stat().st_size for path in log.iterdir()} if log.is_dir() else {}


def last_words(marks: Marks, log: Path) -> str:
    """What a server that has ended wrote into its log since then. Its collector is a process of its own and may still
    be at it: it has a moment for a line that says why."""
    until = time.monotonic() + COLLECTOR_S
    while not _GRAVE.search(text := said_since(marks, log)) and time.monotonic() < until:
        time.sleep(0.05)
    return text


def said_since(marks: Marks, log: Path) -> str:
    """What the server wrote into its log since then."""
    return "\n".join(path.read_bytes()[marks.get(path, 0) :].decode("utf-8", "replace") for path in sorted(mark(log)))


def damage(data: Path, log: Path, text: str) -> DatabaseDamaged | None:
    """text: what the server said before it ended. None: nothing of it speaks of damage (a full disk, say)."""
    for found in _GRAVE.finditer(text):
        line = found[1] or found[2]
        if _NO_DAMAGE.search(line):
            return None
        for sign, part in _SIGNS:
            if re.search(sign, line):
                return damaged(data, part, f"PostgreSQL says: {line.strip()}", log)
    return None


def damaged(data: Path, part: str, why: str, log: Path) -> DatabaseDamaged:
    """The error to raise."""
    return DatabaseDamaged(
        f"The database in {data} does not start: {part} is damaged. {why}. Nothing was changed. Restore it from a"
        f" backup (docs/operations.md, A database that does not start): move {data.parent} away, keep keys, archive and"
        f" ledger, start, and load the backup. The server's log is in {log}"
    )
