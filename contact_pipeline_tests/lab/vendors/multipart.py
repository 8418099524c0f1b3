"""multipart/form-data, as upload endpoints receive it."""

from email import message_from_bytes
from email.policy import HTTP

from contact_pipeline_tests.lab.vendor import Request


def parts_of(request: Request) -> dict[str, bytes]:
    """The content of each part, by its name."""
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    parts: dict[str, bytes] = {}
    for part in message_from_bytes(head + request.body, policy=HTTP).iter_parts():
        parts[str(part.get_param("name", header="Content-Disposition"))] = bytes(part.get_payload(decode=True))
    return parts
