"""What can go wrong with every provider, as answers of its server and the fault each of them is."""

from collections.abc import Callable

import pytest

from contact_pipeline.core.providers import Fault, ProviderRefused, ProviderUnavailable
from contact_pipeline_tests.lab.vendor import Response, Vendor

HTML = Response("<!DOCTYPE html><html><body>Access denied</body></html>", content_type="text/html")

_LATER = {"Retry-After": "90"}  # too late to wait for, so nothing is sent again

FAULTS: dict[str, tuple[Response, Fault]] = {
    "html": (HTML, Fault.BAD_ANSWER),
    "truncated json": (Response('{"status": "val'), Fault.BAD_ANSWER),
    "cut": (Response({"status": "valid", "result": "valid"}, cut=True), Fault.BAD_ANSWER),
    "empty": (Response(""), Fault.BAD_ANSWER),
    "list": (Response([1, 2]), Fault.BAD_ANSWER),
    "number": (Response("12"), Fault.BAD_ANSWER),
    "nothing in it": (Response({}), Fault.BAD_ANSWER),
    "no text": (Response(b"\xff\xfe\x00\x80", content_type="application/octet-stream"), Fault.BAD_ANSWER),
    "too deep": (Response("[" * 100_000), Fault.BAD_ANSWER),
    "redirect": (Response("", 302, headers={"Location": "/elsewhere"}), Fault.BAD_ANSWER),
    "nothing said": (Response("", 204), Fault.BAD_ANSWER),
    "401": (Response("", 401), Fault.UNAUTHORIZED),
    "402": (Response("", 402), Fault.NO_CREDITS),
    "403": (Response(HTML.body, 403, "text/html"), Fault.FORBIDDEN),
    "408": (Response("", 408, headers=_LATER), Fault.TIMEOUT),
    "429": (Response("", 429, headers=_LATER), Fault.RATE_LIMITED),
    "500": (Response("Oops", 500, "text/html"), Fault.SERVER_ERROR),
    "503": (Response("", 503, headers=_LATER), Fault.SERVER_ERROR),
    "520": (Response("", 520), Fault.SERVER_ERROR),
}
FOR_GOOD = {Fault.UNAUTHORIZED, Fault.NO_CREDITS}  # only a person can mend these


def unavailable(vendor: Vendor, call: Callable[[], object], response: Response | None = None) -> ProviderUnavailable:
    """The failure of a call that gets no answer; it was sent once."""
    if response:
        vendor.fail.append(response)
    before = len(vendor.requests)
    with pytest.raises(ProviderUnavailable) as caught:
        call()
    assert response is None or len(vendor.requests) == before + 1
    return caught.value


def refused(call: Callable[[], object]) -> Fault:
    """Why a call is refused for good."""
    with pytest.raises(ProviderRefused) as caught:
        call()
    return caught.value.fault
