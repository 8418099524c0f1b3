"""What follows from other values follows them; what identity checks found of a value goes with it."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("functions/contact_changed"))
