"""Drops: what was dropped, what became of each row and header, what is held, and a file before it is dropped."""

from typing import Any

from starlette.datastructures import UploadFile
from starlette.responses import Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.core.drop_states import drop_state
from contact_pipeline.core.errors import UsageError
from contact_pipeline.drops.deciding import approve_drop, replay_drop
from contact_pipeline.drops.previewing import MOST_ROWS, preview_file
from contact_pipeline.quality import looking
from contact_pipeline.web.inside.asked import Asked, NotFound
from contact_pipeline.web.inside.tables import Column, Table
from contact_pipeline.web.inside.uploads import drop_upload, find_upload, keep_upload, throw_away

STEPS = beside(__file__)

MOST_DROPS, MOST_QUARANTINED = 200, 1_000
SAID = {
    ("dropped", True): "The file lies in the incoming folder. The sensor takes it up within seconds; it is listed here"
    " once it has landed.",
    ("dropped", False): "The file lies in the incoming folder, and nobody watches it: `serve` runs alone. Run"
    " `contact-pipeline run`, or `contact-pipeline up` beside it.",
    ("thrown", True): "The file was thrown away. Nothing was changed.",
    ("approved", True): "It may go on: the schedule refresh_stale_partitions takes it up within 15 minutes.",
    ("approved", False): "It may go on. Nobody watches here: `contact-pipeline run` finishes it.",
    ("replayed", True): "Its file is read again: the schedule refresh_stale_partitions takes it up within 15 minutes.",
    ("replayed", False): "Its file will be read again. Nobody watches here: `contact-pipeline replay` does it now.",
}
COUNTS = (
    Column("rows_in", "Rows", "number"),
    Column("rows_loaded", "New", "number"),
    Column("rows_merged", "Known", "number"),
    Column("rows_quarantined", "Not usable", "number"),
    Column("rows_erased", "Erased", "number"),
)


def drops(asked: Asked) -> Response:
    """The list. POST: a file to look at."""
    if asked.is_post:
        return _uploaded(asked)
    found = looking.newest_drops(asked.session, limit=MOST_DROPS)
    rows = [drop | {"state": drop_state(drop)} for drop in found]
    listed = Table(
        "drops",
        "Drops, the newest first",
        (
            Column("key", "Drop", link="/drops/{}"),
            Column("source", "Source"),
            Column("landed_at", "Landed"),
            *COUNTS,
            Column("state", "State"),
            Column("held_reason", "Why it is held"),
        ),
        rows,
        empty="No file was dropped yet.",
        more=f"Only the newest {MOST_DROPS}." if len(rows) == MOST_DROPS else "",
    )
    return asked.show(
        "drops.html",
        tables={"drops": listed},
        held=[drop for drop in found if drop["held_reason"]],
        sources=sorted(asked.session.policy.sources),
        most_mb=asked.session.policy.limits.max_file_mb,
        said=_said(asked),
    )


def one_drop(asked: Asked) -> Response:
    """Accounting, headers and quarantine of a drop. POST: approve or replay it."""
    key = asked.path["key"]
    if asked.is_post:
        return _decide(asked, key)
    drop = looking.drop(asked.session, key)
    if drop is None:
        raise NotFound("There is no such drop.")
    with asked.reading() as connection:
        reasons = Script(connection, STEPS, key=key).rows("reasons")
    columns = Table(
        "columns",
        "What each column was taken for",
        (Column("header", "Header"), Column("field", "Field", "words"), Column("sureness", "How sure")),
        [dict(c) for c in drop["columns"]],
        empty="It has not landed yet.",
        more="extra: kept with the row as it is, and used for nothing. ignored: not stored (data minimisation).",
    )
    quarantined = Table(
        "quarantine",
        "Rows that could not be used",
        (Column("row_number", "Row", "number"), Column("reasons", "Why", "words")),
        looking.quarantined(asked.session, key, limit=MOST_QUARANTINED),
        empty="None: every row was used.",
        more="Row 1 is the first below the header. Correct these rows and drop the file again; what is known already is"
        " recognised.",
    )
    stages = Table(
        "stages",
        "Stages",
        (
            Column("stage", "Stage", "words"),
            Column("row_count", "Rows", "number"),
            Column("counts", "What it counted"),
            Column("finished_at", "Finished"),
        ),
        [row | {"counts": _counts(row["counts"])} for row in looking.stages(asked.session, key)],
        empty="None has run.",
    )
    return asked.show(
        "drop.html",
        tables={"columns": columns, "quarantine": quarantined, "stages": stages},
        drop=drop,
        reasons=[(row["reason"].replace("_", " "), row["rows"]) for row in reasons],
        said=_said(asked),
    )


def preview(asked: Asked) -> Response:
    """What an uploaded file would change. POST: drop it, or throw it away."""
    settings = asked.session.settings
    upload = find_upload(settings, asked.path["token"], by=asked.user.name)
    if asked.is_post:
        if asked.field("do") == "throw":
            throw_away(upload)
            return asked.go("/drops", "thrown")
        drop_upload(settings, upload)
        return asked.go("/drops", "dropped")
    found = preview_file(asked.session, upload.file, upload.source)
    shown = found.inspection
    columns = Table(
        "columns",
        "What each column is taken for",
        (
            Column("header", "Header"),
            Column("field", "Field", "words"),
            Column("sureness", "How sure"),
            Column("examples", "Looks like"),
        ),
        [dict(c) for c in shown.columns] if shown else [],
        empty="It cannot be read.",
    )
    return asked.show(
        "preview.html",
        tables={"columns": columns},
        upload=upload,
        found=found,
        shown=shown,
        most=MOST_ROWS,
        is_documented=bool(asked.session.policy.source(upload.source).documentation),
    )


def _uploaded(asked: Asked) -> Response:
    file = asked.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise UsageError("Choose a file.")
    source = asked.field("source").lower() or asked.field("other_source").lower()
    upload = keep_upload(asked.session.settings, file.file, name=file.filename, source=source, by=asked.user.name)
    return asked.go(f"/drops/preview/{upload.token}")


def _decide(asked: Asked, key: str) -> Response:
    reason = asked.field("reason")
    if asked.field("do") == "approve":
        approve_drop(asked.session, key, reason=reason)
        return asked.go(f"/drops/{key}", "approved")
    replay_drop(asked.session, key)
    return asked.go(f"/drops/{key}", "replayed")


def _said(asked: Asked) -> str:
    said = asked.query.get("said", "")
    return SAID.get((said, asked.watches)) or SAID.get((said, True), "")


def _counts(counts: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in counts.items() if count)
