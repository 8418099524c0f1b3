"""What a deletion leaves behind in PostgreSQL, removed: dead rows, index entries, statistics, write-ahead log.

Measured: plain VACUUM leaves values in heap and index, VACUUM FULL leaves pg_statistic, checkpoints leave the log.
"""

from collections.abc import Callable
from contextlib import suppress

from contact_pipeline.adapters.postgres.embedded_wal import WalGap
from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, sql

STEPS = beside(__file__)

LONGEST_WAIT = "120s"  # for a table that others use; they would queue behind us


def scrub_tables(connection: Connection, *, is_own_server: bool, ship_log: Callable[[], None]) -> list[str]:
    """Write every table of ours anew (each is locked meanwhile); returns their names.

    is_own_server: also the statistics catalogue and the write-ahead log, which takes a superuser. ship_log: where
    backups need the log, PostgreSQL keeps it until it was shipped. Outside of a transaction. Raises
    TransientError when a table stays in use.
    """
    steps = Script(connection, STEPS)
    tables = [row["name"] for row in steps.rows("rewritten_tables")]
    connection.execute(sql.SQL("set lock_timeout to {}").format(LONGEST_WAIT))
    for name in tables:
        # Statistics are made of live rows only once the dead are gone.
        connection.execute(sql.SQL("vacuum (full, analyze) {}").format(sql.Identifier(*name.split("."))))
    if is_own_server:
        connection.execute("vacuum full pg_catalog.pg_statistic")
        connection.execute("checkpoint")
        steps.rows("switch_wal")
        with suppress(WalGap):  # then it is not kept for them either
            ship_log()
        connection.execute(
            "checkpoint"
        )  # segments from before the last one are removed, not renamed (embedded_config.py)
    connection.execute("set lock_timeout to default")
    return [*tables, *(["pg_catalog.pg_statistic"] if is_own_server else [])]
