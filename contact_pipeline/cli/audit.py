"""contact-pipeline audit: whether the history of changes is whole."""

import json
from dataclasses import asdict

import click

from contact_pipeline.cli.tables import plain, print_lines, show
from contact_pipeline.core.errors import PermanentError
from contact_pipeline.settings import load_settings


class ChainBrokenError(PermanentError):
    """Rows of audit.changes were tampered with, or the chain over them."""


@click.group()
def audit() -> None:
    """The hash chain over the history of changes."""


@audit.command()
@click.option("--head", metavar="BLOCK:HASH", help="A head that was kept elsewhere: it has to be in the chain.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def verify(head: str | None, as_json: bool) -> None:
    """Compute the chain again; name rows that were changed, removed or written in. Exit 1 where one was."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.chain import verify as verify_chain
    from contact_pipeline.opening import open_session

    with open_session(load_settings()) as session:
        found = verify_chain(session, kept=head)
    if as_json:
        click.echo(json.dumps(asdict(found) | {"whole": not found.faults}, default=plain))
    else:
        print_lines(
            f"{found.rows} sealed rows in {found.head.block} blocks, {found.redacted} of them without values after an"
            f" erasure; {found.unsealed} written since and not sealed yet."
        )
        if found.faults:
            show("What does not fit", [asdict(fault) for fault in found.faults])
    if found.faults:
        raise ChainBrokenError(
            f"The history is not whole: {len(found.faults)} places do not fit (audit verify --json names them)."
            " Keep this database as it is and restore a backup beside it to see what was there."
        )
    if not as_json:
        print_lines(f"The history is whole. Head: {found.head}")


@audit.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def head(as_json: bool) -> None:
    """The newest head, BLOCK:HASH. Keep it where nobody who can write this database can: it proves all before it."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.chain import newest_head
    from contact_pipeline.opening import open_session

    with open_session(load_settings()) as session:
        found = newest_head(session)
    click.echo(json.dumps(asdict(found), default=plain) if as_json else str(found))
