"""Reads a drop out of bytes and shows its rows as plain values, for comparison."""

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd

from contact_pipeline.reading.drop_file import Drop, DropOptions, open_drop

JSON_COLUMNS = ("claims", "extra")


def read(content: bytes | str, file_name: str = "people.csv", **options: Any) -> tuple[Drop, list[dict[str, Any]]]:
    """The drop and its rows, each without its empty fields; claims and extra parsed."""
    data = content.encode() if isinstance(content, str) else content
    drop = open_drop(io.BytesIO(data), file_name=file_name, options=DropOptions(**options))
    return drop, shown(pd.concat(list(drop.chunks()), ignore_index=True))


def shown(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts without empty fields."""
    rows = []
    for record in frame.to_dict("records"):
        row = {str(k): v for k, v in record.items() if isinstance(v, list) or not pd.isna(v)}
        rows.append({k: json.loads(v) if k in JSON_COLUMNS else v for k, v in row.items()})
    return rows


def golden(file: Path) -> dict[str, Any]:
    """What a golden file is compared with."""
    from contact_pipeline.policy.sensitive import SENSITIVE_COLUMNS

    drop, rows = read(file.read_bytes(), file.name, ignore_columns=SENSITIVE_COLUMNS)
    return {
        "format": drop.layout.format,
        "encoding": drop.layout.encoding,
        "kind": drop.header_map.kind,
        "unknown_headers": list(drop.header_map.unknown_headers),
        "ignored_headers": list(drop.header_map.ignored_headers),
        "rows": rows,
    }
