"""contact-pipeline serve: the web edge alone, until it is stopped."""

import click

from contact_pipeline.settings import load_settings


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, help="Port to listen on.")
def serve(host: str, port: int) -> int:
    """Show the pages, receive senders' events and let people unsubscribe. Stop with Ctrl-C.

    Keep it behind a proxy that speaks HTTPS; docs/outreach.md says how.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.cli.edge import serve_edge
    from contact_pipeline.web.serving import bind

    with bind(port, host) as listener:
        serve_edge(load_settings(), listener.detach())
    return 0
