"""contact-pipeline retention: people whose last ground has ended go, as every night."""

import getpass
import sys

import click

from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say how many would go.")
@click.option("--yes", is_flag=True, help="Do not ask first.")
def retention(dry_run: bool, yes: bool) -> int:
    """Announce whose last ground has ended, and erase (or anonymise) those announced for long enough."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.erasure.retention import end_retention
    from contact_pipeline.opening import open_session

    settings = load_settings()
    with open_session(settings, actor=getpass.getuser()) as session:
        due = end_retention(session, dry_run=True)["due"]
        click.echo(f"{due:,} contact(s) are due to go ({session.policy.retention.action}).")
        if dry_run:
            return 0
        if due and not yes:
            if not sys.stdin.isatty():
                raise UsageError("Nobody is there to be asked. Say --yes, or --dry-run to look only.")
            click.confirm("Let them go for good?", abort=True)
        done = end_retention(session)
    click.echo(f"{done['announced']:,} announced, {done['erased']:,} gone.")
    return 0
