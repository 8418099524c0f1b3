"""contact-pipeline db: the database by hand."""

import sys

import click

from contact_pipeline.adapters.postgres import server
from contact_pipeline.adapters.postgres.engine import see_that_it_answers
from contact_pipeline.settings import load_settings


@click.group()
def db() -> None:
    """The database by hand."""


@db.command()
def url() -> None:
    """Print the database's URL (it holds a password). The embedded server is up only while something uses it."""
    with server.database(load_settings()) as address:
        click.echo(address)


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def psql(args: tuple[str, ...]) -> int:
    """Hand ARGS to psql; starts the embedded server when needed. Example: db psql -- --csv -c "select 1"."""
    settings = load_settings()
    with server.database(settings) as address:
        see_that_it_answers(address)  # psql itself would end with 2, and say more of the address than it should
        return server.psql(settings, args)


@db.command(name="migrate")
def migrate_command() -> None:
    """Bring the schema up to date and give the roles their rights."""
    from contact_pipeline.adapters.postgres.migrate import grant_roles, migrate  # alembic: 1.5 s to import

    with server.database(load_settings()) as address:
        revision = migrate(address)
        complete = grant_roles(address)
    click.echo(f"The database is at revision {revision}.")
    if not complete:
        sys.exit(1)


@db.command()
def start() -> None:
    """Start the embedded server and keep it up until `db stop`."""
    server.start(load_settings())
    click.echo("The server is up and stays up until `contact-pipeline db stop`.")


@db.command()
def stop() -> None:
    """Stop the embedded server."""
    server.stop(load_settings())
    click.echo("The server is stopped.")
