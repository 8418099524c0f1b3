"""Exports on record, rulings of stewards, the audit by period; steward and compliance are made with the roles."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Forward only."""
    op.get_bind().exec_driver_sql(read_sql("tables/260_who_sees_what"))
