"""Bytes → rows: encoding, dialect, header mapping, fingerprint. Pure: no database, no Dagster, no network.

Public face: open_drop() with DropOptions, fingerprint(), plan_drops() for the folder sensor, and rewrite() to take rows
out of a file. Judges no value: a bad e-mail is handed on as given. Nothing here puts a cell of a file into an exception
or a count.
"""

from contact_pipeline.core.errors import UnreadableDrop
from contact_pipeline.drops.headers import ColumnMap, HeaderMap
from contact_pipeline.drops.layout import Layout
from contact_pipeline.drops.opened import Drop, DropOptions, RowAccounting, fingerprint, open_drop
from contact_pipeline.drops.planning import DropPlan, Listed, plan_drops
from contact_pipeline.drops.rewriting import rewrite, rewrite_texts, rows_where
from contact_pipeline.drops.suppression import nameless

__all__ = [
    "ColumnMap",
    "Drop",
    "DropOptions",
    "DropPlan",
    "HeaderMap",
    "Layout",
    "Listed",
    "RowAccounting",
    "UnreadableDrop",
    "fingerprint",
    "nameless",
    "open_drop",
    "plan_drops",
    "rewrite",
    "rewrite_texts",
    "rows_where",
]
