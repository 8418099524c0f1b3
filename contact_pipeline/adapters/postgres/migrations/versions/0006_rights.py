"""Requests of people, erasure and its proof, opt-outs that only the person reopens."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Forward only."""
    for name in (
        "functions/answers",
        "tables/90_rights",
        "functions/audited",
        "functions/contact_changed",
        "tables/95_register",
    ):
        op.get_bind().exec_driver_sql(read_sql(name))
