"""A steward logs in and tries to rule in another's name, to write past the functions, to run something in them."""

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import Error

from contact_pipeline_tests.adapters.postgres.test_escalations import SHADOWED_TYPES, armed, refused, told
from contact_pipeline_tests.logins import logged_in


def test_a_steward_rules_under_their_own_login_and_an_error_quotes_no_value(guarded_url: str) -> None:
    with logged_in(guarded_url, "steward") as connection, psycopg.connect(guarded_url) as owner:
        (shown,) = owner.execute("select public_id from core.contacts where company = 'Engines'").fetchone() or (None,)
        for call in (
            "select curated.correct_contact(%(id)s, 'nothing', 'zanzibar', 'x')",
            "select curated.correct_contact(%(id)s, 'title', ' ', 'zanzibar')",
            "select curated.correct_contact(gen_random_uuid(), 'title', 'zanzibar', 'x')",
            "select curated.correct_contact(%(id)s, 'title', 'zanzibar', '')",
            "select curated.decide_review(0, 'corrected', 'x', 'zanzibar')",
            "select curated.decide_review(1, 'zanzibar', 'x')",
        ):
            with pytest.raises(Error) as caught:
                connection.execute(call, {"id": shown})
            assert not told(("zanzibar",), str(caught.value), caught.value.diag.message_detail), call
        for setting in ("actor", "reason", "run_id"):
            connection.execute("select set_config(%s, 'the boss', false)", (f"contact_pipeline.{setting}",))
        connection.execute("select curated.correct_contact(%s, 'title', 'Countess', 'she said so')", (shown,))
        filed = connection.execute("select ruled_by from curated.reviews where kind = 'correction'").fetchall()
        assert filed == [{"ruled_by": connection.info.user}]
        refused(
            connection,
            "update core.contacts set title = 'Countess'",
            "update ops.reviews set ruled_by = 'the boss'",
            "insert into core.profile_claims values (1, 'title', 'person:me', 'x', 1, now())",
            "update audit.changes set changed_by = 'the boss'",
        )
        owner.execute("delete from ops.reviews where kind = 'correction'")


@pytest.mark.parametrize("shadowed", SHADOWED_TYPES)
def test_a_type_in_front_of_another_runs_nothing_with_the_rights_of_a_ruling(guarded_url: str, shadowed: str) -> None:
    """As for the writer's triggers: the domain's check is the steward's own function."""
    with armed(guarded_url, "steward") as connection, psycopg.connect(guarded_url) as owner:
        (shown,) = owner.execute("select public_id from core.contacts where company = 'Engines'").fetchone() or (None,)
        connection.execute("create table pg_temp.seen (who pg_catalog.text)")
        connection.execute("grant all on pg_temp.seen to public")
        connection.execute(
            "create function pg_temp.evil() returns pg_catalog.bool language plpgsql as $$ begin"
            "  if current_user <> session_user then insert into pg_temp.seen values (current_user); end if;"
            "  return true; end $$"
        )
        domain = sql.SQL("create domain pg_temp.{0} as pg_catalog.{0} check (pg_temp.evil())")
        connection.execute(domain.format(sql.Identifier(shadowed)))
        for table in ("contacts", "reviews"):
            connection.execute(f"create table pg_temp.{table} (id pg_catalog.int8)")
        connection.execute("set search_path = pg_temp, pg_catalog")
        connection.execute("select curated.correct_contact(%s::pg_catalog.uuid, 'title', 'Countess', 'x')", (shown,))
        connection.execute("select curated.decide_review(1, 'rejected', 'x')")
        assert connection.execute("select who from pg_temp.seen").fetchall() == []
        owner.execute("delete from ops.reviews where kind = 'correction'")
        owner.execute("update ops.reviews set ruling = null")
