"""Rows on a terminal, or as plain lines elsewhere: never cut there, since scripts and logs read them."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from contact_pipeline.core.drop_states import drop_state

WIDE = 10_000  # where nobody watches, a column is as wide as its longest cell
DROP_COUNTS = {
    "rows_in": "rows", "rows_loaded": "loaded", "rows_merged": "merged", "rows_quarantined": "quarantined",
    "rows_erased": "erased",
}  # fmt: skip


def show(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table; the first column is never cut, so that a key can be copied."""
    if not rows:
        print_lines(f"{title}: none" if title else "none", "")
        return
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
    for position, name in enumerate(rows[0]):
        table.add_column(name, no_wrap=position == 0, overflow="fold")
    for row in rows:
        table.add_row(*(escape(plain(value)) for value in row.values()))
    console().print(table)
    if title:
        console().print()


def drop_rows(drops: Sequence[Mapping[str, Any]], *, with_reason: bool = True) -> list[dict[str, Any]]:
    """Rows of raw.drops as a person reads them. `published` is a flag or a time. with_reason: say why one is held;
    else it is said below the table."""
    return [
        {"drop": drop["key"]}
        | {title: drop[name] for name, title in DROP_COUNTS.items()}
        | {"state": _state(drop, with_reason=with_reason)}
        for drop in drops
    ]


def print_lines(*lines: str) -> None:
    """Text as it is, wrapped on a terminal only."""
    for line in lines:
        console().print(escape(line), highlight=False)


def console() -> Console:
    """Made at each use: stdout may have been replaced since."""
    found = Console()
    return found if found.is_terminal else Console(width=WIDE)


def plain(value: object) -> str:
    """For a terminal: one line, no control characters that a list could smuggle in."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "".join(c if c.isprintable() else "\ufffd" for c in str(value))


def _state(drop: Mapping[str, Any], *, with_reason: bool) -> str:
    state = drop_state(drop)
    reason = {"rolled back": drop["rolled_back_by"], "held": drop["held_reason"]}.get(state)
    return f"{state}: {reason}" if with_reason and reason else state


@contextmanager
def counting(what: str) -> Iterator[Callable[[int], None]]:
    """A line on a terminal that counts."""
    is_terminal = sys.stderr.isatty()

    def told(count: int) -> None:
        if is_terminal:
            click.echo(f"\r{count:,} {what}", nl=False, err=True)

    yield told
    if is_terminal:
        click.echo("\r", nl=False, err=True)
