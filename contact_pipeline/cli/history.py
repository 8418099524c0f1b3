"""contact-pipeline history: a contact as it was, and what has changed since."""

import json
from dataclasses import asdict
from datetime import datetime

import click

from contact_pipeline.cli.subject import Moment
from contact_pipeline.cli.tables import plain, print_lines, show
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings


@click.command()
@click.argument("who", metavar="EMAIL-or-ID")
@click.option(
    "--at", type=Moment(), help="As it was then; what has changed since follows. Default: now, and everything."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def history(who: str, at: datetime | None, as_json: bool) -> None:
    """One contact as it was at an instant, and each change since: when, of what, by whom, why."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.looking_back import look_back
    from contact_pipeline.opening import open_session

    with open_session(load_settings()) as session:
        found = look_back(session, who, at=at)
    if not found:
        raise UsageError("Nobody is known by that e-mail address or id.")
    if as_json:
        told = [asdict(one) for one in found]
        click.echo(json.dumps(told[0] if len(told) == 1 else told, default=plain))
        return
    for one in found:
        when = f"as of {at:%Y-%m-%d %H:%M:%S %Z}" if at else "now"
        if not one.existed:
            print_lines(f"{one.contact_id} was not known {when}.")
        show(f"{one.contact_id} {when}", [{"field": name, "value": value} for name, value in one.fields.items()])
        show("Changes since" if at else "Changes", one.changes)
        show("Consents and suppressions since" if at else "Consents and suppressions", one.facts)
