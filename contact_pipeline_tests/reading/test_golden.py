"""One file for each export format, and all that must come out of it."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from contact_pipeline.wording.formats import FORMATS
from contact_pipeline_tests.reading.rows import golden, read

FOLDER = Path(__file__).parents[1] / "golden" / "drops"
FILES = sorted(FOLDER.glob("*.csv"))


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_golden(file: Any) -> None:
    found = golden(file)
    assert found == json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert found["format"] == file.stem
    assert found["unknown_headers"] == []


def test_every_format_has_a_golden_file() -> None:
    assert {f.stem for f in FILES} == {f.key for f in FORMATS}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_columns_are_matched_by_name(file: Any) -> None:
    """The same file with its columns turned round and its headers in capitals says the same."""
    drop, rows = read(file.read_bytes(), file.name)
    text = file.read_bytes().decode(drop.layout.encoding)
    table = [r for r in csv.reader(text.splitlines(keepends=True), delimiter=drop.layout.delimiter)]
    table = table[drop.layout.records_before_data - 1 :]
    order = list(range(len(table[0])))[::-1]
    lines = [";".join('"' + r[i].replace('"', '""') + '"' for i in order) for r in table if len(r) == len(order)]
    lines[0] = lines[0].upper()
    turned = read("\n".join(lines), file.name)[1]
    single = ("record_id", "name", "company", "title", "linkedin_url", "location", "country", "restrictions", "claims")
    for one, other in zip(rows, turned, strict=True):
        for field in single:
            assert _unordered(one.get(field)) == _unordered(other.get(field)), field
        assert {one.get("email"), *one.get("more_emails", [])} == {other.get("email"), *other.get("more_emails", [])}


def _unordered(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value
