"""A hash chain over the changes."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/230_chain"))
