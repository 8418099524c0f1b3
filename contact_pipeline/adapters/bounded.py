"""A bound on what a server's answer may take: seconds of waiting and bytes, from its first header to its last byte.

A read time-out begins anew with every byte, so a server that sends one a second holds a connection for hours; and a
small compressed answer may be gigabytes. Waiting is counted where the socket is read, so that what we do ourselves
between two pieces of a download takes nothing from the server's time.
"""

import io
import socket
import time
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from contact_pipeline.core.providers import Fault

CLOCK_S = 0.001  # what a time-out of the socket may be early
HEADER_BYTES = 1 << 20  # beside the body; http.client takes at most 100 lines of 64 kB


class Allowance:
    """Of one request with all its repetitions. fault: which bound was reached; None: none yet."""

    def __init__(self, *, seconds: float, most_bytes: int) -> None:
        self._seconds = seconds
        self._wire_bytes = most_bytes + HEADER_BYTES
        self._body_bytes = most_bytes
        self.fault: Fault | None = None

    def __enter__(self) -> "Allowance":
        """The answers to requests of this thread are held to it from here on."""
        self._token = _ALLOWED.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _ALLOWED.reset(self._token)

    def patience(self, usual_s: float | None) -> float:
        """Seconds that the next piece may take. Raises TimeoutError where none are left."""
        if self.fault is Fault.TOO_SLOW:
            raise TimeoutError
        return self._seconds if usual_s is None else min(self._seconds, usual_s)

    def waited(self, seconds: float) -> None:
        """For the next piece."""
        self._seconds -= seconds
        if self._seconds < CLOCK_S:
            self.fault = Fault.TOO_SLOW

    def arrived(self, count: int) -> None:
        """Bytes as they were sent. Raises OSError where they are too many."""
        self._wire_bytes -= count
        if self._wire_bytes < 0:
            self.fault = Fault.TOO_LARGE
            raise OSError("more bytes than an answer may have")

    def unpacked(self, count: int) -> bool:
        """Bytes of the body after decompression; False: too many."""
        self._body_bytes -= count
        if self._body_bytes < 0:
            self.fault = Fault.TOO_LARGE
        return self._body_bytes >= 0


_ALLOWED: ContextVar[Allowance] = ContextVar("allowance of the request that this thread is sending")


class BoundedAdapter(HTTPAdapter):
    """Holds every answer to the allowance in force when its request is sent."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """As HTTPAdapter."""
        super().init_poolmanager(*arguments, **options)
        _bind(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **options: Any) -> ProxyManager:
        """As HTTPAdapter."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **options)
        _bind(manager)
        return manager


def _bind(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class _Socket(io.RawIOBase):
    """What http.client reads an answer from."""

    def __init__(self, raw: io.RawIOBase, of: socket.socket, allowance: Allowance) -> None:
        self._raw, self._socket, self._allowance = raw, of, allowance
        self._usual_s = of.gettimeout()

    def readable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def readinto(self, buffer: Any) -> int | None:
        self._socket.settimeout(self._allowance.patience(self._usual_s))
        began = time.monotonic()
        try:
            count: int | None = self._raw.readinto(buffer)
        finally:
            self._allowance.waited(time.monotonic() - began)
        self._allowance.arrived(count or 0)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Response(HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        self.fp = io.BufferedReader(_Socket(self.fp.detach(), sock, _ALLOWED.get()))


class _Connection(HTTPConnection):
    response_class = _Response


class _SecureConnection(HTTPSConnection):
    response_class = _Response


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
