"""Schemas, tables and audit triggers. Views and roles are made by the last migration, which knows every column."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward only."""
    for name in (
        "tables/10_raw",
        "tables/20_core",
        "tables/30_ops",
        "functions/contact_changed",
        "tables/40_audit",
        "functions/audited",
    ):
        op.get_bind().exec_driver_sql(read_sql(name))
