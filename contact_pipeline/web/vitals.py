"""Whether it is alive, whether it can work, and how much waits."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from contact_pipeline.adapters.postgres.vitals import is_migrated, newest_heartbeat
from contact_pipeline.core.errors import ContactPipelineError
from contact_pipeline.outreach import inbox
from contact_pipeline.stage.session import Session
from contact_pipeline.web.doors import Door
from contact_pipeline.web.exposing import Exposed


class Vitals:
    """The three addresses that watchers ask."""

    def __init__(self, session: Session, doors: Sequence[Door]) -> None:
        self._session = session
        self._doors = doors
        self._exposed = Exposed(session)

    async def health(self, _request: Request) -> Response:
        """The process answers."""
        return PlainTextResponse("alive\n")

    async def ready(self, _request: Request) -> Response:
        """503 where the database does not answer or is of another version; the rest is told."""
        told, is_ready = await asyncio.to_thread(self._look)
        return JSONResponse(told, 200 if is_ready else 503)

    async def metrics(self, request: Request) -> Response:
        """In Prometheus' text format, or as OpenMetrics where that is asked for."""
        body, content_type = await asyncio.to_thread(self._exposed.answer, request.headers.get("accept", ""))
        return Response(body, headers={"Content-Type": content_type})

    def _look(self) -> tuple[dict[str, Any], bool]:
        shut = sorted(f"{door.path}: {door.needs} is not set" for door in self._doors if door.proof is None)
        now = self._session.clock()
        try:
            with self._session.connection("ready") as connection:
                is_current = is_migrated(connection)
                waits, beats = inbox.oldest_waiting(connection), newest_heartbeat(connection)
        except ContactPipelineError as error:
            return {"database": str(error), "shut": shut}, False
        return {
            "database": "answers",
            "migrations": "all applied" if is_current else "another version of the program wrote this database",
            "oldest_unworked_event_seconds": _age(waits, now),
            "newest_daemon_heartbeat_seconds": _age(beats, now),
            "shut": shut,
        }, is_current


def _age(moment: datetime | None, now: datetime) -> float | None:
    """Seconds; None: there is none."""
    return None if moment is None else round(max(0.0, (now - moment).total_seconds()), 1)
