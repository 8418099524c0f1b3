"""Reports: of each week and month as they were kept, and of the running month as it stands."""

import base64
import hashlib
import re
from datetime import date

from starlette.responses import HTMLResponse, Response

from contact_pipeline.quality.reports import kept_reports, report
from contact_pipeline.web.inside.asked import Asked, NotFound
from contact_pipeline.web.inside.tables import Column, Table

STYLE = re.compile("<style>(.*?)</style>", re.DOTALL)
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
KINDS = ("freshness", "compliance")


def reports(asked: Asked) -> Response:
    """Which there are, the newest first."""
    rows = [row | {"href": f"{row['kind']}-{row['period']}"} for row in kept_reports(asked.session)]
    table = Table(
        "reports",
        "Kept as they were made",
        (
            Column("title", "Report"), Column("href", "Open", link="/reports/{}"), Column("made_at", "Made"),
            Column("mailed_at", "Mailed"),
        ),
        rows,
        empty="None yet: a report is made once its week or month is over.",
        has_csv=False,
    )  # fmt: skip
    today = asked.session.clock().date()
    return asked.show("reports.html", tables={table.name: table}, today=today)


def one_report(asked: Asked) -> Response:
    """The page as it was made. It brings its own style, which a browser takes by its hash."""
    kind, _, period = asked.path["name"].partition("-")
    try:
        day = date.fromisoformat(period)
    except ValueError:
        raise NotFound("There is no such report.") from None
    if kind not in KINDS:
        raise NotFound("There is no such report.")
    html = report(asked.session, "freshness" if kind == "freshness" else "compliance", day).html
    styles = " ".join(f"'sha256-{_hash(style)}'" for style in STYLE.findall(html))
    policy = f"{NOTHING}; style-src {styles}"
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
