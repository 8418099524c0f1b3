"""contact-pipeline esp: e-mail service providers, kept in step by hand."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from contact_pipeline.cli.tables import counting
from contact_pipeline.settings import load_settings

SYSTEM = click.argument("system", type=click.Choice(["mailchimp", "sendgrid"]))
DRY_RUN = click.option("--dry-run", is_flag=True, help="Only say how many it would be.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.group()
def esp() -> None:
    """Mailchimp and SendGrid: who may be written to there, who has left there (docs/outreach.md)."""


@esp.command("pull")
@SYSTEM
@DRY_RUN
@AS_JSON
@click.option("--full", "is_full", is_flag=True, help="From the beginning, not from where the last one ended.")
def pull_(system: str, dry_run: bool, as_json: bool, is_full: bool) -> int:
    """Close here who is closed there: bounces, complaints, unsubscribes. Pulling again changes nothing."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.esp.pulling import pull

    with _opened(system) as (session, found), counting("rows read") as told:
        done = pull(session, found, is_full=is_full, dry_run=dry_run, on_progress=told)
    _say(
        as_json,
        f"{done.read.total():,} rows read, {done.echoes:,} of them our own word. They say: {_words(done.said)}."
        + ("" if dry_run else f" New: {_words(done.outcomes)}."),
        {"read": done.read, "echoes": done.echoes, "said": done.said, "outcomes": done.outcomes},
        dry_run=dry_run,
    )
    return 0


@esp.command("push")
@SYSTEM
@DRY_RUN
@AS_JSON
def push_(system: str, dry_run: bool, as_json: bool) -> int:
    """Send who may be written to for the purpose, and take off who may not. What is closed there is pulled first."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.esp.pulling import pull
    from contact_pipeline.esp.pushing import push

    with _opened(system) as (session, found), counting("people") as told:
        if not found.policy.pushes:
            raise click.UsageError(f"[esp.{system}] has the direction {found.policy.direction!r}: nothing is pushed.")
        if found.policy.pulls:
            pull(session, found, dry_run=dry_run)
        done = push(session, found, dry_run=dry_run, on_progress=told)
    _say(
        as_json,
        f"{_words(done.counts)}." + "".join(f"\n  not sent: {who}  {why}" for who, why in done.failures),
        {"counts": +done.counts, "failures": [{"contact_id": who, "reason": why} for who, why in done.failures]},
        dry_run=dry_run,
    )
    return 0


@esp.command("status")
@SYSTEM
@DRY_RUN
@AS_JSON
def status(system: str, dry_run: bool, as_json: bool) -> int:
    """How people stand there, as far as we know, how far its lists were read, and how far it had drifted from ours when
    it was compared last. It asks and changes nothing."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.esp.comparing import last_comparison
    from contact_pipeline.esp.pulling import cursors
    from contact_pipeline.esp.pushing import stands

    with _opened(system) as (session, found):
        people, lists, drift = stands(session, system), cursors(session, system), last_comparison(session, system)
    words = f"{system}: {found.policy.direction}, purpose {found.policy.purpose or 'none'}. {_words(people)}."
    words += "".join(f"\n  {name}: read to {moment:%Y-%m-%d %H:%M:%S} UTC" for name, moment in lists.items())
    if drift:
        compared_at = drift.pop("compared_at")
        words += f"\n  compared {compared_at:%Y-%m-%d %H:%M:%S} UTC: {_words(drift)}"
        drift["compared_at"] = compared_at.isoformat()
    told: dict[str, Any] = {
        "comparison": drift,
        "direction": found.policy.direction,
        "purpose": found.policy.purpose,
        "people": people,
    }
    _say(as_json, words, told | {"read_to": {name: moment.isoformat() for name, moment in lists.items()}})
    return 0


@contextmanager
def _opened(system: str) -> Iterator[tuple[Any, Any]]:
    """Session and sender."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.esp.registry import named
    from contact_pipeline.opening import open_session

    settings = load_settings()
    with open_session(settings, actor=getpass.getuser()) as session:
        yield session, named(settings, session.policy, system)


def _words(counts: Any) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in sorted(counts.items()) if count) or "nothing"


def _say(as_json: bool, words: str, told: dict[str, Any], *, dry_run: bool = False) -> None:
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(words)
    if dry_run:
        click.echo("Nothing was sent or written (--dry-run).")
