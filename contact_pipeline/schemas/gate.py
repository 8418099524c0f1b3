"""Splits rows into those that fit a schema and those that do not. Values never leave: reasons are rule names.

Not dagster-pandera: on failure it writes the failing values, personal data, to the event log (docs/decisions.md).
"""

from functools import cache

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from contact_pipeline.core.errors import ContractError
from contact_pipeline.schemas.columns import Table


@cache
def schema_of(table: Table, names: tuple[str, ...]) -> pa.DataFrameSchema:
    """The Pandera schema for some of a table's columns, built once."""
    return table.to_pandera(*names)


def failures(frame: pd.DataFrame, table: Table) -> "pd.Series[list[str]]":  # type: ignore[type-var]
    """Rule names by index label, for the rows that break a rule of the table's columns that the frame has.

    The frame's index must be unique. Raises ContractError when a column as a whole is wrong (a fault of our own code).
    """
    names = tuple(name for name in table.column_names if name in frame.columns)
    try:
        schema_of(table, names).validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases[["index", "check"]]
    else:
        return pd.Series([], dtype=object)
    if cases["index"].isna().any():
        rules = tuple(sorted({str(c) for c in cases.loc[cases["index"].isna(), "check"]}))
        raise ContractError(f"{table.name} has the wrong shape: {', '.join(rules)}. Report this.", rules) from None
    grouped: pd.Series[list[str]] = cases.groupby("index")["check"].agg(lambda c: sorted({str(x) for x in c}))  # type: ignore[type-var,assignment]
    return grouped
