"""How far the database has read the ledger, and restrictions that wait for their people."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/120_ledger"))
