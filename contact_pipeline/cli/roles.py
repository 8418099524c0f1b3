"""contact-pipeline roles: who may log in to the database, and see or do what."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click

from contact_pipeline.adapters.postgres.engine import Connection, connect
from contact_pipeline.adapters.postgres.server import database
from contact_pipeline.cli.tables import show
from contact_pipeline.settings import load_settings


@click.group()
def roles() -> None:
    """Who may log in to the database, and see or do what (docs/privacy.md)."""


@contextmanager
def _database() -> Iterator[Connection]:
    from contact_pipeline.adapters.postgres.migrate import migrate  # alembic: 1.5 s to import

    with database(load_settings()) as url:
        migrate(url)  # which makes the roles
        with connect(url, reason="roles") as connection:
            yield connection


@roles.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def list_(as_json: bool) -> None:
    """Logins that have a role, and which."""
    from contact_pipeline.adapters.postgres.logins import list_logins  # alembic: 1.5 s to import

    with _database() as connection:
        rows = list_logins(connection)
    if as_json:
        click.echo(json.dumps({"logins": rows}))
        return
    show("Logins", rows)


@roles.command()
@click.argument("login")
@click.argument("role")
def grant(login: str, role: str) -> None:
    """Give LOGIN the ROLE writer, analyst, pii_reader, steward or compliance.

    A login that is not there is made, and its password printed on stdout: once, and never again.
    """
    from contact_pipeline.adapters.postgres.logins import grant_role  # alembic: 1.5 s to import

    with _database() as connection:
        password = grant_role(connection, login, role)
    click.echo(f"{login} has the role {role}.", err=True)
    if password is not None:
        click.echo("Its password follows. It is kept nowhere and shown only now:", err=True)
        click.echo(password)


@roles.command()
@click.argument("login")
@click.argument("role")
def revoke(login: str, role: str) -> None:
    """Take the ROLE from LOGIN. With its last one a login that `roles grant` made goes, and its sessions end."""
    from contact_pipeline.adapters.postgres.logins import revoke_role  # alembic: 1.5 s to import

    with _database() as connection:
        became = revoke_role(connection, login, role)
    click.echo(f"{login} has not got the role {role} any more.", err=True)
    if became == "dropped":
        click.echo("That was its last: the login is gone.", err=True)
    elif became == "closed":
        click.echo("That was its last: it may not log in any more. It still owns something on the server.", err=True)
