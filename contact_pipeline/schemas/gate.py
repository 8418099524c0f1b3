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


def failures(frame: pd.DataFrame, table: Table) -> pd.Series:
    """Rule names (a list) by index label, for the rows that break a rule of the table's columns that the frame has.

    The frame's index must be unique. Raises ContractError when a column as a whole is wrong (a fault of our own code).
    """
    names = tuple(name for name in table.column_names if name in frame.columns)
    try:
        schema_of(table, names).validate(frame, lazy=True)
        return pd.Series([], dtype=object)
    except SchemaErrors as error:
        cases = error.failure_cases[["index", "column", "check"]]
    # Pandera calls this one `not_nullable` whatever the column; every other rule has our name.
    rules = (
        cases["check"].astype("str").mask(cases["check"] == "not_nullable", cases["column"].astype("str") + "_missing")
    )
    if cases["index"].isna().any():
        wrong = tuple(sorted(set(rules[cases["index"].isna()])))
        raise ContractError(f"{table.name} has the wrong shape: {', '.join(wrong)}. Report this.", wrong)
    reasons: pd.Series = rules.groupby(cases["index"]).agg(lambda names: sorted(set(names)))
    return reasons
