"""Inbound events, one history of every touch, opt-outs of one purpose, why an address is closed."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/170_outreach"))
