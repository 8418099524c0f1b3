"""The HTTP client against a real server: what is repeated, what is not, what a failure is called, and what leaks."""

import logging
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from contact_pipeline.adapters import http
from contact_pipeline.adapters.answers import Answer, Fields, day, rows
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.core.providers import Fault, ProviderRefused, ProviderUnavailable, is_sendable
from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

SECRET = "clara.dorn@lab.test"


class Plain(Vendor):
    """Answers everything the same way, after the planned ones."""

    reply = Response({"ok": True})

    def answer(self, request: Request) -> Response:
        return self.reply


@pytest.fixture
def vendor() -> Iterator[Plain]:
    with Plain() as vendor:
        yield vendor


def ask(vendor: Vendor, *, is_free: bool = False) -> Answer:
    return HttpClient("lab", vendor.url).request("GET", "/x", params={"email": SECRET}, is_free=is_free)


@pytest.mark.parametrize(
    ("status", "kind", "fault", "is_sent"),
    [
        (202, ProviderUnavailable, Fault.NOT_READY, True),
        (204, ProviderUnavailable, Fault.BAD_ANSWER, True),
        (302, ProviderUnavailable, Fault.BAD_ANSWER, True),
        (400, ProviderRefused, Fault.BAD_REQUEST, None),
        (401, ProviderRefused, Fault.UNAUTHORIZED, None),
        (402, ProviderRefused, Fault.NO_CREDITS, None),
        (403, ProviderUnavailable, Fault.FORBIDDEN, True),
        (404, ProviderRefused, Fault.BAD_REQUEST, None),
        (408, ProviderUnavailable, Fault.TIMEOUT, True),
        (422, ProviderRefused, Fault.BAD_REQUEST, None),
        (429, ProviderUnavailable, Fault.RATE_LIMITED, False),
        (500, ProviderUnavailable, Fault.SERVER_ERROR, True),
        (502, ProviderUnavailable, Fault.SERVER_ERROR, True),
        (503, ProviderUnavailable, Fault.SERVER_ERROR, True),
        (524, ProviderUnavailable, Fault.SERVER_ERROR, True),
    ],
)
def test_every_status_has_a_name(
    vendor: Plain, status: int, kind: type[Exception], fault: Fault, is_sent: bool | None
) -> None:
    vendor.reply = Response("", status, headers={"Retry-After": "60", "Location": f"{vendor.url}/elsewhere"})
    with pytest.raises(kind) as caught:
        ask(vendor)
    assert caught.value.fault is fault  # type: ignore[attr-defined]
    if isinstance(caught.value, ProviderUnavailable):
        assert caught.value.is_sent is is_sent
    assert len(vendor.requests) == 1  # redirects are not followed, a long Retry-After is not waited for


def test_a_short_wait_is_waited_for_and_repeated(vendor: Plain) -> None:
    vendor.fail += [Response("", 429, headers={"Retry-After": "0"}), Response("", 503)]
    assert ask(vendor).json() == {"ok": True}
    assert len(vendor.requests) == 3
    assert http.LONGEST_WAIT_S * http.RETRIES <= 10


def test_a_rate_limit_tells_its_wait(vendor: Plain) -> None:
    vendor.reply = Response("", 429, headers={"Retry-After": "3600"})
    with pytest.raises(ProviderUnavailable) as caught:
        ask(vendor)
    assert caught.value.retry_after_s == 3600


@pytest.mark.parametrize("value", ["soon", "-"])
def test_a_strange_retry_after_is_none(vendor: Plain, value: str) -> None:
    vendor.fail.append(Response("", 500, headers={"Retry-After": value}))
    with pytest.raises(ProviderUnavailable) as caught:
        ask(vendor)
    assert caught.value.retry_after_s is None


@pytest.mark.parametrize("status", [500, 502, 504])
def test_what_may_have_been_billed_is_not_repeated(vendor: Plain, status: int) -> None:
    vendor.fail.append(Response("", status))
    with pytest.raises(ProviderUnavailable):
        ask(vendor)
    assert len(vendor.requests) == 1


@pytest.mark.parametrize("status", [502, 504])
def test_a_free_call_is_repeated(vendor: Plain, status: int) -> None:
    vendor.fail.append(Response("", status))
    assert ask(vendor, is_free=True).status == 200


def test_a_read_time_out_is_never_repeated(vendor: Plain) -> None:
    vendor.latency_s = 0.4
    with pytest.raises(ProviderUnavailable) as caught:
        HttpClient("lab", vendor.url, timeout_s=0.05).request("POST", "/x", is_free=True)
    assert caught.value.fault is Fault.TIMEOUT
    assert caught.value.is_sent
    assert len(vendor.requests) == 1


def test_no_connection_is_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # bound, not listening: refused
        with pytest.raises(ProviderUnavailable) as caught:
            HttpClient("lab", f"http://127.0.0.1:{free.getsockname()[1]}").request("GET", "/x")
    assert caught.value.fault is Fault.CONNECTION
    assert not caught.value.is_sent


def test_a_broken_connection_may_have_been_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.listen()
        server.settimeout(5)

        thread = threading.Thread(target=lambda: server.accept()[0].close())
        thread.start()
        with pytest.raises(ProviderUnavailable) as caught:
            HttpClient("lab", f"http://127.0.0.1:{server.getsockname()[1]}").request("GET", "/x")
        thread.join()
    assert caught.value.fault is Fault.CONNECTION
    assert caught.value.is_sent


@pytest.mark.parametrize("reply", [Response("<html>", content_type="text/html"), Response('{"ok": t'), Response("")])
def test_no_json_is_a_bad_answer(vendor: Plain, reply: Response) -> None:
    vendor.reply = reply
    with pytest.raises(ProviderUnavailable) as caught:
        ask(vendor).json()
    assert caught.value.fault is Fault.BAD_ANSWER


def test_half_a_body_is_a_bad_answer(vendor: Plain) -> None:
    vendor.reply = Response({"ok": True}, cut=True)
    with pytest.raises(ProviderUnavailable) as caught:
        ask(vendor)
    assert caught.value.fault is Fault.BAD_ANSWER


def test_nothing_personal_reaches_logs_or_errors(vendor: Plain, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failures: list[Callable[[], object]] = [
        lambda: ask(vendor),
        lambda: HttpClient("lab", "http://127.0.0.1:1").request("GET", "/x", params={"email": SECRET}),
        lambda: list(HttpClient("lab", "http://127.0.0.1:1").lines("GET", "/x", params={"email": SECRET})),
    ]
    vendor.reply = Response(f"{SECRET}", 500)
    for failure in failures:
        with pytest.raises(ProviderUnavailable) as caught:
            failure()
        text = "".join(traceback.format_exception(caught.value))
        assert "dorn" not in text
        assert caught.value.__context__ is None
    vendor.fail.append(Response("", 503))  # a retry is what urllib3 would log as a warning
    with pytest.raises(ProviderUnavailable):
        ask(vendor)
    vendor.reply = Response(SECRET)
    with pytest.raises(ProviderUnavailable) as caught:
        ask(vendor).json()
    assert caught.value.__context__ is None
    assert "dorn" not in repr(ask(vendor))
    assert "dorn" not in caplog.text


def test_a_netrc_does_not_replace_our_header(vendor: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(netrc))
    HttpClient("lab", vendor.url, headers={"Authorization": "ApiKey: k"}).request("GET", "/x")
    assert vendor.requests[-1].headers["authorization"] == "ApiKey: k"
    HttpClient("lab", vendor.url, auth=("sid", "token")).request("GET", "/x")
    assert vendor.requests[-1].headers["authorization"].startswith("Basic ")


def test_lines_keep_their_ends_and_stream(vendor: Plain) -> None:
    text = 'a,"b\nc"\r\n\u2028d,e'
    vendor.reply = Response("\ufeff" + text, content_type="text/csv")
    assert list(HttpClient("lab", vendor.url).lines("GET", "/x")) == ['a,"b\n', 'c"\r\n', "\u2028d,e"]


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        (Response("a,b\n" * 50_000, cut=True), Fault.BAD_ANSWER),
        (Response(b"a,\xff\n"), Fault.BAD_ANSWER),
        (Response("a" * (http.LONGEST_LINE + 70_000)), Fault.TOO_LARGE),
    ],
    ids=["cut", "no utf-8", "no lines"],
)
def test_bad_lines_have_a_name(vendor: Plain, reply: Response, fault: Fault) -> None:
    vendor.reply = reply
    with pytest.raises(ProviderUnavailable) as caught:
        list(HttpClient("lab", vendor.url).lines("GET", "/x"))
    assert caught.value.fault is fault


@pytest.mark.parametrize("lines", [["a,b\n", "1\n"], ["a,b\n", '1,"2\n'], ["a\n", "x" * 200_000]])
def test_a_broken_table_is_a_bad_answer(lines: list[str]) -> None:
    with pytest.raises(ProviderUnavailable):
        list(rows("lab", lines))
    assert list(rows("lab", ["a,b\n", "\n", '1,"2\n', '3"\n'])) == [["a", "b"], ["1", "2\n3"]]


@pytest.mark.parametrize(
    "read",
    [
        lambda fields: fields.text("number"),
        lambda fields: fields.text("missing"),
        lambda fields: fields.text_or_none("number"),
        lambda fields: fields.number("text"),
        lambda fields: fields.number("flag"),
        lambda fields: fields.number("nan"),
        lambda fields: fields.whole_or_none("half"),
        lambda fields: fields.whole_or_none("text"),
        lambda fields: fields.object_or_empty("list"),
        lambda fields: fields.flag("number"),
        lambda fields: fields.flag("text"),
        lambda fields: fields.object("list"),
        lambda fields: fields.objects("list"),
        lambda fields: fields.objects("object"),
        lambda fields: fields.texts("list"),
        lambda fields: fields.texts("missing"),
    ],
)
def test_a_wrong_type_is_a_bad_answer(read: Callable[[Fields], object]) -> None:
    values = {
        "text": "t",
        "number": 1,
        "half": 0.5,
        "flag": True,
        "list": [1],
        "object": {},
        "nan": "nan",
        "null": None,
    }
    with pytest.raises(ProviderUnavailable) as caught:
        read(Fields("lab", values))
    assert caught.value.fault is Fault.BAD_ANSWER


def test_a_day_is_read_strictly() -> None:
    assert day("lab", "2026-02-03") == day("lab", "2026-02-03T23:59:00Z") == date(2026, 2, 3)
    assert day("lab", None) is day("lab", "") is None
    with pytest.raises(ProviderUnavailable) as caught:
        day("lab", "last week")
    assert caught.value.fault is Fault.BAD_ANSWER
    assert caught.value.__context__ is None


def test_fields_read_what_is_there() -> None:
    fields = Fields("lab", {"t": "", "n": "2", "null": None, "f": False, "l": ["a"], "o": [{"t": "x"}]})
    assert fields.text("t") == ""
    assert fields.text_or_none("t") is fields.text_or_none("null") is fields.text_or_none("missing") is None
    assert fields.number("n") == 2
    assert (fields.whole_or_none("n"), fields.whole_or_none("null")) == (2, None)
    assert "t" not in fields.object_or_empty("null")
    assert fields.flag("f") is False
    assert fields.flag("null") is None
    assert fields.texts("l") == ["a"]
    assert fields.objects("o")[0].text("t") == "x"
    assert "null" not in fields


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("clara.dorn@lab.test", True),
        ("", False),
        ("a\nb@lab.test", False),
        ("a\x00@lab.test", False),
        ("a\u2028@lab.test", False),
        ("a" * 245 + "@lab.test", True),
        ("a" * 246 + "@lab.test", False),
        ("ü" * 123 + "@lab.test", False),
    ],
)
def test_what_may_be_sent(subject: str, expected: bool) -> None:
    assert is_sendable(subject) is expected
