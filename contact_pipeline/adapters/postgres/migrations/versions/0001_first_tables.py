"""Schemas, tables, audit triggers, roles and views."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import create_roles, read_sql

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Forward only."""
    for name in ("tables/10_raw", "tables/20_core", "tables/30_ops", "tables/40_audit"):
        op.get_bind().exec_driver_sql(read_sql(name))
    for name in ("views/10_permissions", "views/20_curated"):
        op.get_bind().exec_driver_sql(read_sql(name))
    if create_roles(op.get_bind()):
        op.get_bind().exec_driver_sql(read_sql("views/90_roles"))
