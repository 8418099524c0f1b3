"""contact-pipeline plan: what asking the providers would cost, before anything is spent."""

import json

import click
from rich.table import Table

from contact_pipeline.cli.tables import console
from contact_pipeline.settings import load_settings


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def plan(as_json: bool) -> int:
    """Say how many addresses and numbers are due at which provider, and what they cost. Asks nobody."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality.spending import plan as planned

    with open_session(load_settings()) as session:
        found = planned(session)
    if as_json:
        click.echo(json.dumps(found))
        return 0
    table = Table(
        "layer", "providers, each asked for what the ones before left", "due", "no ground", "now", "at most", "a year"
    )
    for layer in found["layers"]:
        table.add_row(
            layer["layer"],
            ", ".join(f"{name} $ {price:.4f}" for name, price in layer["prices"].items()) or "none",
            f"{layer['due']:,}",
            f"{layer['without_ground']:,}",
            f"$ {layer['cost_now']:,.2f}",
            f"$ {layer['cost_at_most']:,.2f}",
            f"$ {layer['cost_a_year']:,.2f}",
        )
    screen = console()
    screen.print(table)
    for layer in found["layers"]:
        for note in layer["notes"]:
            screen.print(f"{layer['layer']}: {note}")
    for job in found["held_jobs"]:
        screen.print(
            f"held: {job['provider']} job {job['label']} of {job['size']:,} subjects. Look at the provider whether it"
            " ran; nothing of it is asked again by itself (docs/providers.md)."
        )
    screen.print("now: the first provider about all that is due; at most: every provider about all of it.")
    screen.print(f"In all: $ {found['cost_now']:,.2f} now, $ {found['cost_a_year']:,.2f} a year at the policy's decay.")
    return 0
