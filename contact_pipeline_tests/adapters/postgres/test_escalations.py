"""Each role logs in and tries the known ways to more than it was given. Where one lock keeps the first step from being
taken (no temporary tables), the tests take that lock away and look whether the next one holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import Error, InsufficientPrivilege
from psycopg.rows import dict_row

from contact_pipeline.adapters.postgres.migrate import ROLES
from contact_pipeline_tests.logins import SECRETS_OF_HIDDEN, SECRETS_OF_SHOWN, logged_in, new_login

Person = psycopg.Connection[dict[str, Any]]
READERS = tuple(role for role in ROLES if role != "writer")
# Where compliance reads what was written of anybody, published or not.
OF_COMPLIANCE = {"audit_trail", "erasures", "retractions", "data_subject_requests"}
VIEWS = """
select c.relname as view, a.attname as column
from pg_catalog.pg_class c join pg_catalog.pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'curated'::regnamespace and a.attnum > 0 order by 1, a.attnum
"""
# Names by which our functions and views find tables and types. Whoever puts his own in front of one wins.
SHADOWED_TABLES = (
    "pg_roles", "pg_authid", "pg_auth_members", "pg_proc", "pg_class", "contacts", "consent_records", "suppressions",
    "contact_sources", "contact_points", "changes", "sessions", "session", "permission_sync", "landed_rows",
)  # fmt: skip
SHADOWED_TYPES = ("text", "xid8", "jsonb", "bool", "int4", "int8", "timestamptz", "regclass", "name")


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@contextmanager
def armed(url: str, role: str) -> Iterator[Person]:
    """A login of this role that, against our rules, may make temporary things."""
    with new_login(url, role) as (name, own_url):
        with psycopg.connect(url, autocommit=True) as owner:
            database = sql.Identifier(owner.info.dbname)
            owner.execute(sql.SQL("grant temporary on database {} to {}").format(database, sql.Identifier(name)))
        with psycopg.connect(own_url, autocommit=True, row_factory=dict_row) as connection:
            yield connection


def refused(connection: Person, *statements: str) -> None:
    for statement in statements:
        with pytest.raises(InsufficientPrivilege):
            connection.execute(statement)


def is_superuser(connection: Person) -> bool:
    row = connection.execute("select rolsuper from pg_roles where rolname = session_user").fetchone()
    assert row is not None
    return bool(row["rolsuper"])


def secrets_of(role: str, view: str = "") -> tuple[str, ...]:
    """What a view keeps from that role."""
    if role == "compliance" and view in OF_COMPLIANCE:
        return ()
    return SECRETS_OF_HIDDEN if role == "pii_reader" else SECRETS_OF_HIDDEN + SECRETS_OF_SHOWN


def told(secrets: tuple[str, ...], *heard: object) -> set[str]:
    """Which secrets are in what somebody heard."""
    everything = repr(heard).lower()
    return {secret for secret in secrets if secret in everything}


def test_a_role_makes_nothing_temporary(guarded_url: str, role: str) -> None:
    with logged_in(guarded_url, role) as connection:
        refused(
            connection,
            "create temporary table t (a int)",
            "create temporary view v as select 1",
            "create temporary sequence s",
            "create function pg_temp.f() returns int language sql as 'select 1'",
            "create domain pg_temp.text as pg_catalog.text",
        )


def test_a_role_makes_nothing_in_any_schema(guarded_url: str, role: str) -> None:
    with logged_in(guarded_url, role) as connection:
        schemas = connection.execute("select nspname from pg_namespace where nspname !~ '^pg_(temp|toast)'").fetchall()
        assert len(schemas) > 6
        for schema in schemas:
            for statement in (
                "create table {}.t (a int)",
                "create view {}.v as select 1",
                "create function {}.f() returns int language sql as 'select 1'",
                "create type {}.t as (a int)",
                "create operator {}.= (leftarg = text, rightarg = text, function = pg_catalog.texteq)",
            ):
                with pytest.raises(InsufficientPrivilege):
                    connection.execute(sql.SQL(statement).format(sql.Identifier(schema["nspname"])))


def test_a_role_takes_no_other_role_and_no_right(guarded_url: str, role: str) -> None:
    with logged_in(guarded_url, role) as connection, psycopg.connect(guarded_url) as owner:
        others = ["contact_pipeline", "definer", "pg_read_all_data", owner.info.user, *(set(ROLES) - {role})]
        known = [n for (n,) in owner.execute("select rolname from pg_roles where rolname = any (%s)", (others,))]
        for other in known:
            refused(
                connection,
                f'set role "{other}"',
                f'set session authorization "{other}"',
                f'grant "{other}" to session_user',
            )
        refused(
            connection,
            "alter role session_user superuser",
            "create role friend",
            "copy (select 1) to program 'true'",
            "select pg_read_file('PG_VERSION')",
            "select pg_ls_dir('.')",
            "create function f() returns int language c as 'libc', 'getpid'",
            "alter function audit.actor() owner to session_user",
            "alter table core.contacts disable trigger all",
            "set session_replication_role = replica",
        )


def test_a_role_stores_no_large_object(guarded_url: str, role: str) -> None:
    with logged_in(guarded_url, role) as connection:
        refused(
            connection,
            "select lo_create(0)",
            "select lo_creat(-1)",
            "select lo_from_bytea(0, 'x')",
            "select lo_import('/etc/hostname')",
        )


@pytest.mark.parametrize("reader", READERS)
def test_a_table_in_front_of_another_lifts_no_mask_and_shows_no_hidden_row(guarded_url: str, reader: str) -> None:
    with armed(guarded_url, reader) as connection:
        for table in SHADOWED_TABLES:
            connection.execute(
                sql.SQL("create temporary table {} as select * from pg_catalog.pg_roles").format(sql.Identifier(table))
            )
        connection.execute(
            "update pg_temp.pg_roles set rolname = 'pii_reader',"
            " oid = (select oid from pg_catalog.pg_roles where rolname = session_user)"
        )
        views = {row["view"] for row in connection.execute(VIEWS).fetchall()}
        connection.execute("set search_path = pg_temp, pg_catalog")
        for view in views:
            rows = connection.execute(sql.SQL("select * from curated.{}").format(sql.Identifier(view))).fetchall()
            assert not told(secrets_of(reader, view), rows), view


@pytest.mark.parametrize("shadowed", SHADOWED_TYPES)
def test_a_type_in_front_of_another_runs_nothing_with_the_rights_of_a_trigger(guarded_url: str, shadowed: str) -> None:
    """The domain's check is the writer's own function: in a definer function it would have that one's rights."""
    with armed(guarded_url, "writer") as connection:
        connection.execute("create table pg_temp.seen (who pg_catalog.text)")
        connection.execute("grant all on pg_temp.seen to public")
        connection.execute(
            "create function pg_temp.evil() returns pg_catalog.bool language plpgsql as $$ begin"
            "  if current_user <> session_user then insert into pg_temp.seen values (current_user); end if;"
            "  begin execute 'alter role ' || quote_ident(session_user) || ' superuser';"
            "  exception when others then null; end; return true; end $$"
        )
        domain = sql.SQL("create domain pg_temp.{0} as pg_catalog.{0} check (pg_temp.evil())")
        connection.execute(domain.format(sql.Identifier(shadowed)))
        connection.execute("set search_path = pg_temp, pg_catalog")
        work_as_writer(connection)
        assert not is_superuser(connection)
        assert connection.execute("select who from pg_temp.seen").fetchall() == []


def test_operators_casts_and_functions_of_a_writers_own_take_no_part_in_a_trigger(guarded_url: str) -> None:
    with armed(guarded_url, "writer") as connection:
        connection.execute("create table pg_temp.seen (who text)")
        connection.execute("grant all on pg_temp.seen to public")
        connection.execute(
            "create function pg_temp.evil(a text, b text) returns boolean language plpgsql as $$ begin"
            " if current_user <> session_user then insert into pg_temp.seen values (current_user); end if;"
            " return a operator(pg_catalog.=) b; end $$"
        )
        connection.execute("create operator pg_temp.= (leftarg = text, rightarg = text, function = pg_temp.evil)")
        connection.execute("create type pg_temp.mine as enum ('x')")
        connection.execute(
            "create function pg_temp.shown(pg_temp.mine) returns text language plpgsql as $$ begin"
            " if current_user <> session_user then insert into pg_temp.seen values (current_user); end if;"
            " return 'x'; end $$"
        )
        connection.execute("create cast (pg_temp.mine as text) with function pg_temp.shown(pg_temp.mine) as implicit")
        connection.execute("set search_path = pg_temp, pg_catalog")
        connection.execute("update core.contacts set title = 'x'::pg_temp.mine where company = 'Engines'")
        work_as_writer(connection)
        assert connection.execute("select who from pg_temp.seen").fetchall() == []


def work_as_writer(connection: Person) -> None:
    """Every trigger of ours fires."""
    for statement in (
        "insert into core.contacts (name, email) values ('Cy Newcomer', 'cy@fig.example')",
        "update core.contacts set title = 'Tester ' || random() where company = 'Engines'",
        "update core.contacts set hard_bounce = not hard_bounce, soft_bounce_count = soft_bounce_count + 1",
        "update core.contacts set suppress_email = true, suppress_phone = true where company = 'Engines'",
        "insert into core.suppressions (subject_key, channel, reason, source)"
        " values ('x', 'email', 'opt_out', random()::pg_catalog.text)",
        "insert into core.consent_records (contact_id, consent_type)"
        " select id, 'email' from core.contacts where company = 'Engines'",
    ):
        connection.execute(statement)
    for statement in (
        "delete from core.consent_records",
        "delete from core.suppressions",
        "update core.suppressions set reason = 'x'",
    ):
        with pytest.raises(Error):
            connection.execute(statement)


def every_column(connection: Person) -> Iterator[tuple[str, sql.Composable, sql.Composable]]:
    """Name of the view, the view, the column; of all of them."""
    columns = connection.execute(VIEWS).fetchall()
    assert len(columns) > 300
    for row in columns:
        yield row["view"], sql.SQL("curated.{}").format(sql.Identifier(row["view"])), sql.Identifier(row["column"])


@pytest.mark.parametrize("reader", READERS)
def test_a_leaky_function_in_a_condition_sees_nothing_but_the_view(guarded_url: str, reader: str) -> None:
    """As cheap as it can be, so that the planner would call it first; it tells everything that it is shown."""
    with armed(guarded_url, reader) as connection:
        heard: list[str] = []
        connection.add_notice_handler(lambda notice: heard.append(str(notice.message_primary)))
        connection.execute(
            "create function pg_temp.leak(anything pg_catalog.text) returns pg_catalog.bool language plpgsql"
            " cost 0.0000001 as $$ begin raise notice '%', anything; return true; end $$"
        )
        calls = 0
        for name, view, column in every_column(connection):
            connection.execute(sql.SQL("select count(*) from {} where pg_temp.leak({}::text)").format(view, column))
            assert not told(secrets_of(reader, name), heard), name
            calls += len(heard)
            heard.clear()
        assert calls > 100, "the function was not called"


@pytest.mark.parametrize("reader", READERS)
def test_an_error_quotes_nothing_but_the_view(guarded_url: str, reader: str) -> None:
    with logged_in(guarded_url, reader) as connection:
        errors = 0
        for name, view, column in every_column(connection):
            for wrong in (
                "{}::text::int = 1",
                "(xpath('/a', ({}::text)::xml))[1] is null",
                "1 / (length({}::text) - length({}::text)) = 1",
            ):
                statement = sql.SQL("select 1 from {} where " + wrong.replace("{}", "{c}")).format(view, c=column)
                try:
                    connection.execute(statement)
                except Error as error:
                    errors += 1
                    heard = f"{error} {error.diag.message_detail} {error.diag.context}"
                    assert not told(secrets_of(reader, name), heard), name
        assert errors > 100


@pytest.mark.parametrize("reader", READERS)
def test_statistics_and_plans_tell_no_value(guarded_url: str, reader: str) -> None:
    with logged_in(guarded_url, reader) as connection:
        refused(connection, "select * from pg_statistic", "select * from pg_statistic_ext_data")
        ours = "where schemaname in ('raw', 'core', 'audit', 'ops')"
        for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
            assert connection.execute(f"select * from {view} {ours}").fetchall() == []
        for view in {row["view"] for row in connection.execute(VIEWS).fetchall()}:
            asked = sql.SQL("explain (analyze, verbose) select * from curated.{} v where v::text like 'x%'")
            plan = connection.execute(asked.format(sql.Identifier(view))).fetchall()
            assert not told(SECRETS_OF_HIDDEN + SECRETS_OF_SHOWN, plan), view


@pytest.mark.parametrize("reader", READERS)
def test_a_cursor_reads_what_the_view_shows_and_nobody_elses(guarded_url: str, reader: str) -> None:
    """Also one that was opened before a right was taken away, or that goes backward, or outlives its transaction."""
    with psycopg.connect(guarded_url) as owner, logged_in(guarded_url, reader) as connection:
        owner.execute("declare theirs cursor with hold for select name from core.contacts")
        with pytest.raises(psycopg.errors.InvalidCursorName):
            connection.execute("fetch all from theirs")
        for view in {row["view"] for row in connection.execute(VIEWS).fetchall()}:
            opened = sql.SQL("declare mine scroll cursor with hold for select * from curated.{}")
            connection.execute(opened.format(sql.Identifier(view)))
            seen = [connection.execute(f"fetch {how} from mine").fetchall() for how in ("all", "backward all")]
            assert not told(secrets_of(reader, view), seen), view
            with pytest.raises(Error):  # no row below the view is within reach
                connection.execute(sql.SQL("select * from curated.{} for update").format(sql.Identifier(view)))
            connection.execute("close mine")


@pytest.mark.parametrize("reader", READERS)
def test_what_views_call_tells_a_reader_nothing_by_itself(guarded_url: str, reader: str) -> None:
    """Functions that readers may call have the readers' own rights; the lists by purpose mask as the views do."""
    with logged_in(guarded_url, reader) as connection:
        for function in ("mailable_for", "callable_for"):
            rows = connection.execute(f"select * from curated.{function}('news')").fetchall()
            assert not told(secrets_of(reader), rows)
        refused(
            connection,
            "select core.may_see_personal()",  # no schema of ours but curated is open by name
            "select core.consent_status_at(now())",
            "select * from audit.row_texts('core.contacts', 1)",
        )


def test_no_role_reads_what_others_ask(guarded_url: str, role: str) -> None:
    with psycopg.connect(guarded_url) as owner, logged_in(guarded_url, role) as connection:
        owner.execute("select 'zanzibar'")  # in a transaction of its own, which stays open
        asked = connection.execute(
            "select * from pg_stat_activity where pid = %s", (owner.info.backend_pid,)
        ).fetchall()
        assert len(asked) == 1
        assert not told(("zanzibar",), asked)
        for view in ("pg_prepared_statements", "pg_cursors", "pg_prepared_xacts"):
            assert connection.execute(f"select * from {view}").fetchall() == []


def test_a_writer_forges_no_actor(guarded_url: str) -> None:
    """By a setting, by the functions, by the table, by the columns."""
    with logged_in(guarded_url, "writer") as connection:
        for name in ("actor", "reason", "run_id"):
            connection.execute("select set_config(%s, 'the boss', false)", (f"contact_pipeline.{name}",))
        refused(
            connection,
            "select audit.set_session('the boss', '', '')",
            "insert into audit.sessions (pid, backend_start, login, actor)"
            " values (pg_backend_pid(), now(), 'x', 'the boss')",
            "insert into audit.changes (contact_id, table_name, field, changed_by, changed_at)"
            " values (1, 'x', 'x', 'the boss', now())",
            "insert into core.contacts (name, created_by) values ('Di Example', 'the boss')",
            "insert into core.contacts (name, created_login) values ('Di Example', 'the boss')",
            "update core.contacts set updated_by = 'the boss'",
            "update core.contacts set updated_login = 'the boss'",
            "update core.contacts set title = 'Boss', version = version + 1",
        )
        connection.execute("update ops.permission_sync set is_asked = false")
        connection.execute("insert into core.contacts (name) values ('Di Example')")
        connection.execute(
            "update core.contacts set location = 'Rome', suppress_email = true where name = 'Di Example'"
        )
        me = connection.execute("select session_user::text as me").fetchone()
        assert me is not None
        row = connection.execute(
            "select created_by, created_login, updated_by, updated_login from core.contacts where name = 'Di Example'"
        ).fetchone()
        assert set((row or {}).values()) == {me["me"]}
        changes = connection.execute(
            "select changed_by, login, reason, run_id from audit.changes order by id desc limit 1"
        ).fetchone()
        said = {"reason": "SQL, no reason given", "run_id": None}
        assert changes == {"changed_by": me["me"], "login": me["me"], **said}
        asked = connection.execute("select is_asked from ops.permission_sync").fetchone()
        assert asked == {"is_asked": True}  # a change by hand: nobody passes for the program


def test_a_writer_takes_no_fact_away(guarded_url: str) -> None:
    with logged_in(guarded_url, "writer") as connection:
        connection.execute("set contact_pipeline.erasing = 'on'")
        connection.execute("set contact_pipeline.actor = 'contact_pipeline'")
        refused(
            connection,
            "select audit.begin_erasing()",
            "select audit.retract_suppression('x', 'email', 'opt_out', 's', 'me', 'because')",
            "delete from core.contacts",
            "update audit.sessions set erasing = pg_current_xact_id()",
            "update ops.schema_version set version_num = '0001'",
            "delete from ops.subject_key",
        )
        for table in ("core.consent_records", "core.suppressions", "core.email_validations"):
            with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
                connection.execute(f"delete from {table}")
