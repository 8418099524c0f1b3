"""A header of any width is looked at in no time, and refused beyond a limit."""

import io
import time

import pytest

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.reading.drop_file import DropOptions, open_drop
from contact_pipeline.reading.layout import MAX_COLUMNS


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("cell", ["", "ab", '"ab"', "Name"])
def test_six_megabytes_of_delimiters_are_refused_in_a_second(delimiter: str, cell: str) -> None:
    text = (cell + delimiter) * (6_000_000 // (len(cell) + 1))
    started = time.process_time()
    with pytest.raises(UnreadableDrop) as caught:
        open_drop(io.BytesIO(text.encode()), file_name="x.csv", options=DropOptions())
    assert time.process_time() - started < 1
    assert caught.value.reason == ("empty_file" if (delimiter, cell) == ("\t", "") else "too_many_columns")


@pytest.mark.parametrize("columns", [MAX_COLUMNS, MAX_COLUMNS + 1])
def test_the_limit_is_exact(columns: int) -> None:
    header = ",".join(f"c{n}" for n in range(columns))
    stream = io.BytesIO(f"{header}\n{','.join('v' * columns)}\n".encode())
    if columns == MAX_COLUMNS:
        assert len(open_drop(stream, file_name="x.csv", options=DropOptions()).layout.header) == columns
    else:
        with pytest.raises(UnreadableDrop, match="2000 columns"):
            open_drop(stream, file_name="x.csv", options=DropOptions())
