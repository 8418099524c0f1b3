"""curated/*: the views that analysts read, counted."""

import time

from contact_pipeline.adapters.postgres.engine import count_rows
from contact_pipeline.core.report import StageReport
from contact_pipeline.schemas.columns import Table
from contact_pipeline.schemas.curated import CHANNELS
from contact_pipeline.stage.session import Session


def count_view(session: Session, table: Table) -> StageReport:
    """How many rows a reader finds in a curated view."""
    started = time.monotonic()
    with session.connection(table.name) as connection:
        if table.name == "curated.contactability":
            # A row for each channel of each contact: counting the view would decide every permission (22 s at 1 M).
            rows = len(CHANNELS) * count_rows(connection, "curated.contacts")
        else:
            rows = count_rows(connection, table.name)
    return StageReport(table.name.replace(".", "/"), None, rows, time.monotonic() - started)
