"""A call from a sender: read, verified over its raw bytes, stored as it is, and only then answered."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from contact_pipeline.core.errors import PermanentError, TransientError
from contact_pipeline.outreach import inbox
from contact_pipeline.outreach.events import BrokenBody, Inlet
from contact_pipeline.outreach.signatures import is_one_of
from contact_pipeline.stage.session import Session
from contact_pipeline.web.counting import CALLS, EVENTS
from contact_pipeline.web.doors import Call, Door
from contact_pipeline.web.gathering import Gatherer

MOST_BYTES = 5 << 20
# A sender that is cut off while it writes sees a broken connection and no answer. Beyond this it is no mistake.
MOST_THROWN_AWAY = 32 << 20
PATIENCE_S = 30  # for a body to arrive


class TooLong(PermanentError):  # noqa: N818
    """More than MOST_BYTES; is_over: not even the rest was worth reading."""

    def __init__(self, *, is_over: bool) -> None:
        super().__init__()
        self.is_over = is_over


@dataclass(frozen=True)
class Receiver:
    """One door at work."""

    session: Session
    door: Door
    inlet: Inlet
    gatherer: Gatherer

    async def answer(self, request: Request) -> Response:
        """The endpoint."""
        answer = await self._answer(request)
        CALLS.labels(self.door.inlet, str(answer.status_code)).inc()
        return answer

    async def _answer(self, request: Request) -> Response:
        if self.door.proof is None:
            return _said(503, f"This address is not open: {self.door.needs} is not set here.")
        secrets = self.door.path_secrets
        if secrets and not is_one_of(request.path_params["secret"], secrets):
            return _said(401, "No valid signature or secret, or a time stamp out of its window.")
        if request.method != "POST":  # Mailchimp asks before it begins
            return PlainTextResponse("ready\n")
        try:
            async with asyncio.timeout(PATIENCE_S):
                body = await read_body(request)
        except TooLong as error:
            answer = _said(413, f"At most {MOST_BYTES >> 20} MB.")
            if error.is_over:
                answer.headers["Connection"] = "close"
            return answer
        except TimeoutError:
            return _said(408, f"The body did not arrive within {PATIENCE_S} seconds.")
        except ClientDisconnect:
            return _said(400, "The body broke off.")
        headers = dict(request.headers.items())
        if not self.door.proof(Call(headers, body), self.session.clock()):
            return _said(401, "No valid signature or secret, or a time stamp out of its window.")
        try:
            events = self.inlet.split(body, headers)
        except BrokenBody as error:
            return _said(400, str(error))
        if events:
            try:
                await self.gatherer.put(inbox.as_rows(self.inlet.provider, events, self.session.key))
            except TransientError as error:
                return _said(503, str(error), {"Retry-After": "30"})
            EVENTS.labels(self.door.inlet).inc(len(events))
        return JSONResponse({"received": len(events)})


async def read_body(request: Request, *, most: int = MOST_BYTES) -> bytes:
    """At most so many bytes. What is longer is read to its end and thrown away, so that the sender hears the answer.

    Raises TooLong, ClientDisconnect.
    """
    parts, size = list[bytes](), 0
    async for part in request.stream():
        size += len(part)
        if size <= most:
            parts.append(part)
        else:
            parts.clear()
        if size > MOST_THROWN_AWAY:
            raise TooLong(is_over=True)
    if size > most:
        raise TooLong(is_over=False)
    return b"".join(parts)


def _said(status: int, text: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": text}, status, headers=headers)
