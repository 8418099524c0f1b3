"""The data dictionary is what the schemas say, and each thing is said once."""

from pathlib import Path

import pytest

from contact_pipeline.schemas.columns import Table
from contact_pipeline.schemas.core import CONTACTS
from contact_pipeline.schemas.curated import MASKED
from contact_pipeline.schemas.dictionary import ALL_TABLES, SCHEMAS, render
from contact_pipeline.schemas.judged import JUDGED_EMAILS, JUDGED_PHONES

DOCUMENT = Path(__file__).parents[2] / "docs" / "data-dictionary.md"

named = pytest.mark.parametrize("table", [*ALL_TABLES, JUDGED_EMAILS, JUDGED_PHONES], ids=lambda table: table.name)


def test_the_document_is_generated() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render(), (
        "docs/data-dictionary.md is old: python -m contact_pipeline.schemas.dictionary > docs/data-dictionary.md"
    )


def test_every_table_is_in_the_document_once() -> None:
    headings = [line.removeprefix("### ") for line in render().splitlines() if line.startswith("### ")]
    assert sorted(headings) == sorted(table.name for table in ALL_TABLES)
    assert {name.split(".")[0] for name in headings} == set(SCHEMAS)


@named
def test_column_names_are_unique(table: Table) -> None:
    names = table.column_names
    twice = sorted({name for name in names if names.count(name) > 1})
    assert not twice, f"{table.name} has twice: {', '.join(twice)}"


@named
def test_everything_has_a_meaning(table: Table) -> None:
    assert table.meaning.endswith("."), table.name
    unfinished = [column.name for column in table.columns if not column.meaning.endswith(".")]
    assert not unfinished, f"{table.name}: the meaning of {', '.join(unfinished)} is no sentence"


def test_what_is_masked_is_personal() -> None:
    personal = {column.name for column in CONTACTS.columns if column.personal}
    assert set(MASKED) <= personal
