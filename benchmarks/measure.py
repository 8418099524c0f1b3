"""Seconds and memory of a command with everything it starts. Linux only.

Memory is the sum of Pss (shared pages counted once, over their sharers) of the command's processes and their
PostgreSQL, sampled. A server that detaches itself, or runs as another user, is caught because this process makes itself
the reaper of its descendants (prctl 36): orphans come to it and not to init. A PostgreSQL that an earlier command left
running is caught by its working folder, which is its data folder, or by CONTACT_PIPELINE_HOME in its environment.
"""

import argparse
import contextlib
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

INTERVAL = 0.5
_PROC = Path("/proc")
_SET_SUBREAPER, _GET_SUBREAPER = 36, 37  # prctl(2)


@dataclass(frozen=True)
class _Process:
    pid: int
    parent: int
    started: str
    name: str
    state: str


@dataclass
class Measurement:
    """What one command cost. `stdout` is its JSON where it printed JSON, else its text."""

    seconds: float
    exit_code: int
    peak_pss_mib: float = 0.0
    peak_by_name: dict[str, float] = field(default_factory=dict)
    samples: int = 0
    unreadable: int = (
        0  # samples in which the memory of at least one process could not be read: then the peak is too low
    )
    stdout: Any = None
    stderr: str = ""

    def figures(self) -> dict[str, object]:
        """For a result file: everything but what the command printed."""
        return {
            "seconds": round(self.seconds, 2),
            "exit_code": self.exit_code,
            "peak_pss_mib": round(self.peak_pss_mib, 1),
            "peak_by_name": {name: round(mib, 1) for name, mib in self.peak_by_name.items()},
            "samples": self.samples,
            "unreadable": self.unreadable,
        }


def _processes() -> dict[int, _Process]:
    found = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            text = (entry / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # ended between listing and reading
            continue
        head, _, tail = text.rpartition(")")
        state, parent, *rest = tail.split()
        pid = int(entry.name)
        found[pid] = _Process(pid, int(parent), rest[17], head.partition("(")[2], state)
    return found


def _belongs_to(pid: int, homes: Sequence[Path]) -> bool:
    """Does this PostgreSQL process work in, or know of, one of the homes?"""
    try:
        folder = (_PROC / str(pid) / "cwd").readlink()
        if any(folder.is_relative_to(home) for home in homes):
            return True
        environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return any(f"CONTACT_PIPELINE_HOME={home}".encode() in environment for home in homes)


def _members(table: Mapping[int, _Process], roots: set[int]) -> list[_Process]:
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    queue, seen = list(roots), set(roots)
    while queue:
        for child in children.get(queue.pop(), []):
            if child not in seen:
                seen.add(child)
                queue.append(child)
    return [table[pid] for pid in seen if pid in table]


def _pss_kib(pid: int) -> int:
    with (_PROC / str(pid) / "smaps_rollup").open("rb") as file:
        for line in file:
            if line.startswith(b"Pss:"):
                return int(line.split()[1])
    return 0  # a zombie: it holds no memory


@contextlib.contextmanager
def _reaper_of_descendants() -> Any:
    libc = ctypes.CDLL(None, use_errno=True)
    before = ctypes.c_int()
    libc.prctl(_GET_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    if libc.prctl(_SET_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(
            ctypes.get_errno(), "cannot become the reaper of descendants: memory of detached servers would be missed"
        )
    try:
        yield
    finally:
        libc.prctl(_SET_SUBREAPER, before.value, 0, 0, 0)


class _Sampler:
    """Finds the processes of one command and keeps the peak. Children this process had before are not counted."""

    def __init__(self, homes: Sequence[Path]) -> None:
        self.homes = [home.resolve() for home in homes]
        self.own = os.getpid()
        self.earlier = {(p.pid, p.started) for p in _processes().values() if p.parent == self.own}

    def sample(self, command: int, result: Measurement) -> None:
        table = _processes()
        adopted = [p for p in table.values() if p.parent == self.own and (p.pid, p.started) not in self.earlier]
        roots = {command, *(p.pid for p in adopted)}
        roots |= {p.pid for p in table.values() if p.name == "postgres" and _belongs_to(p.pid, self.homes)}
        by_name: dict[str, float] = {}
        unreadable = False
        for process in _members(table, roots):
            try:
                by_name[process.name] = by_name.get(process.name, 0.0) + _pss_kib(process.pid) / 1024
            except PermissionError:
                unreadable = True
            except OSError:  # ended between listing and reading
                continue
        result.samples += 1
        result.unreadable += unreadable
        if sum(by_name.values()) > result.peak_pss_mib:
            result.peak_pss_mib, result.peak_by_name = sum(by_name.values()), by_name
        for process in adopted:
            if process.state == "Z" and process.pid != command:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(process.pid, os.WNOHANG)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", errors="replace")


def measure(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    homes: Sequence[Path] = (),
    interval: float = INTERVAL,
) -> Measurement:
    """Run the command to its end and say what it cost, process start included.

    homes: folders whose PostgreSQL counts as the command's even where an earlier command started it.
    Start no other child process meanwhile: it would be counted.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, _reaper_of_descendants():
        sampler = _Sampler(homes)
        result = Measurement(seconds=0.0, exit_code=0)
        started = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, cwd=cwd)
        due = started
        try:
            while process.poll() is None:
                sampler.sample(process.pid, result)
                due = max(due + interval, time.perf_counter())
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=max(0.0, due - time.perf_counter()))
        except BaseException:
            process.terminate()
            process.wait()
            raise
        result.seconds = time.perf_counter() - started
        result.exit_code = process.returncode
        text, result.stderr = _text(out), _text(err)
    try:
        result.stdout = json.loads(text)
    except json.JSONDecodeError:
        result.stdout = text
    return result


def main() -> None:
    """The command line: `python -m benchmarks.measure [--home DIR] -- COMMAND ARGS`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measure", description=__doc__)
    parser.add_argument("--interval", type=float, default=INTERVAL)
    parser.add_argument("--home", type=Path, action="append", default=[], help="a CONTACT_PIPELINE_HOME; may repeat")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    result = measure(arguments.command, homes=arguments.home, interval=arguments.interval)
    sys.stderr.write(result.stderr)
    print(json.dumps({**result.figures(), "stdout": result.stdout}, ensure_ascii=False))
    raise SystemExit(result.exit_code)


if __name__ == "__main__":
    main()
