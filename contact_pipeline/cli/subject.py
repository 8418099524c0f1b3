"""contact-pipeline subject and suppressions: what the desk does for a person who wrote or called."""

import getpass
import sys
from datetime import datetime
from pathlib import Path

import click

from contact_pipeline.cli.named_files import reading
from contact_pipeline.core import said
from contact_pipeline.settings import load_settings

REASONS = ("opt_out", "complaint", "hard_bounce", "legal", "do_not_call")
_SOURCE = click.option("--source", default="desk", show_default=True, help="Where it was said: letter, call, form.")
_CHANNEL = click.option(
    "--channel",
    "--type",
    "channel",
    type=click.Choice(("email", "phone", "any")),
    help="Default: that of the address or number itself.",
)
_EVIDENCE = click.option("--evidence", default="", help="What was said or clicked, in words; kept.")


class Moment(click.ParamType[datetime]):
    """A date or a time; without a zone it is UTC."""

    name = "date"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return said.moment(value if isinstance(value, datetime) else str(value))
        except ValueError:
            self.fail(f"{value} is no date. Write 2026-11-25 or 2026-11-25T10:00+01:00.", param, ctx)


@click.group()
def subject() -> None:
    """Opt-outs and consents of one person, by address or number (EMAIL, or PHONE with its country code)."""


@subject.command("opt-out")
@click.argument("who", metavar="EMAIL|PHONE")
@click.option("--reason", type=click.Choice(REASONS), default="opt_out", show_default=True)
@click.option("--date", "acted_at", type=Moment(), help="When the person said so; else it is not known.")
@click.option("--received", "received_at", type=Moment(), help="When it reached us; default now.")
@click.option("--purpose", "purposes", multiple=True, help="Leaves only this list; may be given several times.")
@_CHANNEL
@_SOURCE
@_EVIDENCE
def opt_out(
    who: str,
    reason: str,
    acted_at: datetime | None,
    received_at: datetime | None,
    purposes: tuple[str, ...],
    channel: str | None,
    source: str,
    evidence: str,
) -> int:
    """Close the channel: known or not, now or whenever that address or number comes back.

    Only a newer opt-in of the person, with what proves it, reopens it.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights import desk

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        done = desk.opt_out(
            session,
            who,
            reason=reason,
            source=source,
            channel=channel,
            purposes=purposes,
            acted_at=acted_at,
            received_at=received_at,
            evidence=evidence,
        )
    what = f"{done['channel']} ({', '.join(purposes)})" if purposes else done["channel"]
    click.echo(f"Closed for {what}; {done['contacts']} contact(s) have it. In effect now.")
    return 0


@subject.command()
@click.argument("who", metavar="EMAIL|PHONE")
@click.option("--date", "given_at", type=Moment(), help="When it was given; default now.")
@click.option("--ip", help="Address from which it was given.")
@click.option("--purpose", default="", help="What for.")
@click.option("--document", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Only its hash is kept.")
@click.option("--notice-version", default="", help="Version of the privacy notice that was shown.")
@_CHANNEL
@_SOURCE
@_EVIDENCE
def consent(
    who: str,
    given_at: datetime | None,
    ip: str | None,
    purpose: str,
    document: Path | None,
    notice_version: str,
    channel: str | None,
    source: str,
    evidence: str,
) -> int:
    """Write down a consent with what proves it. It reopens what the person closed before it was given."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights import desk

    with open_session(load_settings(), actor=getpass.getuser()) as session, reading(document or Path()):
        done = desk.consent(
            session,
            who,
            source=source,
            given_at=given_at,
            ip=ip,
            purpose=purpose,
            evidence=evidence,
            document=document,
            notice_version=notice_version,
            channel=channel,
        )
    click.echo(f"Written down for {done['channel']} of {done['contacts']} contact(s). Permissions are decided anew.")
    return 0


@click.group()
def suppressions() -> None:
    """The list of closed addresses and numbers, in and out."""


@suppressions.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
def export(file: Path) -> int:
    """Write all suppressions as CSV (- for stdout): keyed hashes, of use only with the same key file."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.cli.export import private_file
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights import desk

    with open_session(load_settings()) as session:
        if str(file) == "-":
            desk.export_suppressions(session, sys.stdout)
            return 0
        with private_file(file) as sink:
            count = desk.export_suppressions(session, sink)
    click.echo(f"{count:,} suppressions written.", err=True)
    return 0


@suppressions.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@_SOURCE
def import_(file: Path, source: str) -> int:
    """Close every address or number of FILE: an export of ours, or a CSV with a column email or phone."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.rights import desk

    with (
        open_session(load_settings(), actor=getpass.getuser()) as session,
        reading(file),
        file.open(encoding="utf-8-sig", newline="") as lines,
    ):
        done = desk.import_suppressions(session, lines, source=source)
    click.echo(f"{done['rows']:,} rows, {done['new']:,} of them new. In effect now.")
    return 0
