"""The part all simulated vendors share: an HTTP server on loopback that counts, bills, limits and fails on demand."""

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it arrived. query and form hold the last value of each name."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """application/x-www-form-urlencoded."""
        return {k: v[-1] for k, v in parse_qs(self.body.decode(), keep_blank_values=True).items()}

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Response:
    """An answer. body: text or bytes are sent as they are, anything else as JSON. `cut`: close before the end."""

    body: Any = b""
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False

    @property
    def content(self) -> bytes:
        """The bytes on the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()


class Vendor:
    """One vendor's documented behaviour. A subclass implements `answer` and calls `bill` for what it charges.

    paid: how often each subject was charged; what the kill tests count. requests: everything that arrived.
    fail: answers given instead of the next ones, first in first out (faults on demand).
    """

    name = "vendor"

    def __init__(self, *, key: str = "lab-key", credits: float = 1e9, latency_s: float = 0.0) -> None:
        self.key = key
        self.credits = credits
        self.latency_s = latency_s
        self.paid: Counter[str] = Counter()
        self.requests: list[Request] = []
        self.fail: deque[Response] = deque()
        self.before_answer: Callable[[Request], None] | None = None  # a kill test stops its process here
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        """scheme://host:port, as <NAME>_BASE_URL wants it."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def access(self) -> dict[str, str]:
        """What the environment must say of it, by the parts that the vendor's own file names variables for."""
        return {"key": self.key, "base_url": self.url, "bulk_base_url": self.url}

    def answer(self, request: Request) -> Response:
        """The documented answer. Called from several threads; `lock` guards what they share."""
        raise NotImplementedError

    def bill(self, subject: str, credits: float = 1.0) -> None:
        """Charge for one subject."""
        with self.lock:
            self.paid[subject] += 1
            self.credits -= credits

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _respond(self, request: Request) -> Response:
        with self.lock:
            self.requests.append(request)
            planned = self.fail.popleft() if self.fail else None
        if self.latency_s:
            time.sleep(self.latency_s)  # the vendor thinks; this is what it simulates
        response = planned or self.answer(request)
        if self.before_answer:
            self.before_answer(request)
        return response

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        vendor = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def _serve(self) -> None:
                url = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                request = Request(
                    self.command,
                    url.path,
                    {k: v[-1] for k, v in parse_qs(url.query, keep_blank_values=True).items()},
                    {k.lower(): v for k, v in self.headers.items()},
                    body,
                )
                response = vendor._respond(request)
                content = response.content
                self.send_response(response.status)
                self.send_header("Content-Type", response.content_type)
                self.send_header("Content-Length", str(len(content)))
                for name, value in response.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if response.cut else content)
                self.wfile.flush()
                if response.cut:
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = do_PUT = _serve  # noqa: N815 - http.server calls them so

            def log_message(self, format: str, *args: object) -> None:
                """Silent."""

        return Handler
