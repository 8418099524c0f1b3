"""KPIs, day by day."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/270_kpis"))
