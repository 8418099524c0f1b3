"""contact-pipeline replay and approve: what a person decides about a drop. Each ends with a run of that drop."""

import getpass

import click

from contact_pipeline.core.errors import UsageError
from contact_pipeline.settings import load_settings


@click.command()
@click.argument("drop")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def replay(drop: str, as_json: bool) -> int:
    """Read DROP's archived file again with today's rules: quarantined and held rows get another chance."""
    from contact_pipeline.adapters.postgres.drop_store import DropStore
    from contact_pipeline.cli.run import run_drops
    from contact_pipeline.orchestration.session import open_pipeline

    settings = load_settings()
    with open_pipeline(settings, actor=getpass.getuser()) as pipeline:
        with pipeline.connection("replay") as connection, connection.transaction():
            DropStore(connection).forget_landing(drop)
        return run_drops(pipeline, settings, [drop], as_json=as_json)


@click.command()
@click.argument("drop")
@click.option("--reason", required=True, help="Why it may go on; kept with the drop.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def approve(drop: str, reason: str, as_json: bool) -> int:
    """Let a held DROP go on; your login and the reason are kept with it."""
    from contact_pipeline.adapters.postgres.drop_store import DropStore
    from contact_pipeline.cli.run import run_drops
    from contact_pipeline.orchestration.session import open_pipeline

    if not reason.strip():
        raise UsageError("--reason must say why.")
    settings = load_settings()
    with open_pipeline(settings, actor=getpass.getuser()) as pipeline:
        with pipeline.connection("approve") as connection, connection.transaction():
            store = DropStore(connection)
            if store.get(drop).held_reason is None:
                raise UsageError(f"Drop {drop} is not held; there is nothing to approve.")
            store.approve(drop, actor=getpass.getuser(), reason=reason)
        return run_drops(pipeline, settings, [drop], as_json=as_json)
