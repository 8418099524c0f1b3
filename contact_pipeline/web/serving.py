"""Runs ASGI applications: Dagster's UI on loopback behind the guard, the web edge where it is told to listen."""

import socket
from collections.abc import Sequence

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from contact_pipeline.core.errors import PermanentError
from contact_pipeline.web.guard import OwnPagesOnly, loopback_origins

LOOPBACK_ADDRESS = "127.0.0.1"
BY_PROXY = "contact_pipeline.by_proxy"  # of a scope: whether a trusted proxy has sent it
GRACE_S = 3  # for open requests and web-sockets when it is stopped


class PortTaken(PermanentError):  # noqa: N818 - the tree says what it is
    """Another program listens on that port."""


def bind(port: int, host: str = LOOPBACK_ADDRESS, *, option: str = "--port") -> socket.socket:
    """A socket on that port, 0 for a free one; nobody is answered yet. It may be handed on to another process.

    Raises PortTaken, naming the option that chooses another one, before anything else is started.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    except OSError:
        raise PortTaken(f"{host} is no address of this machine. Choose another one with --host.") from None
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else nobody could start again for a minute
    try:
        found.bind((host, port))
    except OSError:
        found.close()
        raise PortTaken(f"Port {port} is taken, or not ours to take. Choose another one with {option}.") from None
    return found


def bind_free(port: int, *, tries: int = 20) -> socket.socket:
    """On loopback: that port, or the next one that is free. Raises PortTaken after so many tries."""
    for candidate in range(port, port + tries):
        try:
            return bind(candidate, option="--web-port")
        except PortTaken:
            continue
    raise PortTaken(f"Ports {port} to {port + tries - 1} are taken. Name a free one with --web-port, or 0 for none.")


class Server:
    """Serves until a signal or `stop`."""

    def __init__(self, file_number: int) -> None:
        """file_number: of a socket that is bound; it is this server's from here on."""
        self._socket = socket.socket(fileno=file_number)
        self._server: uvicorn.Server | None = None
        self._is_stopped = False

    @property
    def port(self) -> int:
        """On which it listens."""
        return int(self._socket.getsockname()[1])

    def listen(self) -> None:
        """Take calls from now on; they are answered once it runs."""
        self._socket.listen()

    @property
    def origins(self) -> list[str]:
        """Under which a browser on this machine knows it."""
        return loopback_origins(self.port)

    def run(self, app: ASGIApp, *, trusted_proxies: Sequence[str] = ()) -> None:
        """trusted_proxies: addresses or networks whose word on scheme and client counts; without them nobody's does.
        No access log: paths hold tickets and secrets."""
        config = uvicorn.Config(
            BehindProxy(app, trusted_proxies) if trusted_proxies else app,
            log_level="warning",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_S,
        )
        self._server = uvicorn.Server(config)
        self._server.should_exit = self._is_stopped  # before it began
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """From any thread, also before `run`; requests in flight are answered."""
        self._is_stopped = True
        if self._server is not None:
            self._server.should_exit = True


class BehindProxy:
    """ASGI middleware: takes scheme and client from a proxy that is trusted, and notes that the call came by one."""

    def __init__(self, app: ASGIApp, trusted_proxies: Sequence[str]) -> None:
        self._inner = ProxyHeadersMiddleware(app, list(trusted_proxies))  # type: ignore[arg-type] # uvicorn's own types

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As every ASGI application."""
        client = scope.get("client")
        scope[BY_PROXY] = client is not None and client[0] in self._inner.trusted_hosts
        await self._inner(scope, receive, send)  # type: ignore[arg-type]


class GuardedServer(Server):
    """To pages of its own and programs on this machine only (web/guard.py)."""

    def run(self, app: ASGIApp, *, trusted_proxies: Sequence[str] = ()) -> None:
        """Behind the guard."""
        super().run(OwnPagesOnly(app, origins=self.origins), trusted_proxies=trusted_proxies)
