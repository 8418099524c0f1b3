"""What one product's export is, as data (the tables: formats.py)."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Format:
    """One product's file. signatures: header names that are all there. `columns`: the product's words that
    vocabulary.py does not know: kept in `extra`, not reported as unknown. `overrides`: header → target (vocabulary.py)
    where the product means something else than everybody, or something more exact."""

    key: str
    signatures: tuple[tuple[str, ...], ...]
    columns: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None  # how the product writes 03/04/2024; None: it depends on the account


def all_to(target: str, headers: str) -> dict[str, str]:
    """The same target for several headers, separated by |."""
    return {header.strip(): target for header in headers.split("|")}
