"""Every role reads every view, and what the README tells an analyst to ask is answered."""

import re
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from contact_pipeline.adapters.postgres.migrate import ROLES
from contact_pipeline_tests.logins import logged_in

README = Path(__file__).parents[3] / "README.md"
BLOCKS = "".join(re.findall(r"```sql\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL))
QUERIES = [query.strip() for query in BLOCKS.split(";") if query.strip()]
QUERIES += re.findall(r'-c "(select [^"]+)"', README.read_text(encoding="utf-8"))
WITH_ROWS = {
    "contacts",
    "contactability",
    "suppressed",
    "consent_status",
    "identity_confirmation",
    "undocumented_sources",
}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_reads_every_view(guarded_url: str, role: str) -> None:
    with psycopg.connect(guarded_url) as owner:
        views = [name for (name,) in owner.execute("select viewname from pg_views where schemaname = 'curated'")]
    assert len(views) > 15
    with logged_in(guarded_url, role) as connection:
        for view in views:
            rows = connection.execute(sql.SQL("select * from curated.{}").format(sql.Identifier(view))).fetchall()
            assert rows or view not in WITH_ROWS, view


@pytest.mark.parametrize("query", QUERIES)
def test_what_the_readme_asks_is_answered_for_an_analyst(guarded_url: str, query: str) -> None:
    assert len(QUERIES) >= 5
    with logged_in(guarded_url, "analyst") as connection:
        connection.execute(query)
