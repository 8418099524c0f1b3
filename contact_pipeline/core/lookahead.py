"""One step ahead: the database writes a chunk while Python prepares the next.

One thread and one chunk, so memory stays bounded and the order is the caller's. Either side mostly waits for the other
process, so this pays in spite of the interpreter lock.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def read_ahead(items: Iterable[T]) -> Iterator[T]:
    """The same items; the next one is made in a thread while the caller is busy with the last."""
    end = object()
    source = iter(items)
    with ThreadPoolExecutor(1) as thread:
        coming: Future[object] = thread.submit(next, source, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, source, end)
            yield item  # type: ignore[misc] # not `end`, so a T


def work_ahead(items: Iterable[T], work: Callable[[T], R]) -> Iterator[R]:
    """`work` of each item, in a thread. The items are read in the caller's, whose connection stands no second one."""
    with ThreadPoolExecutor(1) as thread:
        source = iter(items)
        if (first := next(source, None)) is None:
            return
        coming = thread.submit(work, first)
        while True:
            done = coming.result()
            if (item := next(source, None)) is None:
                yield done
                return
            coming = thread.submit(work, item)
            yield done
