"""Who may use the pages, who is signed in, and whom they looked at."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/290_pages"))
