"""A drop may be a list of touches."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/190_touches"))
