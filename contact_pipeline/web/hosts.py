"""Which pages are reached by which name: public ones under the public name too, everything else on this machine only.

A page of another site that has its own name point here (DNS rebinding) finds nothing, and a proxy that lets everything
through still shows nobody the inside.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contact_pipeline.web.guard import LOOPBACK, MISDIRECTED, NEVER_ELSEWHERE, OwnPagesOnly

PUBLIC = ("/u/", "/webhooks/", "/events", "/health")
WATCHERS = ("/metrics", "/ready")  # for programs on this machine, also where a proxy shows the pages
ALWAYS = NEVER_ELSEWHERE | {
    "Referrer-Policy": "same-origin",  # a path may hold a ticket; with no-referrer our own forms would name no origin
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "interest-cohort=()",
}


def is_public(path: str) -> bool:
    """Whether it may be reached from outside."""
    return any(path == stem or (path.startswith(stem) and stem.endswith("/")) for stem in PUBLIC)


class Hosts:
    """ASGI middleware. public_host: host[:port] of [web] public_url, empty: none; origins: those of this machine;
    pages_url: under which a proxy shows the pages, empty: none does."""

    def __init__(self, app: ASGIApp, *, public_host: str, origins: Iterable[str], pages_url: str = "") -> None:
        self._app = app
        self._pages_host = urlsplit(pages_url).netloc.lower()
        origins = [*origins, pages_url] if pages_url else list(origins)
        self._public_host = public_host.lower()
        self._is_public_at_home = urlsplit(f"//{self._public_host}").hostname in LOOPBACK
        self._at_home = OwnPagesOnly(app, origins=origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As every ASGI application."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        hosts = Headers(scope=scope).getlist("host")
        is_by_pages = bool(self._pages_host) and [host.lower() for host in hosts] == [self._pages_host]
        is_outside = bool(self._public_host) and [host.lower() for host in hosts] == [self._public_host]
        if is_outside and is_public(scope["path"]):
            await self._app(scope, receive, send_with_headers)
        elif (not is_outside or self._is_public_at_home) and not (is_by_pages and scope["path"] in WATCHERS):
            await self._at_home(scope, receive, send_with_headers)
        else:
            answer = PlainTextResponse("This address is not reached by that name.\n", MISDIRECTED)
            await answer(scope, receive, send_with_headers)
