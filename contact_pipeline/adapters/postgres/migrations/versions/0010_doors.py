"""Whether an archived file is still the one that was dropped."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/97_doors"))
