"""What each column of a dropped file was taken for."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/140_door"))
