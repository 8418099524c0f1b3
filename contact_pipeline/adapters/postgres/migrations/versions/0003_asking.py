"""How calls end, who released a held job, and how long each layer's answers stay fresh."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/60_asking"))
