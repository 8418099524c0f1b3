"""What can go wrong with every provider, as answers of its server and the fault each of them is."""

from collections.abc import Callable

import pytest

from contact_pipeline.core.providers import Fault, ProviderRefused, ProviderUnavailable
from contact_pipeline_tests.lab.vendor import Response, Vendor

HTML = Response("<!DOCTYPE html><html><body>Access denied</body></html>", content_type="text/html")

UNAVAILABLE = [
    pytest.param(HTML, Fault.BAD_ANSWER, id="html"),
    pytest.param(Response('{"status": "val'), Fault.BAD_ANSWER, id="truncated json"),
    pytest.param(Response({"status": "valid", "result": "valid"}, cut=True), Fault.BAD_ANSWER, id="cut"),
    pytest.param(Response(""), Fault.BAD_ANSWER, id="empty"),
    pytest.param(Response([1, 2]), Fault.BAD_ANSWER, id="list"),
    pytest.param(Response("12"), Fault.BAD_ANSWER, id="number"),
    pytest.param(Response({}), Fault.BAD_ANSWER, id="nothing in it"),
    pytest.param(Response("", 302, headers={"Location": "/elsewhere"}), Fault.BAD_ANSWER, id="redirect"),
    pytest.param(Response("", 429, headers={"Retry-After": "90"}), Fault.RATE_LIMITED, id="429"),
    pytest.param(Response("Oops", 500, "text/html"), Fault.SERVER_ERROR, id="500"),
    pytest.param(Response("", 520), Fault.SERVER_ERROR, id="520"),
    pytest.param(Response(HTML.body, 403, "text/html"), Fault.FORBIDDEN, id="403"),
]


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
