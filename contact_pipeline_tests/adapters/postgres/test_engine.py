"""What a connection of ours is set to, whatever its server prefers."""

import psycopg
from psycopg import sql

from contact_pipeline.adapters.postgres.engine import connect


def test_statements_are_not_compiled_though_the_server_would(database_url: str) -> None:
    """A stage's wide statements took up to a second each, for three contacts."""
    with psycopg.connect(database_url, autocommit=True) as owner:
        name = sql.Identifier(owner.info.dbname)
        owner.execute(sql.SQL("alter database {} set jit = on").format(name))
    with psycopg.connect(database_url) as stranger:
        assert stranger.execute("show jit").fetchone() == ("on",)
    with connect(database_url) as ours:
        assert ours.execute("show jit").fetchone() == ("off",)
