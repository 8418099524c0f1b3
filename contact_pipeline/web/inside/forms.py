"""What a form sends: so many bytes and no more, at most one file, which waits unnamed on the disk."""

import asyncio
from collections.abc import AsyncGenerator

from starlette.datastructures import FormData
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from contact_pipeline.core.errors import UsageError

MOST_BYTES, MOST_FIELDS = 256 * 1024, 60
PATIENCE_S, PATIENCE_FILE_S = 30, 900


async def read_form(request: Request, *, most_file_bytes: int = 0) -> FormData:
    """most_file_bytes: of a file; 0: none is taken. Raises UsageError for what is too long, broken or no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    stream = _bounded(request, MOST_BYTES + most_file_bytes)
    try:
        async with asyncio.timeout(PATIENCE_FILE_S if most_file_bytes else PATIENCE_S):
            if kind == "application/x-www-form-urlencoded":
                return await FormParser(request.headers, stream).parse()
            if kind == "multipart/form-data":
                files = 1 if most_file_bytes else 0
                return await MultiPartParser(
                    request.headers, stream, max_files=files, max_fields=MOST_FIELDS, max_part_size=MOST_BYTES
                ).parse()
    except (TimeoutError, ClientDisconnect, MultiPartException):
        raise UsageError("The form did not arrive whole. Send it again.") from None
    raise UsageError("That is no form of ours.")


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes]:
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise UsageError(f"That is too large: at most {most >> 20} MB.")
        yield part
