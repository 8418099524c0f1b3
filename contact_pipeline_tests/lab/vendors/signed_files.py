"""Files that vendors leave in object storage: the address is its own key, for a while, and takes no other beside it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from contact_pipeline_tests.lab.vendor import Request, Response

_PLACE = "/files/"


@dataclass(frozen=True)
class _File:
    content: bytes
    content_type: str


class SignedFiles:
    """As Amazon S3 answers for them: 403 once they have expired, 400 to whoever sends the vendor's own key along."""

    def __init__(self, url: str, clock: Callable[[], float]) -> None:
        self._url = url
        self._clock = clock
        self._files: dict[str, _File] = {}
        self._ends: dict[str, tuple[str, float]] = {}  # by signature

    def put(self, name: str, content: bytes, content_type: str) -> None:
        """Keep a file; nobody has its address yet."""
        self._files[name] = _File(content, content_type)

    def address(self, name: str, *, seconds: float) -> str:
        """Where it can be fetched for so long."""
        signature = secrets.token_hex(16)
        self._ends[signature] = (name, self._clock() + seconds)
        return f"{self._url}{_PLACE}{name}?X-Amz-Signature={signature}"

    def answer(self, request: Request) -> Response | None:
        """None: the request is not for a file."""
        if not request.path.startswith(_PLACE):
            return None
        if "authorization" in request.headers:
            return _error(400, "InvalidArgument", "Only one auth mechanism allowed")
        name, end = self._ends.get(request.query.get("X-Amz-Signature", ""), ("", 0.0))
        if request.method != "GET" or request.path != _PLACE + name:
            return _error(403, "SignatureDoesNotMatch", "The signature does not match")
        if self._clock() >= end:
            return _error(403, "AccessDenied", "Request has expired")
        file = self._files[name]
        return Response(file.content, content_type=file.content_type)


def _error(status: int, code: str, message: str) -> Response:
    body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(body, status, "application/xml")
