"""Purpose and marketing law in the permission, canonical keys of addresses, objections."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/110_purpose"))
