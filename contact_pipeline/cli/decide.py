"""contact-pipeline replay, approve and release-job: what a person decides about a drop or a held job."""

import getpass

import click

from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings


@click.command()
@click.argument("drop")
@click.option("--rolled-back", is_flag=True, help="Bring it back although it was rolled back.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def replay(drop: str, rolled_back: bool, as_json: bool) -> int:
    """Read DROP's archived file again with today's rules: quarantined and held rows get another chance."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.adapters.postgres.drop_store import DropStore
    from contact_pipeline.cli.run import run_drops
    from contact_pipeline.drops.deciding import replay_drop
    from contact_pipeline.history.rolling_back import Wanted, roll_back
    from contact_pipeline.opening import open_session

    with open_session(load_settings(), actor=getpass.getuser()) as session:
        with session.connection("replay") as connection:
            store = DropStore(connection)
            if rollback_id := store.get(drop).rolled_back_by:
                if not rolled_back:
                    raise UsageError(
                        f"Drop {drop} was rolled back ({rollback_id}). To let it count again, say --rolled-back."
                    )
                if any(other.rolled_back_by == rollback_id and other.key != drop for other in store.all()):
                    raise UsageError(
                        f"Drop {drop} was rolled back together with others. To take all of that back:"
                        f" contact-pipeline rollback --run {rollback_id} --reason TEXT"
                    )
                roll_back(session, Wanted("run", rollback_id, "replay --rolled-back"))
        replay_drop(session, drop)
        return run_drops(session, [drop], as_json=as_json)


@click.command()
@click.argument("drop")
@click.option("--reason", required=True, help="Why it may go on; kept with the drop.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def approve(drop: str, reason: str, as_json: bool) -> int:
    """Let a held DROP go on; your login and the reason are kept with it."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.cli.run import run_drops
    from contact_pipeline.drops.deciding import approve_drop
    from contact_pipeline.opening import open_session

    if not reason.strip():
        raise UsageError("--reason must say why.")
    with open_session(load_settings(), actor=getpass.getuser()) as session:
        approve_drop(session, drop, reason=reason)
        return run_drops(session, [drop], as_json=as_json)


@click.command("release-job")
@click.argument("label")
@click.option("--reason", required=True, help="How you know that it did not run; kept with the job.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def release_job(label: str, reason: str, yes: bool) -> int:
    """Let the subjects of a held provider job be asked again. `plan` names held jobs.

    A job is held when nobody but you can tell whether the provider ran (and billed) it. Look at the provider first.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.opening import open_session
    from contact_pipeline.quality.spending import release_job as release

    if not reason.strip():
        raise UsageError("--reason must say why.")
    if not yes:
        click.confirm("If the provider did run this job, its subjects are paid for twice. Go on?", abort=True, err=True)
    with open_session(load_settings(), actor=getpass.getuser()) as session:
        subjects = release(session, label, reason=reason)
    click.echo(f"{subjects:,} subjects are due again; the next refresh asks for them.")
    return 0
