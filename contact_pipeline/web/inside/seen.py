"""Who saw whom on which page: appended before the page is shown."""

from collections.abc import Sequence

from contact_pipeline.adapters.postgres.engine import Connection, Script, beside
from contact_pipeline.web.inside.accounts import User

STEPS = beside(__file__)


def note_views(connection: Connection, user: User, page: str, public_ids: Sequence[str]) -> None:
    """public_ids: of the contacts that the page shows."""
    if public_ids:
        Script(connection, STEPS).run("note", name=user.name, role=user.role, page=page, ids=list(public_ids))
