"""What the catalogue lets each role do. Each rule of catalogue.sql is a query for what breaks it; something that does
is made as well, and has to be found. Read from the catalogue: what somebody adds tomorrow is held to the same."""

import re
from pathlib import Path

import psycopg
import pytest

from contact_pipeline.adapters.postgres.migrate import ROLES

TEXT = Path(__file__).with_name("catalogue.sql").read_text(encoding="utf-8")
RULES = re.findall(r"^-- rule: (.+)\n((?:-- broken by: .+\n)+)((?:.+\n)+)", TEXT, re.MULTILINE)
NAMES = [name for name, _, _ in RULES]
BREAKERS = [
    pytest.param(breaker, query, id=f"{name}: {breaker}")
    for name, breakers, query in RULES
    for breaker in re.findall(r"-- broken by: (.+)\n", breakers)
]


def broken(connection: psycopg.Connection, query: str) -> list[str]:
    """What breaks the rule in this database."""
    roles = connection.execute(
        "select array_agg(rolname::text) from pg_roles where rolname = any (%s)", ([*ROLES, "definer"],)
    ).fetchone()
    assert roles is not None
    parameters = {"ours": ["raw", "core", "audit", "ops", "curated"], "roles": roles[0]}
    return [str(name) for (name,) in connection.execute(query, parameters).fetchall()]


def test_every_rule_is_read() -> None:
    assert len(NAMES) == len(set(NAMES)) == TEXT.count("-- rule: ") > 15


@pytest.mark.parametrize("query", [query for _, _, query in RULES], ids=NAMES)
def test_the_rule_is_kept(guarded_url: str, query: str) -> None:
    with psycopg.connect(guarded_url) as connection:
        assert broken(connection, query) == []


@pytest.mark.parametrize(("breaker", "query"), BREAKERS)
def test_what_breaks_the_rule_is_found(guarded_url: str, breaker: str, query: str) -> None:
    with psycopg.connect(guarded_url) as connection:
        connection.execute(breaker)
        assert broken(connection, query)
        connection.rollback()
