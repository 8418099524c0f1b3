"""contact-pipeline unsubscribe-link: the way out, for whoever sends by another tool."""

import sys

import click

from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings


@click.command("unsubscribe-link")
@click.argument("email", required=False)
@click.option("--view", help="A CSV of contact_id and links of everybody on this list instead, on stdout.")
@click.option("--purpose", default="", help="Leaves this list only; default all e-mails.")
def unsubscribe_link(email: str | None, view: str | None, purpose: str) -> int:
    """The link and the two headers of a message to EMAIL, known or not. With all columns: export --unsubscribe."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.outreach.sending_list import write_links
    from contact_pipeline.outreach.tickets import Ticket, unsubscribe_headers
    from contact_pipeline.rights.subjects import subject_of

    if (email is None) == (view is None):
        raise UsageError("Name an address, or a list with --view mailable_contacts.")
    with open_session(load_settings()) as session:
        if view is not None:
            write_links(session, view, purpose, sys.stdout.buffer)
            return 0
        subject = subject_of(session, email or "")
        if subject.channel != "email":
            raise UsageError("An unsubscribe link is for an e-mail address.")
        headers = unsubscribe_headers(session.policy, session.key, Ticket(subject.key, purpose.strip()))
    click.echo(headers.unsubscribe_url)
    click.echo(f"List-Unsubscribe: {headers.list_unsubscribe}")
    click.echo(f"List-Unsubscribe-Post: {headers.list_unsubscribe_post}")
    return 0
