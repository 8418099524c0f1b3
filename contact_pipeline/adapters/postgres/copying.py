"""PostgreSQL's own programs for copies of a database, as streams: pg_basebackup, pg_dump, pg_restore, psql.

Passwords travel in PGPASSWORD: a command line is readable to every account of the machine. What the programs say on
stderr can quote values, so only their names and exit codes reach an error.
"""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import IO

import psycopg

from contact_pipeline.adapters.postgres.embedded_places import wheel_programs
from contact_pipeline.adapters.postgres.engine import no_answer
from contact_pipeline.adapters.postgres.server import split_password
from contact_pipeline.core.errors import DatabaseUnavailable, PermanentError, TransientError, UsageError

OWN = "^(pg_|information_schema$)"  # schemas of PostgreSQL itself
TOO_NEW = b"SET transaction_timeout = 0;\n"


class OutputOf:
    """What a program writes. Reading on at its end raises TransientError where it failed: a piece is no copy."""

    def __init__(self, process: "subprocess.Popen[bytes]", name: str) -> None:
        assert process.stdout is not None  # noqa: S101 - a pipe
        self._process, self._stream, self._name = process, process.stdout, name

    def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; none at the end of a program that ended well."""
        found = self._stream.read(size)
        if not found and (code := self._process.wait()):
            raise TransientError(
                f"{self._name} ended with {code}, so there is no copy. See that the database is up and not short of"
                " memory or disk, then do the same again."
            )
        return found


@contextmanager
def base_backup(url: str, label: str) -> Iterator[OutputOf]:
    """The embedded server's data folder as one tar, its manifest (SHA-256) in it, with the WAL that makes it whole."""
    command = ["pg_basebackup", "--pgdata=-", "--format=tar", "--wal-method=fetch", "--checkpoint=fast"]
    with _running(url, [*command, "--manifest-checksums=SHA256", f"--label={label}", "--no-password"]) as found:
        yield found


@contextmanager
def dump(url: str) -> Iterator[OutputOf]:
    """The whole database in pg_dump's custom format, not compressed: that is done when it is sealed. Dagster's history
    of runs goes with it; rights and owners belong to the server it comes from."""
    with _running(url, ["pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-password"]) as found:
        yield found


def restore_dump(url: str, pour: Callable[[Callable[[bytes], object]], None]) -> None:
    """Load a dump into an empty database, all or nothing. pour: hands the dump, piece by piece, to what it is given.

    Raises UsageError where something is in the database, PermanentError where the dump does not go in, and what `pour`
    raises.
    """
    refuse_filled(url)
    plain, environment = _login(url)
    # Not by pg_restore itself: since 17 it sets transaction_timeout, which an older server does not know and refuses.
    reading = ["--no-owner", "--no-privileges", "--exit-on-error", "--file=-"]
    loading = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--no-password", plain]
    with (
        _started([_program("pg_restore"), *reading], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as restoring,
        _started([_program("psql"), *loading], environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as psql,
    ):
        assert restoring.stdin is not None and restoring.stdout is not None and psql.stdin is not None  # noqa: S101
        pump = threading.Thread(target=_pump, args=(restoring.stdout, psql.stdin), name="restore", daemon=True)
        pump.start()
        with suppress(BrokenPipeError):  # it has ended, and says by its code why
            pour(restoring.stdin.write)
            restoring.stdin.close()
        code = restoring.wait()
        pump.join()
        if code == 0:  # else the end of its input would be the end of half a dump, and psql would commit that
            with suppress(BrokenPipeError):
                psql.stdin.close()
            code = psql.wait()
    if code:
        raise PermanentError(
            f"The dump does not go into the database (the tools ended with {code}). Is it of PostgreSQL 15 or newer,"
            " and does the login own it?"
        )


def _pump(source: IO[bytes], target: IO[bytes]) -> None:
    """Everything but the setting, which stands before the first table; the rest is the tables' text."""
    with suppress(BrokenPipeError):
        for line in source:
            if line != TOO_NEW:
                target.write(line)
            if line.startswith(b"CREATE "):
                break
        shutil.copyfileobj(source, target, 1 << 20)
    with suppress(OSError, ValueError):
        while source.read(1 << 20):  # else the other end would wait for a reader
            pass


@contextmanager
def _started(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, stdin: int, stdout: int
) -> Iterator["subprocess.Popen[bytes]"]:
    """Killed where the block ends early."""
    process = subprocess.Popen(command, env=environment, stdin=stdin, stdout=stdout, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        process.wait()


def refuse_filled(url: str) -> None:
    """Raises UsageError where the database has tables, or schemas of ours."""
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(
                "select count(*) from information_schema.tables where table_schema !~ %s", (OWN,)
            )
            is_filled = found.fetchone() != (0,)
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(no_answer(error)) from None
    if is_filled:
        raise UsageError("The target is not empty. Name a database without tables.")


@contextmanager
def _running(url: str, command: Sequence[str]) -> Iterator[OutputOf]:
    plain, environment = _login(url)
    whole = [_program(command[0]), *command[1:], f"--dbname={plain}"]
    with _started(whole, environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        yield OutputOf(process, command[0])


def _login(url: str) -> tuple[str, dict[str, str]]:
    plain, password = split_password(url)
    return plain, dict(os.environ) if password is None else {**os.environ, "PGPASSWORD": password}


def _program(name: str) -> str:
    """The wheel's has no TLS, which a server elsewhere may insist on: the system's own, where it is as new. An older
    one dumps no newer server."""
    own, other = str(wheel_programs() / name), shutil.which(name)
    return other if other and _major(other) >= _major(own) else own


@cache
def _major(program: str) -> int:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0
