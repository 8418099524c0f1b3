"""What the tests of the mailing services' simulators share: a clock that they turn, and somebody who is told."""

import json
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest
from mailchimp_marketing.api_client import ApiClientError
from python_http_client.exceptions import HTTPError

from contact_pipeline_tests.lab.vendor import Request, Response, Vendor

MIA = "mia.zz-lab-1@bakery.example"
TOM = "tom.zz-lab-2@bakery.example"
ANA = "ana.zz-lab-3@bakery.example"
START = 1_790_000_000  # 2026-09-21, 14:13:20


class Clock:
    """Seconds since 1970; moves only when a test moves it."""

    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


class Receiver(Vendor):
    """Where webhooks are sent to. statuses: given instead of 200, first in first out."""

    name = "receiver"

    def __init__(self, **base: Any) -> None:
        super().__init__(**base)
        self.statuses: deque[int] = deque()

    def answer(self, request: Request) -> Response:
        return Response(status=self.statuses.popleft() if self.statuses else 200)

    @property
    def told(self) -> list[Request]:
        """The posts that arrived."""
        return [request for request in self.requests if request.method == "POST"]


def refusal(call: Callable[[], Any]) -> tuple[int, Any]:
    """Status and body of what the official client raises. Mailchimp's hands a problem on as text."""
    with pytest.raises((HTTPError, ApiClientError)) as raised:
        call()
    error = raised.value
    if isinstance(error, ApiClientError):
        return error.status_code, json.loads(error.text)
    return error.status_code, error.to_dict
