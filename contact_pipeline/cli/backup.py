"""contact-pipeline backup and restore: copies outside of the database, and the way back."""

import json
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Any

import click

from contact_pipeline.cli.subject import Moment
from contact_pipeline.cli.tables import print_lines, show
from contact_pipeline.core.clock import utc_now
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")


@click.group(invoke_without_command=True)
@click.option("--to", metavar="FOLDER", help="Here for once, and not where the policy says; no log follows it there.")
@click.option("--full", is_flag=True, help="A backup in any case; else one where the last is a day old.")
@_JSON
@click.pass_context
def backup(context: click.Context, to: str | None, full: bool, as_json: bool) -> None:
    """Copy the database and what belongs to it, encrypted, and read it back; or bring the last one's log up to now."""
    if context.invoked_subcommand is not None:
        if to or full or as_json:
            raise UsageError("--to, --full and --json here belong to `backup` alone.")
        return
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.adapters.postgres import server
    from contact_pipeline.history.backing_up import back_up
    from contact_pipeline.history.backup_place import folder_named
    from contact_pipeline.opening import open_session

    settings = load_settings()
    folder = folder_named(to, settings.root) if to else None
    if settings.database_url is None and server.keep_wal(settings):
        click.echo("The database server was restarted: from now on it keeps its log for backups.", err=True)
    with open_session(settings) as session:
        done = back_up(session, to=folder, full=full)
    if done.new_key is not None:
        click.echo(
            f"A key was made: {done.new_key}. Keep a copy of it elsewhere, and apart from the backups: without it"
            " nobody opens them, and with it everybody does.",
            err=True,
        )
    if as_json:
        click.echo(json.dumps(asdict(done), default=str))
        return
    what = done.newest
    if done.made is not None:
        mib = what.size / 2**20
        print_lines(f"Backup {what.id}: {mib:,.1f} MiB in {what.seconds} s, read back, in {what.place}.")
    if done.shipped is not None:
        print_lines(f"Everything up to {done.shipped.at} is there (log position {done.shipped.lsn}).")
    elif what.kind == "base":
        print_lines("No log follows it: it leads to its own moment only.")
    else:
        print_lines("A dump leads to its own moment only.")
    if done.gone:
        print_lines(f"{done.gone} old backup(s) went.")


@backup.command(name="list")
@_JSON
def list_command(as_json: bool) -> None:
    """All backups that are known here, oldest first."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.backup_place import known_backups

    settings = load_settings()
    rows: list[dict[str, Any]] = [
        {
            "id": one.id,
            "kind": one.kind,
            "ended": one.ended_at[:19],
            "seconds": one.seconds,
            "bytes": one.size,
            "is_there": one.file.exists(),
            "place": one.place,
        }
        for one in known_backups(settings, _policy(settings))
    ]
    if as_json:
        click.echo(json.dumps({"backups": rows}))
    else:
        show("Backups", rows)


@backup.command()
@click.argument("id_", metavar="ID")
@_JSON
def verify(id_: str, as_json: bool) -> None:
    """Read a backup through: decrypt, unpack, and hold every file against PostgreSQL's manifest. Writes nothing."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.backup_place import find_backup, known_backups
    from contact_pipeline.history.checking_backups import check_backup
    from contact_pipeline.history.shipping import backup_key

    settings = load_settings()
    found = find_backup(known_backups(settings, _policy(settings)), id_)
    contents = check_backup(found, backup_key(settings))
    if as_json:
        click.echo(json.dumps({"id": found.id, **asdict(contents)}))
    else:
        print_lines(f"Backup {found.id} is whole: {contents.files:,} files, {contents.plain_bytes:,} bytes.")


@backup.command()
@click.option("--seed", type=int, help="The same drill again.")
@_JSON
def drill(seed: int | None, as_json: bool) -> int:
    """Prove that backups can be restored: on invented people, in a HOME of its own, with kill -9. Exit code 1: they
    cannot, or something is missing."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.drill import drill as drill_backup
    from contact_pipeline.opening import open_session

    done = drill_backup(open_session, seed=seed)
    if as_json:
        click.echo(json.dumps(asdict(done)))
    else:
        print_lines(done.told(), *(f"Finding: {finding}." for finding in done.findings))
    return 1 if done.findings else 0


@click.command()
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--at", type=Moment(), help="As of this instant. Default: everything there is.")
@click.option("--to", required=True, metavar="HOME|DATABASE_URL", help="An empty folder, or an empty database.")
@_JSON
def restore(id_: str | None, at: datetime | None, to: str, as_json: bool) -> None:
    """Bring a backup (default: the newest) back into an empty HOME or database, with what people said since."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.restoring import restore as restore_backup
    from contact_pipeline.opening import open_session

    settings = load_settings()
    opened = partial(open_session, actor="restore")
    done = restore_backup(settings, _policy(settings), opened, backup=id_, at=at, to=to, now=utc_now())
    if as_json:
        click.echo(json.dumps(asdict(done)))
        return
    print_lines(f"Backup {done.backup.id} is restored to {done.target}, as of {done.as_of}, in {done.seconds} s.")
    show("", [{"what": name, "number": number} for name, number in done.counts.items()])
    if done.has_gap:
        print_lines("The log has a gap: what was written after it is not back.")


def _policy(settings: Any) -> Any:
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.policy.file import load_policy
    from contact_pipeline.vendors.registry import provider_names

    return load_policy(settings.policy_path, provider_names())
