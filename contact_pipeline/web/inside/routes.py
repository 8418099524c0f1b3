"""Which address shows which page."""

from starlette.routing import BaseRoute, Route

from contact_pipeline.stage.session import Session
from contact_pipeline.web.inside.alerts import alerts
from contact_pipeline.web.inside.analytics import analytics
from contact_pipeline.web.inside.contacts import contacts, one_contact
from contact_pipeline.web.inside.costs import costs
from contact_pipeline.web.inside.desk import certificate, desk, disclosure, one_request
from contact_pipeline.web.inside.drops import drops, one_drop, preview
from contact_pipeline.web.inside.gate import Gate
from contact_pipeline.web.inside.outreach import outreach
from contact_pipeline.web.inside.overview import overview
from contact_pipeline.web.inside.quality import quality
from contact_pipeline.web.inside.rendering import STYLE_PATH, style
from contact_pipeline.web.inside.reports import one_report, reports
from contact_pipeline.web.inside.reviews import one_review, reviews
from contact_pipeline.web.inside.sessions import Sessions
from contact_pipeline.web.inside.signing_in import SigningIn

BOTH = ["GET", "HEAD", "POST"]


def inside(session: Session, *, watches: bool) -> list[BaseRoute]:
    """Routes of the pages. watches: whether something takes in the files that are dropped here (`up`)."""
    sessions = Sessions(session)
    gate = Gate(session, sessions, watches)
    signing_in = SigningIn(session, sessions, gate)
    return [
        Route("/sign-in", signing_in.sign_in, methods=["GET", "HEAD", "POST"]),
        Route("/sign-out", signing_in.sign_out, methods=["POST"]),
        Route(STYLE_PATH, style),
        Route("/", gate.page("overview", overview)),
        Route("/alerts", gate.page("overview", alerts, doing="acknowledge"), methods=BOTH),
        Route("/reports", gate.page("overview", reports)),
        Route("/reports/{name}", gate.page("overview", one_report)),
        Route("/drops", gate.page("drops", drops, doing="drop", takes_file=True), methods=BOTH),
        Route("/drops/preview/{token}", gate.page("drops", preview, doing="drop"), methods=BOTH),
        Route("/drops/{key}", gate.page("drops", one_drop, doing="approve"), methods=BOTH),
        Route("/quality", gate.page("quality", quality)),
        Route("/costs", gate.page("costs", costs)),
        Route("/analytics", gate.page("analytics", analytics)),
        Route("/reviews", gate.page("reviews", reviews)),
        Route("/reviews/{id}", gate.page("reviews", one_review, doing="decide"), methods=BOTH),
        Route("/desk", gate.page("desk", desk, doing="serve"), methods=BOTH),
        Route("/desk/certificates/{id}", gate.page("desk", certificate)),
        Route("/desk/{id}", gate.page("desk", one_request, doing="serve"), methods=BOTH),
        Route("/desk/{id}/file", gate.page("desk", disclosure)),
        Route("/outreach", gate.page("outreach", outreach)),
        Route("/contacts", gate.page("contacts", contacts, doing="find"), methods=BOTH),
        Route("/contacts/{id}", gate.page("contacts", one_contact, doing="opt_out"), methods=BOTH),
    ]
