"""Processes that kill themselves at a chosen moment of their work with the database.

They come from a fork server that has everything imported: a kill costs a quarter of a second, not three.
"""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psycopg

from contact_pipeline_tests.lab.lab import Lab, open_lab

STAGES = ("land", "apply", "validate_emails", "normalize_phones", "enrich")
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload([__name__])


@dataclass
class Traffic:
    """What a block of work sent to the database: waits for an answer, and commits."""

    waits: int = 0
    commits: int = 0


@dataclass(frozen=True)
class Failpoint:
    """The moment: before waiting for the n-th answer, or before sending the n-th COMMIT."""

    wait: int = 0
    commit: int = 0

    def reached(self, traffic: Traffic) -> bool:
        return traffic.waits == self.wait or traffic.commits == self.commit


@contextmanager
def watched(failpoint: Failpoint | None = None) -> Iterator[Traffic]:
    """Counts, and at the failpoint dies as by `kill -9`: no clean-up of any kind."""
    traffic = Traffic()

    def die_here() -> None:
        if failpoint and failpoint.reached(traffic):
            os.kill(os.getpid(), signal.SIGKILL)

    wait: Callable[..., Any] = psycopg.Connection.wait
    command: Callable[..., Any] = psycopg.Connection._exec_command

    def counted_wait(self: object, *arguments: object, **options: object) -> Any:
        traffic.waits += 1
        die_here()
        return wait(self, *arguments, **options)

    def counted_command(self: object, text: object, *arguments: object, **options: object) -> Any:
        if text == b"COMMIT":
            traffic.commits += 1
            die_here()
        return command(self, text, *arguments, **options)

    with (
        patch.object(psycopg.Connection, "wait", counted_wait),
        patch.object(psycopg.Connection, "_exec_command", counted_command),
    ):
        yield traffic


@dataclass(frozen=True)
class Bench:
    """What another process needs to work on the same lab."""

    url: str
    folder: Path
    dns: tuple[str, int]
    now: datetime

    @contextmanager
    def open(self) -> Iterator[Lab]:
        with open_lab(self.url, self.folder, self.dns) as lab:
            lab.now = self.now
            yield lab


def run_stage(bench: Bench, stage: str, key: str, failpoint: Failpoint | None) -> None:
    """In another process: one stage, until the failpoint."""
    with bench.open() as lab, watched(failpoint):
        getattr(lab, stage)(key)


def register_and_die(bench: Bench, source: str, text: str, owner: type, method: str, *, after: bool = False) -> None:
    """In another process: a file is dropped and taken in, and before (or after) this method the light goes out."""
    whole: Callable[..., Any] = getattr(owner, method)

    def die(*arguments: object, **options: object) -> None:
        if after:
            whole(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)

    with bench.open() as lab, patch.object(owner, method, die):
        lab.register(source, text)


def exit_code(work: Callable[..., None], *arguments: object) -> int | None:
    """How a process ended that did this; -9 is SIGKILL."""
    process = PROCESSES.Process(target=work, args=arguments)
    process.start()
    process.join(60)
    return process.exitcode


def wait_for_the_dead(database_url: str) -> None:
    """The server has noticed that the latest process that asked is gone: its lock can be had."""
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "select pg_advisory_lock(hashtext('contact_pipeline.provider_session'), last_value::integer)"
            " from ops.provider_sessions"
        )
