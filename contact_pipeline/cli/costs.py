"""contact-pipeline costs: what was paid, what is planned, and what a year will cost."""

import json
from typing import Any

import click

from contact_pipeline.cli.tables import print_lines, show
from contact_pipeline.settings import load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def costs(as_json: bool) -> int:
    """Show the bill by month and line beside plan and forecast, in US dollars. Asks no provider."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality.costs import costs as counted
    from contact_pipeline.quality.costs import totals

    with open_session(load_settings()) as session:
        rows = counted(session)
    if as_json:
        click.echo(json.dumps({"costs": [row | {"month": row["month"].isoformat()} for row in rows]}))
        return 0
    of = {kind: [row for row in rows if row["kind"] == kind] for kind in ("month", "year", "one_time", "unit")}
    this_month = [row for row in of["month"] if row["month"] == of["month"][-1]["month"]]
    show("This month", [_read(row, "actual") for row in (*this_month, *totals(this_month))])
    show("A year, at the policy's decay", [_read(row, "forecast") for row in (*of["year"], *totals(of["year"]))])
    show("Set-up", [_read(row, "actual") for row in (*of["one_time"], *totals(of["one_time"]))])
    show("One more", [_unit(row) for row in of["unit"]])
    print_lines("-: nobody has said; [costs.items.NAME] of the policy does (docs/policy.md).")
    return 0


def _read(row: dict[str, Any], figure: str) -> dict[str, str]:
    name = f"  {row['layer']}: {row['provider']}" if row["layer"] else row["title"]
    usual = "" if row["low"] is None else f"{row['low']:,.0f} - {row['high']:,.0f}"
    return {
        "line": name,
        figure: "-" if row[figure] is None else f"$ {row[figure]:,.2f}",
        "planned": "" if row["planned"] is None else f"$ {row['planned']:,.2f}",
        "usual": usual,
        "hours": "" if not row["hours"] else f"{row['hours']:.1f}",
    }


def _unit(row: dict[str, Any]) -> dict[str, str]:
    name = row["title"] + (f", {row['layer']} at {row['provider']}" if row["layer"] else "")
    return {
        "what": name,
        "in the last year": "-" if row["actual"] is None else f"$ {row['actual']:,.4f}",
        "in the next": "-" if row["forecast"] is None else f"$ {row['forecast']:,.4f}",
        "planned": "" if row["planned"] is None else f"$ {row['planned']:,.2f}",
    }
