"""contact-pipeline users: who may sign in to the pages, and as what."""

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from contact_pipeline.cli.tables import show
from contact_pipeline.settings import load_settings
from contact_pipeline.stage.session import Session

_STDIN = click.option(
    "--password-stdin", is_flag=True, help="Read the password from stdin; else a new one is shown once."
)


@click.group()
def users() -> None:
    """Who may sign in to the pages of `serve` and `up`, and as what (docs/pages.md)."""


@contextmanager
def _session() -> Iterator[Session]:
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        yield session


@users.command()
@click.argument("name")
@click.option("--role", required=True, help="manager, analyst, steward or compliance.")
@_STDIN
def add(name: str, role: str, password_stdin: bool) -> None:
    """Let NAME sign in, as manager (figures only), analyst (people masked), steward or compliance."""
    from contact_pipeline.web.inside.accounts import add_user  # argon2

    given = _from_stdin() if password_stdin else None
    with _session() as session:
        password = add_user(session, name, role, given)
    click.echo(f"{name} may sign in as {role}.", err=True)
    _tell(password, is_new=given is None)


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def list_(as_json: bool) -> None:
    """Who may sign in, as what, and who has."""
    from contact_pipeline.web.inside.accounts import list_users  # argon2

    with _session() as session:
        rows = list_users(session)
    if as_json:
        click.echo(json.dumps({"users": rows}, default=str))
        return
    show("Users of the pages", rows)


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """NAME is signed out now, and may not sign in any more; `passwd` lets them in again."""
    from contact_pipeline.web.inside.accounts import disable_user  # argon2

    with _session() as session:
        disable_user(session, name)
    click.echo(f"{name} is signed out, and may not sign in any more.", err=True)


@users.command()
@click.argument("name")
@_STDIN
def passwd(name: str, password_stdin: bool) -> None:
    """Give NAME a new password; whoever is signed in by the old one is signed out."""
    from contact_pipeline.web.inside.accounts import set_password  # argon2

    given = _from_stdin() if password_stdin else None
    with _session() as session:
        password = set_password(session, name, given)
    click.echo(f"{name} has a new password.", err=True)
    _tell(password, is_new=given is None)


def _from_stdin() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _tell(password: str, *, is_new: bool) -> None:
    if is_new:
        click.echo("The password follows. It is kept nowhere and shown only now:", err=True)
        click.echo(password)
