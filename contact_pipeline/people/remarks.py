"""What a drop's rows remark on their contacts: that a message came back, or a status in words that nobody knows."""

from datetime import datetime

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside

STEPS = beside(__file__)


def note_remarks(connection: Connection, drop_key: str, now: datetime) -> None:
    """In the transaction that applies the drop, while the temporary table `placed` has its rows."""
    steps = Script(connection, STEPS, drop_key=drop_key, now=now)
    steps.run("soft_bounces", "unknown_bounces", "unknown_statuses", "unread_periods")
