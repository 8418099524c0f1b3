"""Only pages of its own and programs on this machine reach a server of ours; nobody frames it."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets import Origin
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from contact_pipeline.web import serving
from contact_pipeline.web.guard import OwnPagesOnly, loopback_origins
from contact_pipeline.web.serving import GuardedServer, PortTaken, bind
from contact_pipeline_tests.web.browser import FOREIGN, browser
from contact_pipeline_tests.web.foreign import foreign_site
from contact_pipeline_tests.web.served import Answered, served
from contact_pipeline_tests.web.served import ask as web_ask

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
FOREIGN_HOSTS = (
    "evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "localhost.evil.example:{port}",
    "localhost.:{port}", "localhost", "127.0.0.1", "127.0.0.1:1", "127.1:{port}", "127.0.0.2:{port}", "0.0.0.0:{port}",
    "2130706433:{port}", "[::]:{port}", "[::ffff:127.0.0.1]:{port}", "localhost:{port}@evil.example", "", " ",
    "localhost:{port}, evil.example", "evil.example\tlocalhost:{port}",
)  # fmt: skip
FOREIGN_ORIGINS = (
    "null", "http://evil.example", "https://127.0.0.1:{port}", "http://127.0.0.1", "http://127.0.0.1:1",
    "http://localhost:{port}", "http://127.0.0.1:{port}.evil.example", "http://127.0.0.1:{port}/", "file://", "", "*",
    "chrome-extension://abc", "http://127.0.0.1:{port} http://evil.example", "http://evil.example:{port}",
)  # fmt: skip


class Recorder:
    """An application that would do anything for anybody."""

    def __init__(self) -> None:
        self.port = 0
        self.reached: list[str] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(f"{scope.get('method', 'socket')} {scope['path']}")
        if scope["type"] == "websocket":
            socket = WebSocket(scope, receive, send)
            await socket.accept(subprotocol="graphql-ws" if scope["subprotocols"] else None)
            await socket.close()
        else:
            headers = {"Content-Security-Policy": "object-src 'none'", "X-Frame-Options": "SAMEORIGIN"}
            await PlainTextResponse("reached", headers=headers)(scope, receive, send)


@pytest.fixture(scope="module")
def running() -> Iterator[Recorder]:
    app = Recorder()
    with served(app) as app.port:
        yield app


@pytest.fixture
def server(running: Recorder) -> Recorder:
    running.reached.clear()
    return running


def ask(
    server: Recorder, method: str = "GET", *headers: tuple[str, str], host: str | None = "127.0.0.1:{port}"
) -> Answered:
    return web_ask(server.port, method, "/x", headers, host=host)


def is_open(server: Recorder, **options: Any) -> bool:
    """Whether a web-socket is accepted."""
    options = {"proxy": None} | options
    try:
        with connect(f"ws://127.0.0.1:{server.port}/x", **options):
            return True
    except InvalidStatus as refused:
        assert refused.response.status_code == 403
        return False


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
@pytest.mark.parametrize("method", METHODS)
def test_programs_on_this_machine_reach_it(server: Recorder, method: str, host: str) -> None:
    assert ask(server, method, host=host).status == 200
    assert server.reached == [f"{method} /x"]


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_its_own_pages_reach_it(server: Recorder, site: str) -> None:
    own = ("Origin", "http://127.0.0.1:{port}"), ("Sec-Fetch-Site", site)
    assert ask(server, "POST", *own).status == 200
    assert is_open(server, origin=f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("host", [*FOREIGN_HOSTS, None])
def test_another_name_in_host_reaches_nothing(server: Recorder, host: str | None, method: str) -> None:
    assert ask(server, method, host=host).status in (400, 421)
    assert server.reached == []


def test_two_hosts_reach_nothing(server: Recorder) -> None:
    assert ask(server, "GET", ("Host", "evil.example")).status in (400, 421)
    assert server.reached == []


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_another_origin_reaches_nothing(server: Recorder, origin: str, method: str) -> None:
    assert ask(server, method, ("Origin", origin)).status == 403
    assert ask(server, method, ("Origin", "http://127.0.0.1:{port}"), ("Origin", origin)).status == 403
    assert server.reached == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "", "same-origin, cross-site"])
@pytest.mark.parametrize("method", METHODS)
def test_a_request_that_another_site_caused_reaches_nothing(server: Recorder, site: str, method: str) -> None:
    assert ask(server, method, ("Sec-Fetch-Site", site)).status == 403
    assert ask(server, method, ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", site)).status == 403
    assert server.reached == []


@pytest.mark.parametrize("site", ["same-site", "cross-site"])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("mode", ["navigate", "no-cors"])
@pytest.mark.parametrize("dest", ["document", "iframe", "image"])
def test_another_port_may_link_here_and_nothing_else(
    server: Recorder, site: str, method: str, mode: str, dest: str
) -> None:
    headers = ("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", dest)
    is_link = (site, method, mode, dest) == ("same-site", "GET", "navigate", "document")
    assert (ask(server, method, *headers).status == 200) is is_link
    assert bool(server.reached) is is_link


@pytest.mark.parametrize("origin", [*FOREIGN_ORIGINS, None])
def test_a_web_socket_of_another_origin_reaches_nothing(server: Recorder, origin: str | None) -> None:
    assert not is_open(server, origin=origin and origin.format(port=server.port))
    assert server.reached == []


def test_a_web_socket_under_another_name_reaches_nothing(server: Recorder) -> None:
    own = f"http://127.0.0.1:{server.port}"
    assert not is_open(server, origin=own, additional_headers={"Sec-Fetch-Site": "cross-site"})
    for host in ("evil.example", "localhost.evil.example"):
        way = socket.create_connection(("127.0.0.1", server.port))  # the name of the URL stands in Host
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://{host}:{server.port}/x", sock=way, proxy=None, origin=Origin(own))
        assert refused.value.response.status_code == 403
    assert server.reached == []


def test_no_answer_may_be_framed(server: Recorder) -> None:
    for answer in (ask(server), ask(server, "POST", ("Origin", "null")), ask(server, host="evil.example")):
        assert answer.headers.get_all("X-Frame-Options") == ["DENY"], answer.status
        assert "frame-ancestors 'none'" in answer.headers.get_all("Content-Security-Policy", [])
        assert answer.headers.get_all("Cross-Origin-Resource-Policy") == ["same-origin"]
    assert "object-src 'none'" in ask(server).headers.get_all("Content-Security-Policy", [])  # the page's own stays


def test_a_refusal_says_why_and_repeats_nothing(server: Recorder) -> None:
    answer = ask(server, host="evil.example")
    assert answer.status == 421 and "127.0.0.1" in answer.text and "evil" not in answer.text


def test_a_taken_port_is_said() -> None:
    with bind(0) as first:
        first.listen()
        with pytest.raises(PortTaken, match="--port"):
            bind(first.getsockname()[1])


def test_a_server_that_was_stopped_before_it_began_ends_at_once() -> None:
    """Dagster's daemon may end while the web server is still being made."""
    server = GuardedServer(bind(0).detach())
    server.stop()
    server.run(Recorder())


def test_the_usual_port_is_not_written() -> None:
    assert loopback_origins(80) == ["http://127.0.0.1", "http://localhost", "http://[::1]"]
    assert OwnPagesOnly(Recorder(), origins=["https://contacts.example"])  # a public one, for pages that come later


def test_the_foreign_page_would_reach_a_server_without_a_guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the next test would show nothing."""
    monkeypatch.setattr(serving, "OwnPagesOnly", lambda app, origins: app)
    app = Recorder()
    with served(app) as app.port, foreign_site() as port, browser(tmp_path) as page:
        page.open(f"http://{FOREIGN}:{port}/")
        found = page.run(f"attack('http://127.0.0.1:{app.port}', 'mutation {{ x }}')")
    assert found["socket"] == "loaded"
    assert {"GET /graphql", "POST /graphql", "socket /graphql", "GET /", "GET /favicon.png"} <= set(app.reached)
    assert app.reached.count("POST /graphql") >= 7  # fetch, beacon and forms, of each content type without preflight


@pytest.mark.parametrize("name", [FOREIGN, "localhost", "127.0.0.1"])
def test_a_foreign_page_in_a_browser_reaches_nothing(server: Recorder, name: str, tmp_path: Path) -> None:
    """Another site, another name of this machine, another port of the same name."""
    with foreign_site() as port, browser(tmp_path) as page:
        page.open(f"http://{name}:{port}/")
        assert page.run("typeof attack") == "function"
        found = page.run(f"attack('http://127.0.0.1:{server.port}', 'mutation {{ x }}')")
    assert server.reached == [], found
    assert {found["socket"], found["image"], found["script"]} == {"refused"}
    assert not [way for way, seen in found.items() if seen.startswith(("read", "open"))]


def test_a_rebound_name_in_a_browser_reaches_nothing(server: Recorder, tmp_path: Path) -> None:
    """The foreign name leads to this very port, so that the page would be the server's own."""
    with browser(tmp_path) as page:
        page.open(f"http://{FOREIGN}:{server.port}/x")
        assert page.run("fetch('/x', {method: 'POST'}).then(answer => answer.status)") == 421
    assert server.reached == []
