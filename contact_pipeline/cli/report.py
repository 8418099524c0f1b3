"""contact-pipeline report: how lawful a month was, or how fresh a week, as a page."""

from datetime import date
from pathlib import Path

import click

from contact_pipeline.adapters.files import replace_file
from contact_pipeline.cli.named_files import writing
from contact_pipeline.cli.tables import print_lines
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings

LAST = "last"


@click.command()
@click.option("--month", is_flag=False, flag_value=LAST, metavar="[YYYY-MM]", help="Compliance; no value: last month.")
@click.option("--week", is_flag=False, flag_value=LAST, metavar="[YYYY-MM-DD]", help="Freshness of the week of a day.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file for the page; else stdout.")
def report(month: str | None, week: str | None, output: Path | None) -> int:
    """Show a report as HTML: as it was kept, or made now. One whose period is not over yet is not kept."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from datetime import timedelta

    from contact_pipeline.opening import open_session
    from contact_pipeline.quality.reports import last_month
    from contact_pipeline.quality.reports import report as made

    if month and week:
        raise UsageError("Name --month or --week, not both.")
    with open_session(load_settings()) as session:
        if week:
            day = session.clock().date() - timedelta(days=7) if week == LAST else _day(week, "2026-11-30")
            found = made(session, "freshness", day)
        else:
            day = last_month(session) if month in (None, LAST) else _day(f"{month}-01", "2026-11")
            found = made(session, "compliance", day)
    if output is None:
        click.echo(found.html)
        return 0
    with writing(output):
        replace_file(output, lambda file: file.write(found.html.encode()))
    print_lines(f"{found.title}: {output}" + ("" if found.is_kept else " (so far; not kept)"))
    return 0


def _day(text: str, example: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"Write it as in {example}.") from None
