"""contact-pipeline outreach: the history of touches."""

import getpass
import json
import sys
from datetime import datetime
from pathlib import Path

import click

from contact_pipeline.cli.subject import Moment
from contact_pipeline.settings import load_settings


@click.group()
def outreach() -> None:
    """Touches of people on every channel."""


@outreach.command("log")
@click.argument("file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--to", "who", metavar="EMAIL|PHONE|ID", help="One touch instead of a list.")
@click.option("--channel", default="email", show_default=True, help="email, phone, sms, linkedin, post or meeting.")
@click.option("--inbound", is_flag=True, help="They came to us.")
@click.option("--at", "sent_at", type=Moment(), help="When; default now.")
@click.option("--replied", "replied_at", type=Moment(), help="When they answered.")
@click.option("--campaign", default="", help="Which campaign.")
@click.option("--record-only", is_flag=True, help="Also touches of people who must not be contacted: it has happened.")
@click.option("--dry-run", is_flag=True, help="Only say what would be written.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
def log(
    file: Path | None,
    who: str | None,
    channel: str,
    inbound: bool,
    sent_at: datetime | None,
    replied_at: datetime | None,
    campaign: str,
    record_only: bool,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Write touches down: FILE with the columns of core.outreach_history (and email, phone or contact_id), or one with
    --to. The same again changes nothing."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.cli.named_files import reading
    from contact_pipeline.core.errors import UsageError
    from contact_pipeline.opening import open_session
    from contact_pipeline.outreach.touches import log_touches, read_touches

    if (file is None) == (who is None):
        raise UsageError("Name a file, or one person with --to.")
    with open_session(load_settings(), actor=getpass.getuser()) as session:
        if file is not None:
            with reading(file), file.open(encoding="utf-8-sig", newline="") as lines:
                touches = read_touches(lines, now=session.clock())
        else:
            column = "contact_id" if who and "@" not in who and "-" in who and not who.startswith("+") else "email"
            cells = {
                column: who or "", "channel": channel, "direction": "inbound" if inbound else "outbound",
                "campaign": campaign, "sent_at": sent_at.isoformat() if sent_at else "",
                "replied_at": replied_at.isoformat() if replied_at else "",
            }  # fmt: skip
            touches = read_touches(
                [",".join(cells), ",".join(f'"{text}"' for text in cells.values())], now=session.clock()
            )
        done = log_touches(session, touches, record_only=record_only, dry_run=dry_run)
    if as_json:
        told = {"touches": done.touches, "nobody": done.nobody, "forbidden": done.forbidden, "outcomes": done.outcomes}
        click.echo(json.dumps(told))
        return 0
    what = "would be written" if dry_run else "written down"
    click.echo(f"{done.touches - len(done.nobody):,} of {done.touches:,} touches {what}.")
    for words, lines_of in (("nobody is known", done.nobody), ("somebody must not be contacted", done.forbidden)):
        if lines_of and file is not None:
            some = ", ".join(map(str, lines_of[:10])) + (" …" if len(lines_of) > 10 else "")
            click.echo(f"{len(lines_of):,} lines where {words}: {some}", err=True)
    if done.nobody and file is None:
        click.echo("Nobody is known by that.", err=True)
    sys.stdout.flush()
    return 0
