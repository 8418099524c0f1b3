"""Rollbacks, and rulings about what is not heard any more."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Forward only."""
    for name in ("functions/watch", "tables/240_rollback"):
        op.get_bind().exec_driver_sql(read_sql(name))
