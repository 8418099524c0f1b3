"""contact-pipeline: the commands, and how they end.

Exit codes (README.md): 0 all published, 1 an error (one line; the traceback only with --debug), 2 usage, 3 a gate held
something back.
"""

import os
import sys

import click

from contact_pipeline.cli import database, decide, door, export, inspect, run, up
from contact_pipeline.cli.alerts import alerts
from contact_pipeline.cli.audit import audit
from contact_pipeline.cli.backup import backup, restore
from contact_pipeline.cli.bounces import bounces
from contact_pipeline.cli.costs import costs
from contact_pipeline.cli.documents import documents
from contact_pipeline.cli.esp import esp
from contact_pipeline.cli.history import history
from contact_pipeline.cli.kpis import kpis
from contact_pipeline.cli.outreach import outreach
from contact_pipeline.cli.plan import plan
from contact_pipeline.cli.report import report
from contact_pipeline.cli.retention import retention
from contact_pipeline.cli.review import review, spot_check
from contact_pipeline.cli.rights import requests
from contact_pipeline.cli.roles import roles
from contact_pipeline.cli.rollback import rollback
from contact_pipeline.cli.serve import serve
from contact_pipeline.cli.subject import subject, suppressions
from contact_pipeline.cli.unsubscribe import unsubscribe_link
from contact_pipeline.cli.users import users
from contact_pipeline.core.errors import ContactPipelineError, UsageError
from contact_pipeline.core.system_errors import why

EXIT_ERROR, EXIT_USAGE = 1, 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(package_name="contact-pipeline")
def cli(debug: bool) -> None:
    """CSV drops in, a validated, lawful contact database out."""


cli.add_command(run.run)
cli.add_command(up.up)
cli.add_command(serve)
cli.add_command(door.inspect)
cli.add_command(inspect.status)
cli.add_command(alerts)
cli.add_command(inspect.explain)
cli.add_command(history)
cli.add_command(audit)
cli.add_command(rollback)
cli.add_command(inspect.quarantine)
cli.add_command(decide.replay)
cli.add_command(decide.approve)
cli.add_command(decide.release_job)
cli.add_command(export.export)
cli.add_command(database.db)
cli.add_command(backup)
cli.add_command(restore)
cli.add_command(documents)
cli.add_command(plan)
cli.add_command(kpis)
cli.add_command(costs)
cli.add_command(report)
cli.add_command(review)
cli.add_command(spot_check)
cli.add_command(retention)
cli.add_command(subject)
cli.add_command(requests)
cli.add_command(suppressions)
cli.add_command(bounces)
cli.add_command(outreach)
cli.add_command(esp)
cli.add_command(unsubscribe_link)
cli.add_command(roles)
cli.add_command(users)


def main() -> None:
    """The console script."""
    arguments, debug = _without_debug(sys.argv[1:])
    try:
        code = cli.main(arguments, standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except (click.exceptions.Abort, KeyboardInterrupt):
        _end("Stopped. The same command goes on where this one ended.", EXIT_ERROR)
    except BrokenPipeError:  # the reader of our output (head, less) has left
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_ERROR)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except ContactPipelineError as error:
        if debug:
            raise
        _end(str(error), EXIT_USAGE if isinstance(error, UsageError) else EXIT_ERROR)
    except OSError as error:
        if debug:
            raise
        _end(f"A file or folder of the program, or the terminal, cannot be used: {why(error)}", EXIT_ERROR)
    except Exception as error:
        if debug:
            raise
        # The text of a foreign exception may quote a row: its kind must do.
        _end(f"{type(error).__name__}. Run again with `contact-pipeline --debug …` to see where.", EXIT_ERROR)


def _without_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """--debug is understood after the command, too; what follows `--` belongs to psql."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    ours = [argument for argument in arguments[:end] if argument != "--debug"]
    return ours + arguments[end:], len(ours) < end


def _end(message: str, code: int) -> None:
    try:
        sys.stdout.flush()
    except OSError:  # a full disk: the interpreter would try again at its end, and say so in its own way
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    click.echo(f"contact-pipeline: {message}", err=True)
    sys.exit(code)
