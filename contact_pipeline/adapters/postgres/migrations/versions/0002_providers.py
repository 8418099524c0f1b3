"""What providers were asked, what it cost, and the columns their answers fill."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Forward only."""
    for name in ("functions/answers", "tables/50_providers", "functions/contact_changed"):
        op.get_bind().exec_driver_sql(read_sql(name))
