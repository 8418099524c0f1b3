"""HTTP to paid services: one client for each provider, with its pool, its time-outs and few, harmless retries.

A request is sent again only where it was certainly not billed: no connection came about, 429, 503; with `is_free` after
502 and 504 too. After a read time-out never: the ledger decides. Redirects are refused, since a key travels in the
request. Each answer has a bound of bytes, after decompression, and of seconds in all (bounded.py). No URL, key or body
ever reaches an exception text or a log.
"""

import codecs
import logging
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from urllib3 import BaseHTTPResponse
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    InvalidHeader,
    MaxRetryError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
)
from urllib3.util.retry import Retry

from contact_pipeline.adapters.answers import Answer
from contact_pipeline.adapters.bounded import Allowance, BoundedAdapter
from contact_pipeline.core.origins import checked_origin
from contact_pipeline.core.providers import Fault, ProviderRefused, ProviderUnavailable

RETRIES = 2
LONGEST_WAIT_S = 4.0  # with RETRIES, at most ~10 s in all; a longer Retry-After goes to the caller
CONNECT_TIMEOUT_S = 5.0
LONGEST_LINE = 1 << 20
# Of an answer that is read as a whole: a page of 1,000 results is half a megabyte; as Python objects it is 10-30 times
# as large. The longest that a vendor's own documentation lets us wait for its first byte is 130 s.
LARGEST_ANSWER, LONGEST_ANSWER_S = 8 << 20, 180.0
# Of a download that is read row by row: 100,000 rows are up to 50 MB.
LARGEST_DOWNLOAD, LONGEST_DOWNLOAD_S = 256 << 20, 1800.0
PIECE = 1 << 16

# urllib3 logs the URL of every request (DEBUG) and of every retry (WARNING): addresses, numbers, keys in the query.
for _name in ("urllib3.connectionpool", "urllib3.util.retry", "urllib3.connection"):
    logging.getLogger(_name).addFilter(lambda _: False)


class HttpClient:
    """Safe for `connections` threads at once.

    base_url: scheme://host[:port], where the vendor's own file may add a path. Raises ConfigurationError where the
    origin is none that may be asked (core/origins.py), whoever wrote it.
    """

    def __init__(
        self,
        provider: str,
        base_url: str,
        *,
        connections: int = 10,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        self._provider = provider
        parts = urlsplit(base_url)
        checked_origin(f"The address of {provider}", f"{parts.scheme}://{parts.netloc}")
        self._base_url = base_url.rstrip("/")
        self._timeout = (min(timeout_s, CONNECT_TIMEOUT_S), timeout_s)
        self._paid = _session(base_url, connections, headers, auth, (429, 503))
        self._free = _session(base_url, connections, headers, auth, (429, 502, 503, 504))

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        files: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (200,),
        is_free: bool = False,
    ) -> Answer:
        """Send, and return an answer whose status is `expected`; else raise ProviderUnavailable or ProviderRefused.

        is_free: the call changes and costs nothing (status, credits, results), so it may be repeated more often.
        """
        with Allowance(seconds=LONGEST_ANSWER_S, most_bytes=LARGEST_ANSWER) as allowance:
            response = self._send(
                method,
                path,
                allowance,
                is_free=is_free,
                params=params,
                json=json,
                data=data,
                files=files,
                headers=headers,
            )
            content = b"".join(self._pieces(response, allowance))
        self._expect(response, expected)
        pause = _retry_after(response.headers.get("Retry-After"))
        return Answer(self._provider, response.status_code, response.headers, content, pause)

    def lines(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (200,),
    ) -> Iterator[str]:
        """The UTF-8 lines of a download, with their line ends, as they arrive. Half a body raises BAD_ANSWER."""
        allowance = Allowance(seconds=LONGEST_DOWNLOAD_S, most_bytes=LARGEST_DOWNLOAD)
        with allowance:  # not around a yield: the caller's own requests have their own
            response = self._send(
                method, path, allowance, is_free=True, params=params, json=json, data=data, headers=headers
            )
        is_text = False
        with response:
            self._expect(response, expected)
            decoder = codecs.getincrementaldecoder("utf-8-sig")()
            rest = ""
            try:
                for piece in self._pieces(response, allowance):
                    whole = (rest + decoder.decode(piece)).split("\n")
                    rest = whole.pop()
                    for line in whole:
                        yield line + "\n"
                    if len(rest) > LONGEST_LINE:
                        break
                rest += decoder.decode(b"", final=len(rest) <= LONGEST_LINE)
                is_text = True
            except ValueError:
                pass
        if not is_text:
            raise ProviderUnavailable(self._provider, Fault.BAD_ANSWER)
        if len(rest) > LONGEST_LINE:
            raise ProviderUnavailable(self._provider, Fault.TOO_LARGE)
        if rest:
            yield rest

    def _pieces(self, response: requests.Response, allowance: Allowance) -> Iterator[bytes]:
        """The body, decompressed, closed at the end or where it breaks a bound."""
        failure: ProviderUnavailable | None = None
        try:
            for piece in response.iter_content(PIECE):
                if not allowance.unpacked(len(piece)):
                    break
                yield piece
        except requests.RequestException as error:
            failure = self._broken(error, allowance)
        finally:
            response.close()
        if failure is None and allowance.fault is Fault.TOO_LARGE:
            failure = ProviderUnavailable(self._provider, allowance.fault)
        if failure:
            raise failure  # outside the handler: the original names the URL

    def _send(self, method: str, path: str, allowance: Allowance, *, is_free: bool, **what: Any) -> requests.Response:
        session = self._free if is_free else self._paid
        try:
            return session.request(
                method, self._base_url + path, timeout=self._timeout, allow_redirects=False, stream=True, **what
            )
        except requests.RequestException as error:
            failure = self._broken(error, allowance)
        raise failure  # outside the handler: the original names the URL, and with it key and subject

    def _broken(self, error: requests.RequestException, allowance: Allowance) -> ProviderUnavailable:
        """What a failure below HTTP means."""
        if allowance.fault:
            return ProviderUnavailable(self._provider, allowance.fault)
        inner = error.args[0] if error.args else None
        reason = inner.reason if isinstance(inner, MaxRetryError) else inner
        is_unsent = (
            isinstance(reason, NewConnectionError | ConnectTimeoutError | ProxyError)
            or "certificate verify failed" in str(reason).lower()
        )
        if isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError):
            return ProviderUnavailable(self._provider, Fault.TIMEOUT, is_sent=not is_unsent)
        if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
            return ProviderUnavailable(self._provider, Fault.BAD_ANSWER)
        return ProviderUnavailable(self._provider, Fault.CONNECTION, is_sent=not is_unsent)

    def _expect(self, response: requests.Response, expected: Collection[int]) -> None:
        """What an unexpected status means."""
        status = response.status_code
        if status in expected:
            return
        wait = _retry_after(response.headers.get("Retry-After"))
        match status:
            case 401:
                raise ProviderRefused(self._provider, Fault.UNAUTHORIZED, "Check its key.")
            case 402:
                raise ProviderRefused(self._provider, Fault.NO_CREDITS, "Buy credits.")
            case 403:
                raise ProviderUnavailable(self._provider, Fault.FORBIDDEN, retry_after_s=wait)
            case 408:
                raise ProviderUnavailable(self._provider, Fault.TIMEOUT, retry_after_s=wait)
            case 429:  # turned away at the door, so not billed
                raise ProviderUnavailable(self._provider, Fault.RATE_LIMITED, is_sent=False, retry_after_s=wait)
            case 202:
                raise ProviderUnavailable(self._provider, Fault.NOT_READY, retry_after_s=wait)
        if status >= 500:
            raise ProviderUnavailable(self._provider, Fault.SERVER_ERROR, retry_after_s=wait)
        if status >= 400:
            raise ProviderRefused(self._provider, Fault.BAD_REQUEST, f"It answered HTTP {status}.")
        raise ProviderUnavailable(self._provider, Fault.BAD_ANSWER)  # a redirect, or a success that says nothing


class _ShortRetry(Retry):
    """Gives up at once where the provider asks for a longer wait than we have time for."""

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        return _retry_after(response.headers.get("Retry-After"))

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: Any = None,
    ) -> Self:
        if response is not None and (self.get_retry_after(response) or 0) > LONGEST_WAIT_S:
            raise MaxRetryError(_pool, "", None)  # type: ignore[arg-type]
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _session(
    base_url: str,
    connections: int,
    headers: Mapping[str, str] | None,
    auth: tuple[str, str] | None,
    again: Collection[int],
) -> requests.Session:
    session = requests.Session()
    retry = _ShortRetry(
        total=RETRIES,
        read=False,  # False: raised as it is, not repeated
        other=0,
        redirect=0,
        status_forcelist=again,
        allowed_methods=None,
        backoff_factor=0.25,
        backoff_max=LONGEST_WAIT_S,
        raise_on_status=False,
    )
    adapter = BoundedAdapter(pool_connections=1, pool_maxsize=connections, max_retries=retry)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    session.headers["User-Agent"] = "contact-pipeline"
    session.headers.update(headers or {})
    session.auth = auth
    # Proxies and certificates of the environment are read once, not at each request (0.3 ms of 1.1), and ~/.netrc,
    # which would replace our Authorization header, never.
    surroundings: dict[str, Any] = session.merge_environment_settings(base_url, {}, None, None, None)  # type: ignore[assignment]
    session.proxies, session.verify, session.cert = (surroundings[k] for k in ("proxies", "verify", "cert"))
    session.trust_env = False
    return session


def _retry_after(value: str | None) -> float | None:
    """Seconds, from seconds or a date; None where the header is missing or says nothing."""
    if not value:
        return None
    try:
        return float(Retry().parse_retry_after(value))
    except (InvalidHeader, ValueError, OverflowError):
        return None
