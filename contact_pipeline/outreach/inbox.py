"""ops.inbound_events: what was received and verified, stored before it is answered. One statement for all that wait."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside, bound_by_server, statements
from contact_pipeline.core.pii import SubjectKey
from contact_pipeline.outreach.events import Received

STEPS = beside(__file__)

Waiting = tuple[int, str, str, datetime, str]  # id, provider, body, received_at, event_id


def store(connection: Connection, rows: Sequence[tuple[str, str, bytes | None, str]]) -> None:
    """In one transaction, which is on the disk when this returns; a second delivery is left out. rows: those of
    `as_rows`, of as many calls as wait."""
    providers, numbers, contents, bodies = (list(column) for column in zip(*rows, strict=True))
    with bound_by_server(connection) as cursor:
        cursor.execute(
            statements(STEPS)["store"],
            {"providers": providers, "numbers": numbers, "contents": contents, "bodies": bodies},
        )


def as_rows(provider: str, events: Sequence[Received], key: SubjectKey) -> list[tuple[str, str, bytes | None, str]]:
    """Provider, number, keyed hash of the content, body. An event that is known by its content only is numbered by it;
    one that nothing tells from another is one of its own."""
    rows = []
    for event in events:
        content = None if event.content is None else key.digest(f"event:{provider}\x1f{event.content}")
        number = event.event_id or (content.hex() if content else uuid4().hex)
        rows.append((provider, number, content, event.body))
    return rows


def oldest_waiting(connection: Connection) -> datetime | None:
    """When the oldest event came that is not worked off yet."""
    found: datetime | None = Script(connection, STEPS).one("oldest_waiting")["received_at"]
    return found


def waiting(connection: Connection, limit: int) -> list[Waiting]:
    """The oldest events that wait."""
    with connection.cursor() as cursor:
        rows: list[Any] = cursor.execute(statements(STEPS)["waiting"], {"limit": limit}).fetchall()
    return rows


def drop_bodies(connection: Connection, *, before: datetime) -> int:
    """Empty the bodies of events that were applied before then; returns how many."""
    return Script(connection, STEPS).run("drop_bodies", before=before)
