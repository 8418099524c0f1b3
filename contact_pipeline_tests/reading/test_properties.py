"""Whatever the bytes: no crash but UnreadableDrop, no record lost, no control character out."""

import csv
import io
import unicodedata
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.reading.chunk import LANDED
from contact_pipeline_tests.reading.rows import read

HEADERS = ("Name", "First Name", "Email", "Phone", "Company", "LinkedIn", "Country", "consent_date", "opt_out_date",
"Status",
           "Email Opt Out", "retention_period", "confidence", "Notes", "", "Shoe", "consent_ip",
           "deletion_completed")  # fmt: skip
CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=7),
    st.sampled_from(("a@b.example; c@d.example", "+1 202-555-0101", "9.17E+09", "N/A", "03/04/2024", "#REF!",
    '="1"', "yes", "2_years", "' ::: '")),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    header = draw(st.lists(st.sampled_from(HEADERS), min_size=2, max_size=8))
    header[0] = "Email"
    rows = draw(st.lists(st.lists(CELL, min_size=len(header), max_size=len(header)), max_size=7))
    return header, rows


def written(header: list[str], rows: list[list[str]], delimiter: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return out.getvalue().encode()


@settings(max_examples=25, deadline=None)
@given(tables(), st.sampled_from(",;\t|"), st.integers(2, 5))
def test_rows_are_conserved_and_chunks_do_not_matter(
    table: tuple[list[str], list[list[str]]], delimiter: Any, chunk_rows: Any
) -> None:
    header, rows = table
    content = written(header, rows, delimiter)
    drop, whole = read(content)
    counted = drop.accounting
    assert counted.rows_in == len(whole)
    assert counted.rows_in + counted.blank_lines + counted.footer_lines == len(rows)
    assert [r["row_number"] for r in whole] == list(range(1, len(whole) + 1))
    assert read(content, chunk_rows=chunk_rows)[1] == whole
    for row in whole:
        assert set(row) <= {*LANDED, "reasons"}
        assert "reasons" in row or {"name", "email", "phone", "linkedin_url", "record_id"} & set(row)


@settings(max_examples=25, deadline=None)
@given(tables())
def test_no_control_characters_come_out(table: tuple[list[str], list[list[str]]]) -> None:
    def texts(value: Any) -> Any:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from (t for v in value.values() for t in texts(v))
        elif isinstance(value, list):
            yield from (t for v in value for t in texts(v))

    header, rows = table
    for row in read(written(header, rows, ","))[1]:
        for field, value in row.items():
            allowed = "\n\t" if field in ("extra", "claims") else ""
            assert not [c for t in texts(value) for c in t if unicodedata.category(c) == "Cc" and c not in allowed]


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.text('a@.,;"\n\r\t |0', max_size=200).map(str.encode)))
def test_any_bytes(content: bytes) -> None:
    try:
        drop, rows = read(b"Name,Email\n" + content if len(content) % 2 else content)
    except UnreadableDrop:
        return
    assert drop.accounting.rows_in == len(rows)
