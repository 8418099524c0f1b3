"""KPIs by the day, costs by the month, and the reports that tell of them."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Forward only."""
    for part in ("270_kpis", "271_costs", "272_reports"):
        op.get_bind().exec_driver_sql(read_sql(f"tables/{part}"))
