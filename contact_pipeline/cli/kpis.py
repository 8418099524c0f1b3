"""contact-pipeline kpis: is the contact base healthy, lawful and fresh; each figure beside its goal."""

import json
from datetime import date, datetime
from typing import Any

import click

from contact_pipeline.cli.tables import print_lines, show
from contact_pipeline.settings import load_settings

KINDS = ("all", "source", "drop", "provider", "country")


@click.command()
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="A past day (UTC); else today.")
@click.option("--by", "kind", type=click.Choice(KINDS), default="all", help="A row for each source, drop …")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def kpis(day: datetime | None, kind: str, as_json: bool) -> int:
    """Show the KPIs with goal, distance and trend. Measures today where nobody has; past days stay as they were."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality.kpis import kpis as figures

    wanted = day.date() if day else None
    with open_session(load_settings()) as session:
        found = figures(session, day=wanted, kinds=[kind])  # type: ignore[list-item]
        shown = wanted or session.clock().date()
    if as_json:
        click.echo(json.dumps({"day": shown.isoformat(), "kpis": [_plain(row) for row in found]}))
        return 0
    show(f"{shown}", [_read(row) for row in found])
    for row in found:
        if row["reason"]:
            print_lines(f"{row['title']}: no figure. {row['reason']}")
    if not found:
        print_lines("Nothing was measured on that day." if wanted else "Nothing to show by that yet.")
    else:
        print_lines("What each counts, of what, and what an unknown does: docs/kpis.md.")
    return 0


def _read(row: dict[str, Any]) -> dict[str, str]:
    in_days = row["unit"] == "days"
    missed = row["distance"] is not None and row["distance"] < 0
    return {
        "figure": row["title"],
        **({"scope": row["scope"]} if row["scope"] != "all" else {}),
        "value": _number(row["value"], in_days=in_days),
        "of": "" if not row["denominator"] else f"{row['denominator']:,.0f}",
        "unknown": _number(row["unknown_share"], in_days=False) if row["unknown_share"] else "",
        "goal": f"{'≤' if row['is_at_most'] else '≥'} {_number(row['goal'], in_days=in_days)}",
        "": "missed" if missed else "" if row["value"] is None else "kept",
        "7 days": _change(row["change_7d"], in_days=in_days),
        "30 days": _change(row["change_30d"], in_days=in_days),
        "90 days": _change(row["change_90d"], in_days=in_days),
        "odd": f"expected {_number(row['expected'], in_days=in_days)}" if row["is_anomaly"] else "",
    }


def _number(value: float | None, *, in_days: bool) -> str:
    if value is None:
        return "-"
    return f"{value:.1f} d" if in_days else f"{value:.1%}"


def _change(value: float | None, *, in_days: bool) -> str:
    if value is None:
        return ""
    return f"{value:+.1f} d" if in_days else f"{100 * value:+.1f} pt"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
