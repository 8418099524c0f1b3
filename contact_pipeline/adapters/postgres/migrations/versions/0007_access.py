"""Who works in a session, where nobody can forge it; logins beside names; facts that stay."""

from alembic import op

from contact_pipeline.adapters.postgres.migrate import read_sql

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Forward only."""
    for name in (
        "tables/100_sessions",
        "functions/sessions",
        "functions/facts",
        "functions/watch",
        "functions/triggers",
        "tables/110_facts_stay",
        "functions/audited",
    ):
        op.get_bind().exec_driver_sql(read_sql(name))
