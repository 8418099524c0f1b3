"""Which rows state a retention that nobody could read."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/160_unread_retention"))
