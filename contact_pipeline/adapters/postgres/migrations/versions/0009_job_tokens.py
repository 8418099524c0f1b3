"""One-time tokens for the jobs that serve requests of people."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/97_job_tokens"))
