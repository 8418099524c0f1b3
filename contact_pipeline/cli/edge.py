"""What `contact-pipeline up` starts as a process of its own: the web edge.

`python -m contact_pipeline.cli.edge SOCKET`: the number of a bound socket.
"""

import gc
import signal
import sys
from contextlib import ExitStack, suppress
from functools import partial

import click

from contact_pipeline.alerting.telling import telling
from contact_pipeline.opening import open_session, read_policy
from contact_pipeline.settings import Settings, load_settings
from contact_pipeline.web.application import application
from contact_pipeline.web.serving import Server

# The thread that answers gives the interpreter away with each read and write, and gets it back from the one that works
# events off only after this time (Python's own: 5 ms).
SWITCH_S = 0.0005


def serve_edge(settings: Settings, file_number: int, *, tells: bool = False, watches: bool = False) -> None:
    """Until a signal ends it. file_number: of a bound socket. tells: of alerts, where no `up` does. watches: the daemon
    of `up` takes in dropped files."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    with ExitStack() as opened:
        session = opened.enter_context(open_session(settings, actor="web"))
        server, web = Server(file_number), session.policy.web
        edge = application(session, server.origins, watches=watches)
        outside = f"{web.public_url} outside" if web.public_url else "no [web] public_url, so no unsubscribe links"
        if tells:
            opened.enter_context(telling(session, read_policy=partial(read_policy, settings), page=server.origins[0]))
        # What is loaded by now stays. Else each full collection walks through all of it: nobody is answered for 160 ms.
        gc.collect()
        gc.freeze()
        sys.setswitchinterval(SWITCH_S)
        click.echo(f"Pages and web edge: {server.origins[0]} ({outside})", err=True)
        server.run(edge, trusted_proxies=web.trusted_proxies)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):  # stopped, and everything is closed
        serve_edge(load_settings(), int(sys.argv[1]), watches=True)
