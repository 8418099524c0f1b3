"""What shows that a file was no table as it was read: columns not cut, a table on its side, a second one below."""

import re
from collections.abc import Sequence

from contact_pipeline.core.faults import Fault
from contact_pipeline.reading.headers import ColumnMap
from contact_pipeline.wording.field_headers import field_target
from contact_pipeline.wording.vocabulary import target_of

_DISPLAYED = re.compile(r"[^<>@]*<[^<>\s]+@[^<>\s]+>|\S+@\S+(?:\s*\([^()]*\))?")
_LABEL = re.compile(r"([^:=]{2,40})[:=]")


def faults_of_table(columns: Sequence[ColumnMap], sample: Sequence[Sequence[str]], other_tables: int) -> list[Fault]:
    """sample: records as wide as the header. other_tables: headers of others that were met."""
    faults = []
    if len(columns) == 1 and _is_uncut(columns[0].header, [record[0] for record in sample]):
        faults.append(Fault(
            "columns_not_separated", "The lines hold several values, and nothing known stands between them.",
            "Save it as CSV with a comma, semicolon or tab between the columns and drop it again."))  # fmt: skip
    elif _lies_on_its_side(columns, sample):
        faults.append(Fault(
            "table_on_its_side", "The first column names fields, so each person is a column or a block of lines.",
            "Turn the table, one line for each person and one column for each field, and drop it again."))  # fmt: skip
    if other_tables:
        faults.append(Fault(
            "second_table", "Below the first table begins another with other columns.",
            "Put each table into a file of its own and drop them again; its rows were not read."))  # fmt: skip
    return faults


def _is_uncut(header: str, cells: Sequence[str]) -> bool:
    """One column whose header names none, and whose cells hold an address among other words."""
    if target_of(header) is not None:
        return False
    crowded = [cell for cell in cells if "@" in cell and not _DISPLAYED.fullmatch(cell.strip())]
    return 2 * len(crowded) > len(cells)


def _lies_on_its_side(columns: Sequence[ColumnMap], sample: Sequence[Sequence[str]]) -> bool:
    """Names of fields below one another, and no address where the header has its own."""
    first = [record[0].strip() for record in sample]
    labels = [found[1] if len(columns) == 1 and (found := _LABEL.match(cell)) else cell for cell in first]
    fields = [target_of(label) or field_target(label) for label in labels if len(label) <= 60 and "@" not in label]
    named = {target for target in fields if target not in (None, "extra")}
    if len(named) < 2 or 2 * sum(target is not None for target in fields) < len(sample):
        return False
    has_address = any("@" in cell for record in sample for cell in record)
    in_place = any("@" in record[c.position] for record in sample for c in columns if c.target == "email")
    return has_address and not in_place
