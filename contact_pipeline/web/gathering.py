"""What waits is stored together: one transaction for all calls that came while the last one was written.

A call is answered after the commit that holds its events. So the disk is waited for once for many, and the more come,
the more share it.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

from contact_pipeline.adapters.postgres.engine import Connection
from contact_pipeline.core.errors import TransientError
from contact_pipeline.outreach import inbox
from contact_pipeline.stage.session import Session

Row = tuple[str, str, bytes | None, str]
MOST_ROWS = 20_000  # of one transaction; a call's own rows stay together


class Gatherer:
    """Stores rows of many calls. on_stored: called after each commit, from another thread."""

    def __init__(self, session: Session, on_stored: Callable[[], None]) -> None:
        self._session = session
        self._on_stored = on_stored
        self._waiting: list[tuple[Sequence[Row], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="inbox")
        self._opened = ExitStack()  # the thread's own connection
        self._connection: Connection | None = None

    async def put(self, rows: Sequence[Row]) -> None:
        """On the disk when this returns. Raises TransientError where the database does not answer."""
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((rows, stored))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await stored

    async def close(self) -> None:
        """After the last call was answered."""
        if self._writer is not None:
            await self._writer
        await asyncio.get_running_loop().run_in_executor(self._thread, self._forget_connection)
        self._thread.shutdown()

    async def _write(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            taken: list[tuple[Sequence[Row], asyncio.Future[None]]] = []
            count = 0
            while self._waiting and (not taken or count + len(self._waiting[0][0]) <= MOST_ROWS):
                taken.append(self._waiting.pop(0))
                count += len(taken[-1][0])
            rows = [row for one, _ in taken for row in one]
            try:
                await loop.run_in_executor(self._thread, self._store, rows)
            except Exception as error:
                for _, stored in taken:
                    _settle(stored, error)
            else:
                for _, stored in taken:
                    _settle(stored, None)

    def _store(self, rows: Sequence[Row]) -> None:
        """In the thread. A connection that broke is opened anew once."""
        for is_last_try in (False, True):
            try:
                if self._connection is None:
                    self._connection = self._opened.enter_context(self._session.connection("inbox"))
                inbox.store(self._connection, rows)
                self._on_stored()
                return
            except Exception as error:
                self._forget_connection()
                if is_last_try:
                    raise TransientError("The events could not be stored. Send them again.") from error

    def _forget_connection(self) -> None:
        self._connection = None
        opened, self._opened = self._opened, ExitStack()
        with suppress(Exception):  # it is broken, which is why it is closed
            opened.close()


def _settle(stored: "asyncio.Future[None]", error: Any) -> None:
    if stored.done():  # the caller has left
        return
    if error is None:
        stored.set_result(None)
    else:
        stored.set_exception(error)
