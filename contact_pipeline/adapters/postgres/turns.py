"""Work that one process at a time does, and another one leaves alone meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

from contact_pipeline.adapters.postgres.engine import Connection


@contextmanager
def turn(connection: Connection, name: str) -> Iterator[bool]:
    """Held until the block ends or the connection closes; False: another process has it. Nobody waits."""
    key = (f"contact_pipeline.{name}",)
    is_ours = connection.execute("select pg_try_advisory_lock(hashtext(%s))", key).fetchone() == (True,)
    try:
        yield is_ours
    finally:
        if is_ours:
            connection.execute("select pg_advisory_unlock(hashtext(%s))", key)
