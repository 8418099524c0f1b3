"""The demo in a browser: its figures measured, its pages served to one reader who can change nothing."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from contact_pipeline.compliance.compliance_views import sync_permissions
from contact_pipeline.quality.costs import count_costs
from contact_pipeline.quality.counts import keep_quality_counts
from contact_pipeline.quality.freshness import report_freshness
from contact_pipeline.quality.kpis import measure_kpis
from contact_pipeline.stage.session import Session
from contact_pipeline.web.application import application
from contact_pipeline.web.inside.accounts import add_user
from contact_pipeline.web.serving import Server, bind_free

READER, ROLE = "demo", "analyst"  # sees figures, and contacts with their values masked
PORT = 8080


def measure(session: Session) -> None:
    """What runs and schedules would have measured."""
    sync_permissions(session)
    for step in (measure_kpis, keep_quality_counts, count_costs, report_freshness):
        step(session)


@contextmanager
def pages(session: Session) -> Iterator[tuple[str, Callable[[], None]]]:
    """What to say of it, and what serves until it is stopped."""
    measure(session)
    password = add_user(session, READER, ROLE, secrets.token_urlsafe(12))
    server = Server(bind_free(PORT).detach())
    app = application(session, server.origins, works_off=False)
    said = (
        f"Look at it: {server.origins[0]} as {READER}, password {password}. Until Ctrl-C; nothing can be changed there."
    )
    yield said, lambda: server.run(app)
