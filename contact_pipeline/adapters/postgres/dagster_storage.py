"""The database side of Dagster's own storage: where its tables lie and how its connections are kept.

Knows no Dagster (orchestration/storage.py does). Refuses to create anything but the schema `dagster`.
"""

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

SCHEMA = "dagster"
DRIVER = "postgresql+psycopg2"  # with psycopg 3 Dagster's `NOTIFY run_events, $1` is a syntax error
# psycopg2's pooling is safe to size small: overflow has no limit, as with Dagster's own NullPool, so nested
# connections cannot wait for one another; only so many stay open when idle.
IDLE_CONNECTIONS = 2
FIRST_USE_LOCK = 0x636F6E74_64616773  # "contdags": an advisory lock's number, any constant that nobody else takes


def storage_url(url: str) -> str:
    """A server's URL → the same with Dagster's driver and `search_path`; options already in the URL stay."""
    parsed = sa.make_url(url).set(drivername=DRIVER)
    given = parsed.query.get("options", "")
    options = " ".join((given,) if isinstance(given, str) else given)
    return parsed.update_query_dict({"options": f"{options} -c search_path={SCHEMA}".strip()}).render_as_string(
        hide_password=False
    )


def pooled_engine(url: str) -> sa.Engine:
    """An engine that keeps its connections, for Dagster's three storages together.

    dagster-postgres opens a connection for every statement group (NullPool): with a password hash on both sides that is
    most of the cost of an event (figures in orchestration/storage.py). The ping notices a server that was restarted.
    """
    engine = sa.create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=IDLE_CONNECTIONS,
        max_overflow=-1,
        pool_pre_ping=True,
        pool_use_lifo=True,
        connect_args={"application_name": "dagster"},
    )
    _pools.add(engine)
    return engine


@contextmanager
def first_use(engine: sa.Engine) -> Iterator[None]:
    """Inside, one process at a time: processes that start together would else create the same tables at once.

    Creates the schema when it is missing (asked first: IF NOT EXISTS wants the right to create even when it exists).
    """
    with engine.connect() as connection:
        connection.execute(sa.text("select pg_advisory_lock(:lock)"), {"lock": FIRST_USE_LOCK})
        try:
            if connection.execute(sa.text("select to_regnamespace(:name)"), {"name": SCHEMA}).scalar() is None:
                connection.execute(sa.schema.CreateSchema(SCHEMA))
            yield
        finally:
            connection.execute(sa.text("select pg_advisory_unlock(:lock)"), {"lock": FIRST_USE_LOCK})


_pools: "weakref.WeakSet[sa.Engine]" = weakref.WeakSet()


def _after_fork_in_child() -> None:
    """A connection belongs to one process; the child forgets the parent's without closing them."""
    for engine in _pools:
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_after_fork_in_child)
