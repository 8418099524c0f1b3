"""Who may talk to a web server of ours: pages that it served itself, and programs on this machine. No page of others.

A browser lets any page send requests to this machine, with the reader's own access. What it cannot let a page do is lie
about where it comes from: Host, Origin and Sec-Fetch-Site are written by the browser. A program can write anything into
them; it has the access of whoever runs it, so this is no login.

Rules: DNS rebinding is stopped by the list of names in Host (RFC 9110 7.2); Origin is sent with every request that may
change something and with every web-socket (Fetch 3.1, RFC 6455 10.2); Sec-Fetch-Site with every request at all (W3C
Fetch Metadata); framing by X-Frame-Options and frame-ancestors (RFC 7034, CSP 3).
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
HTTP_PORT = 80
MISDIRECTED, FORBIDDEN = 421, 403
FRAME_POLICY = "frame-ancestors 'none'"  # added to a page's own: all policies of an answer hold
NEVER_ELSEWHERE = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",  # no image or script of ours in another page, in old browsers, too
    "X-Content-Type-Options": "nosniff",
}


def loopback_origins(port: int) -> list[str]:
    """The origins under which a browser on this machine knows a server on this port; the usual port is not written."""
    return [f"http://{name}" + (f":{port}" if port != HTTP_PORT else "") for name in LOOPBACK]


class OwnPagesOnly:
    """ASGI middleware: answers what comes from elsewhere itself, and forbids framing of every answer."""

    def __init__(self, app: ASGIApp, *, origins: Iterable[str]) -> None:
        """origins: scheme://host[:port], as a browser writes them; the only ones under which the app is reached."""
        self._app = app
        self._origins = {urlsplit(origin).netloc.lower(): origin.lower() for origin in origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As every ASGI application."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return

        async def send_unframed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.append("Content-Security-Policy", FRAME_POLICY)
                headers.update(NEVER_ELSEWHERE)
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, send_unframed)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)  # before it is accepted: the server answers 403
        else:
            status, text = refusal
            await PlainTextResponse(f"{text}\n", status)(scope, receive, send_unframed)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Status and words; None: it may pass. Each header counts as often as it was sent."""
        headers = Headers(scope=scope)
        hosts, origins = headers.getlist("host"), headers.getlist("origin")
        own = self._origins.get(hosts[0].lower()) if len(hosts) == 1 else None
        if own is None:
            return MISDIRECTED, f"This server is known by other names only: {', '.join(self._origins.values())}."
        if any(origin.lower() != own for origin in origins):
            return FORBIDDEN, "This request comes from the page of another site, which may not use this server."
        if scope["type"] == "websocket" and not origins:  # every browser sends it here
            return FORBIDDEN, f"A web-socket has to say where it comes from: send Origin: {own}."
        if not all(_is_at_home(scope, headers, site) for site in headers.getlist("sec-fetch-site")):
            return FORBIDDEN, f"Another site sent you here. To look at it all the same, type the address: {own}"
        return None


def _is_at_home(scope: Scope, headers: Headers, site: str) -> bool:
    """`none` is a person who typed the address or opened a bookmark. Another port of this machine is `same-site`: its
    pages may link here, as ours do, and nothing else."""
    is_link = (
        scope["type"] == "http"
        and scope["method"] == "GET"
        and headers.getlist("sec-fetch-mode") == ["navigate"]
        and headers.getlist("sec-fetch-dest") == ["document"]
    )
    return site in ("same-origin", "none") or (site == "same-site" and is_link)
