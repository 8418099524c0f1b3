"""Which rows PostgreSQL refuses: found by halving, whatever the reason, so that one value never costs a whole drop.

What a cast or a constraint may refuse is kept out before it gets here (reading/claims.py, schemas/landed.py); this
is for what nobody thought of. It names rows, never values, and costs nothing until something is refused.
"""

from collections.abc import Callable, Sequence

import psycopg

MOST_ROWS = 100  # more than that are no odd rows but a fault of the program or of the file as a whole


def is_about_values(error: psycopg.Error) -> bool:
    """Whether another value could have made the statement succeed: data exceptions (class 22), program limits (54: a
    value too long for its index) and constraints (23)."""
    return (error.sqlstate or "")[:2] in {"22", "23", "54"}


def refused_rows(
    numbers: Sequence[int], attempt: Callable[[Sequence[int]], None], *, first: psycopg.Error
) -> list[int] | None:
    """The rows that are refused each by itself, in order; None when that explains nothing, or they are too many.

    numbers: rows that were refused together, with the error `first`. attempt: does the work for these rows only, leaves
    nothing behind, and raises psycopg.Error when PostgreSQL refuses.
    """
    found: list[int] = []

    def is_refused(some: Sequence[int]) -> bool:
        try:
            attempt(some)
        except psycopg.Error as error:
            if not is_about_values(error):
                raise
            return True
        return False

    def search(some: Sequence[int]) -> None:
        if len(found) > MOST_ROWS:
            return
        if len(some) == 1:
            found.extend(some)
            return
        half = len(some) // 2
        for part in (some[:half], some[half:]):
            if is_refused(part):
                search(part)

    if not is_about_values(first):
        return None
    search(numbers)
    return found if 0 < len(found) <= MOST_ROWS else None
