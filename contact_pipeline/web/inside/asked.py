"""One request for a page: who asks, what they may, what they sent, and how they are answered."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.adapters.postgres.reading_as import reading_as
from contact_pipeline.core.errors import UsageError
from contact_pipeline.stage.session import Session
from contact_pipeline.web.inside.accounts import User
from contact_pipeline.web.inside.rendering import render
from contact_pipeline.web.inside.roles import ROLES, Role
from contact_pipeline.web.inside.tables import Table

MENU = (
    ("overview", "/", "Overview"), ("quality", "/quality", "Quality"), ("analytics", "/analytics", "Analytics"),
    ("drops", "/drops", "Drops"), ("contacts", "/contacts", "Contacts"), ("reviews", "/reviews", "Reviews"),
    ("desk", "/desk", "Desk"), ("outreach", "/outreach", "Outreach"), ("costs", "/costs", "Costs"),
)  # fmt: skip


class NotFound(UsageError):  # noqa: N818 - the tree says what it is
    """What the address names is not there."""


@dataclass(frozen=True)
class Asked:
    """session: its actor is the user. page: of the menu. path, query, form: what was sent. token: for forms.
    watches: whether dropped files are taken in by themselves here (`up`)."""

    session: Session
    user: User
    page: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    form: FormData
    token: str
    is_post: bool
    url: str
    watches: bool

    @property
    def role(self) -> Role:
        """Of the user."""
        return ROLES[self.user.role]

    @contextmanager
    def reading(self, *, as_audit: bool = False) -> Iterator[Connection]:
        """A connection with the rights of the user's role of the database; it can write nothing."""
        role = self.role.audits_as if as_audit and self.role.audits_as else self.role.reads_as
        with self.session.connection(f"page {self.page}") as connection, reading_as(connection, role) as reader:
            yield reader

    def may(self, what: str) -> bool:
        """Whether the role may do that."""
        return what in self.role.may

    def field(self, name: str, *, longest: int = 2000) -> str:
        """A field of the form, without blanks around it; empty: not sent."""
        value = self.form.get(name, "")
        return "" if isinstance(value, UploadFile) else value.strip()[:longest]

    def show(
        self, template: str, *, status: int = 200, tables: Mapping[str, Table] | None = None, **values: Any
    ) -> Response:
        """The page; with ?csv=NAME that table of it as a file."""
        given = tables or {}
        if (wanted := self.query.get("csv")) and not self.is_post:
            if wanted not in given or not given[wanted].has_csv:
                raise NotFound("There is no such table on this page.")
            return Response(
                given[wanted].csv().encode("utf-8-sig"),
                media_type="text/csv; charset=utf-8",
                headers={"Content-Disposition": f'attachment; filename="{wanted}.csv"'},
            )
        menu = [(key, href, title) for key, href, title in MENU if key in self.role.pages]
        return render(
            template,
            status=status,
            asked=self,
            menu=menu,
            tables=given,
            query={name: value for name, value in self.query.items() if name != "csv"},
            **values,
        )

    def csv_link(self, name: str) -> str:
        """Where a table of this page lies as a file."""
        return "?" + urlencode({k: v for k, v in self.query.items() if k not in ("csv", "said")} | {"csv": name})

    @staticmethod
    def go(url: str, said: str = "") -> Response:
        """After something was done: a page that can be loaded again. said: a word of the page's own."""
        return RedirectResponse(f"{url}{'&' if '?' in url else '?'}said={said}" if said else url, 303)
