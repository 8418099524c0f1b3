"""After a value of a contact has changed, what follows from it follows: one rule for every way a value can change."""

from collections.abc import Sequence
from datetime import datetime

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside

STEPS = beside(__file__)


def follow_origins(connection: Connection, ids: Sequence[int], *, stage: str, now: datetime | None = None) -> None:
    """Decide given and family name, seniority, company domain and country of these contacts anew, with history.

    The rule: sql/functions/parts.sql. now: None: the database's clock. A part that nobody says any more is emptied.
    """
    Script(connection, STEPS).run("follow", ids=list(ids), stage=stage, now=now)
