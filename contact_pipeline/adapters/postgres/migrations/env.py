"""Alembic's entry. Forward only; the version table lives in `ops`, because Dagster keeps its own in `dagster`."""

from alembic import context
from sqlalchemy import text

connection = context.config.attributes["connection"]
connection.execute(text("create schema if not exists ops"))
context.configure(connection=connection, version_table="schema_version", version_table_schema="ops")
with context.begin_transaction():
    context.run_migrations()
