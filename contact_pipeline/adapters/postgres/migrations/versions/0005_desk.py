"""Consents with their evidence, opt-outs with their three dates."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/80_desk"))
