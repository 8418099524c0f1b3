"""Calls that were never sent are not counted as calls of a provider: curated.provider_costs says so."""

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Forward only. No table changes; the views are made anew after every migration (migrate.renew_views)."""
