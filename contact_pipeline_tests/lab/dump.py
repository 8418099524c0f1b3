"""Everything the database knows, as lines that can be compared between two databases.

Left out: surrogate ids, times at which PostgreSQL wrote something, run ids. A contact is called by the first row that
named it. What the pipeline's own clock said stays in: it stands still in these tests.
"""

import json
from typing import Any

from contact_pipeline_tests.lab.lab import TABLES, Lab

SURROGATES = {"id", "public_id", "sequence", "run_id", "seconds"}
WRITTEN_AT = {
    "created_at", "updated_at", "recorded_at", "received_at", "changed_at", "applied_at", "published_at", "approved_at",
    "opened_at", "closed_at", "finished_at", "measured_at", "enriched_at",
}  # fmt: skip
CONTACTS = {"contact_id", "other_contact_id"}


def dump(lab: Lab) -> dict[str, list[str]]:
    """Table → its rows as sorted JSON."""
    names = {
        contact: f"{key}/{number}"
        for contact, key, number in lab.rows(
            "select distinct on (contact_id) contact_id, drop_key, row_number from core.contact_sources"
            " order by contact_id, drop_key, row_number"
        )
    }
    return {table: sorted(_line(table, row, names) for row in _json_rows(lab, table)) for table in TABLES}


def exact_dump(lab: Lab) -> dict[str, list[str]]:
    """With ids and times: equal only when nothing was written at all."""
    return {table: sorted(json.dumps(row, sort_keys=True) for row in _json_rows(lab, table)) for table in TABLES}


def _json_rows(lab: Lab, table: str) -> list[dict[str, Any]]:
    return [row for (row,) in lab.rows(f"select to_jsonb(t) from {table} t")]


def _line(table: str, row: dict[str, Any], names: dict[int, str]) -> str:
    kept: dict[str, Any] = {}
    if table == "core.contacts":
        kept["contact"] = names.get(row["id"])
    for column, value in row.items():
        if column in WRITTEN_AT:
            kept[column] = value is not None
        elif column in CONTACTS:
            kept[column] = names.get(value)
        elif column == "input_hash" and row["stage"] not in ("raw_contacts", "contacts"):
            continue  # made of how much was due, or of the times of the stages before
        elif column not in SURROGATES:
            kept[column] = value
    return json.dumps(kept, sort_keys=True)
