"""The HTTP client of a vendor. Its library is loaded with the first client, not with the vendor's file."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contact_pipeline.adapters.http import HttpClient


def http_client(
    provider: str,
    base_url: str,
    *,
    connections: int = 10,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    timeout_s: float = 30.0,
) -> "HttpClient":
    """adapters/http.py's client. Raises ConfigurationError where the origin is none that may be asked."""
    # Imported here: requests and urllib3 take 35 ms, every start reads what the vendors declare, and few ask one.
    from contact_pipeline.adapters.http import HttpClient

    return HttpClient(provider, base_url, connections=connections, headers=headers, auth=auth, timeout_s=timeout_s)
