"""An application on a real server of ours, and a client that writes exactly what it is told."""

import http.client
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from contact_pipeline.web.serving import GuardedServer, Server, bind


@dataclass(frozen=True)
class Answered:
    """What came back."""

    status: int
    headers: Message
    text: str


def ask(
    port: int,
    method: str = "GET",
    path: str = "/x",
    headers: Sequence[tuple[str, str]] = (),
    *,
    host: str | None = "127.0.0.1:{port}",
    body: str | None = None,
) -> Answered:
    """Each header as often as it is given, {port} filled in; host None: none is sent."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in [*([] if host is None else [("Host", host)]), *headers]:
        connection.putheader(name, value.replace("{port}", str(port)))
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body.encode() if body is not None else None)
    answer = connection.getresponse()
    found = Answered(answer.status, answer.headers, answer.read().decode())
    connection.close()
    return found


@contextmanager
def running(server: Server, app: ASGIApp, *, trusted_proxies: Sequence[str] = ()) -> Iterator[int]:
    """The port, once the application has begun."""
    is_up = threading.Event()

    async def announced(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Any) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                is_up.set()

        await app(scope, receive, told if scope["type"] == "lifespan" else send)

    server.listen()  # else the first request may come before the server listens
    thread = threading.Thread(target=server.run, args=(announced,), kwargs={"trusted_proxies": trusted_proxies})
    thread.start()
    try:
        assert is_up.wait(20)
        yield server.port
    finally:
        server.stop()
        thread.join()


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """The port on which something without a beginning or an end of its own is served, behind the guard."""

    async def with_beginning(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await send({"type": "lifespan.startup.complete"})
            await receive()  # startup, which is done already
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            await app(scope, receive, send)

    with running(GuardedServer(bind(0).detach()), with_beginning) as port:
        yield port
