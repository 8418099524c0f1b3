"""contact-pipeline unsubscribe-link: the way out, for whoever sends by another tool."""

import click

from contact_pipeline.settings import load_settings


@click.command("unsubscribe-link")
@click.argument("email")
@click.option("--purpose", default="", help="Leaves this list only; default all e-mails.")
def unsubscribe_link(email: str, purpose: str) -> int:
    """The link and the two headers of a message to EMAIL, known or not. For a whole list: export --unsubscribe."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.core.errors import UsageError
    from contact_pipeline.opening import open_session
    from contact_pipeline.outreach.tickets import Ticket, unsubscribe_headers
    from contact_pipeline.rights.subjects import subject_of

    with open_session(load_settings()) as session:
        subject = subject_of(session, email)
        if subject.channel != "email":
            raise UsageError("An unsubscribe link is for an e-mail address.")
        headers = unsubscribe_headers(session.policy, session.key, Ticket(subject.key, purpose.strip()))
    click.echo(headers.unsubscribe_url)
    click.echo(f"List-Unsubscribe: {headers.list_unsubscribe}")
    click.echo(f"List-Unsubscribe-Post: {headers.list_unsubscribe_post}")
    return 0
