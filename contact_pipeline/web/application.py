"""The web edge: senders' events in, the way out for people, what watchers ask, and the pages. No state of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from contact_pipeline.outreach.inlets.registry import inlets
from contact_pipeline.stage.session import Session
from contact_pipeline.web.doors import doors
from contact_pipeline.web.gathering import Gatherer
from contact_pipeline.web.hosts import Hosts
from contact_pipeline.web.inside.routes import inside
from contact_pipeline.web.pace import Pace
from contact_pipeline.web.receiving import Receiver
from contact_pipeline.web.unsubscribing import Unsubscribing
from contact_pipeline.web.vitals import Vitals
from contact_pipeline.web.working import Worker


def application(session: Session, origins: Sequence[str], *, works_off: bool = True, watches: bool = False) -> ASGIApp:
    """The whole edge. origins: under which this machine reaches it. works_off: also what it has stored; else that is
    left to the asset inbound_events. watches: something here takes in the files that are dropped (`up`). Raises
    ConfigurationError for a wrong secret."""
    policy = session.policy.web
    known = inlets(session.policy)
    every_door = doors(session.settings, known)
    worker = Worker(session)
    gatherer = Gatherer(session, worker.wake)
    vitals = Vitals(session, every_door)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        if works_off:
            worker.start()
        try:
            yield
        finally:
            await gatherer.close()
            if works_off:
                await asyncio.to_thread(worker.stop)

    app = Starlette(
        routes=[
            *(
                Route(door.route, Receiver(session, door, known[door.inlet], gatherer).answer, methods=door.methods)
                for door in every_door
            ),
            Route(
                "/u/{ticket}",
                Unsubscribing(session, Pace(policy.page_requests_per_minute)).answer,
                methods=["GET", "HEAD", "POST"],
            ),
            Route("/health", vitals.health),
            Route("/ready", vitals.ready),
            Route("/metrics", vitals.metrics),
            *inside(session, watches=watches),
        ],
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return Hosts(app, public_host=urlsplit(policy.public_url).netloc, origins=origins, pages_url=policy.pages_url)
