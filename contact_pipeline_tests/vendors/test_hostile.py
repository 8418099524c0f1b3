"""A vendor that means harm, or is broken: every call of every registered provider ends soon, and says by what name."""

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from contact_pipeline.adapters import http
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import Fault, Layer, Provider, ProviderUnavailable
from contact_pipeline_tests.lab.serve import every_fact
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor
from contact_pipeline_tests.vendors.asking import ASKED, CALLS, EVERY_CALL, provider_at

MOST = 1 << 16
SHORT_S = 0.3
BOMB = gzip.compress(b'{"a": [\n' + b"1,2\n" * (4 << 20) + b"3]}")  # 16 MB in 16 kB


class Bomber(Vendor):
    """Whatever is asked, a small answer that unpacks to a large one."""

    def answer(self, request: Request) -> Response:
        return Response(BOMB, headers={"Content-Encoding": "gzip"})


@contextmanager
def dripping(*, head: bytes = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n") -> Iterator[tuple[str, list[int]]]:
    """A server that sends the head at once and then a byte at a time for ever; its address, and how often it was
    asked."""
    stop, asked = threading.Event(), [0]

    def drip(connection: socket.socket) -> None:
        with connection:
            try:
                connection.recv(1 << 16)
                asked[0] += 1
                connection.sendall(head)
                while not stop.wait(0.02):
                    connection.sendall(b"x")
            except OSError:
                return

    def accept(server: socket.socket) -> None:
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=accept, args=(server,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        finally:
            stop.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.fixture(scope="module")
def bomber() -> Iterator[Bomber]:
    with Bomber() as vendor:
        yield vendor


@pytest.fixture(scope="module")
def drip() -> Iterator[tuple[str, list[int]]]:
    with dripping() as server:
        yield server


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a test need not wait for minutes."""
    for name, bound in (("LARGEST_ANSWER", MOST), ("LARGEST_DOWNLOAD", MOST)):
        monkeypatch.setattr(http, name, bound)
    for name in ("LONGEST_ANSWER_S", "LONGEST_DOWNLOAD_S"):
        monkeypatch.setattr(http, name, SHORT_S)


def fault_of(call: str, provider: Provider, layer: Layer) -> Fault | None:
    """How a call ends; None: it asked nobody."""
    try:
        CALLS[call](provider, every_fact()[provider.name].samples[layer].subject)
    except ProviderUnavailable as error:
        return error.fault
    return None


@pytest.mark.parametrize(("layer", "name", "call"), EVERY_CALL)
def test_an_answer_that_unpacks_to_too_much_is_too_large(bomber: Bomber, layer: Layer, name: str, call: str) -> None:
    before = len(bomber.requests)
    fault = fault_of(call, provider_at(bomber.url, layer, name), layer)
    was_asked = len(bomber.requests) > before
    assert fault is (Fault.TOO_LARGE if was_asked else None)
    assert was_asked or call not in ASKED


@pytest.mark.parametrize(("layer", "name", "call"), EVERY_CALL)
def test_an_answer_that_never_ends_is_too_slow(drip: tuple[str, list[int]], layer: Layer, name: str, call: str) -> None:
    url, asked = drip
    before = asked[0]
    fault = fault_of(call, provider_at(url, layer, name), layer)
    assert fault is (Fault.TOO_SLOW if asked[0] > before else None)


@pytest.mark.parametrize(
    "head",
    [b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 503 X\r\n\r\n"],
    ids=["nothing", "status", "header", "continue", "repeated"],
)
@pytest.mark.parametrize("is_download", [False, True])
def test_wherever_it_drips_the_time_is_for_the_whole_answer(head: bytes, is_download: bool) -> None:
    with dripping(head=head) as (url, _):
        client = HttpClient("lab", url)
        with pytest.raises(ProviderUnavailable) as caught:
            list(client.lines("GET", "/x")) if is_download else client.request("GET", "/x")
    assert caught.value.fault in (Fault.TOO_SLOW, Fault.CONNECTION)
    assert caught.value.__context__ is None


def test_our_own_work_takes_nothing_from_the_time_of_a_download() -> None:
    """A consumer that needs longer than the bound for what it does with the rows still gets all of them."""

    class Rows(Vendor):
        def answer(self, request: Request) -> Response:
            return Response("a,b\n" * 100)

    with Rows() as vendor:
        rows = HttpClient("lab", vendor.url).lines("GET", "/x")
        next(rows)
        threading.Event().wait(SHORT_S * 1.5)
        assert len(list(rows)) == 99


def test_more_bytes_on_the_wire_than_an_answer_may_have_are_too_large() -> None:
    """Also where nobody would read them: urllib3 empties an answer before it repeats a request."""

    class Endless(Vendor):
        def answer(self, request: Request) -> Response:
            return Response(b"x" * (4 << 20), 503)

    with Endless() as vendor, pytest.raises(ProviderUnavailable) as caught:
        HttpClient("lab", vendor.url).request("GET", "/x")
    assert caught.value.fault is Fault.TOO_LARGE
