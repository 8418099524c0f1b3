"""Runs an ASGI application on this machine's loopback address, behind the guard."""

import socket

import uvicorn
from starlette.types import ASGIApp

from contact_pipeline.core.errors import PermanentError
from contact_pipeline.web.guard import OwnPagesOnly, loopback_origins

LOOPBACK_ADDRESS = "127.0.0.1"
GRACE_S = 3  # for open requests and web-sockets when it is stopped


class PortTaken(PermanentError):  # noqa: N818 - the tree says what it is
    """Another program listens on that port."""


def bind_loopback(port: int) -> socket.socket:
    """A socket on that port, 0 for a free one; nobody is answered yet. It may be handed on to another process.

    Raises PortTaken, before anything else is started.
    """
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # else nobody could start again for a minute
    try:
        found.bind((LOOPBACK_ADDRESS, port))
    except OSError:
        found.close()
        raise PortTaken(f"Port {port} is taken, or not ours to take. Choose another one with --port.") from None
    return found


class GuardedServer:
    """Serves until a signal or `stop`, to pages of its own and programs on this machine (web/guard.py)."""

    def __init__(self, file_number: int) -> None:
        """file_number: of a socket that is bound; it is this server's from here on."""
        self._socket = socket.socket(fileno=file_number)
        self._server: uvicorn.Server | None = None
        self._is_stopped = False

    def run(self, app: ASGIApp) -> None:
        """proxy_headers are off: nobody stands before it whose word on scheme and client counts."""
        guarded = OwnPagesOnly(app, origins=loopback_origins(self._socket.getsockname()[1]))
        config = uvicorn.Config(
            guarded, log_level="warning", proxy_headers=False, server_header=False, timeout_graceful_shutdown=GRACE_S
        )
        self._server = uvicorn.Server(config)
        self._server.should_exit = self._is_stopped  # before it began
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """From any thread, also before `run`; requests in flight are answered."""
        self._is_stopped = True
        if self._server is not None:
            self._server.should_exit = True
