"""Who uses the embedded server: locks that the kernel frees, so that a killed process leaves nothing stale.

Files in HOME/server:
  gate      exclusive, for moments: whoever starts, joins, leaves or stops holds it
  holders   shared, for as long as a process uses the server; who can have it exclusively is alone
  guardian  exclusive, by the process that stops the server when all holders were killed (embedded_guardian)
  keep      its mere presence: `db start` was said, the last one out leaves the server up
flock belongs to the open file: a forked child would hold it too, so children close theirs at birth.
"""

import contextlib
import fcntl
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from contact_pipeline.adapters.postgres.embedded_places import Say

LOCKS = ("gate", "holders", "guardian")
POLL_SECONDS = 0.02
PATIENCE_SECONDS = 5.0

_open_locks: set[int] = set()
_guard = threading.RLock()


def prepare(folder: Path) -> None:
    """Make the files. Nothing else does: a guardian must not put files into a HOME that is being deleted."""
    for name in LOCKS:
        os.close(os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))


def _open(path: Path) -> int:
    """Not inherited over exec (PEP 446); closed in forked children."""
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    _open_locks.add(descriptor)
    return descriptor


def _close(descriptor: int) -> None:
    _open_locks.discard(descriptor)
    os.close(descriptor)


def _after_fork_in_child() -> None:
    """Close, never unlock: unlocking would free the parent's lock."""
    global _guard
    _guard = threading.RLock()
    for descriptor in list(_open_locks):
        with contextlib.suppress(OSError):
            os.close(descriptor)
    _open_locks.clear()


os.register_at_fork(after_in_child=_after_fork_in_child)


@contextlib.contextmanager
def gate(folder: Path, say: Say) -> Iterator[None]:
    """One process at a time. Waits, and says so when it takes long (another one may be recovering the database)."""
    descriptor = _open(folder / "gate")
    try:
        begun, told = time.monotonic(), False
        while not _try(descriptor, fcntl.LOCK_EX):
            if not told and time.monotonic() - begun > PATIENCE_SECONDS:
                told = True
                say("another process is starting or stopping the database; waiting for it")
            time.sleep(POLL_SECONDS)
        yield
    finally:
        _close(descriptor)


def join(folder: Path) -> int:
    """Become a holder (the gate is held, so nobody has the file exclusively). Returns what `leave` wants."""
    descriptor = _open(folder / "holders")
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def leave(descriptor: int) -> None:
    """Stop being a holder; once is enough."""
    if descriptor in _open_locks:
        _close(descriptor)


def nobody_holds(folder: Path) -> bool:
    """Whether no process uses the server; true only for as long as the gate is held.

    Asked twice, because the guardian has the lock for a moment when it wakes up. It does so once: then it waits for
    the gate.
    """
    descriptor = _open(folder / "holders")
    try:
        refusals = 0
        while not _try(descriptor, fcntl.LOCK_EX):
            if not _try(descriptor, fcntl.LOCK_SH):  # somebody has it exclusively: the guardian, right now
                time.sleep(0.001)
                continue
            refusals += 1
            if refusals == 2:
                return False
        return True
    finally:
        _close(descriptor)


def wait_until_nobody_holds(folder: Path) -> None:
    """Sleep in the kernel until the last holder is gone. Nothing is held afterwards: ask again under the gate."""
    descriptor = _open(folder / "holders")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    finally:
        _close(descriptor)


@contextlib.contextmanager
def guard_duty(folder: Path, tries: int = 1) -> Iterator[int | None]:
    """The guardian's own lock, or None where another guardian has it."""
    descriptor = _open(folder / "guardian")
    try:
        mine = _try(descriptor, fcntl.LOCK_EX)
        for _ in range(tries - 1):  # `is_guarded` has it for a moment when it asks
            if mine:
                break
            time.sleep(POLL_SECONDS)
            mine = _try(descriptor, fcntl.LOCK_EX)
        yield descriptor if mine else None
    finally:
        _close(descriptor)


def is_guarded(folder: Path) -> bool:
    """Whether a guardian is on duty."""
    with guard_duty(folder) as mine:
        return mine is None


def holders(folder: Path) -> tuple[int, ...]:
    """Process ids for a message to a person. Linux only, and only those this container sees; may be empty."""
    try:
        wanted = (folder / "holders").stat()
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return ()
    found = set()
    for line in lines:
        words = line.split()
        if len(words) >= 8 and words[1] == "FLOCK" and words[5].rpartition(":")[2] == str(wanted.st_ino):
            found.add(int(words[4]))
    return tuple(sorted(found))


def _try(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
