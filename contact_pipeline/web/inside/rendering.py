"""Pages out of templates, and the policy that a browser holds them to: nothing from elsewhere, no script at all."""

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from contact_pipeline.core.drop_states import drop_state
from contact_pipeline.web.inside import charts
from contact_pipeline.web.inside.tables import shown

TEMPLATES = Path(__file__).parent / "templates"
STYLE = (TEMPLATES / "style.css").read_bytes()
STYLE_PATH = f"/style-{hashlib.sha256(STYLE).hexdigest()[:12]}.css"
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none';"
    " script-src 'none'"
)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"shown": shown, "drop_state": drop_state}
    made.filters["ordered_as"] = lambda names, order: [name for name in order if name in set(names)]
    made.globals |= {"style_path": STYLE_PATH, "charts": charts}
    return made


_ENVIRONMENT = _environment()


def render(template: str, *, status: int = 200, **values: Any) -> Response:
    """The page. Raises jinja2.UndefinedError for what the template needs and was not given."""
    text = _ENVIRONMENT.get_template(template).render(**values)
    return HTMLResponse(text, status, {"Content-Security-Policy": POLICY})


def style(_request: object) -> Response:
    """The one style sheet; its name changes with its content."""
    return Response(STYLE, media_type="text/css", headers={"Cache-Control": "public, max-age=31536000, immutable"})
