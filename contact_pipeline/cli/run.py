"""contact-pipeline run: files in, published views out, with a line for each stage and a table at the end."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from contact_pipeline.cli.tables import drop_rows, print_lines, show
from contact_pipeline.core.errors import UsageError
from contact_pipeline.core.ids import SOURCE_NAME
from contact_pipeline.core.report import StageReport
from contact_pipeline.drops.intake import Rejected
from contact_pipeline.settings import load_settings
from contact_pipeline.stage.session import Session

EXIT_HELD = 3
STAGES_A_DROP = 5
MOST_COLUMNS = 40


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", help="Name of the source for files outside INCOMING.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, nothing else.")
def run(files: tuple[Path, ...], source: str | None, as_json: bool) -> int:
    """Land FILES (none: everything in INCOMING, and what an earlier run left unfinished) and materialise the whole
    graph for them.
    """
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.drops.intake import Intake
    from contact_pipeline.opening import open_session

    if source is not None and not SOURCE_NAME.fullmatch(source):
        raise UsageError("--source must be 1-40 of a-z 0-9 _ -")
    settings = load_settings()
    with open_session(settings) as session:
        intake = Intake(session)
        if files:
            taken, rejected = intake.take_files(list(files), source)
        else:
            taken, rejected = intake.take_incoming([file.path for file in intake.folder.listing()], source)
            taken = intake.with_unfinished(taken)
        return run_drops(
            session,
            [drop.key for drop in taken],
            unfinished=[drop.key for drop in taken if not drop.is_done],
            new=sum(drop.is_new for drop in taken),
            rejected=rejected,
            as_json=as_json,
        )


def run_drops(
    session: Session,
    keys: Sequence[str],
    *,
    unfinished: Sequence[str] | None = None,
    new: int = 0,
    rejected: Sequence["Rejected"] = (),
    as_json: bool = False,
) -> int:
    """Materialise the graph for `unfinished` (None: for all keys), tell about all, and return the exit code."""
    # In the command: spares the others (and --help) what only this one needs, up to 3 s of imports.
    from contact_pipeline.adapters.postgres.drop_store import DropStore
    from contact_pipeline.alerting.telling import tell_quietly

    started = time.monotonic()
    todo = list(keys if unfinished is None else unfinished)
    watch = _Watch(quiet=as_json)
    if todo:
        from contact_pipeline.history.following import follow, said_on_stderr
        from contact_pipeline.orchestration.local_run import ingest  # dagster: 2 s to import
        from contact_pipeline.outreach.dropped import take_dropped

        try:
            with watch.showing(len(todo)):
                ingest(session.settings, todo, watch.see)
                take_dropped(session)
        except Exception:
            tell_quietly(session)  # that a run failed is known only now
            raise
        with said_on_stderr():
            follow(session)
    tell_quietly(session)  # a file that was rejected has no run
    with session.connection("run") as connection:
        records = [DropStore(connection).get(key) for key in keys]
    result: dict[str, Any] = {
        "drops": [
            {
                "key": r.key, "source": r.source, "rows_in": r.rows_in, "rows_loaded": r.rows_loaded,
                "rows_merged": r.rows_merged, "rows_quarantined": r.rows_quarantined, "rows_erased": r.rows_erased,
                "published": r.published_at is not None, "held_reason": r.held_reason,
                "rolled_back_by": r.rolled_back_by, "columns": r.columns,
            }
            for r in records
        ],
        "stages": [
            {"name": r.stage, "drop": r.drop, "rows": r.rows, "seconds": round(r.seconds, 3)} for r in watch.reports
        ],
        "checks": [{"name": c.name, "drop": r.drop, "passed": c.passed} for r in watch.reports for c in r.checks],
        "rejected": [{"file": r.position + 1, "reason": r.reason, "message": r.message} for r in rejected],
        "seconds": round(time.monotonic() - started, 3),
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(result))
    else:
        names = {record.key: record.file_name for record in records}
        _show(result, names, new=new)
    return EXIT_HELD if rejected or any(not drop["published"] for drop in result["drops"]) else 0


class _Watch:
    """Collects reports; a progress bar on a terminal, plain lines on stderr elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self.reports: list[StageReport] = []
        self._quiet = quiet
        self._console = Console(stderr=True)
        self._progress: Progress | None = None

    @contextmanager
    def showing(self, drops: int) -> Iterator[None]:
        if self._quiet or not self._console.is_terminal:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
        with Progress(*columns, TimeElapsedColumn(), console=self._console) as self._progress:
            self._task = self._progress.add_task("ingesting", total=drops * STAGES_A_DROP)
            yield

    def see(self, report: StageReport) -> None:
        self.reports.append(report)
        if self._progress:
            self._progress.update(self._task, advance=int(report.drop is not None), description=report.stage)
        elif not self._quiet:
            where = f" {report.drop}" if report.drop else ""
            state = " (up to date)" if report.up_to_date else ""
            click.echo(f"{report.stage}{where}: {report.rows} rows in {report.seconds:.1f} s{state}", err=True)


def _show(result: dict[str, Any], names: Mapping[str, str], *, new: int) -> None:
    """names: of the files, by the drops' keys; for the terminal of who dropped them, and nowhere else."""
    drops: Sequence[dict[str, Any]] = result["drops"]
    if not drops and not result["rejected"]:
        print_lines("Nothing to do: no file is waiting in the incoming folder. Name files, or drop some there.")
        return
    if drops:
        show("", drop_rows(drops, with_reason=False))
    unsure = [{"drop": drop["key"], **c} for drop in drops for c in drop["columns"] if c["sureness"] != "exact"]
    if unsure:
        show("Columns read by a guess, or not at all (contact-pipeline inspect FILE shows all)", unsure[:MOST_COLUMNS])
    for drop in drops:
        if drop["held_reason"]:
            print_lines(
                f"{names[drop['key']]} is held. {drop['held_reason']} Look: contact-pipeline quarantine {drop['key']}."
                f" Then correct the policy and: contact-pipeline replay {drop['key']}. Or take it as it is:"
                f" contact-pipeline approve {drop['key']} --reason TEXT"
            )
    failed = [f"{check['name']} ({check['drop']})" for check in result["checks"] if not check["passed"]]
    if failed:
        print_lines(f"Checks to look at: {', '.join(failed)}")
    for refused in result["rejected"]:
        print_lines(
            f"File {refused['file']} was rejected ({refused['reason']}): {refused['message']}"
            " Correct it and drop it again; contact-pipeline inspect FILE tells whether it would pass."
        )
    print_lines(
        f"{new} new of {len(drops)} drops, {result['seconds']:.1f} s.",
        'Read them: contact-pipeline export, or contact-pipeline db psql -- -c "table curated.contacts"',
    )
