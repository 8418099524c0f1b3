"""By what claims of one field are ordered, as a type."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/130_standing"))
