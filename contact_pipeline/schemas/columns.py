"""What a column is, said once: name, kind, meaning, whether it is personal, what it may hold.

From these come the Pandera gates, Dagster's TableSchema, the data dictionary and the test that compares them with the
database (docs/data-dictionary.md is generated; see schemas/tables.py for the tables).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandera.pandas as pa

# pandera is imported where a schema is built: it costs 1.5 s, and the code location needs only names and meanings.


@dataclass(frozen=True)
class Column:
    """One column. `kind` is the PostgreSQL type. `personal` marks values that say something about a person."""

    name: str
    kind: str
    meaning: str
    personal: bool = False
    nullable: bool = True
    one_of: tuple[str, ...] = ()
    at_least: float | None = None
    at_most: float | None = None
    longest: int | None = None
    pattern: str | None = None

    def to_pandera(self) -> "pa.Column":
        """The same rules as a Pandera column; check names are stable, they become quarantine reasons."""
        # At the first gate: spares whoever only reads the tables 1.5 s of pandera.
        import pandera.pandas as pa

        checks: list[pa.Check] = []
        if self.one_of:
            checks.append(pa.Check.isin(self.one_of, error=f"{self.name}_not_in_vocabulary"))
        if self.at_least is not None:
            checks.append(pa.Check.ge(self.at_least, error=f"{self.name}_too_small"))
        if self.at_most is not None:
            checks.append(pa.Check.le(self.at_most, error=f"{self.name}_too_large"))
        if self.longest is not None:
            checks.append(pa.Check.str_length(max_value=self.longest, error=f"{self.name}_too_long"))
        if self.pattern is not None:
            checks.append(pa.Check.str_matches(self.pattern, error=f"{self.name}_malformed"))
        return pa.Column(nullable=self.nullable, checks=checks)


@dataclass(
    frozen=True, eq=False
)  # compared by identity: each table is one object, and Pandera schemas are cached by it
class Table:
    """Columns under one name, in order. `name` is schema.table in the database."""

    name: str
    meaning: str
    columns: Sequence[Column] = field(default_factory=tuple)

    @property
    def column_names(self) -> list[str]:
        """In order."""
        return [column.name for column in self.columns]

    def to_pandera(self, *names: str) -> "pa.DataFrameSchema":
        """A gate over the named columns (all when none is named); other columns are let through."""
        # At the first gate: spares whoever only reads the tables 1.5 s of pandera.
        import pandera.pandas as pa

        wanted = set(names) or set(self.column_names)
        return pa.DataFrameSchema({c.name: c.to_pandera() for c in self.columns if c.name in wanted}, name=self.name)
