"""Which rows have a country that nobody could read."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/150_uncertain_country"))
