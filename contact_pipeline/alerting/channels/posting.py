"""One call over HTTP of a channel, and what its answer means in general."""

from collections.abc import Mapping
from typing import Any

from contact_pipeline.adapters.answers import Answer
from contact_pipeline.adapters.http import HttpClient
from contact_pipeline.alerting.channels.port import Outcome, Sent
from contact_pipeline.core.providers import ProviderRefused, ProviderUnavailable

ANY_STATUS = range(200, 600)
LATER = {408, 425, 429}
BROKEN = {401, 402, 403, 404, 405, 410}


def post(
    client: HttpClient,
    path: str,
    *,
    json: Any = None,
    data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer | Sent:
    """The answer, whatever its status; a Sent where none came."""
    try:
        return client.request("POST", path, json=json, data=data, headers=headers, expected=ANY_STATUS)
    except ProviderUnavailable as error:
        return Sent(Outcome.LATER, f"no answer ({error.fault})", error.retry_after_s)
    except ProviderRefused as error:
        return Sent(Outcome.BROKEN, f"refused ({error.fault})")


def judged(answer: Answer | Sent, why: str = "") -> Sent:
    """By status alone. why: their own word for it, from a list of ours."""
    if isinstance(answer, Sent):
        return answer
    status = answer.status
    if status < 300:
        return Sent(Outcome.SENT)
    fault = f"HTTP {status}{f' {why}' if why else ''}"
    if status in LATER or status >= 500:
        return Sent(Outcome.LATER, fault, answer.retry_after_s)
    return Sent(Outcome.BROKEN if status < 400 or status in BROKEN else Outcome.REFUSED, fault)
