"""A file looked at as landing would read it, and nothing landed: what each column is taken for, and what would be
held."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contact_pipeline.decoding.containers import check_kind
from contact_pipeline.decoding.encoding import readings
from contact_pipeline.drops.archive import drop_options
from contact_pipeline.drops.folder import open_file, text_name
from contact_pipeline.drops.gate import held_reason
from contact_pipeline.drops.landed_rows import refused_rows
from contact_pipeline.policy.file import Policy
from contact_pipeline.reading.drop_file import Drop, open_drop
from contact_pipeline.reading.headers import EXACT, ColumnMap
from contact_pipeline.wording.permission_cells import Said, said_in

EXAMPLES = 3
LONGEST_EXAMPLE = 30


@dataclass(frozen=True)
class Inspection:
    """columns: header, field, sureness and masked examples of each. would_hold: sentences; empty: it would pass.
    quarantined: rows by reason. repairs: rows by rule. mapping: lines for the policy; empty: every column is sure.
    readings: two lines as each encoding gives them that may be meant; unmasked, for the eyes of who decides."""

    kind: str
    format: str | None
    encoding: str
    delimiter: str
    rows_in: int
    columns: Sequence[Mapping[str, object]]
    would_hold: Sequence[str]
    quarantined: Mapping[str, int]
    repairs: Mapping[str, int]
    mapping: str
    readings: Mapping[str, Sequence[str]]


def inspect_file(policy: Policy, file: Path, source: str) -> Inspection:
    """Raises UnreadableDrop for what can never become rows."""
    limit = policy.limits.max_file_mb * 1024 * 1024
    with open_file(file, max_bytes=limit, follow_links=True) as opened:
        check_kind(opened.stream, text_name(file.name))
        drop = open_drop(opened.stream, file_name=text_name(file.name), options=drop_options(policy, source))
        reasons: Counter[str] = Counter()
        refused = 0
        for rows in refused_rows(drop):
            refused += len(rows)
            reasons.update(reason for named in rows for reason in named)
        held = held_reason(
            policy,
            drop.faults(),
            rows=drop.accounting.rows_in,
            refused=refused,
            is_suppression=drop.header_map.kind == "suppressions",
        )
        faults = [str(fault) for fault in drop.faults()]
        examples = _examples(drop)
        return Inspection(
            kind=drop.header_map.kind,
            format=drop.layout.format,
            encoding=drop.layout.encoding,
            delimiter=drop.layout.delimiter,
            rows_in=drop.accounting.rows_in,
            columns=[
                {"header": c.shown, "field": c.field, "sureness": c.sureness, "examples": examples[c.position]}
                for c in drop.header_map.columns
            ],
            would_hold=faults or ([held] if held else []),
            quarantined=dict(reasons),
            repairs=dict(drop.accounting.repairs),
            mapping=_mapping(drop.header_map.columns, source),
            readings=readings(drop.table.stream, drop.encoding) if drop.encoding.candidates else {},
        )


def _examples(drop: Drop) -> list[list[str]]:
    """Masked: what they look like, not what they say. Words of permission are shown, they are nobody's."""
    found: list[list[str]] = [[] for _ in drop.header_map.columns]
    for record in drop.sample:
        for column in drop.header_map.columns:
            cell = record[column.position].strip()
            shown = _shown(cell, column)
            if cell and len(found[column.position]) < EXAMPLES and shown not in found[column.position]:
                found[column.position].append(shown)
    return found


def _shown(cell: str, column: ColumnMap) -> str:
    if column.target == "ignored":
        return "(not read)"
    if column.is_permission and said_in(cell) is not Said.UNREADABLE:
        return cell[:LONGEST_EXAMPLE]
    masked = "".join("x" if c.islower() else "X" if c.isalpha() else "9" if c.isdigit() else c for c in cell)
    return masked[:LONGEST_EXAMPLE] + ("…" if len(masked) > LONGEST_EXAMPLE else "")


def _mapping(columns: Sequence[ColumnMap], source: str) -> str:
    """To be pasted into the policy and corrected: what is not sure."""
    unsure = [c for c in columns if c.sureness != EXACT and c.header and c.shown == c.key]
    if not unsure:
        return ""
    pairs = [f"{json.dumps(c.header, ensure_ascii=False)} = {json.dumps(c.field)}" for c in unsure]
    return "\n".join([f"[sources.{source}.mapping]", *pairs, ""])
