"""contact-pipeline rollback: changes of a contact, an actor, a drop or a run are taken back."""

import getpass
import json
import sys
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from contact_pipeline.cli.subject import Moment
from contact_pipeline.cli.tables import counting, plain, print_lines, show
from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings

MOST_SHOWN = 40


class Point(click.ParamType[datetime | int]):
    """A version of a contact, or an instant."""

    name = "time|version"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime | int:
        text = str(value)
        return int(text) if text.isdecimal() and len(text) < 8 else Moment().convert(value, param, ctx)


@click.command()
@click.option("--contact", metavar="ID", help="One contact, back --to an instant or a version.")
@click.option("--drop", metavar="KEY", help="What a drop has said counts for nothing any more.")
@click.option("--run", metavar="ID", help="What a run has brought, or a rollback (rollback-...) has done.")
@click.option("--since", type=Moment(), help="What somebody has changed since then; with --by.")
@click.option("--by", metavar="ACTOR", help="Name or login, as `history` shows it.")
@click.option("--to", type=Point(), help="Instant or version of --contact.")
@click.option("--field", metavar="NAME", help="Only this field, of --contact or --by.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask; for scripts.")
@click.option("--skip-conflicts", is_flag=True, help="Leave what somebody has changed again since.")
@click.option("--force", is_flag=True, help="Take that back, too.")
@click.option("--reason", required=True, help="Why; kept with every change.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def rollback(dry_run: bool, yes: bool, skip_conflicts: bool, force: bool, as_json: bool, **asked: Any) -> None:
    """Take changes back, all of them or none. It shows what would change and asks first.

    An opt-out never goes, and a permission or an erased value never comes back by a rollback. It can itself be taken
    back: --run with its id.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.history.rolling_back import Wanted, roll_back
    from contact_pipeline.opening import open_session

    kind, about = _what(asked)
    if skip_conflicts and force:
        raise UsageError("--skip-conflicts leaves them, --force takes them back: say one of the two.")
    if not (dry_run or yes or sys.stdin.isatty()):
        raise UsageError("Nobody is there to be asked. Say --yes, or --dry-run to look only.")
    wanted = Wanted(kind, about, asked["reason"], to=asked["to"], since=asked["since"], field=asked["field"])  # type: ignore[arg-type]
    with open_session(load_settings(), actor=getpass.getuser()) as session:
        if dry_run or not yes:
            with counting("contacts decided anew") as told:
                done = roll_back(session, wanted, dry_run=True, force=force, on_progress=told)
            _show(done, as_json=as_json and dry_run)
            if dry_run:
                return
            click.confirm("Roll this back?", abort=True, err=True)
        with counting("contacts decided anew") as told:
            done = roll_back(session, wanted, skip_conflicts=skip_conflicts, force=force, on_progress=told)
    _show(done, as_json=as_json)


def _what(asked: dict[str, Any]) -> tuple[str, str]:
    """Kind and subject. Raises UsageError where the options do not fit together."""
    given = [name for name in ("contact", "drop", "run", "by") if asked[name]]
    if len(given) != 1:
        raise UsageError("Say one of --contact ID, --drop KEY, --run ID, or --since TIME --by ACTOR.")
    (name,) = given
    if (asked["to"] is not None) != (name == "contact"):
        raise UsageError("--to TIME or VERSION goes with --contact, and --contact with --to.")
    if (asked["since"] is not None) != (name == "by"):
        raise UsageError("--since TIME goes with --by ACTOR, and --by with --since.")
    if asked["field"] and name not in ("contact", "by"):
        raise UsageError("--field goes with --contact or --by: of a drop or a run all goes.")
    return ("actor" if name == "by" else name), asked[name]


def _show(done: Any, *, as_json: bool) -> None:
    if as_json:
        told = asdict(done) | {"conflicts": len(done.conflicts)}
        click.echo(json.dumps(told, default=plain))
        return
    verb = "changed" if done.is_done else "would change"
    show(f"What {verb}", done.changes[:MOST_SHOWN])
    if len(done.changes) > MOST_SHOWN:
        print_lines(f"... and {len(done.changes) - MOST_SHOWN:,} more; --json has all.")
    if done.kept:
        show("What stays as it is", [asdict(one) for one in done.kept[:MOST_SHOWN]])
    if done.drops:
        verb = "are" if done.is_done else "would be"
        print_lines(f"Drops: {', '.join(done.drops)}. Contacts that {verb} in no curated view: {done.withdrawn:,}.")
    if done.staying:
        print_lines(f"These stay, as they say who must not be contacted, or who was: {', '.join(done.staying)}.")
    if done.is_done:
        print_lines(f"Done as {done.id}. To take it back: contact-pipeline rollback --run {done.id} --reason ...")
    elif done.conflicts:
        print_lines(f"{len(done.conflicts)} were changed again since: --skip-conflicts leaves them, --force does not.")
