"""Every change has a reason; requests, reviews, rows of lists and the policy's sources are audited, too."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/220_whole_audit"))
