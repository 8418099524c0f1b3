"""Whose servers take a domain's mail."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/210_mail_hosts"))
