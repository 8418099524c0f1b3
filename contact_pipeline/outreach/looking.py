"""What came back, for people who look."""

from datetime import datetime
from typing import Any

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.stage.session import Session

STEPS = beside(__file__)


def list_bounces(session: Session, *, since: datetime | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """Rows of curated.bounces, newest first."""
    with session.connection("bounces list") as connection:
        return Script(connection, STEPS).rows("bounces", since=since, limit=limit)
