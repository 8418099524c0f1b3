"""Senders in step: what each was sent, by keyed hash, and how far its lists were read."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/180_esp"))
