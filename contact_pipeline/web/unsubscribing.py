"""`/u/<ticket>`: one click of a mail program, or a page with one button (RFC 8058). A GET never unsubscribes."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.datastructures import FormData
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from contact_pipeline.core.errors import ContactPipelineError
from contact_pipeline.outreach.leaving import TicketHolder, holder_of, leave
from contact_pipeline.outreach.tickets import Ticket, read_ticket
from contact_pipeline.stage.session import Session
from contact_pipeline.web.counting import LEAVES
from contact_pipeline.web.pace import Pace
from contact_pipeline.web.receiving import PATIENCE_S, TooLong, read_body
from contact_pipeline.web.words import WORDS, language_of

PAGES = Path(__file__).parent / "pages"
STYLE = (PAGES / "unsubscribe.css").read_text(encoding="utf-8")
# No script, nothing from anywhere else; the one style sheet by its hash (CSP 3).
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none';"
    f" style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
MOST_BYTES, MOST_FIELDS = 64 * 1024, 50
NOT_FOUND = PlainTextResponse("Not found.\n", 404)


class Unsubscribing:
    """The page and the click. pace: of one client."""

    def __init__(self, session: Session, pace: Pace) -> None:
        self._session = session
        self._pace = pace
        environment = Environment(
            loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._page = environment.get_template("unsubscribe.html")

    async def answer(self, request: Request) -> Response:
        """The endpoint."""
        if not self._pace.lets(request.client.host if request.client else ""):
            return PlainTextResponse("Too many requests. Try again in a minute.\n", 429, {"Retry-After": "60"})
        ticket = read_ticket(self._session.key, request.path_params["ticket"])
        if ticket is None:
            return NOT_FOUND
        try:
            if request.method != "POST":
                return self._show(request, ticket, await asyncio.to_thread(holder_of, self._session, ticket))
            form = await _form(request)
            if form.get("List-Unsubscribe") == "One-Click":
                await asyncio.to_thread(leave, self._session, ticket, purposes=_one(ticket.purpose))
                LEAVES.labels("one_click").inc()
                return PlainTextResponse("Unsubscribed.\n")
            if "page" in form:
                return await self._leave_by_page(request, ticket, form)
        except ContactPipelineError:
            return PlainTextResponse(
                "This does not work right now. Please try again soon.\n", 503, {"Retry-After": "30"}
            )
        return PlainTextResponse("The body has to be List-Unsubscribe=One-Click (RFC 8058).\n", 400)

    async def _leave_by_page(self, request: Request, ticket: Ticket, form: FormData) -> Response:
        holder = await asyncio.to_thread(holder_of, self._session, ticket)
        chosen = [purpose for purpose in map(str, form.getlist("purpose")) if purpose in holder.purposes]
        if "all" not in form and not chosen:
            return self._show(request, ticket, holder, status=400, is_missing=True)
        left = [] if "all" in form else chosen
        await asyncio.to_thread(leave, self._session, ticket, purposes=left)
        LEAVES.labels("page").inc()
        return self._show(request, ticket, holder, left=left, is_done=True)

    def _show(
        self,
        request: Request,
        ticket: Ticket,
        holder: TicketHolder,
        *,
        status: int = 200,
        left: Sequence[str] = (),
        is_done: bool = False,
        is_missing: bool = False,
    ) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        words = WORDS[language]
        text = self._page.render(
            language=language,
            words=words,
            style=STYLE,
            sender=self._session.policy.sender.name,
            masked=holder.masked,
            purposes=holder.purposes,
            chosen=ticket.purpose,
            is_done=is_done,
            is_missing=is_missing,
            left=", ".join(purpose.replace("_", " ") for purpose in left) or words.everything,
        )
        return HTMLResponse(text, status, {"Content-Security-Policy": POLICY, "Vary": "Accept-Language"})


def _one(purpose: str) -> list[str]:
    return [purpose] if purpose else []


async def _form(request: Request) -> FormData:
    """Either kind of form; an empty one for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        async with asyncio.timeout(PATIENCE_S):
            body = await read_body(request, most=MOST_BYTES)
        if kind == "application/x-www-form-urlencoded":
            return await FormParser(request.headers, _once(body)).parse()
        if kind == "multipart/form-data":
            return await MultiPartParser(request.headers, _once(body), max_files=0, max_fields=MOST_FIELDS).parse()
    except (TooLong, TimeoutError, ClientDisconnect, MultiPartException):
        pass
    return FormData()


async def _once(body: bytes) -> AsyncGenerator[bytes]:
    yield body
