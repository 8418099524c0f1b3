"""What is in data.json, as a JSON Schema (draft 2020-12): names, types and meanings of the tables' columns. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from contact_pipeline.schemas.columns import Column, Table
from contact_pipeline.schemas.dictionary import ALL_TABLES

# As PostgreSQL writes them into JSON (row_to_json). What is not here may be anything.
_TYPES: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"},
    "uuid": {"type": "string", "format": "uuid"},
    "inet": {"type": "string", "description": "An IP address, with its mask where it is a network."},
    "bytea": {"type": "string", "pattern": r"^\\x[0-9a-f]*$"},
    "boolean": {"type": "boolean"},
    "smallint": {"type": "integer"},
    "integer": {"type": "integer"},
    "bigint": {"type": "integer"},
    "numeric": {"type": "number"},
    "double precision": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "timestamp with time zone": {"type": "string", "format": "date-time"},
    "text[]": {"type": "array", "items": {"type": "string"}},
}


@dataclass(frozen=True)
class StoredColumn:
    """A column as the database has it. kind: the PostgreSQL type."""

    name: str
    kind: str
    is_nullable: bool


def json_schema(tables: Mapping[str, Sequence[StoredColumn]]) -> dict[str, Any]:
    """The schema of a data.json with these tables; meanings are those of the data dictionary."""
    text = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What is held of a person",
        "type": "object",
        "required": ["reference", "right", "made_at", "controller", "withheld", "tables"],
        "additionalProperties": False,
        "properties": {
            "reference": text | {"description": "Our file number of the request."},
            "right": {"enum": ["access", "export"], "description": "GDPR Art. 15, or Art. 20."},
            "made_at": text | {"format": "date-time"},
            "controller": {
                "type": "object",
                "additionalProperties": text,
                "description": "Who holds the data, and how to reach them; empty: not stated.",
            },
            "withheld": {
                "type": "object",
                "additionalProperties": {"type": "integer", "minimum": 1},
                "description": "What is other people's and left out (Art. 15(4)), with how much of it.",
            },
            "tables": {
                "type": "object",
                "required": sorted(tables),
                "additionalProperties": False,
                "properties": {name: _table(name, tables[name]) for name in sorted(tables)},
            },
        },
    }


def meanings(table: str) -> Mapping[str, Column]:
    """The data dictionary's columns of a table, by name; none for a table that it does not have."""
    found = _known().get(table)
    return {column.name: column for column in found.columns} if found else {}


def meaning_of(table: str) -> str:
    """What the data dictionary says of a table."""
    found = _known().get(table)
    return found.meaning if found else "No description yet."


@cache
def _known() -> Mapping[str, Table]:
    return {table.name: table for table in ALL_TABLES}


def _table(name: str, columns: Sequence[StoredColumn]) -> dict[str, Any]:
    known = meanings(name)
    return {
        "type": "array",
        "description": meaning_of(name),
        "items": {
            "type": "object",
            "required": [column.name for column in columns],
            "additionalProperties": False,
            "properties": {column.name: _column(column, known.get(column.name)) for column in columns},
        },
    }


def _column(stored: StoredColumn, known: Column | None) -> dict[str, Any]:
    rule: dict[str, Any] = dict(_TYPES.get(re.sub(r"\(.*\)", "", stored.kind), {}))
    if known is not None:
        rule["description"] = known.meaning
        limits = {"enum": list(known.one_of) or None, "minimum": known.at_least, "maximum": known.at_most}
        rule |= {word: limit for word, limit in limits.items() if limit is not None}
    # Another contact's number is shown to nobody.
    is_emptied = stored.name.endswith("contact_id") and stored.name != "contact_id"
    if (stored.is_nullable or is_emptied) and "type" in rule:
        rule["type"] = [rule["type"], "null"]
        if "enum" in rule:
            rule["enum"].append(None)
    return rule
