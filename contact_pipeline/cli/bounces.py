"""contact-pipeline bounces: mails that came back, in and out."""

import getpass
import json
import sys
from datetime import datetime
from pathlib import Path

import click

from contact_pipeline.cli.subject import Moment
from contact_pipeline.settings import load_settings


@click.group()
def bounces() -> None:
    """Messages that came back: read them in, look at them."""


@bounces.command("import")
@click.argument("path", metavar="FILE|FOLDER|-", type=click.Path(path_type=Path, exists=True, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Only say what they say.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def import_(path: Path, dry_run: bool, as_json: bool) -> int:
    """Read returned mails (.eml, mbox, Maildir, - for stdin) or a CSV list (email, type, date, reason).

    Hard bounces close the address, soft ones are counted, complaints are opt-outs. Importing again changes nothing.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.cli.named_files import reading
    from contact_pipeline.opening import open_session
    from contact_pipeline.outreach.importing import import_bounces

    is_terminal = sys.stderr.isatty()

    def progress(count: int) -> None:
        if is_terminal and count % 50 == 0:
            click.echo(f"\r{count:,} mails read", nl=False, err=True)

    with open_session(load_settings(), actor=getpass.getuser()) as session, reading(path):
        done = import_bounces(session, path, dry_run=dry_run, on_progress=progress)
    if is_terminal:
        click.echo("\r", nl=False, err=True)
    if as_json:
        told = {"read": done.mails, "say_nothing": done.nothing, "said": done.said, "outcomes": done.outcomes}
        click.echo(json.dumps(told))
        return 0
    words = ", ".join(f"{count:,} {word}" for word, count in sorted(done.said.items())) or "nothing of anybody"
    click.echo(f"{done.mails:,} read, {done.nothing:,} of them say nothing that counts. They say: {words}.")
    if dry_run:
        click.echo("Nothing was written (--dry-run).")
    else:
        outcome = ", ".join(f"{count:,} {word}" for word, count in sorted(done.outcomes.items())) or "all known before"
        click.echo(f"Worked off: {outcome}. Look: contact-pipeline bounces list")
    return 0


@bounces.command("list")
@click.option("--since", type=Moment(), help="Only those that came back since then.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def list_(since: datetime | None, limit: int, as_json: bool) -> int:
    """Messages that came back, newest first (curated.bounces)."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.cli.tables import show
    from contact_pipeline.opening import open_session
    from contact_pipeline.outreach.looking import list_bounces

    with open_session(load_settings()) as session:
        found = list_bounces(session, since=since, limit=limit)
    if as_json:
        click.echo(json.dumps({"bounces": found}, default=str))
        return 0
    columns = ("bounced_at", "email", "bounce_type", "bounce_status", "bounce_reason", "source", "soft_bounce_count")
    show("Bounces", [{name: row[name] for name in columns} for row in found])
    return 0
