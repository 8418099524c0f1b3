"""The schemas and the database say the same. Every message names the table and the column to look at."""

import re
from collections.abc import Iterator

import psycopg
import pytest

from contact_pipeline.schemas.curated import MASKED, PERMISSION_REASONS
from contact_pipeline.schemas.dictionary import ALL_TABLES, SCHEMAS

# Steps on the way to a curated view, and Alembic's own table: not for readers.
HELPERS = {
    "core.contact_permissions",
    "core.contact_grounds",
    "core.contact_latest_drop",
    "core.contact_sources_ever",
    "core.retaining_sources",
    "core.ruled_values",
    "core.data_quality_by_drop",
    "ops.schema_version",
    "core.usable",
    "core.published_contacts",
    "audit.session",
}

RELATIONS = """
select n.nspname || '.' || c.relname, c.relkind in ('r', 'p')
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = any (%s) and c.relkind in ('r', 'p', 'v', 'm')
"""
COLUMNS = """
select a.attname, format_type(a.atttypid, a.atttypmod), not a.attnotnull
from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum
"""
CHECKS = """
select a.attname, pg_get_constraintdef(k.oid)
from pg_constraint k join pg_attribute a on a.attrelid = k.conrelid and k.conkey = array[a.attnum]
where k.conrelid = %s::regclass and k.contype = 'c'
"""


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url) as connection:
        yield connection


def stored(connection: psycopg.Connection) -> dict[str, bool]:
    """Tables (True) and views (False) of our schemas."""
    return dict(connection.execute(RELATIONS, (list(SCHEMAS),)).fetchall())


def test_every_table_and_view_is_described_and_every_description_exists(connection: psycopg.Connection) -> None:
    described, existing = {table.name for table in ALL_TABLES}, set(stored(connection))
    undescribed, missing = sorted(existing - described - HELPERS), sorted(described - existing)
    assert not undescribed, f"in the database, not in schemas.dictionary.ALL_TABLES: {', '.join(undescribed)}"
    assert not missing, f"in schemas.dictionary.ALL_TABLES, not in the database: {', '.join(missing)}"
    assert existing >= HELPERS, f"gone from the database: {', '.join(sorted(HELPERS - existing))}"


def test_columns_types_order_and_nullability_agree(connection: psycopg.Connection) -> None:
    is_table = stored(connection)
    faults = []
    for table in ALL_TABLES:
        if table.name not in is_table:
            continue  # the test above says so
        rows = connection.execute(COLUMNS, (table.name,)).fetchall()
        in_database = {name: (kind, nullable) for name, kind, nullable in rows}
        described = {column.name: column for column in table.columns}
        faults += [f"{table.name}.{name}: not described" for name in in_database if name not in described]
        faults += [f"{table.name}.{name}: not in the database" for name in described if name not in in_database]
        shared = [name for name in in_database if name in described]
        if shared != [name for name in described if name in in_database]:
            faults.append(f"{table.name}: order of columns differs, the database has {', '.join(in_database)}")
        for name in shared:
            kind, nullable = in_database[name]
            if described[name].kind != kind:
                faults.append(f"{table.name}.{name}: described as {described[name].kind}, is {kind}")
            if is_table[table.name] and described[name].nullable != nullable:
                faults.append(f"{table.name}.{name}: nullable={described[name].nullable}, the database has {nullable}")
    assert not faults, "\n".join(faults)


def test_checks_of_the_database_are_described(connection: psycopg.Connection) -> None:
    """Vocabularies, patterns and bounds that the database enforces. Descriptions may say more than it does."""
    faults, compared = [], 0
    for table in ALL_TABLES:
        described = {column.name: column for column in table.columns}
        for name, definition in connection.execute(CHECKS, (table.name,)).fetchall():
            column = described[name]
            words = _strings(definition) if "ANY (ARRAY[" in definition else []
            pattern = _strings(definition)[0] if " ~ " in definition else None
            least, most = _bound(">=", definition), _bound("<=", definition)
            above = _bound(">", definition)
            least = above + 1 if above is not None else least  # whole numbers only
            pairs = (
                ("one_of", sorted(column.one_of), sorted(words)),
                ("pattern", column.pattern, pattern),
                ("at_least", column.at_least, least),
                ("at_most", column.at_most, most),
            )
            compared += sum(bool(theirs) for _, _, theirs in pairs)
            faults += [
                f"{table.name}.{name}: {what} is {ours}, the database has {theirs}"
                for what, ours, theirs in pairs
                if theirs not in (None, []) and ours != theirs
            ]
    assert not faults, "\n".join(faults)
    assert compared > 20, "the constraints are no longer read"


def _strings(definition: str) -> list[str]:
    return [text.replace("''", "'") for text in re.findall(r"'((?:[^']|'')*)'::text", definition)]


def _bound(sign: str, definition: str) -> float | None:
    found = re.search(rf" {sign} \(?(-?\d+)", definition)
    return float(found[1]) if found else None


def test_reasons_of_the_permission_rule_are_described_in_order(connection: psycopg.Connection) -> None:
    row = connection.execute("select pg_get_functiondef('core.permission'::regproc)").fetchone()
    assert row is not None
    answers = tuple(dict.fromkeys(re.findall(r"(?:THEN|ELSE) '(\w+)'", row[0])))
    assert answers == PERMISSION_REASONS, "curated.PERMISSION_REASONS and core.permission differ"


def test_what_is_described_as_masked_is_masked(connection: psycopg.Connection) -> None:
    connection.execute(
        "insert into raw.drops (key, source, sha256, file_bytes, file_name, archived_as, published_at)"
        " values ('d', 's', repeat('0', 64), 1, 'f', 'f', now())"
    )
    connection.execute(
        "insert into core.contacts (name, given_name, family_name, email, phone, phone_e164, linkedin_url, consent_ip)"
        " values ('Ada Lovelace', 'Ada', 'Lovelace', 'ada@example.test', '+4930123456', '+4930123456',"
        " 'https://www.linkedin.com/in/ada', '192.0.2.1')"
    )
    connection.execute(
        "insert into core.contact_sources (contact_id, drop_key, row_number, source, landed_at)"
        " select id, 'd', 1, 's', now() from core.contacts"
    )
    read = psycopg.sql.SQL("select {} from curated.contacts").format(
        psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, MASKED))
    )
    try:
        connection.execute("set local role pii_reader")
        plain = connection.execute(read).fetchone()
        connection.execute("set local role analyst")
        masked = connection.execute(read).fetchone()
    except psycopg.errors.InsufficientPrivilege:
        pytest.skip("this login may not act as analyst and pii_reader")
    assert plain is not None
    assert masked is not None
    for name, value, shown in zip(MASKED, plain, masked, strict=True):
        assert value, f"curated.contacts.{name}: empty for pii_reader"
        assert shown, f"curated.contacts.{name}: empty for analyst"
        assert shown != value, f"curated.contacts.{name}: described as masked, an analyst sees it"
