"""Quality: verdicts over time, what becomes of rows on the way to a list, completeness, freshness, verifiers held
against what came back, and the quarantine. Every chart is drawn from counts that were kept."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from starlette.responses import Response

from contact_pipeline.adapters.postgres.engine import Script, beside
from contact_pipeline.web.inside import charts
from contact_pipeline.web.inside.asked import Asked
from contact_pipeline.web.inside.tables import Column, Table

STEPS = beside(__file__)

DAYS = 90
STATUSES = ("valid", "catch_all", "risky", "unknown", "invalid")
SHADES = {"valid": 3, "catch_all": 6, "risky": 5, "unknown": 7, "invalid": 2}  # of the style sheet
STEPS_OF_FUNNEL = {
    "rows": "Rows of all drops",
    "contacts": "Contacts",
    "addresses": "With an address",
    "good": "Address good enough for the policy",
    "mailable": "Mailable: permitted, too",
}
LAYERS = ("email", "mailbox", "activity", "phone", "carrier", "person", "identity", "company")
MOST_QUARANTINED = 5_000

Rows = Sequence[Mapping[str, Any]]


def quality(asked: Asked) -> Response:
    """The endpoint. ?source=: verdicts over time of one source."""
    since = asked.session.clock().date() - timedelta(days=DAYS)
    source = asked.query.get("source", "")
    with asked.reading() as connection:
        read = Script(connection, STEPS, since=since)
        newest = read.one("newest")["day"]
        over_time = read.rows("verdicts_over_time", source=source)
        rows = read.rows("counts_of", day=newest)
        verifiers = read.rows("verifiers")
        quarantine = read.rows("quarantine", limit=MOST_QUARANTINED if asked.query.get("csv") == "quarantine" else 50)
        reasons = read.rows("quarantine_reasons")
    of = {
        chart: [row for row in rows if row["chart"] == chart]
        for chart in ("verdicts", "completeness", "freshness", "funnel", "losses")
    }
    mix = _parts(of["verdicts"])
    fields = list(dict.fromkeys(row["part"] for row in of["completeness"]))
    layers = [layer for layer in LAYERS if any(row["part"] == layer for row in of["freshness"])]
    return asked.show(
        "quality.html",
        tables={table.name: table for table in _tables(of, over_time, verifiers, quarantine)},
        newest=newest,
        source=source,
        sources=sorted({row["label"] for row in of["verdicts"]}),
        statuses=STATUSES,
        shades=SHADES,
        time_chart=charts.line(
            _over_time(over_time),
            title="Verdicts of e-mail addresses over time",
            shades={_plain(name): number for name, number in SHADES.items()},
        ),
        mix_chart=charts.stacked(mix, names=STATUSES, title="Verdicts of e-mail addresses by source", shades=SHADES),
        funnel=_funnel(of["funnel"], of["losses"]),
        completeness=charts.heat_map(_cells(of["completeness"], fields), title="Filled fields by source"),
        freshness=charts.heat_map(_cells(of["freshness"], layers), title="Fresh verdicts by source and layer"),
        reasons=charts.bars([(_plain(row["reason"]), row["rows"]) for row in reasons], title="Rows by reason"),
    )


def _tables(of: Mapping[str, Rows], over_time: Rows, verifiers: Rows, quarantine: Rows) -> Iterable[Table]:
    counted = (
        Column("label", "Source"),
        Column("part", "What", "words"),
        Column("count", "Count", "number"),
        Column("total", "Of", "number"),
        Column("share", "Share", "share"),
    )
    for name, title in (
        ("verdicts", "Verdicts by source"),
        ("completeness", "Filled fields"),
        ("freshness", "Fresh verdicts"),
    ):
        yield Table(name, title, counted, [_with_share(row) for row in of[name]], empty="Not counted yet.")
    yield Table(
        "verdicts_over_time",
        "Verdicts over time",
        (
            Column("day", "Day"),
            Column("part", "Status", "words"),
            Column("count", "Count", "number"),
            Column("total", "Of", "number"),
            Column("share", "Share", "share"),
        ),
        [_with_share(row) for row in over_time],
        empty="Not counted yet.",
    )
    yield Table(
        "losses",
        "Who was lost, and why",
        (Column("step", "Before"), Column("reason", "Why", "words"), Column("count", "Count", "number")),
        [{"step": STEPS_OF_FUNNEL[row["label"]], "reason": row["part"], "count": row["count"]} for row in of["losses"]],
        empty="Nobody.",
    )
    yield Table(
        "verifiers",
        "What was said of an address, and what came back",
        (
            Column("provider", "Asked", "words"),
            Column("layer", "Layer", "words"),
            Column("status", "Said", "words"),
            Column("mail_host_family", "Mail host", "words"),
            Column("messages", "Messages", "number"),
            Column("bounces", "Came back", "number"),
            Column("bounce_rate", "Share", "share"),
            Column("bounce_rate_low", "At least", "share"),
            Column("bounce_rate_high", "At most", "share"),
        ),
        verifiers,
        empty="Nothing to hold verdicts against: nobody has told us what became of a message.",
        more="At least and at most: 95 % interval (Wilson). Of those called valid few"
        " should come back, of those called invalid nearly all.",
    )
    yield Table(
        "quarantine",
        "Rows that could not be used",
        (
            Column("drop_key", "Drop", link="/drops/{}"),
            Column("source", "Source"),
            Column("row_number", "Row", "number"),
            Column("stage", "Stage", "words"),
            Column("reasons", "Why", "words"),
            Column("created_at", "When"),
        ),
        quarantine,
        empty="None: every row was used.",
        more=f"The newest 50; the CSV has the newest {MOST_QUARANTINED:,}. A drop's page has all of its own.",
    )


def _with_share(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "share": row["count"] / row["total"] if row["total"] else None}


def _parts(rows: Rows) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in rows:
        found.setdefault(row["label"], {})[row["part"]] = row["count"]
    return found


def _over_time(rows: Rows) -> dict[str, list[tuple[date, float | None]]]:
    """Shares by status, each day that was counted."""
    days = {row["day"]: row["total"] for row in rows}
    counts = {(row["day"], row["part"]): row["count"] for row in rows}
    present = [status for status in STATUSES if any(part == status for _, part in counts)]
    return {
        _plain(status): [
            (day, counts.get((day, status), 0) / total if total else None) for day, total in sorted(days.items())
        ]
        for status in present
    }


def _cells(rows: Rows, columns: Sequence[str]) -> dict[tuple[str, str], float | None]:
    shares = {(row["label"], row["part"]): row["count"] / row["total"] if row["total"] else None for row in rows}
    labels = sorted({row["label"] for row in rows})
    return {(label, _plain(column)): shares.get((label, column)) for label in labels for column in columns}


def _funnel(steps: Rows, losses: Rows) -> list[dict[str, Any]]:
    """Steps in order, each with its share of the widest and its losses, the largest first."""
    counts = {row["label"]: row["count"] for row in steps}
    widest = max(counts.values(), default=0) or 1
    why: dict[str, list[tuple[str, int]]] = {}
    for row in losses:
        why.setdefault(row["label"], []).append((_plain(row["part"]), row["count"]))
    return [
        {
            "title": title,
            "count": counts[name],
            "width": round(counts[name] / widest * 1000),
            "losses": sorted(why.get(name, []), key=lambda pair: -pair[1]),
        }
        for name, title in STEPS_OF_FUNNEL.items()
        if name in counts
    ]


def _plain(word: str) -> str:
    return word.replace("_", " ")
