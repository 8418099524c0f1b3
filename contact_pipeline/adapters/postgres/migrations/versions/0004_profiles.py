"""What providers say of people and companies, and how sure we are of a person."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Forward only."""
    for name in ("functions/answers", "tables/70_profiles", "functions/audited"):
        op.get_bind().exec_driver_sql(read_sql(name))
