"""Alerts reach people: who was told what by which channel, what was acknowledged and muted."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/280_alerting"))
