"""How far each sender's list had drifted from ours, night by night."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/200_comparisons"))
